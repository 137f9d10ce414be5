//! A code given again: somebody is signed in, and a site asks for a code that was given lately.

use countersign::{
    Attempt, Claim,
    event::{Event, Kind, Method},
    sign_in::Methods,
    token::{self, TokenHash},
};

use crate::budgets::{Lane, Subject};
use crate::confirmations::{renew, wrong_answer};
use crate::refusal::Refusal;
use crate::script::Script;
use crate::sessions::{self, Session};
use crate::store::{Store, Visit};
use crate::two_factor::SHOWN;
use crate::value::params;
use crate::{accounts, claims, events};

impl Store {
    /// Spends a code or recovery code that was typed in a session. From then on the session has just shown its second
    /// factor, and answers to the token `renewed` alone; its sites are closed, so that no copy of a cookie of theirs
    /// gains by it.
    ///
    /// # Errors
    /// Every [`Refusal`]; [`Refusal::Gone`]: the session has ended, or the account is disabled.
    pub async fn give_code_again(
        &self,
        session: &Session,
        site: &str,
        attempt: Attempt<Claim>,
        renewed: &TokenHash<token::Session>,
        lane: Lane,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let (account, id, now) = (session.account, session.id, visit.now.milliseconds());
        let guess = attempt.guess();
        let build = |claim: Option<&Claim>, begins_a_wait: bool| match claim {
            None => wrong_answer(account, guess, begins_a_wait, visit),
            Some(claim) => {
                let methods = Methods::with(claim.method());
                let given = Event::about(Kind::CodeGivenAgain, site).by(Method::of_guess(guess));
                accounts::hold(account)
                    .then(sessions::hold(id, account))
                    .then(claims::spend(account, claim, now))
                    .then(events::append_use(claim, visit))
                    .then(Script::new().must(
                        sessions::THERE,
                        SHOWN,
                        params![id.to_string(), now, methods.word()],
                    ))
                    .then(renew(id, account, renewed))
                    .then(events::append(account, &given, visit))
            }
        };
        let charged = self.charge(Subject::Factor(account), lane, 0, attempt, visit.now, build);
        charged.await.map(drop)
    }
}

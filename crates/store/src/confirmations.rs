//! What a confirmation is for, run in the same script that spends its second factor.

use countersign::{
    AccountId, Claim, SessionId,
    attempt::Guess,
    event::{Event, Kind, Method},
    step_up::{Confirmation, FRESH},
    token::{self, TokenHash},
};

use crate::budgets::{Lane, Subject};
use crate::refusal::Refusal;
use crate::script::{Script, Written};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;
use crate::{accounts, claims, events, passwords, sessions, site_sessions};

/// The condition that a confirmation still holds.
const GIVEN: &str = "the confirmation";

statements! {
    /// No second factor was asked for, and none is needed now: 2FA is off, or this very session has just
    /// shown it.
    pub(crate) STANDS = "SELECT s.id FROM sessions s JOIN accounts a ON a.id = s.account_id \
        WHERE s.id = $1 AND a.id = $2 AND (a.two_factor_at IS NULL OR s.factor_at > $3)";
    /// From now on the session answers to another token.
    pub(crate) RENEW = "UPDATE sessions SET token = $3 WHERE id = $1 AND account_id = $2";
}

impl Store {
    /// Runs what was confirmed. Where the confirmation has a second factor, its charge and its spending
    /// stand before it in the script, so that a refusal of either leaves everything as it was.
    ///
    /// The session it was given in may have ended since, and where it has no second factor 2FA may have been
    /// turned on: the script looks again.
    pub(crate) async fn confirmed<F>(
        &self,
        confirmation: Confirmation,
        lane: Lane,
        visit: &Visit,
        mut build: F,
    ) -> Result<Written, Refusal>
    where
        F: FnMut() -> Script + Send,
    {
        let (account, session) = (confirmation.account(), confirmation.session());
        let renewed = confirmation.renewed();
        let mut build = || match renewed {
            None => build(),
            Some(token) => build().then(renew(session, account, &token)),
        };
        let there = || accounts::hold(account).then(sessions::hold(session, account));
        let Some(attempt) = confirmation.into_factor() else {
            let fresh = (visit.now - FRESH).milliseconds();
            let stands = || params![session.to_string(), account.to_string(), fresh];
            return self.write_sealed(|| there().must_find(GIVEN, STANDS, stands()).then(build())).await;
        };
        let guess = attempt.guess();
        let whole = |claim: Option<&Claim>, begins_a_wait: bool| match claim {
            None => wrong_answer(account, guess, begins_a_wait, visit),
            Some(claim) => {
                let spent = claims::spend(account, claim, visit.now.milliseconds());
                there().then(spent).then(events::append_use(claim, visit)).then(build())
            }
        };
        let charged = self.charge(Subject::Factor(account), lane, 0, attempt, visit.now, whole);
        charged.await.map(|(_, written)| written)
    }
}

/// The statements that give a session another token. Its sites are opened anew with it: a copy of one of their cookies
/// must not outlive a copy of the session.
pub(crate) fn renew(session: SessionId, account: AccountId, token: &TokenHash<token::Session>) -> Script {
    let values = params![session.to_string(), account.to_string(), token.as_bytes()];
    Script::new().must(sessions::THERE, RENEW, values).then(site_sessions::close_of_session(session))
}

/// The events of a wrong answer.
pub(crate) fn wrong_answer(account: AccountId, guess: Guess, begins_a_wait: bool, visit: &Visit) -> Script {
    let kind = match guess {
        Guess::RecoveryCode => Kind::WrongRecoveryCode,
        Guess::Password => Kind::WrongPassword,
        Guess::Code | Guess::TwoCodes => Kind::WrongCode,
    };
    let script = events::append(account, &Event::plain(kind).by(Method::of_guess(guess)), visit);
    if begins_a_wait { script.then(passwords::locked(account, guess, visit)) } else { script }
}

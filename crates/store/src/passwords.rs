//! Passwords: settled against their budget, changed with everything that hung on the old one, and hashed anew where the
//! hash is another system's.

use countersign::{
    AccountId,
    attempt::{Attempt, Guess},
    event::{Event, Kind, Method},
    password::{PasswordProof, Renewal, StoredPassword},
    step_up::Confirmation,
};

use crate::budgets::{Lane, Subject};
use crate::refusal::Refusal;
use crate::script::Script;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::value::params;
use crate::{accounts, events, password_resets, sessions};

statements! {
    /// Hashes the same password anew, unless it was changed meanwhile.
    pub(crate) REHASH = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2";
    /// Changes the password.
    pub(crate) CHANGE = "UPDATE accounts SET password_hash = $2, password_at = $3, epoch = epoch + 1 \
        WHERE id = $1 AND disabled_at IS NULL";
}

impl Store {
    /// Charges a password attempt to the budget of the address that was typed, and opens it.
    ///
    /// `account` is the account that the address has, if any: only it gets an event. A right password whose hash another
    /// system made gets one of ours in the same script, unless it has been changed meanwhile.
    ///
    /// # Errors
    /// [`Refusal::Wrong`], [`Refusal::Locked`], [`Refusal::Unavailable`]: the same for addresses that
    /// nobody has.
    pub async fn settle_password(
        &self,
        email_key: &str,
        account: Option<AccountId>,
        lane: Lane,
        attempt: Attempt<PasswordProof>,
        visit: &Visit,
    ) -> Result<PasswordProof, Refusal> {
        let build = |right: Option<&PasswordProof>, begins_a_wait: bool| match (right, account) {
            (Some(proof), _) => renew(proof),
            (None, Some(account)) => {
                let script =
                    events::append(account, &Event::plain(Kind::WrongPassword).by(Method::Password), visit);
                if begins_a_wait { script.then(locked(account, Guess::Password, visit)) } else { script }
            }
            (None, None) => Script::new(),
        };
        let charged = self.charge(Subject::Password(email_key), lane, 0, attempt, visit.now, build);
        charged.await.map(|(proof, _)| proof)
    }

    /// Keeps a stronger hash of the same password.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the password was changed meanwhile.
    pub async fn rehash(
        &self,
        account: AccountId,
        old: &StoredPassword,
        new: &StoredPassword,
    ) -> Result<(), Refusal> {
        let values = params![account.to_string(), old.as_str(), new.as_str()];
        Ok(self.database.write(Script::new().must("the old hash", REHASH, values)).await.map(drop)?)
    }

    /// Changes the password. Every other session, every pending sign-in, every trusted device and a link that
    /// would set it anew is gone in the same commit; the session that changed it stays.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the session has ended meanwhile, by another change of the password perhaps; and
    /// every other [`Refusal`].
    pub async fn change_password(
        &self,
        confirmation: Confirmation,
        new: &StoredPassword,
        lane: Lane,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let (account, session) = (confirmation.account(), confirmation.session());
        let values = || params![account.to_string(), new.as_str(), visit.now.milliseconds()];
        let changed = Event::plain(Kind::PasswordChanged).by(confirmation.method());
        let build = || {
            Script::new()
                .must(accounts::USABLE, CHANGE, values())
                .then(password_resets::not_forgotten(account))
                .then(sessions::end_all_but(account, session))
                .then(events::append(account, &changed, visit))
        };
        self.confirmed(confirmation, lane, visit, build).await.map(drop)
    }
}

/// The statement that puts a hash of ours in the place of another system's. If that one is not there any more, somebody
/// was first, and what they have put there stays.
fn renew(proof: &PasswordProof) -> Script {
    match proof.renewal() {
        Some(Renewal { old, new }) => {
            let values = params![proof.account().to_string(), old.as_str(), new.as_str()];
            Script::new().may(REHASH, values)
        }
        None => Script::new(),
    }
}

/// The event that a wait began.
pub(crate) fn locked(account: AccountId, guess: Guess, visit: &Visit) -> Script {
    events::append(account, &Event::plain(Kind::Locked).by(Method::of_guess(guess)), visit)
}

//! Accounts of applications: their own user ids, and what there is to know of a second factor.

use countersign::{
    AccountId, ApplicationId, Timestamp,
    application::UserId,
    budget::Locked,
    event::{Event, Kind},
};
use rand_core::CryptoRng;

use crate::applications::Application;
use crate::budgets::Lane;
use crate::profile::Profile;
use crate::read::{id, one};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};
use crate::{accounts, events};

/// The condition that the user has no account yet.
const NEW: &str = "the user, who has an account already";

statements! {
    /// Makes an account for a user of an application.
    pub(crate) INSERT = "INSERT INTO accounts (id, name, administrator, epoch, created_at, application_id, user_id) \
        SELECT $1, '', 0, 1, $2, a.id, $4 FROM applications a WHERE a.id = $3 \
        ON CONFLICT (application_id, user_id) WHERE application_id IS NOT NULL DO NOTHING";
    /// The account of a user of an application.
    pub(crate) BY_USER = "SELECT id, two_factor_at FROM accounts WHERE application_id = $1 AND user_id = $2 \
        AND disabled_at IS NULL";
    /// Removes an account.
    pub(crate) REMOVE = "DELETE FROM accounts WHERE id = $1 AND application_id IS NOT NULL";
    /// Forgets what was guessed at it.
    pub(crate) FORGET_BUDGETS = "DELETE FROM guess_budgets WHERE subject = $1";
}

/// The account of a user of an application.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationAccount {
    /// Which.
    pub id: AccountId,
    /// Since when 2FA is on.
    pub two_factor_at: Option<Timestamp>,
}

/// All that an application may know of an account.
#[derive(Clone, Debug)]
pub struct State {
    /// Authenticators, recovery codes, devices.
    pub profile: Profile,
    /// Why no code is looked at now, if none is.
    pub locked: Option<Locked>,
}

impl Store {
    /// The account of a user, made where there is none.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) async fn account_for(
        &self,
        application: &Application,
        user: &UserId,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<AccountId, Refusal> {
        let fresh = AccountId::fresh(visit.now, rng);
        let whose = application.id.to_string();
        let values = params![fresh.to_string(), visit.now.milliseconds(), whose.as_str(), user.as_str()];
        let created = events::append(fresh, &Event::plain(Kind::AccountCreated), visit);
        match self.database.write(Script::new().must(NEW, INSERT, values).then(created)).await {
            Ok(_) => Ok(fresh),
            Err(Failed::Refused { .. }) => self
                .account_of_user(application.id, user)
                .await?
                .map(|account| account.id)
                .ok_or(Refusal::Gone(accounts::USABLE)),
            Err(failed) => Err(failed.into()),
        }
    }

    /// The account of a user of an application, if there is one.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn account_of_user(
        &self,
        application: ApplicationId,
        user: &UserId,
    ) -> Result<Option<ApplicationAccount>, Unavailable> {
        let read = Read::new().select(BY_USER, params![application.to_string(), user.as_str()]);
        one(&self.database.read(read).await?, 0).map(|row| account_of(row, 0)).transpose()
    }

    /// All that an application may know of an account.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn state(&self, account: &ApplicationAccount, now: Timestamp) -> Result<State, Unavailable> {
        let profile = self.profile(account.id, now).await?;
        let locked = match account.two_factor_at {
            Some(_) => self.locked(account.id, Lane::Everybody, now).await?,
            None => None,
        };
        Ok(State { profile, locked })
    }

    /// Removes an account of an application: nothing of its second factor is left but the audit log.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it is removed already.
    pub async fn remove_account(&self, account: &ApplicationAccount, visit: &Visit) -> Result<(), Refusal> {
        let whose = || params![account.id.to_string()];
        let removed = Event::plain(Kind::AccountRemoved);
        // Its application is told whose it was, and can be as long as it is there.
        let script = accounts::hold(account.id)
            .then(events::append(account.id, &removed, visit))
            .must(accounts::USABLE, REMOVE, whose())
            .may(FORGET_BUDGETS, whose());
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// An account in two columns from `first` on.
pub(crate) fn account_of(row: &Row, first: usize) -> Result<ApplicationAccount, Unavailable> {
    Ok(ApplicationAccount {
        id: id(row.text(first)?, AccountId::parse)?,
        two_factor_at: row.opt_int(first.saturating_add(1))?.map(Timestamp::from_milliseconds),
    })
}

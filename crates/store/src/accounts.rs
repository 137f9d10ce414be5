//! Accounts: who signs in.

use countersign::{
    AccountId, Span, Timestamp,
    email::Email,
    event::{Event, Kind, Method},
    name::Name,
    password::StoredPassword,
    sign_in::TwoFactor,
};
use rand_core::CryptoRng;

use crate::events;
use crate::outbox::{self, Whose};
use crate::read::{corrupt, id, one};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// How often an account's owner is told at most that somebody tries to make one for their address.
const REPEATED_EVERY: Span = Span::hours(1);
/// The condition that the address has no account yet.
const TAKEN: &str = "the address has no account";
/// The condition that there is an account that is not disabled.
pub(crate) const USABLE: &str = "the account";

statements! {
    /// Makes an account.
    pub(crate) INSERT = "INSERT INTO accounts (id, email, email_key, name, language, administrator, password_hash, \
        password_at, epoch, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)";
    /// The account of an address.
    pub(crate) BY_EMAIL = "SELECT id, email, name, language, administrator, password_hash, two_factor_at, disabled_at, \
        epoch, created_at, reset_at, address_confirmed_at FROM accounts WHERE email_key = $1";
    /// All accounts.
    pub(crate) EVERY = "SELECT id, email, name, language, administrator, password_hash, two_factor_at, disabled_at, \
        epoch, created_at, reset_at, address_confirmed_at FROM accounts WHERE email IS NOT NULL ORDER BY email_key";
    /// How many administrators there are who have a password.
    pub(crate) ADMINISTRATORS = "SELECT count(*) FROM accounts WHERE administrator = 1 AND password_hash IS NOT NULL";
    /// Tells an account's owner that somebody tried to make one for their address, once within a time.
    pub(crate) APPEND_REPEATED = "INSERT INTO events (account_id, at, kind, actor, method, browser, address) \
        SELECT a.id, $1, $2, $3, $4, $5, $6 FROM accounts a WHERE a.email_key = $7 AND NOT EXISTS \
        (SELECT 1 FROM events e WHERE e.account_id = a.id AND e.kind = $2 AND e.at > $8 AND e.at <= $1)";
    /// Gives an account another name.
    pub(crate) RENAME = "UPDATE accounts SET name = $2 WHERE id = $1 AND disabled_at IS NULL";
    /// Gives an account another language.
    pub(crate) SPEAK = "UPDATE accounts SET language = $2 WHERE id = $1 AND disabled_at IS NULL";
    /// Holds an account that may sign in. Where scripts run side by side, whatever would change its state
    /// waits and comes after, whole: no session slips past a script that ends them all.
    pub(crate) HOLD = "UPDATE accounts SET epoch = epoch WHERE id = $1 AND disabled_at IS NULL";
    /// The same, if the account is still as a sign-in found it.
    pub(crate) HOLD_AS_IT_WAS = "UPDATE accounts SET epoch = epoch WHERE id = $1 AND disabled_at IS NULL AND epoch = $2";
    /// Disables an account.
    pub(crate) DISABLE = "UPDATE accounts SET disabled_at = $2, epoch = epoch + 1 WHERE id = $1 AND disabled_at IS NULL";
    /// Enables it again.
    pub(crate) ENABLE = "UPDATE accounts SET disabled_at = NULL, epoch = epoch + 1 \
        WHERE id = $1 AND disabled_at IS NOT NULL";
}

/// An account as the store keeps it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// The address as its owner wrote it.
    pub email: String,
    /// The name shown on pages.
    pub name: String,
    /// The language its owner chose: a code such as `cs`.
    pub language: Option<String>,
    /// Whether it administers Countersign.
    pub administrator: bool,
    /// Its password, if it has one yet.
    pub password: Option<StoredPassword>,
    /// Since when 2FA is on.
    pub two_factor_at: Option<Timestamp>,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When an administrator reset its 2FA, until it is on again.
    pub reset_at: Option<Timestamp>,
    /// Since when its address is known to be its owner's.
    pub address_confirmed_at: Option<Timestamp>,
    pub(crate) epoch: i64,
}

impl Account {
    /// Whether it has 2FA, as a sign-in has to know it.
    pub fn two_factor(&self) -> TwoFactor {
        match (self.two_factor_at, self.reset_at) {
            (Some(_), _) => TwoFactor::On,
            (None, Some(_)) => TwoFactor::Reset,
            (None, None) => TwoFactor::Off,
        }
    }
}

/// An account about to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its address.
    pub email: Email,
    /// Its name.
    pub name: Name,
    /// Its language, if chosen: a code such as `cs`.
    pub language: Option<String>,
    /// Whether it administers Countersign.
    pub administrator: bool,
    /// Its password; without one an invitation is needed.
    pub password: Option<StoredPassword>,
}

/// The address has an account already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdded {
    /// The address has an account already.
    #[error("this address has an account already")]
    Taken,
    /// Nothing was decided.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<Failed> for NotAdded {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused { .. } => Self::Taken,
            Failed::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// [`NotAdded`].
    pub async fn add_account(
        &self,
        new: &NewAccount,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<AccountId, NotAdded> {
        let account = AccountId::fresh(visit.now, rng);
        self.database.write(insert(account, new, None, visit)).await?;
        Ok(account)
    }

    /// Records that somebody tried to make an account for an address that has one, once an hour at most. Whoever
    /// tried gets the answer of somebody who made one; the owner reads of it.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn sign_up_repeated(&self, email_key: &str, visit: &Visit) -> Result<(), Refusal> {
        let mut values = events::after_the_account(Kind::SignUpRepeated, None, visit);
        values.extend(params![email_key, (visit.now - REPEATED_EVERY).milliseconds()]);
        let told = outbox::tell(Whose::Address(email_key), Kind::SignUpRepeated, None, visit);
        Ok(self.database.write(Script::new().may(APPEND_REPEATED, values).then(told)).await.map(drop)?)
    }

    /// The account of an address, disabled ones among them.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn account_by_email(&self, email_key: &str) -> Result<Option<Account>, Unavailable> {
        let answers = self.database.read(Read::new().select(BY_EMAIL, params![email_key])).await?;
        one(&answers, 0).map(account_of).transpose()
    }

    /// All accounts, by address.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn accounts(&self) -> Result<Vec<Account>, Unavailable> {
        let answers = self.database.read(Read::new().select(EVERY, params![])).await?;
        answers.first().map_or(&[][..], Vec::as_slice).iter().map(account_of).collect()
    }

    /// Whether there is an administrator who can sign in.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn has_administrator(&self) -> Result<bool, Unavailable> {
        let answers = self.database.read(Read::new().select(ADMINISTRATORS, params![])).await?;
        one(&answers, 0).map_or(Ok(false), |row| row.int(0).map(|count| count > 0))
    }

    /// Gives an account another name.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn rename_account(
        &self,
        account: AccountId,
        name: &Name,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let script = Script::new()
            .must(USABLE, RENAME, params![account.to_string(), name.as_str()])
            .then(events::append(account, &Event::plain(Kind::NameChanged).by(Method::Session), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Remembers the language that an account's owner chose.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn set_language(&self, account: AccountId, language: &str) -> Result<(), Refusal> {
        let script = Script::new().must(USABLE, SPEAK, params![account.to_string(), language]);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Disables an account: its sessions, pending sign-ins, devices, links and invitation are gone, its factors wait.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it is disabled already.
    pub async fn disable_account(&self, account: AccountId, visit: &Visit) -> Result<(), Refusal> {
        let script = Script::new()
            .must(USABLE, DISABLE, params![account.to_string(), visit.now.milliseconds()])
            .then(crate::sessions::end_everything(account))
            .then(crate::links::forget_every(account))
            .may(crate::invitations::FORGET_OF, params![account.to_string()])
            .then(events::append(account, &Event::plain(Kind::AccountDisabled), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Enables an account again. Its second factor is as it was.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it is not disabled.
    pub async fn enable_account(&self, account: AccountId, visit: &Visit) -> Result<(), Refusal> {
        let script = Script::new()
            .must("the disabled account", ENABLE, params![account.to_string()])
            .then(events::append(account, &Event::plain(Kind::AccountEnabled), visit));
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// The statement that holds an account that may sign in. It stands before everything else that a script
/// does with the account, so that scripts meet here and nowhere later.
pub(crate) fn hold(account: AccountId) -> Script {
    Script::new().must(USABLE, HOLD, params![account.to_string()])
}

/// The same, for a sign-in that found the account in this state.
pub(crate) fn hold_as_it_was(account: &Account) -> Script {
    Script::new().must(USABLE, HOLD_AS_IT_WAS, params![account.id.to_string(), account.epoch])
}

/// The statements that make an account.
pub(crate) fn insert(account: AccountId, new: &NewAccount, method: Option<Method>, visit: &Visit) -> Script {
    let now = visit.now.milliseconds();
    let password = new.password.as_ref().map(StoredPassword::as_str);
    let values = params![
        account.to_string(),
        new.email.as_str(),
        new.email.key(),
        new.name.as_str(),
        new.language.clone(),
        new.administrator,
        password,
        password.map(|_| now),
        now
    ];
    let created = Event { method, ..Event::plain(Kind::AccountCreated) };
    Script::new().must(TAKEN, INSERT, values).then(events::append(account, &created, visit))
}

fn account_of(row: &Row) -> Result<Account, Unavailable> {
    let password = row.opt_text(5)?.map(|phc| StoredPassword::parse(phc.to_owned())).transpose();
    Ok(Account {
        id: id(row.text(0)?, AccountId::parse)?,
        email: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        language: row.opt_text(3)?.map(str::to_owned),
        administrator: row.flag(4)?,
        password: password.map_err(|_| corrupt("a password hash"))?,
        two_factor_at: row.opt_int(6)?.map(Timestamp::from_milliseconds),
        disabled_at: row.opt_int(7)?.map(Timestamp::from_milliseconds),
        epoch: row.int(8)?,
        created_at: Timestamp::from_milliseconds(row.int(9)?),
        reset_at: row.opt_int(10)?.map(Timestamp::from_milliseconds),
        address_confirmed_at: row.opt_int(11)?.map(Timestamp::from_milliseconds),
    })
}

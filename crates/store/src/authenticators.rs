//! Authenticators: read for one check, added, renamed, removed.

use countersign::{
    AccountId, AuthenticatorId, Timestamp,
    enrolment::{MOST_AUTHENTICATORS, Proven},
    event::{Event, Kind, Method},
    factors::Factors,
    name::Name,
    secret::{Keyring, Sealed},
    step_up::Confirmation,
    totp::{Authenticator, SharedSecret, Step},
};

use crate::budgets::Lane;
use crate::enrolments::{self, parameters_of};
use crate::outbox::{self, Whose};
use crate::read::{all, id};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::sessions::or_none;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};
use crate::{events, keys, two_factor};

/// The condition that an authenticator is there and is not the last.
pub(crate) const SPARE: &str = "the authenticator";

statements! {
    /// The authenticators of an account, with their sealed secrets.
    pub(crate) OF_ACCOUNT = "SELECT id, secret, algorithm, digits, period, last_step FROM authenticators \
        WHERE account_id = $1 ORDER BY created_at, id";
    /// The same as its owner sees them.
    pub(crate) LISTED = "SELECT id, name, created_at, last_used_at FROM authenticators \
        WHERE account_id = $1 ORDER BY created_at, id";
    /// A proven enrolment becomes an authenticator, with the proving step spent.
    pub(crate) ADOPT = "INSERT INTO authenticators (id, account_id, name, secret, algorithm, digits, period, last_step, \
        created_at) \
        SELECT e.authenticator_id, e.account_id, $4, e.secret, e.algorithm, e.digits, e.period, $5, $6 \
        FROM enrolments e WHERE e.id = $1 AND e.account_id = $2 AND COALESCE(e.session_id, '') = $3 AND e.superseded = 0 \
        AND e.expires_at > $6 AND (SELECT count(*) FROM authenticators WHERE account_id = $2) < $7";
    /// Gives an authenticator another name.
    pub(crate) RENAME = "UPDATE authenticators SET name = $3 WHERE id = $1 AND account_id = $2";
    /// Tells of an authenticator before it is removed.
    pub(crate) APPEND_REMOVED = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject) \
        SELECT account_id, $2, $3, $4, $5, $6, $7, name FROM authenticators WHERE id = $8 AND account_id = $1";
    /// Removes an authenticator that is not the last.
    pub(crate) REMOVE = "DELETE FROM authenticators WHERE id = $1 AND account_id = $2 \
        AND (SELECT count(*) FROM authenticators WHERE account_id = $2) > 1";
    /// Forgets all authenticators of an account.
    pub(crate) FORGET_ALL = "DELETE FROM authenticators WHERE account_id = $1";
}

/// One row of the list of authenticators.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: AuthenticatorId,
    /// The name its owner gave it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a code of it was last accepted.
    pub last_used_at: Option<Timestamp>,
}

impl Store {
    /// The authenticators of an account, opened for one check.
    ///
    /// # Errors
    /// [`Unavailable`]; a secret that does not open is one, and never "2FA is off".
    pub async fn factors(&self, account: AccountId) -> Result<Factors, Unavailable> {
        let read = || Read::new().select(OF_ACCOUNT, params![account.to_string()]);
        self.opened(read, |keyring, answers| factors_of(keyring, account, answers)).await
    }

    /// Adds a proven enrolment to the authenticators of an account that has 2FA on.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the enrolment is over, or 2FA is off.
    pub async fn add_authenticator(
        &self,
        proven: &Proven,
        name: &Name,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        Ok(self.database.write(adding(proven, name, visit)).await.map(drop)?)
    }

    /// Gives an authenticator another name.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account has no such authenticator.
    pub async fn rename_authenticator(
        &self,
        account: AccountId,
        authenticator: AuthenticatorId,
        name: &Name,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let script = renaming(account, authenticator, name, Method::Session, visit);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Removes an authenticator. The last one stays: without any, 2FA is to be turned off.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account has no such authenticator, or it is the last.
    pub async fn remove_authenticator(
        &self,
        confirmation: Confirmation,
        authenticator: AuthenticatorId,
        lane: Lane,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let account = confirmation.account();
        let method = confirmation.method();
        let build = || removing(account, authenticator, method, visit);
        self.confirmed(confirmation, lane, visit, build).await.map(drop)
    }
}

/// The authenticators in the first of these answers.
pub(crate) fn factors_of(
    keyring: &Keyring,
    account: AccountId,
    answers: &[Vec<Row>],
) -> Result<Factors, Unavailable> {
    factors_in(keyring, account, all(answers, 0).iter(), 0)
}

/// The authenticators in these rows, one in six columns of each, from `first` on.
pub(crate) fn factors_in<'a>(
    keyring: &Keyring,
    account: AccountId,
    rows: impl Iterator<Item = &'a Row>,
    first: usize,
) -> Result<Factors, Unavailable> {
    let authenticators = rows.map(|row| authenticator_of(keyring, account, row, first));
    Ok(Factors { account, authenticators: authenticators.collect::<Result<_, _>>()? })
}

fn authenticator_of(
    keyring: &Keyring,
    account: AccountId,
    row: &Row,
    first: usize,
) -> Result<Authenticator, Unavailable> {
    let column = |nth: usize| first.saturating_add(nth);
    let sealed = Sealed::from_bytes(row.blob(column(1))?.to_vec());
    Ok(Authenticator {
        id: id(row.text(first)?, AuthenticatorId::parse)?,
        secret: SharedSecret::open(keyring, account, row.text(first)?, &sealed)?,
        parameters: parameters_of(row, column(2))?,
        last_step: Step::new(row.int(column(5))?),
    })
}

/// The statements that give an authenticator another name.
pub(crate) fn renaming(
    account: AccountId,
    authenticator: AuthenticatorId,
    name: &Name,
    method: Method,
    visit: &Visit,
) -> Script {
    let values = params![authenticator.to_string(), account.to_string(), name.as_str()];
    let renamed = Event::about(Kind::AuthenticatorRenamed, name.as_str()).by(method);
    Script::new().must("the authenticator", RENAME, values).then(events::append(account, &renamed, visit))
}

/// The statements that add a proven enrolment to the authenticators of an account that has 2FA on.
pub(crate) fn adding(proven: &Proven, name: &Name, visit: &Visit) -> Script {
    let account = proven.account();
    let added = Event::about(Kind::AuthenticatorAdded, name.as_str()).by(Method::Code);
    two_factor::still_on(account)
        .then(adopt(proven, name, visit))
        .may(enrolments::WITHDRAW, params![or_none(proven.session()), account.to_string()])
        .then(events::append(account, &added, visit))
}

/// The statements that remove an authenticator which is not the last.
pub(crate) fn removing(
    account: AccountId,
    authenticator: AuthenticatorId,
    method: Method,
    visit: &Visit,
) -> Script {
    let (which, kind) = (authenticator.to_string(), Kind::AuthenticatorRemoved);
    let mut told = events::begun(account, kind, Some(method), visit);
    told.extend(params![which.as_str()]);
    two_factor::still_on(account)
        .may(APPEND_REMOVED, told)
        .then(outbox::tell(Whose::Account(account), kind, Some(method), visit))
        .must(SPARE, REMOVE, params![which, account.to_string()])
}

/// The statements that make an authenticator of a proven enrolment: its secret is copied as it is sealed.
pub(crate) fn adopt(proven: &Proven, name: &Name, visit: &Visit) -> Script {
    let values = params![
        proven.enrolment().to_string(),
        proven.account().to_string(),
        or_none(proven.session()),
        name.as_str(),
        proven.step().number(),
        visit.now.milliseconds(),
        i64::try_from(MOST_AUTHENTICATORS).unwrap_or(i64::MAX)
    ];
    keys::hold().must("the enrolment", ADOPT, values)
}

pub(crate) fn listed(row: &Row) -> Result<Listed, Unavailable> {
    Ok(Listed {
        id: id(row.text(0)?, AuthenticatorId::parse)?,
        name: row.text(1)?.to_owned(),
        created_at: Timestamp::from_milliseconds(row.int(2)?),
        last_used_at: row.opt_int(3)?.map(Timestamp::from_milliseconds),
    })
}

//! The audit log of each account: appended in the script of what it tells, never changed. What its owner is to be
//! told by mail gets its letter in the same script.

use countersign::{
    AccountId, SessionId, Timestamp,
    claim::{FactorMethod, OnceOnly},
    event::{Actor, Event, Kind, Method},
};

use crate::outbox::{self, Whose};
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, Value, params};

statements! {
    /// Appends an event.
    pub(crate) APPEND = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject, count, \
        session_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// Appends the use of a recovery code, and how many its set has left.
    pub(crate) APPEND_RECOVERY = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, count) \
        SELECT $1, $2, $3, $4, $5, $6, $7, count(*) FROM recovery_codes WHERE set_id = $8 AND used_at IS NULL";
    /// The latest events of an account, before a position.
    pub(crate) LATEST = "SELECT position, at, kind, subject, count, browser, address, actor, method, detail, until \
        FROM events WHERE account_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3";
}

/// One event as it was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place in the log; later is larger.
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// What, and by which method.
    pub event: Event,
    /// By which browser.
    pub browser: String,
    /// From where.
    pub address: Option<String>,
    /// Who; nobody knows for lines from before it was recorded.
    pub actor: Option<Actor>,
}

/// What every line begins with: the parameters `$1` to `$7` of each statement that appends one.
pub(crate) fn begun(account: AccountId, kind: Kind, method: Option<Method>, visit: &Visit) -> Vec<Value> {
    [params![account.to_string()], after_the_account(kind, method, visit)].concat()
}

/// The same from `$1` to `$6` where the statement finds the accounts itself.
pub(crate) fn after_the_account(kind: Kind, method: Option<Method>, visit: &Visit) -> Vec<Value> {
    let method = match (visit.actor, method) {
        (Actor::Administrator, _) => Some(Method::Terminal),
        // It vouches for its users: nothing of theirs was shown here.
        (Actor::Application, Some(Method::Session) | None) => Some(Method::Application),
        (_, method) => method,
    };
    params![
        visit.now.milliseconds(),
        kind.word(),
        kind.actor(visit.actor).word(),
        method.map(Method::word),
        visit.browser.as_str(),
        visit.address.clone()
    ]
}

/// Appends an event to a script.
pub(crate) fn append(account: AccountId, event: &Event, visit: &Visit) -> Script {
    append_of(account, event, None, visit)
}

/// Appends an event that belongs to a session.
pub(crate) fn append_of(
    account: AccountId,
    event: &Event,
    session: Option<SessionId>,
    visit: &Visit,
) -> Script {
    let mut values = begun(account, event.kind, event.method, visit);
    values.extend(params![event.subject.clone(), event.count, session.map(|session| session.to_string())]);
    Script::new().may(APPEND, values).then(outbox::tell(
        Whose::Account(account),
        event.kind,
        event.method,
        visit,
    ))
}

/// Appends the use of a recovery code where the claim is one.
pub(crate) fn append_use(claim: &countersign::Claim, visit: &Visit) -> Script {
    let script = Script::new();
    match (claim.method(), claim.fact()) {
        (FactorMethod::RecoveryCode, OnceOnly::RecoveryCode { set, .. }) => {
            let method = Some(Method::RecoveryCode);
            let mut values = begun(claim.account(), Kind::RecoveryCodeUsed, method, visit);
            values.extend(params![set.to_string()]);
            let whose = Whose::Account(claim.account());
            script.may(APPEND_RECOVERY, values).then(outbox::tell(
                whose,
                Kind::RecoveryCodeUsed,
                method,
                visit,
            ))
        }
        _ => script,
    }
}

impl Store {
    /// The latest `most` events of an account that come before the position `before`, latest first.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn events(
        &self,
        account: AccountId,
        before: Option<i64>,
        most: u32,
    ) -> Result<Vec<Recorded>, Unavailable> {
        let read = Read::new().select(LATEST, params![account.to_string(), before.unwrap_or(i64::MAX), most]);
        let answers = self.database.read(read).await?;
        answers.first().map_or(&[][..], Vec::as_slice).iter().map(recorded).collect()
    }
}

pub(crate) fn recorded(row: &Row) -> Result<Recorded, Unavailable> {
    let unknown = || Unavailable::Corrupt { reason: "an event of an unknown kind".to_owned() };
    Ok(Recorded {
        position: row.int(0)?,
        at: Timestamp::from_milliseconds(row.int(1)?),
        event: Event {
            kind: Kind::parse(row.text(2)?).ok_or_else(unknown)?,
            subject: row.opt_text(3)?.map(str::to_owned),
            ..rest_of(row, 4, 8)?
        },
        browser: row.text(5)?.to_owned(),
        address: row.opt_text(6)?.map(str::to_owned),
        actor: row.opt_text(7)?.and_then(Actor::parse),
    })
}

/// What the receipt of a sign-in is read from: the number at `count`, and method, name and moment from `method` on.
pub(crate) fn rest_of(row: &Row, count: usize, method: usize) -> Result<Event, Unavailable> {
    Ok(Event {
        count: row.opt_int(count)?.and_then(|count| u32::try_from(count).ok()),
        method: row.opt_text(method)?.and_then(Method::parse),
        detail: row.opt_text(method.saturating_add(1))?.map(str::to_owned),
        until: row.opt_int(method.saturating_add(2))?.map(Timestamp::from_milliseconds),
        ..Event::plain(Kind::SignedIn)
    })
}

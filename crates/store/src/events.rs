//! The audit log of each account: appended in the script of what it tells, never changed.

use countersign::{
    AccountId, Timestamp,
    claim::{FactorMethod, OnceOnly},
    event::{Event, Kind},
};

use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

statements! {
    /// Appends an event.
    pub(crate) APPEND = "INSERT INTO events (account_id, at, kind, subject, count, browser, address) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// Appends the use of a recovery code, and how many its set has left.
    pub(crate) APPEND_RECOVERY = "INSERT INTO events (account_id, at, kind, count, browser, address) \
        SELECT $1, $2, $3, count(*), $4, $5 FROM recovery_codes WHERE set_id = $6 AND used_at IS NULL";
    /// The latest events of an account, before a position.
    pub(crate) LATEST = "SELECT position, at, kind, subject, count, browser, address FROM events \
        WHERE account_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3";
}

/// One event as it was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place in the log; later is larger.
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// By which browser.
    pub browser: String,
    /// From where.
    pub address: Option<String>,
}

/// Appends an event to a script.
pub(crate) fn append(account: AccountId, event: &Event, visit: &Visit) -> Script {
    let values = params![
        account.to_string(),
        visit.now.milliseconds(),
        event.kind.word(),
        event.subject.clone(),
        event.count,
        visit.browser.as_str(),
        visit.address.clone()
    ];
    Script::new().may(APPEND, values)
}

/// Appends the use of a recovery code where the claim is one.
pub(crate) fn append_use(claim: &countersign::Claim, visit: &Visit) -> Script {
    let script = Script::new();
    match (claim.method(), claim.fact()) {
        (FactorMethod::RecoveryCode, OnceOnly::RecoveryCode { set, .. }) => script.may(
            APPEND_RECOVERY,
            params![
                claim.account().to_string(),
                visit.now.milliseconds(),
                Kind::RecoveryCodeUsed.word(),
                visit.browser.as_str(),
                visit.address.clone(),
                set.to_string()
            ],
        ),
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
    let kind = Kind::parse(row.text(2)?)
        .ok_or_else(|| Unavailable::Corrupt { reason: "an event of an unknown kind".to_owned() })?;
    Ok(Recorded {
        position: row.int(0)?,
        at: Timestamp::from_milliseconds(row.int(1)?),
        event: Event {
            kind,
            subject: row.opt_text(3)?.map(str::to_owned),
            count: row.opt_int(4)?.and_then(|count| u32::try_from(count).ok()),
        },
        browser: row.text(5)?.to_owned(),
        address: row.opt_text(6)?.map(str::to_owned),
    })
}

//! Trusted devices: browsers that passed the second factor and asked to be remembered.

use countersign::{
    AccountId, DeviceId, SessionId, Timestamp,
    device::{BUDGET_OUTLIVES_TRUST, TrustedDevice},
    event::{Event, Kind, Method},
    policy::Policy,
    token::{self, Token, TokenHash},
};

use crate::budgets::Lane;
use crate::events;
use crate::outbox::{self, Whose};
use crate::read::{id, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::sessions::or_none;
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// The condition that a device is trusted, and has the token that was sent.
pub(crate) const TRUSTED: &str = "the trusted device";

statements! {
    /// Remembers a device.
    pub(crate) REMEMBER = "INSERT INTO trusted_devices (id, account_id, token, name, remembered_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// The device of a token.
    pub(crate) BY_TOKEN = "SELECT id, account_id, remembered_at, expires_at FROM trusted_devices \
        WHERE token = $1 AND account_id = $2";
    /// A device stands for a code, unless it was forgotten meanwhile or has another token by now: it gets a new
    /// token, and lives no longer for it.
    pub(crate) ROTATE = "UPDATE trusted_devices SET last_used_at = $3, token = $5 \
        WHERE id = $1 AND account_id = $2 AND expires_at > $3 AND token = $4";
    /// Keeps the token that a device had before.
    pub(crate) KEEP_SPENT = "INSERT INTO spent_device_tokens (token, device_id, spent_at) VALUES ($1, $2, $3)";
    /// The device that had this token before, and until when.
    pub(crate) HAD = "SELECT d.id, s.spent_at FROM spent_device_tokens s JOIN trusted_devices d ON d.id = s.device_id \
        WHERE s.token = $1 AND d.account_id = $2";
    /// Tells of the device whose token the browser lost.
    pub(crate) APPEND_LOST = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject) \
        SELECT d.account_id, $2, $3, $4, $5, $6, $7, d.name FROM trusted_devices d \
        WHERE d.account_id = $1 AND d.id IN (SELECT s.device_id FROM spent_device_tokens s WHERE s.token = $8)";
    /// Ends the sessions for which it had stood.
    pub(crate) END_SESSIONS_ON_LOST = "DELETE FROM sessions WHERE account_id = $1 \
        AND device_id IN (SELECT s.device_id FROM spent_device_tokens s WHERE s.token = $2)";
    /// Forgets it.
    pub(crate) FORGET_LOST = "DELETE FROM trusted_devices WHERE account_id = $1 \
        AND id IN (SELECT s.device_id FROM spent_device_tokens s WHERE s.token = $2)";
    /// Tells of a device of which there is a copy, before it is forgotten, and how many sessions rest on it.
    pub(crate) APPEND_COPIED = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject, \
        count) SELECT d.account_id, $2, $3, $4, $5, $6, $7, d.name, (SELECT count(*) FROM sessions s \
        WHERE s.device_id = d.id) FROM trusted_devices d WHERE d.id = $8 AND d.account_id = $1";
    /// Ends the sessions for which a device stood.
    pub(crate) END_SESSIONS_ON = "DELETE FROM sessions WHERE device_id = $1 AND account_id = $2";
    /// Ends the sessions for which a device of the account had stood, when all are forgotten.
    pub(crate) END_SESSIONS_ON_ANY = "DELETE FROM sessions WHERE account_id = $1 AND device_id IS NOT NULL AND id <> $2";
    /// The same for one device.
    pub(crate) END_OTHERS_ON = "DELETE FROM sessions WHERE device_id = $1 AND account_id = $2 AND id <> $3";
    /// Forgets one device of an account.
    pub(crate) FORGET = "DELETE FROM trusted_devices WHERE id = $1 AND account_id = $2 RETURNING name";
    /// Tells of one device before it is forgotten.
    pub(crate) APPEND_FORGOTTEN = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject) \
        SELECT account_id, $2, $3, $4, $5, $6, $7, name FROM trusted_devices WHERE id = $8 AND account_id = $1";
    /// Forgets all devices of an account.
    pub(crate) FORGET_ALL = "DELETE FROM trusted_devices WHERE account_id = $1";
    /// Tells how many devices there are before all are forgotten.
    pub(crate) APPEND_ALL_FORGOTTEN = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, count) \
        SELECT $1, $2, $3, $4, $5, $6, $7, count(*) FROM trusted_devices WHERE account_id = $1 AND expires_at > $2";
    /// The living devices of an account, latest first.
    pub(crate) OF_ACCOUNT = "SELECT id, name, remembered_at, expires_at, last_used_at, token FROM trusted_devices \
        WHERE account_id = $1 AND expires_at > $2 ORDER BY remembered_at DESC, id DESC";
}

/// Whether the browser is remembered as a trusted device once the code is right.
#[derive(Clone, Copy, Debug)]
pub enum Remember {
    /// No.
    No,
    /// Yes.
    Yes,
    /// Yes, and it sent the token of a device of before: if that is one the device no longer has, the new device takes
    /// its place.
    InsteadOf(TokenHash<token::Device>),
    /// No, and it sent such a token: if the device no longer has it, then its owner has not got the next one, and the
    /// device is forgotten.
    NoMore(TokenHash<token::Device>),
}

impl Remember {
    /// What a person asked for, at a browser that sent this token or none.
    pub fn asked(wanted: bool, sent: Option<&Token<token::Device>>) -> Self {
        match sent {
            None => Self::from(wanted),
            Some(token) if wanted => Self::InsteadOf(token.hash()),
            Some(token) => Self::NoMore(token.hash()),
        }
    }

    pub(crate) const fn wanted(self) -> bool {
        matches!(self, Self::Yes | Self::InsteadOf(_))
    }
}

impl From<bool> for Remember {
    fn from(wanted: bool) -> Self {
        if wanted { Self::Yes } else { Self::No }
    }
}

/// One row of the list of devices.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: DeviceId,
    /// The name a person recognises.
    pub name: String,
    /// Since when.
    pub remembered_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it last stood for a code.
    pub last_used_at: Option<Timestamp>,
    pub(crate) token: Vec<u8>,
}

impl Listed {
    /// Whether this is the device of the token that the browser sent.
    pub fn is(&self, token: Option<&TokenHash<token::Device>>) -> bool {
        token.is_some_and(|token| self.token == token.as_bytes())
    }
}

/// The device that had a token before.
pub(crate) struct Had {
    device: DeviceId,
    spent_at: Timestamp,
}

impl Had {
    /// The device, if whoever sends the token `now` has a copy; `None` where a request may have been sent twice. One that
    /// was spent later than that was spent by a clock that has since stepped back.
    pub(crate) fn copied(&self, policy: &Policy, now: Timestamp) -> Option<DeviceId> {
        let sent_twice = self.spent_at < now + policy.sent_twice && now < self.spent_at + policy.sent_twice;
        (!sent_twice).then_some(self.device)
    }
}

impl Store {
    /// The device of a token, if it is one of this very account: living, or lately ended.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn device(
        &self,
        token: &TokenHash<token::Device>,
        account: AccountId,
    ) -> Result<Option<TrustedDevice>, Unavailable> {
        let read = Read::new().select(BY_TOKEN, params![token.as_bytes(), account.to_string()]);
        let answers = self.database.read(read).await?;
        one(&answers, 0).map(device_of).transpose()
    }

    /// The device of this account that had this token before it got its present one: somebody has a copy. Not within
    /// `Policy::sent_twice` of losing it: a button pressed twice, or tabs opened together, send one token twice.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn copied_device(
        &self,
        token: &TokenHash<token::Device>,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<DeviceId>, Unavailable> {
        let had = self.had(token, account).await?;
        Ok(had.and_then(|had| had.copied(&self.policy, now)))
    }

    pub(crate) async fn had(
        &self,
        token: &TokenHash<token::Device>,
        account: AccountId,
    ) -> Result<Option<Had>, Unavailable> {
        let read = Read::new().select(HAD, params![token.as_bytes(), account.to_string()]);
        let answers = self.database.read(read).await?;
        let had = |row: &Row| {
            let spent_at = Timestamp::from_milliseconds(row.int(1)?);
            Ok(Had { device: id(row.text(0)?, DeviceId::parse)?, spent_at })
        };
        one(&answers, 0).map(had).transpose()
    }

    /// Forgets a device of which there is a copy, and ends the sessions for which it had stood: nobody can say
    /// which of the two is the owner's.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: it is forgotten already.
    pub async fn forget_copied_device(
        &self,
        account: AccountId,
        device: DeviceId,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let script = forget_copied(account, device, Method::PasswordOnTrustedDevice, visit);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Forgets one device of an account, and ends the sessions for which it had stood, but for `own`:
    /// whoever forgets a device wants who sits at it out.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the account has no such device.
    pub async fn forget_device(
        &self,
        account: AccountId,
        device: DeviceId,
        own: Option<SessionId>,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let script = forgetting(account, device, own, Method::Session, visit);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Forgets all devices of an account, and ends the sessions for which one had stood, but for `own`.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn forget_devices(
        &self,
        account: AccountId,
        own: Option<SessionId>,
        visit: &Visit,
    ) -> Result<(), Refusal> {
        let script = forgetting_all(account, own, Method::Session, visit);
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// The guess budget for a browser that sent the token of `device`: its own while it is trusted, and for
/// sixty days after.
pub fn lane_of(device: Option<&TrustedDevice>, now: Timestamp) -> Lane {
    let known = device.filter(|device| now < device.expires_at + BUDGET_OUTLIVES_TRUST);
    known.map_or(Lane::Everybody, |device| Lane::Device(device.id))
}

/// The statements that remember `device`, if one is to be remembered, and forget the one that `remember` names.
pub(crate) fn remember(
    account: AccountId,
    device: Option<(&TrustedDevice, TokenHash<token::Device>)>,
    remember: Remember,
    visit: &Visit,
) -> Script {
    let lost = match remember {
        Remember::InsteadOf(before) | Remember::NoMore(before) => forget_lost(account, &before, visit),
        Remember::No | Remember::Yes => Script::new(),
    };
    let Some((device, token)) = device else { return lost };
    let values = params![
        device.id.to_string(),
        account.to_string(),
        token.as_bytes(),
        visit.browser.as_str(),
        device.remembered_at.milliseconds(),
        device.expires_at.milliseconds()
    ];
    let remembered = Event::about(Kind::DeviceRemembered, visit.browser.as_str());
    lost.may(REMEMBER, values).then(events::append(account, &remembered, visit))
}

/// The statements that forget the device that had this token before its present one. It is no alarm of a copy: in the
/// browser that sent it the next token may never have arrived. But whoever holds that one is out, and it is told.
fn forget_lost(account: AccountId, before: &TokenHash<token::Device>, visit: &Visit) -> Script {
    let kind = Kind::DeviceForgotten;
    let mut told = events::begun(account, kind, None, visit);
    told.extend(params![before.as_bytes()]);
    let of = || params![account.to_string(), before.as_bytes()];
    Script::new()
        .may(APPEND_LOST, told)
        .then(outbox::tell(Whose::Account(account), kind, None, visit))
        .may(END_SESSIONS_ON_LOST, of())
        .may(FORGET_LOST, of())
}

/// The statements that let a device stand for a code, unless it was forgotten meanwhile or has another token by
/// now, and that give it its next token.
pub(crate) fn rotate(
    device: DeviceId,
    account: AccountId,
    present: &TokenHash<token::Device>,
    next: &TokenHash<token::Device>,
    visit: &Visit,
) -> Script {
    let (device, now) = (device.to_string(), visit.now.milliseconds());
    let values = params![device.as_str(), account.to_string(), now, present.as_bytes(), next.as_bytes()];
    Script::new().must(TRUSTED, ROTATE, values).must(
        TRUSTED,
        KEEP_SPENT,
        params![present.as_bytes(), device, now],
    )
}

/// The statements that forget a device of which there is a copy.
pub(crate) fn forget_copied(account: AccountId, device: DeviceId, by: Method, visit: &Visit) -> Script {
    let (device, owner) = (device.to_string(), account.to_string());
    let mut told = events::begun(account, Kind::DeviceCopied, Some(by), visit);
    told.extend(params![device.as_str()]);
    Script::new()
        .may(APPEND_COPIED, told)
        .then(outbox::tell(Whose::Account(account), Kind::DeviceCopied, Some(by), visit))
        .may(END_SESSIONS_ON, params![device.as_str(), owner.as_str()])
        .must_return("the device", FORGET, params![device, owner])
}

/// The statements with which the owner of an account forgets one device, and ends the sessions for which it had stood but
/// for `own`.
pub(crate) fn forgetting(
    account: AccountId,
    device: DeviceId,
    own: Option<SessionId>,
    method: Method,
    visit: &Visit,
) -> Script {
    let (device, owner) = (device.to_string(), account.to_string());
    let (kind, method) = (Kind::DeviceForgotten, Some(method));
    let mut told = events::begun(account, kind, method, visit);
    told.extend(params![device.as_str()]);
    Script::new()
        .may(APPEND_FORGOTTEN, told)
        .then(outbox::tell(Whose::Account(account), kind, method, visit))
        .may(END_OTHERS_ON, params![device.as_str(), owner.as_str(), or_none(own)])
        .must_return("the device", FORGET, params![device, owner])
}

/// The same for all of them.
pub(crate) fn forgetting_all(
    account: AccountId,
    own: Option<SessionId>,
    method: Method,
    visit: &Visit,
) -> Script {
    let (kind, method) = (Kind::DevicesForgotten, Some(method));
    Script::new()
        .may(APPEND_ALL_FORGOTTEN, events::begun(account, kind, method, visit))
        .then(outbox::tell(Whose::Account(account), kind, method, visit))
        .may(END_SESSIONS_ON_ANY, params![account.to_string(), or_none(own)])
        .then(forget_every(account))
}

/// The statement that forgets all devices of an account.
pub(crate) fn forget_every(account: AccountId) -> Script {
    Script::new().may(FORGET_ALL, params![account.to_string()])
}

pub(crate) fn listed(row: &Row) -> Result<Listed, Unavailable> {
    Ok(Listed {
        id: id(row.text(0)?, DeviceId::parse)?,
        name: row.text(1)?.to_owned(),
        remembered_at: Timestamp::from_milliseconds(row.int(2)?),
        expires_at: Timestamp::from_milliseconds(row.int(3)?),
        last_used_at: row.opt_int(4)?.map(Timestamp::from_milliseconds),
        token: row.blob(5)?.to_vec(),
    })
}

fn device_of(row: &Row) -> Result<TrustedDevice, Unavailable> {
    Ok(TrustedDevice {
        id: id(row.text(0)?, DeviceId::parse)?,
        account: id(row.text(1)?, AccountId::parse)?,
        remembered_at: Timestamp::from_milliseconds(row.int(2)?),
        expires_at: Timestamp::from_milliseconds(row.int(3)?),
    })
}

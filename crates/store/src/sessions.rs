//! Sessions: finished sign-ins, opened by an [`Authenticated`] and by nothing else.

use countersign::{
    AccountId, Claim, SessionId, Span, Timestamp,
    claim::OnceOnly,
    event::{Kind, Method},
    receipt::Receipt,
    sign_in::{Authenticated, Methods, Terms},
    step_up::Standing,
    token::{self, Token, TokenHash},
};
use rand_core::CryptoRng;

use crate::read::{corrupt, id, one};
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};
use crate::{accounts, devices, events, unfinished};

/// How long a session's last use may lag behind what is stored: a write for every page would cost a
/// commit each.
const SEEN_EVERY: Span = Span::minutes(1);

statements! {
    /// Opens a session. The script holds the account before.
    pub(crate) OPEN = "INSERT INTO sessions (id, account_id, token, methods, password_at, factor_at, device_id, \
        browser, address, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    /// Holds a session that must still be there for what its owner does.
    pub(crate) HOLD = "UPDATE sessions SET seen_at = seen_at WHERE id = $1 AND account_id = $2";
    /// The session of a token, with its account.
    pub(crate) BY_TOKEN = "SELECT s.id, s.account_id, s.methods, s.factor_at, s.created_at, s.seen_at, a.email, \
        a.email_key, a.name, a.language, a.address_confirmed_at, a.two_factor_at \
        FROM sessions s JOIN accounts a ON a.id = s.account_id \
        WHERE s.token = $1 AND a.disabled_at IS NULL AND s.created_at > $2 AND s.seen_at > $3";
    /// Notes that a session was used.
    pub(crate) SEEN = "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2";
    /// Ends all sessions of an account but one.
    pub(crate) END_BUT_ONE = "DELETE FROM sessions WHERE account_id = $1 AND id <> $2";
    /// Ends all sessions of an account.
    pub(crate) END_ALL = "DELETE FROM sessions WHERE account_id = $1";
    /// Ends all enrolments of an account.
    pub(crate) END_ENROLMENTS = "DELETE FROM enrolments WHERE account_id = $1";
    /// The living sessions of an account, latest first, each with the receipt of its sign-in.
    pub(crate) OF_ACCOUNT = "SELECT s.id, s.methods, s.browser, s.address, s.created_at, s.seen_at, e.count, e.method, \
        e.detail, e.until FROM sessions s \
        LEFT JOIN events e ON e.session_id = s.id AND e.account_id = s.account_id AND e.kind = 'signed-in' \
        WHERE s.account_id = $1 AND s.created_at > $2 AND s.seen_at > $3 ORDER BY s.seen_at DESC, s.id DESC";
    /// Appends a sign-in.
    pub(crate) APPEND_SIGNED_IN = "INSERT INTO events (account_id, at, kind, actor, method, browser, address, subject, \
        session_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Appends a sign-in with a recovery code, and how many its set has left.
    pub(crate) APPEND_SIGNED_IN_BY_RECOVERY = "INSERT INTO events (account_id, at, kind, actor, method, browser, \
        address, subject, session_id, count) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, count(*) \
        FROM recovery_codes WHERE set_id = $10 AND used_at IS NULL";
    /// Appends a sign-in for which a trusted device stood, by its name and with the day it ends. A policy made
    /// stricter since it was remembered ends it sooner.
    pub(crate) APPEND_SIGNED_IN_ON_DEVICE = "INSERT INTO events (account_id, at, kind, actor, method, browser, \
        address, subject, session_id, detail, until) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, d.name, \
        CASE WHEN d.expires_at < d.remembered_at + $11 THEN d.expires_at ELSE d.remembered_at + $11 END \
        FROM trusted_devices d WHERE d.id = $10 AND d.account_id = $1";
}

/// The session behind a request, and whose it is. It was found by its token in this very moment.
#[derive(Clone, Debug)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// By which methods it was signed in.
    pub methods: Methods,
    /// When its second factor was shown, if it was.
    pub factor_at: Option<Timestamp>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// The account's address.
    pub email: String,
    /// The key of that address.
    pub email_key: String,
    /// The account's name.
    pub name: String,
    /// The language its owner chose.
    pub language: Option<String>,
    /// Since when the address is known to be its owner's.
    pub address_confirmed_at: Option<Timestamp>,
    /// Since when 2FA is on.
    pub two_factor_at: Option<Timestamp>,
    pub(crate) seen_at: Timestamp,
}

/// One row of the list of sessions.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: SessionId,
    /// By which methods it was signed in.
    pub methods: Methods,
    /// By which browser.
    pub browser: String,
    /// From where.
    pub address: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// Why its sign-in was, or was not, asked for a code; `None` for sessions of before receipts were kept.
    pub receipt: Option<Receipt>,
}

/// A session's id, or what is the id of none.
pub(crate) fn or_none(session: Option<SessionId>) -> String {
    session.map(|id| id.to_string()).unwrap_or_default()
}

impl Session {
    /// What step-up has to know.
    pub fn standing(&self) -> Standing {
        Standing {
            session: self.id,
            account: self.account,
            two_factor_on: self.two_factor_at.is_some(),
            address_confirmed: self.address_confirmed_at.is_some(),
            factor_at: self.factor_at,
        }
    }
}

impl Store {
    /// Opens the session of a sign-in that needed no code, and returns its token. If 2FA, the password or anything
    /// else that matters has changed since `account` was read, the sign-in has to start again.
    ///
    /// # Errors
    /// [`Refusal::Gone`], also where a trusted device stood for the code; [`Refusal::Unavailable`].
    pub async fn open_session(
        &self,
        authenticated: &Authenticated,
        account: &accounts::Account,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<token::Session>, Refusal> {
        match authenticated.terms().device {
            None => self.open_after(Script::new(), authenticated, account, visit, rng).await,
            Some(_) => Err(Refusal::Gone(devices::TRUSTED)),
        }
    }

    /// Opens the session of a sign-in for which the trusted device of the token `present` stood. Returns its token,
    /// and the next one of the device: the one that stood for this code never stands for another.
    ///
    /// # Errors
    /// As [`Store::open_session`]; [`Refusal::Gone`] also where the device has another token by now.
    pub async fn open_session_on_device(
        &self,
        authenticated: &Authenticated,
        account: &accounts::Account,
        present: &TokenHash<token::Device>,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(Token<token::Session>, Token<token::Device>), Refusal> {
        let device = authenticated.terms().device.ok_or(Refusal::Gone(devices::TRUSTED))?;
        let next: Token<token::Device> = Token::fresh(rng);
        let rotate = devices::rotate(device, account.id, present, &next.hash(), visit);
        let session = self.open_after(rotate, authenticated, account, visit, rng).await?;
        Ok((session, next))
    }

    pub(crate) async fn open_after(
        &self,
        before: Script,
        authenticated: &Authenticated,
        account: &accounts::Account,
        visit: &Visit,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Token<token::Session>, Refusal> {
        if authenticated.account() != account.id {
            return Err(Refusal::Gone(accounts::USABLE));
        }
        let token = Token::fresh(rng);
        let id = SessionId::fresh(visit.now, rng);
        let terms = authenticated.terms();
        let script = accounts::hold_as_it_was(account)
            .then(before)
            .then(open(id, account.id, terms, &token.hash(), visit))
            .then(tell(id, account.id, terms, None, self.policy.remember, visit))
            .then(unfinished::forget_given_up(account.id, authenticated.before()));
        self.database.write(script).await?;
        self.tally.signed_in(if terms.device.is_some() { "trusted-device" } else { "password" });
        Ok(token)
    }

    /// The living session of a token.
    ///
    /// # Errors
    /// [`Unavailable`]: never to be read as "not signed in".
    pub async fn session(
        &self,
        token: &TokenHash<token::Session>,
        now: Timestamp,
    ) -> Result<Option<Session>, Unavailable> {
        let (created, seen) = self.alive_since(now);
        let read = Read::new().select(BY_TOKEN, params![token.as_bytes(), created, seen]);
        let found = one(&self.database.read(read).await?, 0).map(session_of).transpose()?;
        Ok(self.still_living(found, now).await)
    }

    /// The session that was found, if it lives by this clock too. That it was used is noted once a minute.
    pub(crate) async fn still_living(&self, found: Option<Session>, now: Timestamp) -> Option<Session> {
        // One from further ahead than a session lasts was opened by a clock that has since stepped back.
        let latest = now + self.policy.session_most;
        let session = found.filter(|one| one.created_at <= latest)?;
        if session.seen_at + SEEN_EVERY <= now {
            let seen = Script::new().may(SEEN, params![session.id.to_string(), now.milliseconds()]);
            // An open session outlives a disk that takes no writes: if this is lost, it only ends the sooner. The
            // nearer its end, the more that matters, and is waited for.
            let half = Span::milliseconds(self.policy.session_idle.as_milliseconds() / 2);
            if session.seen_at + half <= now {
                let _lost_or_not = self.database.write(seen).await;
            } else {
                self.database.note(seen);
            }
        }
        Some(session)
    }

    /// The moments that a living session was opened after and used after.
    pub(crate) fn alive_since(&self, now: Timestamp) -> (i64, i64) {
        let (most, idle) = (self.policy.session_most, self.policy.session_idle);
        ((now - most).milliseconds(), (now - idle).milliseconds())
    }
}

/// The condition that the session is still there.
pub(crate) const THERE: &str = "the session";

/// The statement that holds a session which must still be there.
pub(crate) fn hold(session: SessionId, account: AccountId) -> Script {
    Script::new().must(THERE, HOLD, params![session.to_string(), account.to_string()])
}

/// The statements that open a session. The caller's script holds the account before them, and has
/// either compared its state or taken the pending sign-in, which every change of state deletes.
pub(crate) fn open(
    id: SessionId,
    account: AccountId,
    terms: &Terms,
    token: &TokenHash<token::Session>,
    visit: &Visit,
) -> Script {
    let values = params![
        id.to_string(),
        account.to_string(),
        token.as_bytes(),
        terms.methods.word(),
        terms.password_at.milliseconds(),
        terms.factor_at.map(Timestamp::milliseconds),
        terms.device.map(|device| device.to_string()),
        visit.browser.as_str(),
        visit.address.clone(),
        visit.now.milliseconds()
    ];
    Script::new().must(accounts::USABLE, OPEN, values)
}

/// The statement that tells of a sign-in and keeps its receipt. It stands behind what spends the claim, and before
/// anything that could forget the device; `remember` is for how long the policy remembers one.
pub(crate) fn tell(
    id: SessionId,
    account: AccountId,
    terms: &Terms,
    claim: Option<&Claim>,
    remember: Span,
    visit: &Visit,
) -> Script {
    let method = Method::of_sign_in(terms, claim.map(Claim::method));
    let mut values = events::begun(account, Kind::SignedIn, Some(method), visit);
    values.extend(params![terms.methods.word(), id.to_string()]);
    let statement = match (terms.device, claim.map(Claim::fact)) {
        (Some(device), _) => {
            values.extend(params![device.to_string(), remember.as_milliseconds()]);
            APPEND_SIGNED_IN_ON_DEVICE
        }
        (None, Some(OnceOnly::RecoveryCode { set, .. })) => {
            values.extend(params![set.to_string()]);
            APPEND_SIGNED_IN_BY_RECOVERY
        }
        (None, Some(OnceOnly::Step { .. } | OnceOnly::TwoSteps { .. }) | None) => APPEND_SIGNED_IN,
    };
    Script::new().must(accounts::USABLE, statement, values)
}

/// Ends all that is open of an account: sessions, pending sign-ins, enrolments, trusted devices.
pub(crate) fn end_everything(account: AccountId) -> Script {
    Script::new().may(END_ALL, params![account.to_string()]).then(end_unfinished(account))
}

/// The same, except for one session.
pub(crate) fn end_all_but(account: AccountId, session: SessionId) -> Script {
    let other = params![account.to_string(), session.to_string()];
    Script::new().may(END_BUT_ONE, other).then(end_unfinished(account))
}

/// Ends what is unfinished of an account, and its trusted devices.
pub(crate) fn end_unfinished(account: AccountId) -> Script {
    unfinished::end_of(account)
        .may(END_ENROLMENTS, params![account.to_string()])
        .then(devices::forget_every(account))
}

pub(crate) fn listed(row: &Row) -> Result<Listed, Unavailable> {
    Ok(Listed {
        id: id(row.text(0)?, SessionId::parse)?,
        methods: methods_of(row.text(1)?)?,
        browser: row.text(2)?.to_owned(),
        address: row.opt_text(3)?.map(str::to_owned),
        created_at: Timestamp::from_milliseconds(row.int(4)?),
        seen_at: Timestamp::from_milliseconds(row.int(5)?),
        receipt: Receipt::of(&events::rest_of(row, 6, 7)?),
    })
}

pub(crate) fn session_of(row: &Row) -> Result<Session, Unavailable> {
    Ok(Session {
        id: id(row.text(0)?, SessionId::parse)?,
        account: id(row.text(1)?, AccountId::parse)?,
        methods: methods_of(row.text(2)?)?,
        factor_at: row.opt_int(3)?.map(Timestamp::from_milliseconds),
        created_at: Timestamp::from_milliseconds(row.int(4)?),
        seen_at: Timestamp::from_milliseconds(row.int(5)?),
        email: row.text(6)?.to_owned(),
        email_key: row.text(7)?.to_owned(),
        name: row.text(8)?.to_owned(),
        language: row.opt_text(9)?.map(str::to_owned),
        address_confirmed_at: row.opt_int(10)?.map(Timestamp::from_milliseconds),
        two_factor_at: row.opt_int(11)?.map(Timestamp::from_milliseconds),
    })
}

fn methods_of(word: &str) -> Result<Methods, Unavailable> {
    Methods::parse(word).ok_or_else(|| corrupt("the methods of a session"))
}

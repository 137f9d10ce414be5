//! Unfinished sign-ins: pending ones that end without a second factor. Whoever began one knew the password, so its
//! owner is told, however it ended: by time, by wrong codes, by *Cancel*, or because all that is open was ended.
//!
//! Who gives a sign-in up and then finishes another one in the same browser is known by the cookie, and is not told of
//! the first. The cookie alone shows that: a browser's name and its network address are what many have.

use countersign::{
    AccountId, Timestamp,
    event::{Actor, Kind, Method},
    notice::STRANGERS_EVERY,
    token::{self, TokenHash},
};

use crate::read::one;
use crate::refusal::Refusal;
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Value, params};

/// Writes the letters, one an account: of the sign-in among `$which` that saw the most wrong codes, and with those of all
/// of them, which are the rows `q` of `$those`. `$1` to `$4` are words and a span that [`letter`] hands over.
macro_rules! tell {
    ($which:literal) => {
        tell!($which, "q.id = p.id")
    };
    ($which:literal, $those:literal) => {
        concat!(
            "INSERT INTO outbox (cause, letter, account_id, email, name, language, kind, method, actor, count, at, \
             browser, address, tries, next_at) \
             SELECT 'sign-in ' || p.id, 'notice', a.id, a.email, \
             CASE WHEN a.address_confirmed_at IS NULL THEN '' ELSE a.name END, a.language, $1, $2, $3, \
             (SELECT CAST(sum(q.wrong) AS BIGINT) FROM pending_sign_ins q WHERE ",
            $those,
            "), \
             p.password_at, p.browser, p.address, 0, p.password_at \
             FROM pending_sign_ins p JOIN accounts a ON a.id = p.account_id WHERE ",
            $which,
            " AND NOT EXISTS (SELECT 1 FROM pending_sign_ins q WHERE ",
            $those,
            " AND (q.wrong > p.wrong OR (q.wrong = p.wrong AND q.id > p.id))) \
             AND NOT EXISTS (SELECT 1 FROM notices_told t WHERE t.account_id = a.id AND t.kind = $1 \
             AND t.at > p.password_at - CAST($4 AS BIGINT) AND t.at < p.password_at + CAST($4 AS BIGINT)) ON CONFLICT (cause) DO NOTHING"
        )
    };
}

/// Notes that the letters were written: every condition of `$which` is that of the letters.
macro_rules! note_told {
    ($which:literal) => {
        concat!(
            "INSERT INTO notices_told (account_id, kind, at) \
             SELECT p.account_id, o.kind, p.password_at FROM pending_sign_ins p \
             JOIN outbox o ON o.cause = 'sign-in ' || p.id WHERE ",
            $which,
            " ON CONFLICT (account_id, kind) DO UPDATE SET at = excluded.at"
        )
    };
}

statements! {
    /// Tells of those that are over by time.
    pub(crate) TELL_EXPIRED = tell!("p.expires_at <= $5", "q.account_id = p.account_id AND q.expires_at <= $5");
    /// Notes that they were told.
    pub(crate) NOTE_EXPIRED = note_told!("p.expires_at <= $1");
    /// Ends those that are over by time.
    pub(crate) END_EXPIRED = "DELETE FROM pending_sign_ins WHERE expires_at <= $1";
    /// Tells of one that saw too many wrong answers.
    pub(crate) TELL_WORN_OUT = tell!("p.id = $5 AND p.wrong >= $6");
    /// Notes that it was told.
    pub(crate) NOTE_WORN_OUT = note_told!("p.id = $1 AND p.wrong >= $2");
    /// Ends one that saw too many wrong answers.
    pub(crate) END_WORN_OUT = "DELETE FROM pending_sign_ins WHERE id = $1 AND wrong >= $2";
    /// Tells of those of an account.
    pub(crate) TELL_OF = tell!("p.account_id = $5", "q.account_id = p.account_id");
    /// Notes that it was told.
    pub(crate) NOTE_OF = note_told!("p.account_id = $1");
    /// Ends all of an account.
    pub(crate) END_OF = "DELETE FROM pending_sign_ins WHERE account_id = $1";
    /// Tells of those of each account.
    pub(crate) TELL_OF_EVERYBODY = tell!("p.wrong >= 0", "q.account_id = p.account_id");
    /// Notes that they were told.
    pub(crate) NOTE_OF_EVERYBODY = note_told!("p.wrong >= 0");
    /// Ends every one there is.
    pub(crate) END_OF_EVERYBODY = "DELETE FROM pending_sign_ins";
    /// Whether one is over by time.
    pub(crate) ANY_EXPIRED = "SELECT count(*) FROM (SELECT 1 FROM pending_sign_ins WHERE expires_at <= $1 LIMIT 1) \
        AS expired";
    /// Its token opens nothing any more. It is told when it would have ended, unless its browser signs in by then.
    pub(crate) GIVE_UP = "UPDATE pending_sign_ins SET given_up = 1 WHERE token = $1 AND given_up = 0";
    /// A pending sign-in goes on from an earlier one of the same account and browser.
    pub(crate) FOLLOW = "UPDATE pending_sign_ins SET follows = (SELECT COALESCE(b.follows, b.id) \
        FROM pending_sign_ins b WHERE b.token = $2 AND b.account_id = pending_sign_ins.account_id) WHERE token = $1";
    /// Forgets what a finished sign-in went on from.
    pub(crate) FORGET_BEFORE = "DELETE FROM pending_sign_ins WHERE account_id = $1 AND (id = $2 OR follows = $2)";
    /// Forgets what the browser with this token had given up, and what that went on from.
    pub(crate) FORGET_GIVEN_UP = "DELETE FROM pending_sign_ins WHERE account_id = $1 AND EXISTS (SELECT 1 \
        FROM pending_sign_ins b WHERE b.token = $2 AND b.account_id = $1 AND (b.id = pending_sign_ins.id \
        OR b.follows = pending_sign_ins.id OR b.follows = pending_sign_ins.follows))";
}

impl Store {
    /// Gives a pending sign-in up. Its owner is told of it in a while, unless this browser finishes a sign-in of the
    /// same account meanwhile.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn give_up(&self, token: &TokenHash<token::Pending>) -> Result<(), Refusal> {
        let script = Script::new().may(GIVE_UP, params![token.as_bytes()]);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Ends the pending sign-ins that are over by time, and tells their owners.
    ///
    /// # Errors
    /// [`Unavailable`]; the next round has more to do.
    pub async fn end_expired_sign_ins(&self, now: Timestamp) -> Result<(), Unavailable> {
        let any = self.database.read(Read::new().select(ANY_EXPIRED, params![now.milliseconds()])).await?;
        if one(&any, 0).map_or(Ok(0), |row| row.int(0))? == 0 {
            return Ok(());
        }
        self.database.settle(end_expired(now)).await
    }
}

/// The statements that end what is over by time.
pub(crate) fn end_expired(now: Timestamp) -> Script {
    let at = || params![now.milliseconds()];
    Script::new().letter(TELL_EXPIRED, letter(at())).letter(NOTE_EXPIRED, at()).may(END_EXPIRED, at())
}

/// The statements that end a pending sign-in after so many wrong answers.
pub(crate) fn end_worn_out(id: &str, most: u32) -> Script {
    let which = || params![id, most];
    Script::new()
        .letter(TELL_WORN_OUT, letter(which()))
        .letter(NOTE_WORN_OUT, which())
        .may(END_WORN_OUT, which())
}

/// The statements that end all of an account.
pub(crate) fn end_of(account: AccountId) -> Script {
    let whose = || params![account.to_string()];
    Script::new().letter(TELL_OF, letter(whose())).letter(NOTE_OF, whose()).may(END_OF, whose())
}

/// The statements that end every one there is.
pub(crate) fn end_of_everybody() -> Script {
    Script::new()
        .letter(TELL_OF_EVERYBODY, letter(Vec::new()))
        .letter(NOTE_OF_EVERYBODY, Vec::new())
        .may(END_OF_EVERYBODY, Vec::new())
}

/// The statement by which a pending sign-in goes on from one that its browser gave up before. Where that was of another
/// account, it is told all the same.
pub(crate) fn follow(
    pending: &TokenHash<token::Pending>,
    before: Option<TokenHash<token::Pending>>,
) -> Script {
    let script = Script::new();
    match before {
        Some(before) => script.may(FOLLOW, params![pending.as_bytes(), before.as_bytes()]),
        None => script,
    }
}

/// The statement of a browser that gave a sign-in up and signs in to the same account without another pending one:
/// nobody need be told.
pub(crate) fn forget_given_up(account: AccountId, before: Option<TokenHash<token::Pending>>) -> Script {
    let script = Script::new();
    match before {
        Some(before) => script.may(FORGET_GIVEN_UP, params![account.to_string(), before.as_bytes()]),
        None => script,
    }
}

/// The statement that forgets what a sign-in went on from, once that is finished; none for nearly all.
pub(crate) fn forget_before(account: AccountId, first: Option<&str>) -> Script {
    let script = Script::new();
    match first {
        Some(first) => script.may(FORGET_BEFORE, params![account.to_string(), first]),
        None => script,
    }
}

/// What every letter says, and then which sign-ins it is about.
fn letter(which: Vec<Value>) -> Vec<Value> {
    let begun = params![
        Kind::PasswordAccepted.word(),
        Method::Password.word(),
        Actor::Visitor.word(),
        STRANGERS_EVERY.as_milliseconds()
    ];
    [begun, which].concat()
}

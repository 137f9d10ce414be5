//! The outbox: letters, each written in the script of what it tells, and sent afterwards at least once.
//!
//! Whoever sends a letter takes it for a while. Nobody else does meanwhile, on however many processes, and if the
//! taker dies the while ends. It is removed when the mail server has accepted it, and never before.

use countersign::{
    AccountId, Span, Timestamp,
    event::{Actor, Event, Kind, Method},
    notice::Notice,
    token::{AddressConfirmation, Kind as _, PasswordReset},
};
use sha2::{Digest as _, Sha256};

use crate::deliveries;
use crate::events::rest_of;
use crate::read::{corrupt, id, one};
use crate::script::{Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// How long a letter is kept from others while it is being sent. Sending has to be over before.
pub const TAKEN_FOR: Span = Span::minutes(3);
/// The wait after the first failure; it doubles with each.
const FIRST_WAIT: Span = Span::seconds(30);
/// The longest wait between two tries.
const LONGEST_WAIT: Span = Span::hours(6);
/// A letter that could not be sent for this long is news no more.
const TRIED_FOR: Span = Span::days(4);
/// The most that is kept of what a mail server said.
const MOST_TROUBLE: usize = 500;

/// The word of a notice among the letters.
const NOTICE: &str = "notice";

/// Copies the event that the same script has just appended, with whom to tell. `$1` is its kind, `$2` its moment, `$3`
/// a span within which the owner must not have been told of the same kind; what they were told later than that was
/// told by a clock that has since stepped back.
macro_rules! add_notice {
    ($whose:literal) => {
        concat!(
            "INSERT INTO outbox (cause, letter, account_id, email, name, language, kind, method, subject, count, \
             detail, until, actor, at, browser, address, tries, next_at) \
             SELECT 'event ' || CAST(e.position AS TEXT), 'notice', a.id, a.email, \
             CASE WHEN a.address_confirmed_at IS NULL THEN '' ELSE a.name END, a.language, e.kind, \
             e.method, e.subject, e.count, e.detail, e.until, e.actor, e.at, e.browser, e.address, 0, e.at \
             FROM accounts a JOIN events e ON e.account_id = a.id WHERE ",
            $whose,
            " a.email IS NOT NULL AND e.position = (SELECT max(l.position) FROM events l WHERE l.account_id = a.id AND l.kind = $1 \
             AND l.at = $2) AND NOT EXISTS (SELECT 1 FROM notices_told t WHERE t.account_id = a.id AND t.kind = $1 \
             AND t.at > $2 - CAST($3 AS BIGINT) AND t.at < $2 + CAST($3 AS BIGINT)) ON CONFLICT (cause) DO NOTHING"
        )
    };
}

statements! {
    /// Tells one account's owner.
    pub(crate) ADD_OF_ACCOUNT = add_notice!("a.id = $4 AND");
    /// Tells the owner of an address.
    pub(crate) ADD_OF_ADDRESS = add_notice!("a.email_key = $4 AND");
    /// Tells everybody whom the event is of.
    pub(crate) ADD_OF_EVERYBODY = add_notice!("");
    /// Notes when an owner was told of what strangers can bring about.
    pub(crate) NOTE_TOLD = "INSERT INTO notices_told (account_id, kind, at) \
        SELECT account_id, kind, at FROM outbox WHERE kind = $1 AND at = $2 \
        ON CONFLICT (account_id, kind) DO UPDATE SET at = excluded.at";
    /// Whether a letter is due. One that waits for longer than any does waits for a clock that has since stepped back.
    pub(crate) DUE = "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE given_up_at IS NULL \
        AND (next_at <= $1 OR next_at > $2) LIMIT 1) AS due";
    /// Takes the letter that is due longest. What was taken meanwhile is due no more.
    pub(crate) TAKE = "UPDATE outbox SET tries = tries + 1, next_at = $2 WHERE id = (SELECT o.id FROM outbox o \
        WHERE o.given_up_at IS NULL AND (o.next_at <= $1 OR o.next_at > $3) ORDER BY o.next_at, o.id LIMIT 1) \
        AND given_up_at IS NULL AND (next_at <= $1 OR next_at > $3) \
        RETURNING id, cause, letter, account_id, email, name, language, at, tries, kind, subject, count, method, \
        detail, until, actor, browser, address";
    /// The mail server has it.
    pub(crate) REMOVE = "DELETE FROM outbox WHERE id = $1";
    /// It waits for the next try, unless somebody else took it meanwhile.
    pub(crate) PUT_BACK = "UPDATE outbox SET next_at = $3, trouble = $4 WHERE id = $1 AND tries = $2";
    /// Nobody tries again.
    pub(crate) GIVE_UP = "UPDATE outbox SET given_up_at = $3, trouble = $4 WHERE id = $1 AND tries = $2";
    /// What lies in the outbox.
    pub(crate) COUNTS = "SELECT (SELECT count(*) FROM outbox WHERE given_up_at IS NULL), \
        (SELECT min(at) FROM outbox WHERE given_up_at IS NULL), \
        (SELECT count(*) FROM outbox WHERE given_up_at IS NOT NULL)";
    /// What the mail server said last.
    pub(crate) LAST_TROUBLE = "SELECT trouble FROM outbox WHERE trouble IS NOT NULL \
        ORDER BY COALESCE(given_up_at, next_at) DESC, id DESC LIMIT 1";
}

/// A letter that was taken: to be sent, and then to be removed or put back.
#[derive(Clone, Debug)]
pub struct Taken {
    /// To whom.
    pub to: Recipient,
    /// What it says.
    pub letter: Letter,
    /// When it happened.
    pub at: Timestamp,
    id: i64,
    cause: String,
    tries: u32,
}

/// To whom a letter goes, as it was when the letter was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Whose account it is about, where there is one.
    pub account: Option<AccountId>,
    /// The address.
    pub email: String,
    /// The name of the account, where its address is its owner's; else nothing. A stranger who makes an account for
    /// somebody's address writes nothing into the letters that go there.
    pub name: String,
    /// The language its owner chose.
    pub language: Option<String>,
}

/// Every kind of letter. One that holds a one-time link has no token in here: it is drawn when the letter is sent, and
/// the database keeps its hash alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// Something happened to the account.
    Notice {
        /// What.
        notice: Notice,
        /// Who did it, where that is known.
        actor: Option<Actor>,
        /// By which browser, where that is known.
        browser: Option<String>,
        /// From which network address, where that is known.
        address: Option<String>,
    },
    /// A link that sets a forgotten password anew, asked for by whoever sat at this browser.
    PasswordReset {
        /// Which browser.
        browser: Option<String>,
        /// From which network address.
        address: Option<String>,
    },
    /// A link that confirms the address.
    AddressConfirmation,
    /// Written by another version of Countersign: this one cannot send it.
    Unknown,
}

/// What became of a letter that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is tried again at this moment.
    Waits(Timestamp),
    /// It is not tried again.
    GivenUp,
}

/// What lies in the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// How many letters wait to be sent.
    pub waiting: u32,
    /// When what the oldest of them tells of happened.
    pub oldest: Option<Timestamp>,
    /// How many were given up lately.
    pub given_up: u32,
    /// What the mail server said last, if it refused something that is still here.
    pub trouble: Option<String>,
}

impl Taken {
    /// Names the letter for good: a letter that is sent twice has the same name both times. One that carries a link
    /// has another each time, since its link is another: no reader may take the second for a copy of the first.
    pub fn name(&self) -> String {
        let account = self.to.account.map(|account| account.to_string()).unwrap_or_default();
        let whole = format!("{} {} {account}", self.cause, self.at.milliseconds());
        let whole = match self.letter {
            Letter::PasswordReset { .. } | Letter::AddressConfirmation => format!("{whole} {}", self.tries),
            Letter::Notice { .. } | Letter::Unknown => whole,
        };
        let digest = Sha256::digest(whole.as_bytes());
        digest.iter().take(16).fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
    }

    /// When it is tried again after a failure at `now`: each wait is twice the one before, and some day it is over.
    fn next_try(&self, now: Timestamp) -> Option<Timestamp> {
        let doublings = self.tries.saturating_sub(1).min(16);
        let wait = Span::milliseconds(FIRST_WAIT.as_milliseconds() << doublings).min(LONGEST_WAIT);
        Some(now + wait).filter(|next| *next <= self.at + TRIED_FOR)
    }
}

impl Store {
    /// Takes the letter that is due longest, for [`TAKEN_FOR`].
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn take_letter(&self, now: Timestamp) -> Result<Option<Taken>, Unavailable> {
        let longest = (now + LONGEST_WAIT).milliseconds();
        let due = self.database.read(Read::new().select(DUE, params![now.milliseconds(), longest])).await?;
        if one(&due, 0).map_or(Ok(0), |row| row.int(0))? == 0 {
            return Ok(None);
        }
        let until = (now + TAKEN_FOR).milliseconds();
        let script = Script::new().returning(TAKE, params![now.milliseconds(), until, longest]);
        let written = self.database.write(script).await.map_err(|failed| match failed {
            crate::script::Failed::Unavailable(unavailable) => unavailable,
            crate::script::Failed::Refused { at } => Unavailable::Fault { reason: at.to_owned() },
        })?;
        written.row(0).map(taken).transpose()
    }

    /// Removes a letter that the mail server has accepted, whoever has it in hand now.
    ///
    /// # Errors
    /// [`Unavailable`]; the letter will then be sent a second time.
    pub async fn letter_sent(&self, letter: &Taken) -> Result<(), Unavailable> {
        self.database.settle(Script::new().may(REMOVE, params![letter.id])).await
    }

    /// Puts a letter back that was not accepted, with what the mail server said; gives it up where that is `for_good`,
    /// or where it was tried for days.
    ///
    /// # Errors
    /// [`Unavailable`]; the letter is then tried again when nobody has it in hand any more.
    pub async fn letter_failed(
        &self,
        letter: &Taken,
        trouble: &str,
        for_good: bool,
        now: Timestamp,
    ) -> Result<Fate, Unavailable> {
        let trouble: String = trouble.chars().take(MOST_TROUBLE).collect();
        let next = letter.next_try(now).filter(|_| !for_good);
        let (statement, moment) = next.map_or((GIVE_UP, now), |next| (PUT_BACK, next));
        let values = params![letter.id, letter.tries, moment.milliseconds(), trouble];
        self.database.settle(Script::new().may(statement, values)).await?;
        Ok(next.map_or(Fate::GivenUp, Fate::Waits))
    }

    /// What lies in the outbox.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn outbox(&self) -> Result<Outbox, Unavailable> {
        let read = Read::new().select(COUNTS, params![]).select(LAST_TROUBLE, params![]);
        let answers = self.database.read(read).await?;
        let Some(row) = one(&answers, 0) else { return Ok(Outbox::default()) };
        let number = |nth| row.int(nth).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        Ok(Outbox {
            waiting: number(0)?,
            oldest: row.opt_int(1)?.map(Timestamp::from_milliseconds),
            given_up: number(2)?,
            trouble: one(&answers, 1).map(|row| row.text(0).map(str::to_owned)).transpose()?,
        })
    }
}

/// Whom an event that was just appended is of.
#[derive(Clone, Copy)]
pub(crate) enum Whose<'a> {
    /// One account.
    Account(AccountId),
    /// Whoever has the address with this key.
    Address(&'a str),
    /// Everybody who got this event.
    Everybody,
}

/// The statements that tell of an event which stands just before in the same script, by mail or by webhook; none where
/// its kind is not told.
pub(crate) fn tell(whose: Whose<'_>, kind: Kind, method: Option<Method>, visit: &Visit) -> Script {
    let event = Event { method, ..Event::plain(kind) };
    let told = Notice::of(&event).filter(Notice::is_told_at_once);
    let letter = told.map_or_else(Script::new, |notice| tell_now(whose, kind, &notice, visit));
    match whose {
        Whose::Account(account) => letter.then(deliveries::tell(account, kind, visit)),
        // Only accounts of the portal have an address.
        Whose::Address(_) | Whose::Everybody => letter,
    }
}

/// The same of what is told later as a rule.
pub(crate) fn tell_now(whose: Whose<'_>, kind: Kind, notice: &Notice, visit: &Visit) -> Script {
    let at = visit.now.milliseconds();
    let limit = notice.at_most_every();
    let mut values = params![kind.word(), at, limit.map_or(0, Span::as_milliseconds)];
    let script = match whose {
        Whose::Account(account) => {
            values.extend(params![account.to_string()]);
            Script::new().letter(ADD_OF_ACCOUNT, values)
        }
        Whose::Address(key) => {
            values.extend(params![key]);
            Script::new().letter(ADD_OF_ADDRESS, values)
        }
        Whose::Everybody => Script::new().letter(ADD_OF_EVERYBODY, values),
    };
    if limit.is_some() { script.letter(NOTE_TOLD, params![kind.word(), at]) } else { script }
}

fn taken(row: &Row) -> Result<Taken, Unavailable> {
    Ok(Taken {
        id: row.int(0)?,
        cause: row.text(1)?.to_owned(),
        letter: letter_of(row)?,
        to: Recipient {
            account: row.opt_text(3)?.map(|account| id(account, AccountId::parse)).transpose()?,
            email: row.text(4)?.to_owned(),
            name: row.text(5)?.to_owned(),
            language: row.opt_text(6)?.map(str::to_owned),
        },
        at: Timestamp::from_milliseconds(row.int(7)?),
        tries: u32::try_from(row.int(8)?).map_err(|_| corrupt("how often a letter was tried"))?,
    })
}

fn letter_of(row: &Row) -> Result<Letter, Unavailable> {
    let browser = row.opt_text(16)?.map(str::to_owned);
    let address = row.opt_text(17)?.map(str::to_owned);
    match row.text(2)? {
        NOTICE => {}
        PasswordReset::WORD => return Ok(Letter::PasswordReset { browser, address }),
        AddressConfirmation::WORD => return Ok(Letter::AddressConfirmation),
        _ => return Ok(Letter::Unknown),
    }
    let Some(kind) = row.opt_text(9)?.and_then(Kind::parse) else { return Ok(Letter::Unknown) };
    let subject = row.opt_text(10)?.map(str::to_owned);
    let event = Event { kind, subject, ..rest_of(row, 11, 12)? };
    let Some(notice) = Notice::of(&event) else { return Ok(Letter::Unknown) };
    let actor = row.opt_text(15)?.and_then(Actor::parse);
    Ok(Letter::Notice { notice, actor, browser, address })
}

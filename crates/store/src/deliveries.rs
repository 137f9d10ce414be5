//! Deliveries: messages to applications, each written in the script of the event it tells, and sent afterwards at least
//! once, in no promised order.
//!
//! Whoever sends takes an endpoint and one delivery that is due there. Nobody else sends to that endpoint meanwhile, on
//! however many processes, and if the taker dies the while ends. So a slow endpoint holds up itself alone, and one that
//! fails rests, longer each time, so that however much waits for it takes nobody's turn.

use countersign::{
    AccountId, ApplicationId, EndpointId, Span, Timestamp,
    event::{Actor, Event, Kind, Method},
    topic::Topic,
};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};

use crate::read::{all, corrupt, id, one};
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::{Store, Visit};
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// How long an endpoint is kept from others while one message is sent to it. Sending has to be over before.
pub const TAKEN_FOR: Span = Span::minutes(1);
/// The waits between the tries of a message, as Standard Webhooks 1.0 proposes them: three days of it.
pub const WAITS: [Span; 9] = [
    Span::seconds(5),
    Span::minutes(5),
    Span::minutes(30),
    Span::hours(2),
    Span::hours(5),
    Span::hours(10),
    Span::hours(14),
    Span::hours(20),
    Span::hours(24),
];
/// A message that was not taken for this long is news no more, however often somebody had it in hand: a sender may die
/// with it more often than there are waits.
const TRIED_FOR: Span = Span::days(4);
/// By how many thousandths a wait is longer at most: of many that failed at once not all come back at once.
const JITTER: u64 = 200;
/// The longest wait between two tries of a message.
const LONGEST_WAIT: Span = Span::hours(29);
/// How long an endpoint rests after one failure; it doubles with each that follows.
const FIRST_REST: Span = Span::seconds(1);
/// The longest rest of an endpoint that asks for none.
const LONGEST_REST: Span = Span::minutes(5);
/// The longest rest that an endpoint may ask for (`Retry-After`).
pub const LONGEST_ASKED: Span = Span::hours(1);
/// An endpoint that has taken nothing for this long is switched off.
pub const FAILS_FOR: Span = Span::days(5);
/// The most that is kept of why a try failed.
const MOST_TROUBLE: usize = 300;
/// The condition that there is something to send.
const DUE_SOMEWHERE: &str = "a delivery that is due";

statements! {
    /// Copies the event that the same script has just appended for every endpoint of the account's application that
    /// wants it. `$1` is its kind, `$2` its moment, `$4` its topic as it stands in a list.
    pub(crate) ADD = "INSERT INTO webhook_deliveries (endpoint_id, event, user_id, kind, actor, method, subject, count, at, \
        tries, next_at) SELECT w.id, e.position, a.user_id, e.kind, e.actor, e.method, e.subject, e.count, e.at, 0, e.at \
        FROM accounts a JOIN webhook_endpoints w ON w.application_id = a.application_id JOIN events e ON e.account_id = a.id \
        WHERE a.id = $3 AND w.off_at IS NULL AND (w.topics IS NULL OR w.topics LIKE $4) AND e.position = \
        (SELECT max(l.position) FROM events l WHERE l.account_id = $3 AND l.kind = $1 AND l.at = $2) \
        ON CONFLICT (endpoint_id, event) DO NOTHING";
    /// Whether a delivery is due at an endpoint that nobody sends to. One that rests for longer than any does rests for
    /// a clock that has since stepped back.
    pub(crate) DUE = "SELECT count(*) FROM webhook_endpoints w WHERE w.off_at IS NULL AND (w.next_at <= $1 OR w.next_at > $2) \
        AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = w.id AND d.next_at <= $1)";
    /// Takes the endpoint whose delivery is due longest.
    pub(crate) TAKE_ENDPOINT = "UPDATE webhook_endpoints SET taker = $3, next_at = $4 WHERE id = (SELECT w.id \
        FROM webhook_endpoints w WHERE w.off_at IS NULL AND (w.next_at <= $1 OR w.next_at > $2) \
        AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = w.id AND d.next_at <= $1) \
        ORDER BY (SELECT min(d.next_at) FROM webhook_deliveries d WHERE d.endpoint_id = w.id), w.id LIMIT 1)";
    /// The delivery that is due longest at the endpoint that was just taken.
    pub(crate) TAKE = "UPDATE webhook_deliveries SET tries = tries + 1 WHERE id = (SELECT d.id FROM webhook_deliveries d \
        JOIN webhook_endpoints w ON w.id = d.endpoint_id WHERE w.taker = $2 AND d.next_at <= $1 \
        ORDER BY d.next_at, d.id LIMIT 1) \
        RETURNING id, event, user_id, kind, actor, method, subject, count, at, tries";
    /// That endpoint.
    pub(crate) TAKEN = "SELECT id, application_id, url, failures FROM webhook_endpoints WHERE taker = $1";
    /// The endpoint has it.
    pub(crate) REMOVE = "DELETE FROM webhook_deliveries WHERE id = $1";
    /// The endpoint fares well, and is free again unless somebody else took it meanwhile.
    pub(crate) FARES_WELL = "UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, trouble = NULL, \
        next_at = CASE WHEN taker = $2 THEN 0 ELSE next_at END WHERE id = $1";
    /// A delivery waits for the next try, unless somebody else took it meanwhile.
    pub(crate) PUT_BACK = "UPDATE webhook_deliveries SET next_at = $3 WHERE id = $1 AND tries = $2";
    /// Nobody tries again.
    pub(crate) GIVE_UP = "DELETE FROM webhook_deliveries WHERE id = $1 AND tries = $2";
    /// The endpoint has failed once more, and rests unless somebody else took it meanwhile.
    pub(crate) FARES_BADLY = "UPDATE webhook_endpoints SET failures = failures + 1, \
        failing_since = COALESCE(failing_since, $3), trouble = $4, given_up = given_up + $5, \
        next_at = CASE WHEN taker = $2 THEN $6 ELSE next_at END WHERE id = $1";
    /// Switches off an endpoint that says it is gone, or has failed since this moment or longer.
    pub(crate) SWITCH_OFF = "UPDATE webhook_endpoints SET off_at = $2, given_up = given_up + \
        (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint_id = $1) \
        WHERE id = $1 AND off_at IS NULL AND (CAST($4 AS BIGINT) = 1 OR failing_since <= $3)";
    /// Nothing waits for an endpoint that is off.
    pub(crate) DROP_ALL = "DELETE FROM webhook_deliveries WHERE endpoint_id = $1 \
        AND EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.id = $1 AND w.off_at IS NOT NULL)";
    /// Whether an endpoint is off.
    pub(crate) IS_OFF = "SELECT off_at FROM webhook_endpoints WHERE id = $1";
    /// What waits for longer than anything does waits for a clock that has since stepped back.
    pub(crate) WAKE = "UPDATE webhook_deliveries SET next_at = $1 WHERE next_at > $2";
    /// What is on its way.
    pub(crate) COUNTS = "SELECT count(*), min(at) FROM webhook_deliveries";
}

/// What an application is told of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The place of the event in the log.
    pub position: i64,
    /// When it happened.
    pub at: Timestamp,
    /// To whom, in the application's own words.
    pub user: String,
    /// What.
    pub event: Event,
    /// Who did it.
    pub actor: Option<Actor>,
}

/// A message on its way to an endpoint, taken to be sent.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What it says; nothing where another version of Countersign wrote it.
    pub message: Option<Message>,
    /// Whose endpoint it is.
    pub application: ApplicationId,
    /// Where it goes.
    pub url: String,
    endpoint: EndpointId,
    id: i64,
    name: String,
    at: Timestamp,
    tries: u32,
    failures: u32,
    taker: i64,
}

/// Why a message was not taken by an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why, in words.
    pub trouble: String,
    /// How long it asks not to be tried again.
    pub asked: Option<Span>,
    /// Whether it wants no message ever again (410).
    pub gone: bool,
}

/// What became of a message that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is tried again at this moment.
    Waits(Timestamp),
    /// It is not tried again.
    GivenUp,
    /// Nothing is sent to this endpoint any more.
    Off,
}

/// What is on its way to all endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnTheWay {
    /// How many messages.
    pub waiting: u64,
    /// When what the oldest of them tells of happened.
    pub oldest: Option<Timestamp>,
}

impl Delivery {
    /// Names the message for good, at every endpoint and however often it is sent (`webhook-id`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it is tried again after a failure at `now`, if ever.
    fn next_try(&self, asked: Option<Span>, now: Timestamp, chance: u64) -> Option<Timestamp> {
        let tried = usize::try_from(self.tries).unwrap_or(usize::MAX);
        let wait = WAITS.get(tried.saturating_sub(1)).or(WAITS.last())?.as_milliseconds();
        let more = i64::try_from(chance % JITTER.saturating_add(1)).unwrap_or(0);
        let wait = wait.saturating_add(wait.saturating_mul(more) / 1000);
        let next = now + Span::milliseconds(wait).max(asked.unwrap_or(Span::ZERO));
        Some(next).filter(|next| *next <= self.at + TRIED_FOR)
    }

    /// How long its endpoint rests.
    fn rest(&self, asked: Option<Span>) -> Span {
        let doubled = FIRST_REST.as_milliseconds() << self.failures.min(16);
        Span::milliseconds(doubled).min(LONGEST_REST).max(asked.unwrap_or(Span::ZERO))
    }
}

impl Store {
    /// Takes the delivery that is due longest at an endpoint that nobody sends to, for [`TAKEN_FOR`].
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn take_delivery(
        &self,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Option<Delivery>, Unavailable> {
        let (at, longest) = (now.milliseconds(), (now + LONGEST_ASKED).milliseconds());
        let due = self.database.read(Read::new().select(DUE, params![at, longest])).await?;
        if one(&due, 0).map_or(Ok(0), |row| row.int(0))? == 0 {
            return Ok(None);
        }
        let taker = i64::from_be_bytes(rng.next_u64().to_be_bytes());
        let until = (now + TAKEN_FOR).milliseconds();
        let script = Script::new()
            .must(DUE_SOMEWHERE, TAKE_ENDPOINT, params![at, longest, taker, until])
            .returning(TAKE, params![at, taker])
            .returning(TAKEN, params![taker]);
        match self.database.write(script).await {
            Ok(written) => written.row(0).zip(written.row(1)).map(|rows| taken(rows, taker)).transpose(),
            // Somebody else was first.
            Err(Failed::Refused { .. }) => Ok(None),
            Err(Failed::Unavailable(unavailable)) => Err(unavailable),
        }
    }

    /// Removes a delivery that its endpoint has taken, whoever has it in hand now.
    ///
    /// # Errors
    /// [`Unavailable`]; the message will then be sent a second time.
    pub async fn delivered(&self, delivery: &Delivery) -> Result<(), Unavailable> {
        let script = Script::new()
            .may(REMOVE, params![delivery.id])
            .may(FARES_WELL, params![delivery.endpoint.to_string(), delivery.taker]);
        self.database.settle(script).await
    }

    /// Puts a delivery back that its endpoint has not taken. Gives it up where it was tried for days, and the endpoint
    /// where that wants nothing more, or has failed for days.
    ///
    /// # Errors
    /// [`Unavailable`]; the message is then tried again when nobody has its endpoint in hand any more.
    pub async fn delivery_failed(
        &self,
        delivery: &Delivery,
        failure: &Failure,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Fate, Unavailable> {
        let trouble: String = failure.trouble.chars().take(MOST_TROUBLE).collect();
        let asked = failure.asked.map(|asked| asked.min(LONGEST_ASKED));
        let next = delivery.next_try(asked, now, rng.next_u64());
        let whose = delivery.endpoint.to_string();
        let (at, rested) = (now.milliseconds(), (now + delivery.rest(asked)).milliseconds());
        let one_more = params![whose.as_str(), delivery.taker, at, trouble, next.is_none(), rested];
        let off = params![whose.as_str(), at, (now - FAILS_FOR).milliseconds(), failure.gone];
        let script = Script::new();
        let script = match next {
            Some(next) => script.may(PUT_BACK, params![delivery.id, delivery.tries, next.milliseconds()]),
            None => script.may(GIVE_UP, params![delivery.id, delivery.tries]),
        };
        let script = script
            .may(FARES_BADLY, one_more)
            .may(SWITCH_OFF, off)
            .may(DROP_ALL, params![whose.as_str()])
            .returning(IS_OFF, params![whose]);
        let written = match self.database.write(script).await {
            Ok(written) => written,
            Err(Failed::Unavailable(unavailable)) => return Err(unavailable),
            Err(Failed::Refused { at }) => return Err(Unavailable::Fault { reason: at.to_owned() }),
        };
        if written.row(0).map(|row| row.opt_int(0)).transpose()?.flatten().is_some() {
            return Ok(Fate::Off);
        }
        Ok(next.map_or(Fate::GivenUp, Fate::Waits))
    }

    /// What is on its way.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn on_the_way(&self) -> Result<OnTheWay, Unavailable> {
        let answers = self.database.read(Read::new().select(COUNTS, params![])).await?;
        let Some(row) = all(&answers, 0).first() else { return Ok(OnTheWay::default()) };
        Ok(OnTheWay {
            waiting: u64::try_from(row.int(0)?).unwrap_or(0),
            oldest: row.opt_int(1)?.map(Timestamp::from_milliseconds),
        })
    }
}

/// The statement that tells its application of an event which stands just before in the same script; none where its
/// kind is not told.
pub(crate) fn tell(account: AccountId, kind: Kind, visit: &Visit) -> Script {
    let Some(topic) = Topic::of(kind) else { return Script::new() };
    let wanted = format!("% {} %", topic.word());
    let values = params![kind.word(), visit.now.milliseconds(), account.to_string(), wanted];
    Script::new().delivery(ADD, values)
}

/// The statement that wakes what waits for a clock that has since stepped back.
pub(crate) fn wake(now: Timestamp) -> Script {
    Script::new().may(WAKE, params![now.milliseconds(), (now + LONGEST_WAIT).milliseconds()])
}

fn taken((row, endpoint): (&Row, &Row), taker: i64) -> Result<Delivery, Unavailable> {
    let application = id(endpoint.text(1)?, ApplicationId::parse)?;
    let (position, at) = (row.int(1)?, Timestamp::from_milliseconds(row.int(8)?));
    let whole = format!("{application} {position} {} {}", at.milliseconds(), row.text(3)?);
    let digest = Sha256::digest(whole.as_bytes());
    let name = digest.iter().take(16).fold("msg_".to_owned(), |name, byte| name + &format!("{byte:02x}"));
    let count = |row: &Row, column, what| u32::try_from(row.int(column)?).map_err(|_| corrupt(what));
    Ok(Delivery {
        message: message(row, position, at)?,
        application,
        url: endpoint.text(2)?.to_owned(),
        endpoint: id(endpoint.text(0)?, EndpointId::parse)?,
        id: row.int(0)?,
        name,
        at,
        tries: count(row, 9, "how often a message was tried")?,
        failures: count(endpoint, 3, "how often an endpoint failed")?,
        taker,
    })
}

fn message(row: &Row, position: i64, at: Timestamp) -> Result<Option<Message>, Unavailable> {
    let Some(kind) = Kind::parse(row.text(3)?) else { return Ok(None) };
    let event = Event {
        method: row.opt_text(5)?.and_then(Method::parse),
        subject: row.opt_text(6)?.map(str::to_owned),
        count: row.opt_int(7)?.and_then(|count| u32::try_from(count).ok()),
        ..Event::plain(kind)
    };
    let actor = row.opt_text(4)?.and_then(Actor::parse);
    Ok(Some(Message { position, at, user: row.text(2)?.to_owned(), event, actor }))
}

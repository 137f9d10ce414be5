//! Endpoints: the addresses at which an application is told what happens to its accounts.

use countersign::{ApplicationId, EndpointId, Timestamp, topic::Topic};
use rand_core::CryptoRng;

use crate::applications::THERE;
use crate::read::{all, corrupt, id};
use crate::refusal::Refusal;
use crate::script::{Failed, Read, Script};
use crate::statements::statements;
use crate::store::Store;
use crate::unavailable::Unavailable;
use crate::value::{Row, params};

/// How many endpoints an application may have: every event is a message to each.
pub const MOST_ENDPOINTS: i64 = 10;
/// The condition that an application may have this one more.
const ROOM: &str = "room for one more endpoint";
/// The condition that there is this endpoint.
const KNOWN: &str = "the endpoint";

statements! {
    /// Whether there is an application.
    pub(crate) IS_THERE = "SELECT id FROM applications WHERE id = $1";
    /// Adds an endpoint, unless there is one of this address or there are enough.
    pub(crate) ADD = "INSERT INTO webhook_endpoints (id, application_id, url, topics, created_at) \
        SELECT $1, a.id, $3, $4, $5 FROM applications a WHERE a.id = $2 \
        AND (SELECT count(*) FROM webhook_endpoints w WHERE w.application_id = a.id) < $6 \
        ON CONFLICT (application_id, url) DO NOTHING";
    /// Removes an endpoint, and what is on its way there.
    pub(crate) REMOVE = "DELETE FROM webhook_endpoints WHERE application_id = $1 AND url = $2";
    /// Switches an endpoint on again, as if nothing had failed.
    pub(crate) RESUME = "UPDATE webhook_endpoints SET off_at = NULL, failures = 0, failing_since = NULL, trouble = NULL, \
        given_up = 0, next_at = 0 WHERE application_id = $1 AND url = $2";
    /// All endpoints of all applications.
    pub(crate) EVERY = "SELECT w.id, w.url, w.topics, w.created_at, w.failures, w.failing_since, w.trouble, w.given_up, \
        w.off_at, (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint_id = w.id), a.id, a.name \
        FROM webhook_endpoints w JOIN applications a ON a.id = w.application_id ORDER BY a.name, w.created_at, w.url";
}

/// An endpoint, and how it fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Which.
    pub id: EndpointId,
    /// Whose.
    pub application: ApplicationId,
    /// What the operator calls that application.
    pub application_name: String,
    /// Where it is.
    pub url: String,
    /// What it wants to be told of; nothing: everything.
    pub only: Vec<Topic>,
    /// When it was added.
    pub created_at: Timestamp,
    /// How many messages are on their way to it.
    pub waiting: u64,
    /// How many tries have failed since the last that did not.
    pub failures: u32,
    /// Since when every try has failed.
    pub failing_since: Option<Timestamp>,
    /// Why the last try failed.
    pub trouble: Option<String>,
    /// How many messages it will never get.
    pub given_up: u64,
    /// Since when nothing is sent to it any more.
    pub off_at: Option<Timestamp>,
}

/// Why an endpoint is not added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAdded {
    /// The application has it already, or has [`MOST_ENDPOINTS`].
    #[error("the application has this endpoint already, or {MOST_ENDPOINTS} others")]
    Enough,
    /// The application was removed.
    #[error("the application was removed")]
    Gone,
    /// Nothing was decided.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Store {
    /// Adds an endpoint to an application, which is told of `only` these topics from then on, or of all.
    ///
    /// # Errors
    /// [`NotAdded`].
    pub async fn add_endpoint(
        &self,
        application: ApplicationId,
        url: &str,
        only: &[Topic],
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<(), NotAdded> {
        let whose = application.to_string();
        let values = params![
            EndpointId::fresh(now, rng).to_string(),
            whose.as_str(),
            url,
            listed(only),
            now.milliseconds(),
            MOST_ENDPOINTS
        ];
        let script = Script::new().must_find(THERE, IS_THERE, params![whose]).must(ROOM, ADD, values);
        match self.database.write(script).await {
            Ok(_) => Ok(()),
            Err(Failed::Refused { at: THERE }) => Err(NotAdded::Gone),
            Err(Failed::Refused { .. }) => Err(NotAdded::Enough),
            Err(Failed::Unavailable(unavailable)) => Err(unavailable.into()),
        }
    }

    /// All endpoints, those of one application together.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, Unavailable> {
        let answers = self.database.read(Read::new().select(EVERY, params![])).await?;
        all(&answers, 0).iter().map(endpoint).collect()
    }

    /// Removes an endpoint. What was on its way there is not sent any more.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the application has no such endpoint.
    pub async fn remove_endpoint(&self, application: ApplicationId, url: &str) -> Result<(), Refusal> {
        let script = Script::new().must(KNOWN, REMOVE, params![application.to_string(), url]);
        Ok(self.database.write(script).await.map(drop)?)
    }

    /// Switches an endpoint on again. What happened while it was off is not sent to it.
    ///
    /// # Errors
    /// [`Refusal::Gone`]: the application has no such endpoint.
    pub async fn resume_endpoint(&self, application: ApplicationId, url: &str) -> Result<(), Refusal> {
        let script = Script::new().must(KNOWN, RESUME, params![application.to_string(), url]);
        Ok(self.database.write(script).await.map(drop)?)
    }
}

/// Topics as they are kept: each between spaces, so that one is found in them; nothing for all of them.
fn listed(only: &[Topic]) -> Option<String> {
    let words = only.iter().map(|topic| format!("{} ", topic.word()));
    (!only.is_empty()).then(|| words.fold(" ".to_owned(), |list, word| list + &word))
}

fn endpoint(row: &Row) -> Result<Endpoint, Unavailable> {
    let moment = |column| Ok::<_, Unavailable>(row.opt_int(column)?.map(Timestamp::from_milliseconds));
    let count = |column| row.int(column).map(|count| u64::try_from(count).unwrap_or(0));
    let topic = |word| Topic::parse(word).ok_or_else(|| corrupt("a topic"));
    Ok(Endpoint {
        id: id(row.text(0)?, EndpointId::parse)?,
        application: id(row.text(10)?, ApplicationId::parse)?,
        application_name: row.text(11)?.to_owned(),
        url: row.text(1)?.to_owned(),
        only: row.opt_text(2)?.unwrap_or("").split_whitespace().map(topic).collect::<Result<_, _>>()?,
        created_at: Timestamp::from_milliseconds(row.int(3)?),
        waiting: count(9)?,
        failures: u32::try_from(row.int(4)?).unwrap_or(u32::MAX),
        failing_since: moment(5)?,
        trouble: row.opt_text(6)?.map(str::to_owned),
        given_up: count(7)?,
        off_at: moment(8)?,
    })
}

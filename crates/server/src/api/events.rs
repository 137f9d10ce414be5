//! `GET /events`: what happened to the application's accounts.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use countersign_store::application_feed::Fed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::Caller;
use super::moment;
use super::problem::{Kind, Problem};

/// How many events come at once where nobody says.
const SOME: u32 = 100;
/// How many come at once at most.
const MOST: u32 = 1000;

/// From where on, and how many.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The position of the last event that is known already; 0 begins at the beginning.
    #[serde(default)]
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
}

/// Some events, in the order in which they happened.
#[derive(Serialize, ToSchema)]
pub struct Events {
    events: Vec<Event>,
    /// What to send as `after` for the next ones.
    next_after: i64,
}

/// Something that happened to an account.
#[derive(Serialize, ToSchema)]
pub struct Event {
    /// Its place in the log. Later is larger; there are gaps.
    position: i64,
    #[schema(format = DateTime)]
    at: String,
    /// The user id.
    user: String,
    /// What happened, such as `verified`, `wrong-code`, `locked`, `two-factor-on`, `recovery-code-used`.
    kind: &'static str,
    /// Who did it.
    actor: Option<&'static str>,
    /// By which method.
    method: Option<&'static str>,
    /// A name, where the kind has one: of an authenticator or a device.
    subject: Option<String>,
    /// A number, where the kind has one: how many recovery codes are left.
    count: Option<u32>,
    browser: String,
    ip_address: Option<String>,
}

/// Read the audit feed
///
/// Ask with the position of the last event one has; an empty answer means that there is nothing new.
#[utoipa::path(get, operation_id = "list_events", path = "/events", tag = "Events", params(After),
    responses((status = 200, description = "The next events.", body = Events), super::Refusals))]
pub(super) async fn list(
    caller: Caller,
    query: Result<Query<After>, QueryRejection>,
) -> Result<Answer, Problem> {
    let malformed = |detail: String| Problem::of(Kind::Malformed).because(detail);
    let Query(asked) = query.map_err(|reason| malformed(reason.body_text()))?;
    let most = asked.limit.unwrap_or(SOME);
    if !(1..=MOST).contains(&most) {
        return Err(malformed(format!("limit has to be 1 to {MOST}.")));
    }
    let after = asked.after.unwrap_or(0);
    if after < 0 {
        return Err(malformed("after has to be 0 or a position.".to_owned()));
    }
    let fed = caller.store.feed(caller.application.id, after, most).await?;
    let next_after = fed.last().map_or(after, |fed| fed.event.position);
    Ok(Answer::ok(&Events { events: fed.into_iter().map(event).collect(), next_after }))
}

fn event(Fed { user, event }: Fed) -> Event {
    Event {
        position: event.position,
        at: moment(event.at),
        user,
        kind: event.event.kind.word(),
        actor: event.actor.map(countersign::event::Actor::word),
        method: event.event.method.map(countersign::event::Method::word),
        subject: event.event.subject,
        count: event.event.count,
        browser: event.browser,
        ip_address: event.address,
    }
}

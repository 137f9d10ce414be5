//! The sender: a task that takes due deliveries and brings each to its endpoint, several endpoints at a time. Any number
//! of processes may have one; an endpoint is in one hand at a time.

use std::sync::Arc;
use std::time::Duration;

use countersign::{Span, Timestamp, signing_key::signatures};
use countersign_store::{
    Refusal, Unavailable,
    deliveries::{Delivery, Failure, Fate},
};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::{Answer, Client, NotSent, Signed};
use super::message;
use super::target::Target;
use crate::app::App;

/// How often it looks for deliveries that are due.
const EVERY: Duration = Duration::from_secs(1);
/// How many endpoints are sent to at once.
const HANDS: usize = 8;

type Hands = JoinSet<Result<(), Unavailable>>;

/// Sends until it is told to stop, then finishes what is in hand.
pub async fn deliver(app: Arc<App>, client: Arc<Client>, mut stop: watch::Receiver<bool>) {
    let mut rounds = tokio::time::interval(EVERY);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut hands, mut said) = (Hands::new(), None);
    loop {
        let ended = tokio::select! {
            _ = rounds.tick() => Ok(()),
            Some(ended) = hands.join_next() => ended.unwrap_or(Ok(())),
            _ = stop.changed() => break,
        };
        let done = match ended {
            Ok(()) => fill(&app, &client, &mut hands).await,
            failed => failed,
        };
        // A failure is said once, as long as it is the same.
        let failed = done.err().map(|reason| reason.to_string());
        if let Some(reason) = failed.as_ref().filter(|reason| said.as_ref() != Some(*reason)) {
            tracing::warn!(%reason, "messages to applications cannot be taken or noted");
        }
        said = failed;
    }
    hands.join_all().await;
}

/// Sends everything that is due, until there is nothing.
///
/// # Errors
/// [`Unavailable`]: the database is out of reach. No message is lost by it.
pub async fn round(app: &Arc<App>, client: &Arc<Client>) -> Result<(), Unavailable> {
    let mut hands = Hands::new();
    loop {
        fill(app, client, &mut hands).await?;
        match hands.join_next().await {
            Some(ended) => ended.unwrap_or(Ok(()))?,
            None => return Ok(()),
        }
    }
}

/// Takes deliveries into every free hand.
async fn fill(app: &Arc<App>, client: &Arc<Client>, hands: &mut Hands) -> Result<(), Unavailable> {
    let mut chance = app.chance;
    while hands.len() < HANDS {
        let Some(delivery) = app.store.take_delivery(app.clock.now(), &mut chance).await? else { break };
        let (app, client) = (Arc::clone(app), Arc::clone(client));
        hands.spawn(async move { send(&app, &client, &delivery).await });
    }
    Ok(())
}

async fn send(app: &App, client: &Client, delivery: &Delivery) -> Result<(), Unavailable> {
    let (target, name) = (Target::parse(&delivery.url), delivery.name());
    let to = target.as_ref().map(Target::to_string).unwrap_or_default();
    let body = delivery.message.as_ref().and_then(message::body);
    let outcome = match (target, body) {
        (Ok(target), Some(body)) => match post(app, client, delivery, &target, body).await {
            Ok(answered) => answered,
            Err(Refusal::Unavailable(unavailable)) => return Err(unavailable),
            // The application was removed meanwhile, and the message with it.
            Err(_) => return Ok(()),
        },
        (Err(reason), _) => Err(failed(reason)),
        (Ok(_), None) => Err(failed("this version of Countersign does not know such a message")),
    };
    let failure = match outcome {
        Ok(()) => {
            // It is there: from here on nothing but this commit keeps it from being sent again.
            app.store.delivered(delivery).await?;
            tracing::info!(message = name, endpoint = to, "a message was delivered");
            return Ok(());
        }
        Err(failure) => failure,
    };
    let (trouble, mut chance) = (&failure.trouble, app.chance);
    match app.store.delivery_failed(delivery, &failure, app.clock.now(), &mut chance).await? {
        Fate::Waits(_) => {
            tracing::warn!(
                message = name,
                endpoint = to,
                trouble,
                "a message was not taken and will be tried again"
            );
        }
        Fate::GivenUp => tracing::error!(message = name, endpoint = to, trouble, "a message was given up"),
        Fate::Off => tracing::error!(
            message = name,
            endpoint = to,
            trouble,
            "an endpoint was switched off: nothing is sent there until `countersign webhook resume`"
        ),
    }
    Ok(())
}

/// Signs a message and posts it.
async fn post(
    app: &App,
    client: &Client,
    delivery: &Delivery,
    target: &Target,
    body: String,
) -> Result<Result<(), Failure>, Refusal> {
    let (now, mut chance) = (app.clock.now(), app.chance);
    let keys = app.store.signing_keys(delivery.application, now, &mut chance).await?;
    let signature =
        signatures(keys.iter().map(|signing| &signing.key), delivery.name(), now, body.as_bytes());
    let signed = Signed { id: delivery.name(), timestamp: now.seconds(), signature: &signature };
    Ok(judge(client.post(target, &signed, body).await, app.clock.now()))
}

/// What an answer means (Standard Webhooks 1.0, "Delivery success and failure").
fn judge(answered: Result<Answer, NotSent>, now: Timestamp) -> Result<(), Failure> {
    let answer = match answered {
        Ok(answer) if answer.status.is_success() => return Ok(()),
        Ok(answer) => answer,
        Err(reason) => return Err(failed(reason)),
    };
    let trouble = match answer.status {
        status if status.is_redirection() => format!("it answered {status}: redirects are not followed"),
        status => format!("it answered {status}"),
    };
    let gone = answer.status == axum::http::StatusCode::GONE;
    Err(Failure { gone, asked: answer.retry_after.and_then(|text| asked(&text, now)), ..failed(trouble) })
}

/// What went wrong, on one line and without anything that moves a cursor: a stranger's server may have a word in it.
fn failed(trouble: impl std::fmt::Display) -> Failure {
    let trouble = trouble.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Failure { trouble, asked: None, gone: false }
}

/// How long `Retry-After` asks to wait: seconds, or until a moment (RFC 9110 §10.2.3).
fn asked(text: &str, now: Timestamp) -> Option<Span> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Span::seconds(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Timestamp::from_milliseconds(until.as_millisecond()).since(now)).filter(|span| *span > Span::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_its_forms_and_nonsense_is_not() {
        let now = Timestamp::from_seconds(784_111_777 - 60);
        assert_eq!(asked("120", now), Some(Span::seconds(120)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Span::seconds(60)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT", now + Span::hours(1)), None);
        for nonsense in ["", "-1", "soon", "99999999999999999999", "Sun, 06 Nov"] {
            assert_eq!(asked(nonsense, now), None, "{nonsense}");
        }
    }
}

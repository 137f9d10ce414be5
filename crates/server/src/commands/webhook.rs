//! `countersign webhook …`: where applications are told what happens to their accounts.

use anyhow::{Context as _, bail};
use countersign::{signing_key::signatures, topic::Topic};
use countersign_store::{
    Refusal,
    applications::Application,
    endpoints::{Endpoint, NotAdded},
};
use data_encoding::HEXLOWER;
use rand_core::Rng as _;

use super::application::find;
use super::say;
use crate::app::App;
use crate::cli::{Endpoint as Named, Webhook};
use crate::sealer::utc;
use crate::webhooks::client::{Client, NotSent, Signed};
use crate::webhooks::message;
use crate::webhooks::target::Target;

/// Does one of the webhook commands.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub async fn run(app: &App, command: Webhook) -> anyhow::Result<()> {
    match command {
        Webhook::Add { endpoint, only } => add(app, &endpoint, &only).await,
        Webhook::List { application } => list(app, application.as_deref()).await,
        Webhook::Try(endpoint) => try_now(app, &endpoint).await,
        Webhook::Resume(endpoint) => {
            let (application, url) = known(app, &endpoint).await?;
            there(app.store.resume_endpoint(application.id, &url).await, &application, &url)?;
            say(format_args!("Messages to {} go to {url} again.", application.name));
            Ok(())
        }
        Webhook::Remove(endpoint) => {
            let (application, url) = known(app, &endpoint).await?;
            there(app.store.remove_endpoint(application.id, &url).await, &application, &url)?;
            say(format_args!("Nothing of {} goes to {url} any more.", application.name));
            Ok(())
        }
    }
}

async fn add(app: &App, endpoint: &Named, only: &[Topic]) -> anyhow::Result<()> {
    let application = find(app, &endpoint.application).await?;
    let target = Target::parse(&endpoint.url).context("this cannot be an endpoint")?;
    // It is judged again at every message; here somebody is there who can mend it.
    match Client::new(app.config.webhooks.clone()).addresses(&target).await {
        Ok(_) => {}
        Err(reason @ NotSent::Unknown(_)) => say(format_args!("note: at this moment {reason}")),
        Err(reason) => return Err(reason).context("no message may go there"),
    }
    let (now, mut chance) = (app.clock.now(), app.chance);
    match app.store.add_endpoint(application.id, target.as_str(), only, now, &mut chance).await {
        Ok(()) => {}
        Err(NotAdded::Unavailable(reason)) => return Err(reason.into()),
        Err(reason) => bail!("nothing was added: {reason}"),
    }
    say(format_args!("From now on {} is told at {} of {}.", application.name, target.as_str(), wanted(only)));
    say(format_args!(
        "`countersign application signing-key \"{}\"` shows the key that it checks messages with.",
        application.name
    ));
    Ok(())
}

async fn list(app: &App, application: Option<&str>) -> anyhow::Result<()> {
    let only = match application {
        Some(name) => Some(find(app, name).await?.id),
        None => None,
    };
    for endpoint in app.store.endpoints().await? {
        if only.is_some_and(|only| only != endpoint.application) {
            continue;
        }
        let (name, url, wants) = (&endpoint.application_name, &endpoint.url, wanted(&endpoint.only));
        say(format_args!("{name:<30} {url}"));
        say(format_args!("{:<30} {}; wants {wants}", "", fares(&endpoint)));
    }
    Ok(())
}

async fn try_now(app: &App, endpoint: &Named) -> anyhow::Result<()> {
    let (application, url) = known(app, endpoint).await?;
    let target = Target::parse(&url)?;
    let (now, mut chance) = (app.clock.now(), app.chance);
    let keys = app.store.signing_keys(application.id, now, &mut chance).await?;
    let mut bytes = [0; 16];
    chance.fill_bytes(&mut bytes);
    let (id, body) = (format!("msg_{}", HEXLOWER.encode(&bytes)), message::test(&application.name, now));
    let signature = signatures(keys.iter().map(|signing| &signing.key), &id, now, body.as_bytes());
    let signed = Signed { id: &id, timestamp: now.seconds(), signature: &signature };
    let client = Client::new(app.config.webhooks.clone());
    let answer = client.post(&target, &signed, body).await.context("the message was not taken")?;
    say(format_args!("{url} answered {}", answer.status));
    if !answer.text.is_empty() {
        say(format_args!("    {}", answer.text));
    }
    if answer.status.is_success() {
        Ok(())
    } else {
        bail!("the message was not taken: only 2xx says that it was")
    }
}

async fn known(app: &App, endpoint: &Named) -> anyhow::Result<(Application, String)> {
    let application = find(app, &endpoint.application).await?;
    let target = Target::parse(&endpoint.url).context("this cannot be an endpoint")?;
    let all = app.store.endpoints().await?;
    let mut known = all.iter().filter(|one| one.application == application.id).map(|one| one.url.as_str());
    if !known.any(|url| url == target.as_str()) {
        return Err(none(&application, target.as_str()));
    }
    Ok((application, target.as_str().to_owned()))
}

fn there(done: Result<(), Refusal>, application: &Application, url: &str) -> anyhow::Result<()> {
    match done {
        Err(Refusal::Gone(_)) => Err(none(application, url)),
        done => Ok(done?),
    }
}

fn none(application: &Application, url: &str) -> anyhow::Error {
    anyhow::anyhow!("{} has no endpoint {url}: `countersign webhook list` shows all", application.name)
}

fn wanted(only: &[Topic]) -> String {
    match only {
        [] => "everything".to_owned(),
        only => only.iter().map(|topic| topic.word()).collect::<Vec<_>>().join(", "),
    }
}

/// How an endpoint fares, in words; `check` says it too.
pub(super) fn fares(endpoint: &Endpoint) -> String {
    let lost = match endpoint.given_up {
        0 => String::new(),
        lost => format!("; {lost} message(s) given up"),
    };
    let trouble = endpoint.trouble.as_deref().unwrap_or("nothing was said");
    match (endpoint.off_at, endpoint.failing_since) {
        (Some(off_at), _) => format!("switched off at {}: {trouble}{lost}", utc(off_at)),
        (None, Some(since)) => {
            let waiting = endpoint.waiting;
            format!("fails since {}: {trouble}; {waiting} message(s) wait{lost}", utc(since))
        }
        (None, None) => format!("{} message(s) wait{lost}", endpoint.waiting),
    }
}

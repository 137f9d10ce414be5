//! `countersign application …`: who may use the API, and what each decides for its accounts.

mod pages;

use anyhow::{Context as _, bail};
use countersign::{
    Span, application, key_uri,
    name::Name,
    token::{ApiKey, Token},
};
use countersign_store::applications::{Application, NotAdded};

use super::say;
use crate::api::caller::KEY_BEGINS;
use crate::app::App;
use crate::cli::{Application as Command, Choices};

/// Does one of the application commands.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub async fn run(app: &App, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add { name, choices, json } => add(app, &name, &choices, json).await,
        Command::List => list(app).await,
        Command::Set { name, choices } => set(app, &find(app, &name).await?, &choices).await,
        Command::RotateKey { name, overlap_hours, json } => {
            rotate_key(app, &find(app, &name).await?, overlap_hours, json).await
        }
        Command::Pages { name, looks } => pages::run(app, &find(app, &name).await?, &looks).await,
        Command::SigningKey { name, rotate, overlap_hours } => {
            let overlap = rotate.then_some(overlap_hours);
            signing_key(app, &find(app, &name).await?, overlap).await
        }
        Command::Remove { name, really } => remove(app, &find(app, &name).await?, &really).await,
    }
}

async fn add(app: &App, name: &str, choices: &Choices, json: bool) -> anyhow::Result<()> {
    let name = Name::parse(name).context("the name cannot be used")?;
    let issuer = key_uri::label(name.as_str(), "Countersign").into_owned();
    let chosen = chosen(application::Choices::with_issuer(&issuer), choices)?;
    let mut chance = app.chance;
    let key = match app.store.add_application(&name, &chosen, app.clock.now(), &mut chance).await {
        Ok(key) => key,
        Err(NotAdded::Taken) => bail!(
            "there is an application of the name {} already: `countersign application rotate-key` gives it another key",
            name.as_str()
        ),
        Err(NotAdded::Unavailable(reason)) => return Err(reason.into()),
    };
    let told = format!("Added {}. Its API key, which is shown here and never again:", name.as_str());
    show_key(&told, name.as_str(), &key, json);
    Ok(())
}

/// The one showing of a key: for people with what it is, for scripts in a line that says no more.
fn show_key(told: &str, name: &str, key: &Token<ApiKey>, json: bool) {
    let key = format!("{KEY_BEGINS}{}", key.reveal());
    if json {
        say(serde_json::json!({ "name": name, "api_key": key }));
    } else {
        say(format_args!("{told}\n\n    {key}\n"));
    }
}

async fn list(app: &App) -> anyhow::Result<()> {
    for listed in app.store.applications(app.clock.now()).await? {
        let choices = &listed.application.choices;
        let days = choices.remember.as_milliseconds() / Span::days(1).as_milliseconds();
        let rate = choices.requests_a_minute.map_or_else(|| "any".to_owned(), |rate| rate.to_string());
        say(format_args!(
            "{:<30} issuer \"{}\", {} accounts with 2FA, {} keys, remembers {days} days, {} recovery codes, {rate} requests \
             a minute",
            listed.application.name,
            choices.issuer,
            listed.with_two_factor,
            listed.keys,
            choices.recovery_codes
        ));
    }
    Ok(())
}

async fn set(app: &App, application: &Application, choices: &Choices) -> anyhow::Result<()> {
    let chosen = chosen(application.choices.clone(), choices)?;
    if chosen == application.choices {
        bail!(
            "nothing to change: say --issuer, --remember-days, --guess-probability, --recovery-codes or \
               --requests-a-minute"
        );
    }
    app.store.change_application(application.id, &chosen).await?;
    say(format_args!("Changed {}. It holds for the next request.", application.name));
    Ok(())
}

async fn rotate_key(
    app: &App,
    application: &Application,
    overlap_hours: u16,
    json: bool,
) -> anyhow::Result<()> {
    let (overlap, mut chance) = (Span::hours(overlap_hours.into()), app.chance);
    let key = app.store.rotate_api_key(application.id, overlap, app.clock.now(), &mut chance).await?;
    let name = application.name.as_str();
    let told = match overlap_hours {
        0 => format!("The API keys of before open nothing any more. The new one of {name}:"),
        hours => {
            format!(
                "The API keys of before end in {hours} h. The new one of {name}, shown here and never again:"
            )
        }
    };
    show_key(&told, name, &key, json);
    Ok(())
}

async fn signing_key(app: &App, application: &Application, overlap_hours: Option<u16>) -> anyhow::Result<()> {
    let (now, mut chance) = (app.clock.now(), app.chance);
    if let Some(hours) = overlap_hours {
        let overlap = Span::hours(hours.into());
        app.store.rotate_signing_key(application.id, overlap, now, &mut chance).await?;
    }
    let keys = app.store.signing_keys(application.id, now, &mut chance).await?;
    say(format_args!("Messages to {} are signed with:", application.name));
    for signing in keys {
        let until = signing.until.map_or_else(String::new, |until| {
            let minutes = until.since(now).as_milliseconds() / Span::minutes(1).as_milliseconds();
            format!("    for {} h {} min more", minutes / 60, minutes % 60)
        });
        say(format_args!("\n    {}{until}", *signing.key.reveal()));
    }
    say("");
    Ok(())
}

async fn remove(app: &App, application: &Application, really: &str) -> anyhow::Result<()> {
    if really != application.name {
        bail!("--really says another name: nothing was removed");
    }
    app.store.remove_application(application.id).await?;
    say(format_args!("Removed {} with all its accounts.", application.name));
    Ok(())
}

/// What was said on the command line, on top of what holds already.
fn chosen(mut chosen: application::Choices, said: &Choices) -> anyhow::Result<application::Choices> {
    if let Some(issuer) = &said.issuer {
        if key_uri::label(issuer, "") != issuer.as_str() || issuer.is_empty() {
            bail!("the issuer has to have 1 to 64 characters on one line, and no colon");
        }
        chosen.issuer.clone_from(issuer);
    }
    if let Some(days) = said.remember_days {
        chosen.remember = Span::days(days.into());
    }
    chosen.guess_probability = said.guess_probability.unwrap_or(chosen.guess_probability);
    if let Some(codes) = said.recovery_codes {
        chosen.recovery_codes = codes.into();
    }
    if let Some(rate) = said.requests_a_minute {
        chosen.requests_a_minute = Some(rate).filter(|rate| *rate > 0);
    }
    Ok(chosen)
}

pub(super) async fn find(app: &App, name: &str) -> anyhow::Result<Application> {
    let application = app.store.application_named(name).await?;
    application.with_context(|| format!("there is no application of the name {name}"))
}

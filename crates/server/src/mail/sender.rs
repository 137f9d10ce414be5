//! The sender: a task that takes due letters one after the other and hands them to the mail server. Any number of
//! processes may have one; a letter is in one hand at a time.

use std::sync::Arc;
use std::time::Duration;

use countersign_store::{
    Unavailable,
    outbox::{self, Fate, Taken},
};
use lettre::Message;
use lettre::message::Mailbox;
use tokio::sync::watch;

use super::letter::Letter;
use super::link;
use super::message::{NotWritten, mailbox, message};
use super::notice::{self, Told};
use super::smtp::{self, NotSent};
use crate::app::App;
use crate::config::{Config, Mail};
use crate::l10n::{Language, Words};
use crate::moments::Moments;

/// How often it looks for letters that are due, and for sign-ins that have ended without a code.
const EVERY: Duration = Duration::from_secs(1);

/// Sends until it is told to stop, then finishes the letter in hand.
pub async fn deliver(app: Arc<App>, stop: watch::Receiver<bool>) {
    let stopped = stop.clone();
    let work = || round(&app, || *stopped.borrow());
    every_second(stop, "letters cannot be taken from the outbox", work).await;
}

/// Tells the owners of sign-ins that have ended without a second factor, soon after the end. It is a task of its own:
/// a mail server that hangs holds up the letters and nothing else.
pub async fn end_expired(app: Arc<App>, stop: watch::Receiver<bool>) {
    let work = || app.store.end_expired_sign_ins(app.clock.now());
    every_second(stop, "sign-ins that are over are not told yet", work).await;
}

/// Does the work every second. A failure is said once, as long as it is the same.
async fn every_second<F>(mut stop: watch::Receiver<bool>, trouble: &str, work: impl Fn() -> F)
where
    F: Future<Output = Result<(), Unavailable>>,
{
    let mut rounds = tokio::time::interval(EVERY);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut said = None;
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            _ = stop.changed() => return,
        }
        let failed = work().await.err().map(|reason| reason.to_string());
        if let Some(reason) = failed.as_ref().filter(|reason| said.as_ref() != Some(*reason)) {
            tracing::warn!(%reason, "{trouble}");
        }
        said = failed;
    }
}

/// Sends every letter that is due, one after the other, until there is none or `stopped`. Without mail there is none.
///
/// # Errors
/// [`Unavailable`]: the outbox is out of reach. No letter is lost by it.
pub async fn round(app: &App, stopped: impl Fn() -> bool) -> Result<(), Unavailable> {
    let Some(mail) = &app.config.mail else { return Ok(()) };
    while !stopped() {
        let Some(taken) = app.store.take_letter(app.clock.now()).await? else { break };
        send(app, mail, &taken).await?;
    }
    Ok(())
}

async fn send(app: &App, mail: &Mail, taken: &Taken) -> Result<(), Unavailable> {
    let name = taken.name();
    let letter = match &taken.letter {
        outbox::Letter::PasswordReset { .. } | outbox::Letter::AddressConfirmation => {
            let words = words(&app.config, taken.to.language.as_deref());
            match link::letter(app, taken, words).await? {
                Some(letter) => Some(letter),
                // Nobody wants it any more: the password is set meanwhile, or the account is closed.
                None => return app.store.letter_sent(taken).await,
            }
        }
        outbox::Letter::Notice { .. } | outbox::Letter::Unknown => {
            in_words(&app.config, taken, app.clock.now())
        }
    };
    let failed = match written(app, mail, taken, letter) {
        Err(failed) => failed,
        Ok(message) => match smtp::hand_over(mail, app.config.service.public_url.host(), &message).await {
            Err(failed) => failed,
            Ok(accepted) => {
                // It is out: from here on nothing but this commit keeps it from being sent again.
                app.store.letter_sent(taken).await?;
                tracing::info!(letter = name, said = accepted.said, "a letter was sent");
                accepted.goodbye().await;
                return Ok(());
            }
        },
    };
    let for_good = matches!(failed, NotSent::ForGood(_));
    let trouble = failed.to_string();
    match app.store.letter_failed(taken, &trouble, for_good, app.clock.now()).await? {
        Fate::Waits(_) => {
            tracing::warn!(letter = name, trouble, "a letter was not sent and will be tried again");
        }
        Fate::GivenUp => tracing::error!(letter = name, trouble, "a letter was given up"),
    }
    Ok(())
}

/// The letter as a message.
fn written(app: &App, mail: &Mail, taken: &Taken, letter: Option<Letter>) -> Result<Message, NotSent> {
    let now = app.clock.now();
    // Beside a newer version, which will take it; for good it is given up only after days.
    let unknown = || NotSent::ForNow("this version of Countersign does not know such a letter".to_owned());
    let letter = letter.ok_or_else(unknown)?;
    let message = mailbox(&taken.to).and_then(|to| message(&letter, &mail.from, to, &taken.name(), now));
    message.map_err(|reason| NotSent::ForGood(reason.to_string()))
}

fn in_words(config: &Config, taken: &Taken, now: countersign::Timestamp) -> Option<Letter> {
    let service = &config.service;
    let words = words(config, taken.to.language.as_deref());
    let outbox::Letter::Notice { notice, actor, browser, address } = &taken.letter else { return None };
    Some(notice::letter(Told {
        words,
        brand: &service.name,
        profile: service.public_url.page("/account"),
        to: &taken.to,
        notice,
        when: Moments::new(words, service.time_zone.clone(), now).in_a_letter(taken.at),
        actor: *actor,
        browser: browser.as_deref(),
        address: address.as_deref(),
    }))
}

fn words(config: &Config, language: Option<&str>) -> Words {
    Words::of(language.and_then(Language::parse).unwrap_or(config.service.language))
}

/// Sends one letter at once that tells nothing, and returns what the mail server said.
///
/// # Errors
/// [`NotSent`].
pub async fn send_test(
    config: &Config,
    mail: &Mail,
    to: Mailbox,
    name: &str,
    now: countersign::Timestamp,
) -> Result<String, NotSent> {
    let letter = Letter::test(words(config, None), &config.service.name);
    let message = message(&letter, &mail.from, to, name, now);
    let message = message.map_err(|reason: NotWritten| NotSent::ForGood(reason.to_string()))?;
    let accepted = smtp::hand_over(mail, config.service.public_url.host(), &message).await?;
    let said = accepted.said.clone();
    accepted.goodbye().await;
    Ok(said)
}

//! `countersign keys …`: the keyring, while the service runs.

use anyhow::{Context as _, bail};
use countersign::Timestamp;
use countersign_store::keys::Duty;

use super::say;
use crate::app::App;
use crate::cli::Keys as Command;
use crate::keyring_file;
use crate::rotation::{self, Rotation, Step};

/// Does one of the key commands.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub async fn run(app: &App, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List => list(app).await,
        Command::Add => add(app).await,
        Command::Rotate => rotate(app).await,
    }
}

async fn list(app: &App) -> anyhow::Result<()> {
    let mut unlisted = keyring_file::load(&app.config.service.keyring())?;
    let known = app.store.keys().await?;
    let waiting = rotation::waiting(app, &known)?;
    for key in known {
        let at = unlisted.iter().position(|stored| stored.id.as_str() == key.id);
        let made = match at.map(|at| unlisted.swap_remove(at).created_at) {
            Some(at) => format!("made {}", moment(at)),
            None => "not in the keyring".to_owned(),
        };
        let duty = match key.duty {
            Duty::Seals(since) => format!("seals since {}", moment(since)),
            Duty::Retired(at) => format!("retired {}", moment(at)),
            Duty::Stray => "unknown to the database".to_owned(),
        };
        line(&key.id, &made, &duty, key.sealed);
    }
    for key in unlisted {
        let duty = if waiting.as_ref() == Some(&key.id) { "waits to take over" } else { "not in use" };
        line(key.id.as_str(), &format!("made {}", moment(key.created_at)), duty, 0);
    }
    Ok(())
}

fn line(id: &str, made: &str, duty: &str, sealed: usize) {
    say(format_args!("{id:<12} {made:<28} {duty:<34} {sealed} secret(s) sealed"));
}

async fn add(app: &App) -> anyhow::Result<()> {
    let mut rotation = Rotation::begin(app).await?;
    if rotation.takes_up() {
        bail!("the keys are being rotated: give `countersign keys rotate` to finish that first");
    }
    match rotation.waiting() {
        Some(id) => say(format_args!("The key {id} waits already.")),
        None => {
            if let Some(Step::Made(id)) = rotation.step().await? {
                say(format_args!("Made the key {id}: it opens, and does not seal yet."));
            }
        }
    }
    say(format_args!(
        "Copy {} to every other machine with a node, and to where you keep its backup. Then: countersign keys rotate",
        app.config.service.keyring().display()
    ));
    Ok(())
}

async fn rotate(app: &App) -> anyhow::Result<()> {
    let again = "the rotation stopped; nothing is lost, and `countersign keys rotate` goes on from here";
    let mut rotation = Rotation::begin(app).await?;
    let taken_up = rotation.takes_up();
    if taken_up {
        say("A rotation was interrupted. It is being finished.");
    }
    if let Some(id) = rotation.waiting() {
        say(format_args!("The key {id} was made before and takes over."));
    }
    let mut resealed = 0;
    while let Some(step) = rotation.step().await.context(again)? {
        match step {
            Step::Made(id) => say(format_args!("Made the key {id}.")),
            Step::TookOver(id) => say(format_args!("The key {id} seals from now on.")),
            Step::Resealed(done) => resealed = done,
            Step::TakenOut(ids) => {
                say(format_args!("Sealed {resealed} secret(s) again."));
                for id in ids {
                    say(format_args!("Took the key {id} out of the keyring: it opens nothing any more."));
                }
            }
            Step::Forgotten => {
                let keyring = app.config.service.keyring();
                say(format_args!(
                    "Done. Copy {} to every other machine with a node, and to where you keep its backup; keep the copy you have for as long as backups of \
                     the database from before today.",
                    keyring.display()
                ));
            }
        }
    }
    if taken_up {
        say("For another new key give the command again.");
    }
    Ok(())
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| "?".to_owned(), |at| at.to_string())
}

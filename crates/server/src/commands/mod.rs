//! The commands of the command line, one file each.

pub mod account;
pub mod application;
pub mod check;
pub mod database;
pub mod events;
pub mod import;
pub mod keys;
pub mod mail;
pub mod serve;
pub mod webhook;

use std::io::Write as _;
use std::process::ExitCode;

use crate::app::App;
use crate::cli::{Cli, Command};
use crate::clock::WallClock;
use crate::config::Config;
use crate::log;

/// Does what the command line says.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub fn run(cli: &Cli) -> anyhow::Result<ExitCode> {
    let loaded = Config::load(&cli.sources(std::env::vars_os()));
    match cli.to_do() {
        Command::Check => check::run(loaded)?,
        Command::Serve(_) => serve::run(loaded?)?,
        Command::Account(account) => {
            let config = loaded?;
            log::start(&config.log)?;
            let app = App::open(config, std::sync::Arc::new(WallClock))?;
            runtime()?.block_on(async {
                let done = account::run(&app, account).await;
                // Where this fails, the service or the next start does it.
                if let Err(reason) = app.seal().await {
                    tracing::warn!(%reason, "the audit log is not chained yet");
                }
                done
            })?;
        }
        Command::Application(application) => {
            let app = App::open(loaded?, std::sync::Arc::new(WallClock))?;
            runtime()?.block_on(application::run(&app, application))?;
        }
        Command::Webhook(command) => {
            let app = App::open(loaded?, std::sync::Arc::new(WallClock))?;
            runtime()?.block_on(webhook::run(&app, command))?;
        }
        Command::Events(command) => return runtime()?.block_on(events::run(&loaded?, command)),
        Command::Database(command) => database::run(loaded?, &command)?,
        Command::Import(command) => {
            let config = loaded?;
            log::start(&config.log)?;
            import::run(config, &command)?;
        }
        Command::Mail(command) => runtime()?.block_on(mail::run(&loaded?, &command))?,
        Command::Keys(keys) => {
            let app = App::open(loaded?, std::sync::Arc::new(WallClock))?;
            runtime()?.block_on(keys::run(&app, keys))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What runs a command: one thread will do.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Writes a line for the person at the terminal. A closed pipe is no error of ours.
fn say(line: impl std::fmt::Display) {
    let _closed = writeln!(std::io::stdout(), "{line}");
}

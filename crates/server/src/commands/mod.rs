//! The commands of the command line, one file each.

pub mod account;
pub mod check;
pub mod serve;

use std::io::Write as _;

use crate::app::App;
use crate::cli::{Cli, Command};
use crate::clock::WallClock;
use crate::config::Config;

/// Does what the command line says.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub fn run(cli: &Cli) -> anyhow::Result<()> {
    let loaded = Config::load(&cli.sources(std::env::vars_os()));
    match cli.to_do() {
        Command::Check => check::run(loaded),
        Command::Serve(_) => serve::run(loaded?),
        Command::Account(account) => {
            let app = App::open(loaded?, std::sync::Arc::new(WallClock))?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(account::run(&app, account))
        }
    }
}

/// Writes a line for the person at the terminal. A closed pipe is no error of ours.
fn say(line: impl std::fmt::Display) {
    let _closed = writeln!(std::io::stdout(), "{line}");
}

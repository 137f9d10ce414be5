//! `countersign database …`: moving to another database, and saying that an older one was put back.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use countersign_store::copying::{Progress, copy_to_postgres};
use countersign_store::{OpenError, Place, PostgresUrl, Store};

use super::say;
use crate::app::App;
use crate::cli::Database as Command;
use crate::clock::{Clock as _, WallClock};
use crate::config::Config;
use crate::keys::KeyringFile;
use crate::sealer::Lost;

/// Does one of the database commands.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub fn run(config: Config, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Copy { to } => copy(&config, to),
        Command::Restored => restored(config),
    }
}

/// Deals with a restored backup where nothing but the operator's word tells of it.
fn restored(config: Config) -> anyhow::Result<()> {
    let (database, keyring) = (&config.service.database, KeyringFile::at(config.service.keyring()));
    let running = match Store::look_at(database, keyring, config.policy()) {
        Ok(store) => super::runtime()?.block_on(store.nodes())?,
        // Of an older version, under which no node of this one can run.
        Err(OpenError::Behind { .. }) => Vec::new(),
        Err(reason) => return Err(reason.into()),
    };
    if !running.is_empty() {
        let names: Vec<&str> = running.iter().map(|node| node.name.as_str()).collect();
        bail!(
            "{} serve(s) on this database. If nothing was restored, copy the file high-water from there; if something was, \
             stop all nodes first (one that was killed counts for half a minute)",
            names.join(", ")
        );
    }
    let mark = config.service.high_water_file.clone();
    let app = App::open_restored(config, Arc::new(WallClock))?;
    match app.restored() {
        Some(lost) => {
            say(format_args!("Done. Lost: {}.", Lost(lost)));
            say(
                "Codes of before count as spent, recovery codes are switched off, remembered devices are forgotten, sessions and",
            );
            say(format_args!(
                "links have ended. Copy {} to every other node before it starts; `countersign check` says more.",
                mark.display()
            ));
        }
        None => say(format_args!(
            "Nothing to do: the mark {} fits the database. If it was put back together with it, remove it, and give this \
             command again.",
            mark.display()
        )),
    }
    Ok(())
}

fn copy(config: &Config, to: &str) -> anyhow::Result<()> {
    let Place::Sqlite(from) = &config.service.database else {
        bail!("this copies from SQLite to PostgreSQL: `--database` names the source, `--to` the target");
    };
    let mut typed = String::new();
    if to == "-" {
        std::io::stdin().read_line(&mut typed).context("standard input cannot be read")?;
    } else {
        typed.push_str(to);
    }
    let to = PostgresUrl::parse(typed.trim()).context("the target is not taken")?;
    let mut all = 0_u64;
    copy_to_postgres(from, &to, WallClock.now(), |progress| match progress {
        Progress::Written(table, rows) => say(format_args!("writing    {table:<20} {rows:>12} rows so far")),
        Progress::Compared(table, rows) => {
            all = all.saturating_add(rows);
            say(format_args!("the same   {table:<20} {rows:>12} rows"));
        }
    })?;
    say(format_args!("Done: {all} rows are in {to}, each compared with its original."));
    say(
        "Name it as the database from now on, with the keyring and the high-water mark as they are. The SQLite file was",
    );
    say("not changed: it is an old backup from this moment on, and no service may be started on it again.");
    Ok(())
}

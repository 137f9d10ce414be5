//! `countersign database …`: moving to another database.

use anyhow::{Context as _, bail};
use countersign_store::copying::{Progress, copy_to_postgres};
use countersign_store::{Place, PostgresUrl};

use super::say;
use crate::cli::Database as Command;
use crate::clock::{Clock as _, WallClock};
use crate::config::Config;

/// Does one of the database commands.
///
/// # Errors
/// Whatever stopped it, in words for the operator.
pub fn run(config: &Config, command: &Command) -> anyhow::Result<()> {
    let Command::Copy { to } = command;
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

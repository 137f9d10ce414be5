//! `countersign check`: says what is wrong before the night does.

use anyhow::bail;

use super::say;
use crate::config::{Config, ConfigErrors, Database};
use crate::keyring_file;

/// Looks at the configuration, the keyring and the database, and changes none of them.
///
/// # Errors
/// Something is wrong; every finding has been printed.
pub fn run(loaded: Result<Config, ConfigErrors>) -> anyhow::Result<()> {
    let config = match loaded {
        Ok(config) => config,
        Err(errors) => {
            say(&errors);
            bail!("the configuration needs mending");
        }
    };
    for warning in &config.warnings {
        say(format_args!("warning    {warning}"));
    }
    say("ok         the configuration");
    let mut wrong = 0_u32;
    let Database::Sqlite(database) = &config.service.database;
    let keyring = config.service.keyring();
    match (database.exists(), keyring_file::load(&keyring)) {
        (_, Ok(keys)) => {
            say(format_args!("ok         the keyring has {} key(s): {}", keys.len(), keyring.display()));
        }
        (false, Err(_)) if !keyring.exists() => say("new        no keyring yet: the first start makes one"),
        (_, Err(reason)) => {
            say(format_args!("wrong      {reason}"));
            wrong = wrong.saturating_add(1);
        }
    }
    match database.exists() {
        true => say(format_args!("ok         the database is there: {}", database.display())),
        false => {
            say(format_args!("new        no database yet: the first start makes {}", database.display()));
        }
    }
    if wrong > 0 { bail!("{wrong} thing(s) need mending") } else { Ok(()) }
}

//! `countersign check`: says what is wrong before the night does.

use std::path::Path;

use anyhow::bail;
use countersign::high_water::{Mark, Verdict};
use countersign_store::{Log, OpenError};

use super::say;
use crate::config::{Config, ConfigErrors, Database};
use crate::high_water::HighWater;
use crate::keyring_file;
use crate::sealer::{Lost, utc};

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
    if database.exists() {
        wrong = wrong.saturating_add(look_at_the_log(&config, database));
    }
    if wrong > 0 { bail!("{wrong} thing(s) need mending") } else { Ok(()) }
}

/// Whether the database is the one that its high-water mark was made for, and what restored backups have lost.
fn look_at_the_log(config: &Config, database: &Path) -> u32 {
    let looked = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(look(config, database)));
    match looked {
        Ok(()) => 0,
        Err(reason) => {
            say(format_args!("wrong      {reason:#}"));
            1
        }
    }
}

async fn look(config: &Config, database: &Path) -> anyhow::Result<()> {
    let log = match Log::of_sqlite(database) {
        Err(reason @ OpenError::Behind { .. }) => {
            say(format_args!("new        {reason}"));
            return Ok(());
        }
        opened => opened?,
    };
    let Some(installation) = log.installation().await? else { return Ok(()) };
    let high_water = HighWater::at(config.service.high_water_file.clone());
    let mark = high_water.read()?;
    let at_the_mark = match &mark {
        Some(mark) => log.hash_at(&installation, mark.head.link).await?,
        None => None,
    };
    let place = high_water.path().display();
    match Mark::judge(mark.as_ref(), installation.marked, installation.id, at_the_mark) {
        Verdict::Sound => say(format_args!("ok         the high-water mark fits the database: {place}")),
        Verdict::Unmarked => say("new        no high-water mark yet: the next start makes one"),
        Verdict::Strange(other) => say(format_args!(
            "warning    the high-water mark {place} is of another installation ({other}) and gives way at the next start"
        )),
        Verdict::Restored(_) => say(format_args!(
            "warning    the database is an older backup, by the high-water mark {place}. The next start switches off \
             whatever may have been used since: codes of before, recovery codes, remembered devices, sessions, links"
        )),
    }
    for restoration in log.restorations().await? {
        say(format_args!("note       at {} an older backup was restored", utc(restoration.at)));
        say(format_args!("           lost: {}", Lost(&restoration)));
        say(
            "           tell people: passwords, 2FA and accounts are as they were then; changes since have to be made",
        );
        say(
            "           again. Recovery codes are switched off: everybody with 2FA makes new ones in My profile",
        );
    }
    Ok(())
}

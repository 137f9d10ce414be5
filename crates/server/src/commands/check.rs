//! `countersign check`: says what is wrong before the night does.

mod nodes;
mod webhooks;

use anyhow::bail;
use countersign::high_water::{Mark, Verdict};
use countersign_store::{
    Log, OpenError, Place, Store, foreign_passwords::ForeignPasswords, keys::Duty, outbox::Outbox,
};

use super::say;
use crate::app::missing_mark;
use crate::breached::Breached;
use crate::config::{Config, ConfigErrors};
use crate::high_water::HighWater;
use crate::keyring_file::{self, KeyringFileError};
use crate::keys::KeyringFile;
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
    match &config.mail {
        Some(mail) => say(format_args!(
            "ok         mail goes to {}:{}; `countersign mail test` tries it",
            mail.host, mail.port
        )),
        None => say("note       no mail is sent: nobody is told of changes to their account (mail.host)"),
    }
    for site in &config.forward_auth.sites {
        say(format_args!("ok         the site {} at {}", site.name, site.url.origin()));
    }
    let mut wrong = 0_u32;
    let database = &config.service.database;
    let in_use = match database.is_in_use() {
        Ok(in_use) => in_use,
        Err(reason) => {
            say(format_args!("wrong      {reason}"));
            bail!("the database has to be there first");
        }
    };
    let keyring = config.service.keyring();
    let loaded = keyring_file::load(&keyring);
    match &loaded {
        Ok(keys) => {
            say(format_args!("ok         the keyring has {} key(s): {}", keys.len(), keyring.display()));
        }
        Err(KeyringFileError::Missing(_)) if !in_use => {
            say("new        no keyring yet: the first start makes one");
        }
        Err(KeyringFileError::Missing(_)) => {
            let lost = KeyringFileError::Lost { keyring, database: database.clone() };
            say(format_args!("wrong      {lost}"));
            wrong = wrong.saturating_add(1);
        }
        Err(reason) => {
            say(format_args!("wrong      {reason}"));
            wrong = wrong.saturating_add(1);
        }
    }
    if let Some(list) = &config.password.breached_file {
        match Breached::load(list) {
            Ok(found) => say(format_args!("ok         {} leaked passwords: {}", found.len(), list.display())),
            Err(reason) => {
                say(format_args!("wrong      {reason}"));
                wrong = wrong.saturating_add(1);
            }
        }
    }
    match in_use {
        true => say(format_args!("ok         the database is there: {database}")),
        false => {
            say(format_args!("new        no database yet: the first start makes {database}"));
        }
    }
    if in_use {
        wrong = wrong.saturating_add(look_at_the_log(&config, database));
    }
    if in_use && loaded.is_ok() {
        wrong = wrong.saturating_add(super::runtime()?.block_on(look_at_keys(&config, database)));
    }
    if wrong > 0 { bail!("{wrong} thing(s) need mending") } else { Ok(()) }
}

/// Whether the database is the one that its high-water mark was made for, and what restored backups have lost.
fn look_at_the_log(config: &Config, database: &Place) -> u32 {
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

async fn look(config: &Config, database: &Place) -> anyhow::Result<()> {
    let log = match Log::of(database) {
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
    let verdict = Mark::judge(mark.as_ref(), installation.marked, installation.id, at_the_mark);
    if let Some(unclear) = missing_mark(database).leaves_unclear(&verdict, &high_water) {
        return Err(unclear.into());
    }
    match verdict {
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

/// What lies in the outbox, where that is worth a look.
fn say_what_waits(outbox: &Outbox) {
    if let Some(oldest) = outbox.oldest {
        let waiting = outbox.waiting;
        say(format_args!("note       {waiting} letter(s) wait to be sent, the oldest since {}", utc(oldest)));
    }
    if outbox.given_up > 0 {
        say(format_args!(
            "warning    {} letter(s) could not be sent and were given up lately",
            outbox.given_up
        ));
    }
    if let Some(trouble) = &outbox.trouble {
        say(format_args!("           the mail server said last: {trouble}"));
    }
}

/// How many passwords still have the hash of another system.
fn say_what_came_from_elsewhere(found: &ForeignPasswords) {
    if found.count() > 0 {
        let each = found.counts.iter().map(|(scheme, count)| format!("{scheme} {count}"));
        say(format_args!(
            "note       {} password(s) still have the hash of another system ({}): each gets one of ours when its owner \
             signs in",
            found.count(),
            each.collect::<Vec<_>>().join(", ")
        ));
    }
}

/// Whether keyring and database belong together; how many things do not.
async fn look_at_keys(config: &Config, database: &Place) -> u32 {
    let keyring = KeyringFile::at(config.service.keyring());
    let wrong = |reason: &dyn std::fmt::Display| {
        say(format_args!("wrong      {reason}"));
        1
    };
    let store = match Store::look_at(database, keyring, config.policy()) {
        Ok(store) => store,
        // Said already, of its log.
        Err(OpenError::Behind { .. }) => return 0,
        Err(reason) => return wrong(&reason),
    };
    let keys = match store.keys().await {
        Ok(keys) => keys,
        Err(reason) => return wrong(&reason),
    };
    match store.read_keys_again().await {
        Err(_) if keys.is_empty() => return 0,
        Err(reason) => return wrong(&reason),
        Ok(()) => {}
    }
    match store.outbox().await {
        Ok(outbox) => say_what_waits(&outbox),
        Err(reason) => return wrong(&reason),
    }
    match store.foreign_passwords().await {
        Ok(found) => say_what_came_from_elsewhere(&found),
        Err(reason) => return wrong(&reason),
    }
    if let Err(reason) = webhooks::look(&store).await {
        return wrong(&reason);
    }
    let held = store.keyring();
    let of_nodes = match nodes::look(&store, held.sealing()).await {
        Ok(wrong) => wrong,
        Err(reason) => return wrong(&reason),
    };
    say(format_args!("ok         the keyring belongs to the database: the key {} seals", held.sealing()));
    if keys.iter().any(|key| matches!(key.duty, Duty::Retired(_))) {
        say(
            "warning    the keys are being rotated, or that was interrupted: `countersign keys rotate` finishes it",
        );
    }
    let missing = keys.iter().filter(|key| key.sealed > 0 && held.ids().all(|id| id.as_str() != key.id));
    missing.fold(of_nodes, |wrong, key| {
        say(format_args!(
            "wrong      {} secret(s) are sealed with the key {}, which is not in the keyring: add its line from the \
             copy of the keyring that has it",
            key.sealed, key.id
        ));
        wrong.saturating_add(1)
    })
}

//! `countersign import`: moving in without anybody scanning a QR code again.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use countersign::Timestamp;
use countersign_store::Store;
use tokio::task::JoinSet;

use super::say;
use crate::app::App;
use crate::chance::Chance;
use crate::cli::Import as Command;
use crate::clock::{Clock, WallClock};
use crate::config::Config;
use crate::import::carry::{self, Verdict};
use crate::import::keys::Keys;
use crate::import::names::Names;
use crate::import::plan::{Planned, Target, UserBy, plan};
use crate::import::{Person, Source, read};
use crate::keys::KeyringFile;
use crate::progress::Progress;

/// How many people are carried over at a time: their commits share one write of the disk.
const AT_ONCE: usize = 64;

/// Reads the files, says what becomes of everybody in them and, where it is to write, does it.
///
/// # Errors
/// Whatever stopped it, in words for the operator. Whoever was carried over until then stays so.
pub fn run(config: Config, command: &Command) -> anyhow::Result<()> {
    let people = people(command)?;
    let names = match &command.names {
        Some(file) => Names::read(&Source::open(file)?)?,
        None => Names::default(),
    };
    if command.write {
        let app = App::open(config, Arc::new(WallClock))?;
        super::runtime()?.block_on(async {
            let target = target(Some(&app.store), command, &people).await?;
            let plans = plan(people, target, &names);
            let done = write(&app.store, app.clock.as_ref(), app.chance, plans).await;
            if let Err(reason) = app.seal().await {
                tracing::warn!(%reason, "the audit log is not chained yet");
            }
            done
        })
    } else {
        let database = &config.service.database;
        let store = match database.is_in_use()? {
            true => {
                Some(Store::look_at(database, KeyringFile::at(config.service.keyring()), config.policy())?)
            }
            false => None,
        };
        super::runtime()?.block_on(async {
            let target = target(store.as_ref(), command, &people).await?;
            dry_run(store.as_ref(), &plan(people, target, &names)).await
        })
    }
}

fn people(command: &Command) -> anyhow::Result<Vec<Person>> {
    let keys = match &command.key_file {
        Some(file) => Keys::read(&Source::open(file)?)?,
        None => Keys::default(),
    };
    let sources = command.files.iter().map(|file| Source::open(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(read(command.from, &sources, &keys)?)
}

/// Where to. Which of somebody's names is the user id is decided once for all: the first kind that the first person has.
async fn target(store: Option<&Store>, command: &Command, people: &[Person]) -> anyhow::Result<Target> {
    let Some(name) = &command.application else { return Ok(Target::Portal) };
    let application = match store {
        Some(store) => store.application_named(name).await?,
        None => None,
    };
    let application = application.with_context(|| {
        format!("there is no application of the name {name}: `countersign application add` makes one")
    })?;
    let first = people.first();
    let usual = match first {
        Some(person) if person.id.is_some() => UserBy::Id,
        Some(person) if person.username.is_some() => UserBy::Username,
        _ => UserBy::Email,
    };
    Ok(Target::Application(application.id, command.user_id.unwrap_or(usual)))
}

/// Says what would become of everybody, and writes nothing.
async fn dry_run(store: Option<&Store>, plans: &[Planned]) -> anyhow::Result<()> {
    let mut told = Told::new(plans.len(), false);
    for planned in plans {
        told.about(planned, &carry::look(store, planned).await?);
    }
    told.end();
    Ok(())
}

/// Carries everybody over who can be.
///
/// # Errors
/// The database is out of reach: whoever was carried over until then stays so, and giving the command again goes on.
async fn write(store: &Store, clock: &dyn Clock, chance: Chance, plans: Vec<Planned>) -> anyhow::Result<()> {
    let again =
        "the import stopped; whoever was carried over stays so, and the same command goes on from here";
    let mut told = Told::new(plans.len(), true);
    let mut plans = plans.into_iter();
    loop {
        let now = clock.now();
        let mut batch = JoinSet::new();
        for (nth, planned) in plans.by_ref().take(AT_ONCE).enumerate() {
            batch.spawn(carried(store.clone(), nth, planned, now, chance));
        }
        if batch.is_empty() {
            break;
        }
        // In the order of the files, whoever is done first.
        let mut done = BTreeMap::new();
        while let Some(one) = batch.join_next().await {
            let (nth, planned, verdict) = one.context(again)?;
            done.insert(nth, (planned, verdict));
        }
        for (planned, verdict) in done.into_values() {
            told.about(&planned, &verdict.context(again)?);
        }
    }
    told.end();
    Ok(())
}

async fn carried(
    store: Store,
    nth: usize,
    planned: Planned,
    now: Timestamp,
    mut chance: Chance,
) -> (usize, Planned, Result<Verdict, countersign_store::Refusal>) {
    let verdict = carry::carry(&store, &planned, now, &mut chance).await;
    (nth, planned, verdict)
}

/// What has been told so far.
struct Told {
    counts: BTreeMap<&'static str, usize>,
    new_passwords: usize,
    foreign: usize,
    recovery_codes: usize,
    progress: Progress,
    writes: bool,
}

impl Told {
    fn new(all: usize, writes: bool) -> Self {
        let progress = Progress::of(all, "people");
        Self { counts: BTreeMap::new(), new_passwords: 0, foreign: 0, recovery_codes: 0, progress, writes }
    }

    /// One line about a person, and one for each authenticator that is left behind.
    fn about(&mut self, planned: &Planned, verdict: &Verdict) {
        let (words, because) = words(verdict, self.writes);
        let count = self.counts.entry(words).or_default();
        *count = count.saturating_add(1);
        let carried = matches!(verdict, Verdict::Verifies | Verdict::TurnsOn);
        // Whoever is here already keeps their password.
        let made = matches!(verdict, Verdict::Verifies | Verdict::EnrolsAgain(_) | Verdict::NoFactor);
        let mut more = Vec::new();
        more.extend(because.map(|why| format!("because {why}")));
        more.extend(matches!(verdict, Verdict::TurnsOn).then(|| "with the account that is here".to_owned()));
        if let Some(why) = planned.new_password.as_ref().filter(|_| made) {
            self.new_passwords = self.new_passwords.saturating_add(1);
            more.push(format!("a new password has to be set, because {why}"));
        }
        if made && planned.brings_a_password() {
            self.foreign = self.foreign.saturating_add(1);
        }
        if carried && planned.recovery_codes {
            self.recovery_codes = self.recovery_codes.saturating_add(1);
            more.push("the recovery codes stay behind".to_owned());
        }
        let separator = if more.is_empty() { "" } else { ", " };
        self.progress.clear();
        say(format_args!("{words:<18} {} ({}){separator}{}", planned.who, planned.place, more.join("; ")));
        if carried {
            for (label, why) in &planned.left {
                say(format_args!("{:<18} authenticator {label} is left behind, because {why}", ""));
            }
        }
        self.progress.step();
    }

    fn end(&mut self) {
        self.progress.clear();
        say("");
        for (words, count) in &self.counts {
            say(format_args!("{count:>7}  {words}"));
        }
        if self.new_passwords > 0 {
            say(format_args!(
                "{:>7}  need a new password: \"forgotten password\" by mail, or `countersign account reset-password`",
                self.new_passwords
            ));
        }
        if self.foreign > 0 {
            say(format_args!(
                "{:>7}  keep their password, and get a hash of ours for it when they sign in",
                self.foreign
            ));
        }
        if self.recovery_codes > 0 {
            say(format_args!("{:>7}  had recovery codes, and make new ones here", self.recovery_codes));
        }
        if !self.writes {
            say("\nThis was a dry run: nothing was written. The same command with --write does it.");
        }
    }
}

fn words(verdict: &Verdict, writes: bool) -> (&'static str, Option<&crate::import::Why>) {
    match verdict {
        Verdict::Verifies | Verdict::TurnsOn if writes => ("carried over", None),
        Verdict::Verifies | Verdict::TurnsOn => ("will verify", None),
        Verdict::There => ("there already", None),
        Verdict::EnrolsAgain(why) => ("must enrol again", Some(why)),
        Verdict::NoFactor => ("no second factor", None),
        Verdict::Nothing => ("nothing to carry", None),
        Verdict::LeftOut(why) => ("left as it is", Some(why)),
    }
}

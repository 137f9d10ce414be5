//! A service in a directory of its own, with a clock that a test moves.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use axum::Router;
use countersign::password::{HashCost, Memory, Password, StoredPassword};
use countersign::{AccountId, SessionId, event::Actor};
use countersign_server::app::App;
use countersign_server::chance::Chance;
use countersign_server::clock::{Clock as _, ManualClock, WallClock};
use countersign_server::config::{Config, Sources};
use countersign_server::router::router;
use countersign_store::{Lane, Visit};
use tempfile::TempDir;

use crate::browser::Browser;
use crate::own_database::OwnDatabase;

/// Where the clock begins: the first moment of a step.
pub(crate) const NOW: i64 = 1_795_000_020_000;
/// One step of an authenticator.
pub(crate) const STEP: i64 = 30_000;
/// One minute.
pub(crate) const MINUTE: i64 = 60_000;
/// One day.
pub(crate) const DAY: i64 = 86_400_000;
/// Everybody's password, until they change it.
pub(crate) const PASSWORD: &str = "seven quiet otters cross at dusk";
/// The password they change it to.
pub(crate) const NEW_PASSWORD: &str = "nine loud herons wait by the weir";

/// The settings of an installation that sends mail. Nothing sends it here: tests draw the links of letters themselves.
pub(crate) const MAIL: &str =
    "[mail]\nhost = \"127.0.0.1\"\nport = 9\nsecurity = \"none\"\nfrom = \"mail@example.org\"\n";

/// One hash of [`PASSWORD`] for all accounts of a test: hashing is what takes time here.
static HASHED: LazyLock<StoredPassword> = LazyLock::new(|| hash(PASSWORD));

/// Hashes a password at the least cost.
pub(crate) fn hash(text: &str) -> StoredPassword {
    let mut chance = Chance::open().unwrap();
    let password = Password::parse(text).unwrap();
    StoredPassword::hash(&password, HashCost::LEAST, &mut Memory::default(), &mut chance).unwrap()
}

/// The hash of [`PASSWORD`].
pub(crate) fn hashed() -> StoredPassword {
    HASHED.clone()
}

/// Says on which database the tests run: "postgres", or nothing for SQLite.
const ON: &str = "TEST_DATABASE";
/// The file beside a data directory that holds the address of its database.
const NAMED: &str = "database";

/// Where an installation is.
enum Directory {
    /// Made for it, and removed with it; on PostgreSQL together with the database that it names.
    Own(TempDir, #[expect(dead_code, reason = "it is held to be dropped")] Option<OwnDatabase>),
    /// Another process's.
    Lent(PathBuf),
}

impl Directory {
    /// On SQLite, or where the tests are told to run on PostgreSQL, with a database of its own there.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = (env::var(ON).as_deref() == Ok("postgres")).then(OwnDatabase::new);
        if let Some(database) = &database {
            fs::write(dir.path().join(NAMED), database.url()).unwrap();
        }
        Self::Own(dir, database)
    }

    fn path(&self) -> &Path {
        match self {
            Self::Own(dir, _) => dir.path(),
            Self::Lent(path) => path,
        }
    }
}

/// One server over one directory.
pub(crate) struct World {
    /// The service.
    pub(crate) app: Arc<App>,
    /// Its clock, shared by every server over the same directory.
    pub(crate) clock: ManualClock,
    /// Its pages.
    pub(crate) router: Router,
    settings: String,
    dir: Arc<Directory>,
}

impl World {
    /// A new installation as it comes.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// A new installation with these settings (TOML).
    pub(crate) fn with(settings: &str) -> Self {
        Self::made(ManualClock::at(NOW), settings)
    }

    /// A new installation that sends mail.
    pub(crate) fn mailing() -> Self {
        Self::mailing_with("")
    }

    /// A new installation that sends mail, with these sections of settings besides.
    pub(crate) fn mailing_with(sections: &str) -> Self {
        Self::with(&format!("{MAIL}{sections}"))
    }

    /// A new installation whose clock shows this moment.
    pub(crate) fn at(now_ms: i64) -> Self {
        Self::made(ManualClock::at(now_ms), "")
    }

    /// An installation that another process has made and looks after.
    pub(crate) fn within(dir: &Path, clock: ManualClock, settings: &str) -> Self {
        Self::open(Arc::new(Directory::Lent(dir.to_owned())), clock, settings)
    }

    fn made(clock: ManualClock, settings: &str) -> Self {
        Self::open(Arc::new(Directory::new()), clock, settings)
    }

    fn open(dir: Arc<Directory>, clock: ManualClock, settings: &str) -> Self {
        let config = config_of(dir.path(), settings);
        let app = Arc::new(App::open(config, Arc::new(clock.clone())).unwrap());
        let router = router(Arc::clone(&app));
        Self { app, clock, router, settings: settings.to_owned(), dir }
    }

    /// Another server over the same directory, with the same clock.
    pub(crate) fn another(&self) -> Self {
        Self::open(Arc::clone(&self.dir), self.clock.clone(), &self.settings)
    }

    /// Stops the server. No browser of its may be held any more.
    pub(crate) fn stop(self) -> Stopped {
        let Self { app, clock, router, settings, dir } = self;
        drop(router);
        drop(Arc::try_unwrap(app).unwrap_or_else(|_| panic!("somebody still holds the service")));
        let stopped = Stopped { dir, clock, settings };
        // The last connection removes the log when it has put everything into the database.
        while stopped.data().join("countersign.db-wal").exists() {
            std::thread::yield_now();
        }
        stopped
    }

    /// Stops and starts again.
    pub(crate) fn restart(self) -> Self {
        self.stop().start()
    }

    /// A browser that nobody has used yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// Whole minutes, days or steps pass.
    pub(crate) fn pass(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }

    /// What the store records of whoever does something here without a browser.
    pub(crate) fn visit(&self) -> Visit {
        Visit { now: self.clock.now(), browser: "Test".to_owned(), address: None, actor: Actor::Owner }
    }

    /// Every byte that is kept: the database and its log.
    pub(crate) fn kept(&self) -> Vec<u8> {
        let data = self.dir.path().join("data");
        let parts = ["countersign.db", "countersign.db-wal"].map(|name| fs::read(data.join(name)));
        parts.into_iter().flat_map(Result::unwrap_or_default).collect()
    }

    /// Where its database and its keyring are.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// What can be known of an account, to compare before and after.
    pub(crate) async fn state(&self, id: AccountId) -> State {
        let (store, now) = (&self.app.store, self.clock.now());
        let account = store.accounts().await.unwrap().into_iter().find(|account| account.id == id).unwrap();
        let profile = store.profile(id, now).await.unwrap();
        let factors = store.factors(id).await.unwrap();
        let sets = store.recovery_sets(id).await.unwrap();
        let hash = account.password.as_ref().map(|stored| stored.as_str().to_owned());
        let authenticators = factors.authenticators.iter();
        let authenticators =
            authenticators.map(|one| (one.id, one.secret.to_base32().to_string(), one.last_step));
        // Not in the order in which they were used last: looking is no change.
        let mut sessions: Vec<SessionId> = profile.sessions.iter().map(|session| session.id).collect();
        sessions.sort_by_key(SessionId::to_string);
        State {
            account: format!("{account:?} {hash:?}"),
            factor: format!(
                "{:?} {:?} {:?} {:?}",
                authenticators.collect::<Vec<_>>(),
                profile.authenticators.iter().map(|one| &one.name).collect::<Vec<_>>(),
                sets.present.map(|set| (set.id, set.codes)),
                sets.replaced.map(|set| (set.id, set.codes)),
            ),
            locked: format!("{:?}", store.locked(id, Lane::Everybody, now).await.unwrap()),
            sessions,
            devices: profile.devices.iter().map(|device| format!("{device:?}")).collect(),
            events: self.events(id).await,
        }
    }

    /// The words of all events of an account, earliest first.
    pub(crate) async fn events(&self, id: AccountId) -> Vec<String> {
        let events = self.app.store.events(id, None, 1000).await.unwrap();
        events.iter().rev().map(|one| one.event.kind.word().to_owned()).collect()
    }
}

/// An installation whose server does not run.
pub(crate) struct Stopped {
    dir: Arc<Directory>,
    clock: ManualClock,
    settings: String,
}

impl Stopped {
    /// Where its database and its keyring are.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The directory above.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The service on the clock of the machine, before it listens.
    pub(crate) fn app(&self) -> App {
        let settings = format!("listen = \"127.0.0.1:0\"\n{}", self.settings);
        App::open(config_of(self.dir.path(), &settings), Arc::new(WallClock)).unwrap()
    }

    /// The same with other settings.
    pub(crate) fn with(self, settings: &str) -> Self {
        Self { settings: settings.to_owned(), ..self }
    }

    /// Why the server does not start.
    pub(crate) fn refuses(&self) -> String {
        match App::open(config_of(self.dir.path(), &self.settings), Arc::new(self.clock.clone())) {
            Ok(_) => panic!("it starts"),
            Err(reason) => reason.to_string(),
        }
    }

    /// Starts the server.
    pub(crate) fn start(self) -> World {
        World::open(self.dir, self.clock, &self.settings)
    }
}

/// Settings that say everything there is: no environment, no flag but the data directory.
pub(crate) fn config_of(dir: &Path, settings: &str) -> Config {
    let file = dir.join("countersign.toml");
    fs::write(&file, settings).unwrap();
    config_at(&dir.join("data"), &file)
}

/// The address of the database that belongs to a data directory, where it is not a file in there.
pub(crate) fn database_of(data: &Path) -> Option<String> {
    fs::read_to_string(data.parent()?.join(NAMED)).ok()
}

/// The settings of this file, on this data directory.
pub(crate) fn config_at(data: &Path, file: &Path) -> Config {
    let mut flags = vec![("data_dir", data.to_string_lossy().into_owned())];
    flags.extend(database_of(data).map(|url| ("database", url)));
    Config::load(&Sources { file: Some(file.to_owned()), environment: Vec::new(), flags }).unwrap()
}

/// What an account looks like: two of them are equal when nothing happened in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// Address, name, language, password, since when 2FA is on.
    pub(crate) account: String,
    /// Authenticators with their secrets and spent steps; recovery codes, spent or not.
    pub(crate) factor: String,
    /// Until when no code is looked at.
    pub(crate) locked: String,
    /// The living sessions.
    pub(crate) sessions: Vec<SessionId>,
    /// The living trusted devices.
    pub(crate) devices: Vec<String>,
    /// The audit log.
    pub(crate) events: Vec<String>,
}

impl State {
    /// What was added to the audit log since `before`.
    pub(crate) fn events_since(&self, before: &Self) -> Vec<String> {
        assert_eq!(self.events[..before.events.len()], before.events[..], "the log is only appended to");
        self.events[before.events.len()..].to_vec()
    }

    /// The same without its log and its budget: what a refused attempt leaves as it was.
    pub(crate) fn apart_from_counting(mut self) -> Self {
        self.events.clear();
        self.locked.clear();
        self
    }
}

//! What every request shares: the store, the hashing threads, the clock, chance, and the operator's choices.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use countersign::{Timestamp, password::Memory};
use countersign_store::{OpenError, Place, Store, log::Restoration};

use crate::api::rates::Rates;
use crate::breached::{Breached, NoList};
use crate::chance::{Chance, NoChance};
use crate::clock::Clock;
use crate::config::Config;
use crate::connections::Crowd;
use crate::hasher::Hasher;
use crate::high_water::HighWater;
use crate::keyring_file::{self, KeyringFileError};
use crate::keys::KeyringFile;
use crate::metrics::answers::Answers;
use crate::pace::Pace;
use crate::sealer::{Missing, NotSealed, Sealer};

/// The service behind its doors.
pub struct App {
    /// Where accounts are kept.
    pub store: Store,
    /// Where passwords and recovery codes are hashed.
    pub hasher: Hasher<Memory>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where secrets and ids come from.
    pub chance: Chance,
    /// What the operator decided.
    pub config: Config,
    /// The leaked passwords that nobody may choose.
    pub breached: Breached,
    /// How many requests applications have made lately.
    pub rates: Rates,
    /// What was answered.
    pub(crate) answers: Answers,
    /// Who came.
    pub(crate) crowd: Crowd,
    /// How long the slowest passwords take.
    pub(crate) pace: Pace,
    /// Chains the audit log.
    sealer: Sealer,
}

/// Why the service does not start. It never starts without its keys or its database.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The data directory cannot be made.
    #[error("the data directory {path} cannot be made: {reason}")]
    DataDir {
        /// Where.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The operating system gives no random numbers.
    #[error(transparent)]
    Chance(#[from] NoChance),
    /// The keyring file.
    #[error(transparent)]
    KeyringFile(#[from] KeyringFileError),
    /// The database.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The audit log and its high-water mark.
    #[error(transparent)]
    Sealer(#[from] NotSealed),
    /// The list of leaked passwords.
    #[error(transparent)]
    NoList(#[from] NoList),
    /// The hashing threads.
    #[error("no hashing threads: {0}")]
    Threads(std::io::Error),
}

impl App {
    /// Opens what the configuration names. On the very first start it makes the data directory, a keyring
    /// and a database. Blocks while it works.
    ///
    /// # Errors
    /// [`NotOpened`]; [`NotSealed::Unclear`] where a database that nodes may share is to be opened without the mark
    /// that it once had.
    pub fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, NotOpened> {
        let missing = missing_mark(&config.service.database);
        Self::open_where(missing, config, clock)
    }

    /// The same for somebody who knows that a mark that is missing means a restored backup.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open_restored(config: Config, clock: Arc<dyn Clock>) -> Result<Self, NotOpened> {
        Self::open_where(Missing::IsARestore, config, clock)
    }

    fn open_where(missing: Missing, config: Config, clock: Arc<dyn Clock>) -> Result<Self, NotOpened> {
        let mut chance = Chance::open()?;
        let dir = &config.service.data_dir;
        let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(|reason| NotOpened::DataDir { path: dir.clone(), reason })?;
        let database = &config.service.database;
        let now = clock.now();
        let keyring = config.service.keyring();
        keyring_file::load_or_create(&keyring, database, &mut chance, now.milliseconds())?;
        let store = Store::open(database, KeyringFile::at(keyring), config.policy(), now)?;
        let high_water = HighWater::at(config.service.high_water_file.clone());
        let sealer = wait_for(Sealer::open(&store, high_water, missing, now, &mut chance))??;
        let password = &config.password;
        let breached =
            password.breached_file.as_deref().map_or_else(|| Ok(Breached::default()), Breached::load)?;
        let hasher = Hasher::start(password.hash_threads, password.hash_queue).map_err(NotOpened::Threads)?;
        let (answers, crowd) = (Answers::default(), Crowd::default());
        Ok(Self {
            store,
            hasher,
            clock,
            chance,
            config,
            breached,
            rates: Rates::default(),
            answers,
            crowd,
            pace: Pace::default(),
            sealer,
        })
    }

    /// The older backup that was found when this was opened, and dealt with.
    pub(crate) fn restored(&self) -> Option<&Restoration> {
        self.sealer.restored()
    }

    /// The link of the audit log that is marked, and when the log was last chained to its end.
    pub(crate) fn sealed(&self) -> (i64, Timestamp) {
        self.sealer.reached()
    }

    /// Chains what the audit log has gained, and raises its high-water mark.
    ///
    /// # Errors
    /// [`NotSealed`]; nothing is lost by it, and the next time has more to do.
    pub async fn seal(&self) -> Result<(), NotSealed> {
        self.sealer.seal(&self.store, self.clock.now()).await
    }
}

/// What it means that a database has lost its mark: only PostgreSQL is shared by nodes that keep one each.
pub(crate) const fn missing_mark(database: &Place) -> Missing {
    match database {
        Place::Sqlite(_) => Missing::IsARestore,
        Place::Postgres(_) => Missing::IsUnclear,
    }
}

/// Waits for the store where the caller may or may not be inside a runtime: on a thread that is inside none.
fn wait_for<T: Send>(work: impl Future<Output = T> + Send) -> Result<T, NotOpened> {
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().build().map_err(NotOpened::Threads)?;
            Ok(runtime.block_on(work))
        });
        // A panic on that thread is one here.
        waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

//! What every request shares: the store, the hashing threads, the clock, chance, and the operator's choices.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use countersign::password::Memory;
use countersign_store::{OpenError, Store};

use crate::api::rates::Rates;
use crate::breached::{Breached, NoList};
use crate::chance::{Chance, NoChance};
use crate::clock::Clock;
use crate::config::Config;
use crate::hasher::Hasher;
use crate::high_water::HighWater;
use crate::keyring_file::{self, KeyringFileError};
use crate::keys::KeyringFile;
use crate::sealer::{NotSealed, Sealer};

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
    /// [`NotOpened`].
    pub fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, NotOpened> {
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
        let sealer = wait_for(Sealer::open(&store, high_water, now, &mut chance))??;
        let password = &config.password;
        let breached =
            password.breached_file.as_deref().map_or_else(|| Ok(Breached::default()), Breached::load)?;
        let hasher = Hasher::start(password.hash_threads, password.hash_queue).map_err(NotOpened::Threads)?;
        Ok(Self { store, hasher, clock, chance, config, breached, rates: Rates::default(), sealer })
    }

    /// Chains what the audit log has gained, and raises its high-water mark.
    ///
    /// # Errors
    /// [`NotSealed`]; nothing is lost by it, and the next time has more to do.
    pub async fn seal(&self) -> Result<(), NotSealed> {
        self.sealer.seal(&self.store, self.clock.now()).await
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

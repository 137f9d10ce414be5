//! The keys of a running service: read from the keyring file at the start, and again when it has changed.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use countersign::secret::{Keyring, KeyringError};
use countersign_store::{KeySource, WrongKeyring};

use crate::app::App;
use crate::keyring_file::{self, KeyringFileError};

/// How soon a service notices that its keyring file has changed. A key that it meets sooner is looked for at once;
/// this is how long one that was taken out stays in its memory.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The keyring file as the place where the store reads its keys.
#[derive(Clone, Debug)]
pub struct KeyringFile(PathBuf);

/// Why there is no keyring.
#[derive(Debug, thiserror::Error)]
pub enum NoKeyring {
    /// The file.
    #[error(transparent)]
    File(#[from] KeyringFileError),
    /// The keys in it.
    #[error(transparent)]
    Keys(#[from] KeyringError),
}

impl KeyringFile {
    /// The keyring at `path`.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// [`NoKeyring`].
    pub fn load(&self) -> Result<Keyring, NoKeyring> {
        let keys = keyring_file::load(&self.0)?;
        Ok(Keyring::new(keys.into_iter().map(|key| (key.id, key.bytes)))?)
    }
}

impl KeySource for KeyringFile {
    fn read(&self) -> Result<Keyring, WrongKeyring> {
        self.load().map_err(|reason| WrongKeyring::Unreadable(reason.to_string()))
    }
}

/// What tells one state of a file from the next: it is never written in place, but replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        let changed = (found.mtime(), found.mtime_nsec());
        Some(Self { inode: found.ino(), length: found.len(), changed })
    }
}

/// Reads the keys again whenever their file has changed, as long as the service runs. Keys that cannot be had, or
/// are not this database's, are told of in the log, and those in memory stay.
pub(crate) async fn watch(app: Arc<App>) {
    let path = app.config.service.keyring();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut known = None;
    let mut told = None;
    loop {
        looks.tick().await;
        // Taken before the file is read: what changes in between is noticed the next time.
        let stamp = Stamp::of(&path);
        if stamp.is_some() && stamp == known {
            continue;
        }
        let before = app.store.keyring();
        match app.store.read_keys_again().await {
            Ok(()) => {
                let after = app.store.keyring();
                if !after.ids().eq(before.ids()) || told.is_some() {
                    tracing::info!(seals = %after.sealing(), "the keyring has changed and was read again");
                }
                (known, told) = (stamp, None);
            }
            Err(reason) => {
                let reason = reason.to_string();
                if told.as_ref() != Some(&reason) {
                    tracing::error!(%reason, "the keyring cannot be used; the keys in memory are kept");
                }
                (known, told) = (None, Some(reason));
            }
        }
    }
}

//! The keyring of a running process: read again from where it comes when a key has come or gone.

use std::sync::{Arc, PoisonError, RwLock};

use countersign::secret::{KeyId, Keyring};

/// Where the keyring comes from.
pub trait KeySource: Send + Sync + 'static {
    /// Reads the keys as they are now. It may block for as long as a small file takes.
    ///
    /// # Errors
    /// [`WrongKeyring::Unreadable`].
    fn read(&self) -> Result<Keyring, WrongKeyring>;
}

/// Keys that never change while the process runs.
impl KeySource for Keyring {
    fn read(&self) -> Result<Keyring, WrongKeyring> {
        self.sealing_with(self.sealing()).ok_or_else(|| WrongKeyring::Unreadable("it has no key".to_owned()))
    }
}

/// Why a keyring is not taken. The keys that a running process has stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongKeyring {
    /// It cannot be read, for this reason.
    #[error("{0}")]
    Unreadable(String),
    /// It is another database's, or older or newer than this one.
    #[error(
        "this keyring does not belong to this database, which seals with the key {0}: the keyring has no such key. Put \
         back the keyring that was copied together with this database"
    )]
    Lacks(String),
    /// The key of this id is not the one that seals here.
    #[error(
        "this keyring does not belong to this database: its key {0} is not the key of that name with which the \
         database seals. Put back the keyring that was copied together with this database"
    )]
    Differs(String),
    /// The database does not say yet which key seals, and holds what none of these keys opens.
    #[error(
        "this keyring does not belong to this database, in which {count} secret(s) are sealed with the key {key}: the \
         keyring has no such key. Put back the keyring that was copied together with this database"
    )]
    Older {
        /// The key that is missing.
        key: String,
        /// How many secrets name it.
        count: usize,
    },
}

/// The keys that this process holds, and where they come from.
pub(crate) struct HeldKeyring {
    held: RwLock<Arc<Keyring>>,
    source: Box<dyn KeySource>,
    /// Held while the keys are read again: what was read later is also held later.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl HeldKeyring {
    pub(crate) fn read_from(source: impl KeySource) -> Result<Self, WrongKeyring> {
        let held = RwLock::new(Arc::new(source.read()?));
        Ok(Self { held, source: Box::new(source), turn: tokio::sync::Mutex::new(()) })
    }

    /// The keys of this moment. Whoever opens something takes them before reading it from the database: what
    /// is sealed with a key is gone from there before the key is.
    pub(crate) fn now(&self) -> Arc<Keyring> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the keys again, and holds them if they are the ones of a database that seals with `id`.
    pub(crate) fn read_again(&self, id: &KeyId, mark: &[u8]) -> Result<(), WrongKeyring> {
        let keyring = turned(&self.source.read()?, id, mark)?;
        // The lock is held for a pointer, never while a file is read.
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
        Ok(())
    }
}

/// The keyring with the key in front that seals, if it is the very one.
fn turned(keyring: &Keyring, id: &KeyId, mark: &[u8]) -> Result<Keyring, WrongKeyring> {
    match keyring.mark(id) {
        None => Err(WrongKeyring::Lacks(id.as_str().to_owned())),
        Some(own) if own != mark => Err(WrongKeyring::Differs(id.as_str().to_owned())),
        Some(_) => keyring.sealing_with(id).ok_or_else(|| WrongKeyring::Lacks(id.as_str().to_owned())),
    }
}

//! Where a store lives during a test, under which policy and keys, and when.

use countersign::{
    Span, Timestamp,
    event::Actor,
    policy::Policy,
    secret::{KeyId, Keyring},
};
use countersign_store::{KeySource, OpenError, Store, Visit, WrongKeyring};
use rand::{SeedableRng as _, rngs::StdRng};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use crate::home::Home;

/// When every test begins: the first moment of a step.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_790_000_010);

/// A database of a test's own. It outlives every store that is opened on it.
pub(crate) struct House {
    pub(crate) home: Home,
    policy: Policy,
}

impl House {
    pub(crate) fn on_sqlite() -> Self {
        Self { home: Home::sqlite(), policy: Policy::default() }
    }

    pub(crate) fn on_postgres() -> Self {
        Self { home: Home::postgres(), policy: Policy::default() }
    }

    /// The same house under another policy; stores that are open keep theirs.
    pub(crate) fn under(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// Opens a store, as a process does that starts. Several may be open at once.
    pub(crate) fn open(&self) -> Store {
        self.open_with(keyring(7), self.policy)
    }

    pub(crate) fn open_with(&self, keys: impl KeySource, policy: Policy) -> Store {
        self.try_open(keys, policy).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn try_open(&self, keys: impl KeySource, policy: Policy) -> Result<Store, OpenError> {
        Store::open(&self.home.place(), keys, policy, START)
    }

    /// The number that a question answers with, asked over a connection of its own.
    pub(crate) fn number(&self, question: &str) -> i64 {
        self.home.number(question)
    }

    /// How many rows a table has, with an optional condition: `sessions WHERE factor_at IS NULL`.
    pub(crate) fn count(&self, of: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {of}"))
    }

    /// Every row of every table, as text: what "everything is as it was" compares.
    pub(crate) fn everything(&self) -> Vec<String> {
        self.home.everything()
    }

    /// Whether the database refuses this.
    pub(crate) fn refuses(&self, statements: &str) -> bool {
        self.home.run(statements).is_err()
    }

    /// Does to the rows what somebody does who can write to the database.
    pub(crate) fn tamper(&self, statements: &str) {
        self.home.run(statements).unwrap_or_else(|reason| panic!("{reason}: {statements}"));
    }

    /// The same to the audit log, which guards itself against mistakes alone.
    pub(crate) fn rewrite_log(&self, statements: &str) {
        self.tamper(&format!("{} {statements}", self.home.disarmed()));
    }
}

/// A keyring whose one key is named `k1` and has these bytes.
pub(crate) fn keyring(byte: u8) -> Keyring {
    Keyring::new([(KeyId::parse("k1").unwrap(), [byte; 32].into())]).unwrap()
}

/// A keyring file that a test writes: ids and what all bytes of each key are, the first seals in a fresh house.
#[derive(Clone, Default)]
pub(crate) struct KeyFile(Arc<Mutex<Vec<(&'static str, u8)>>>);

impl KeyFile {
    pub(crate) fn of(keys: &[(&'static str, u8)]) -> Self {
        let file = Self::default();
        file.becomes(keys);
        file
    }

    /// Whoever reads it from now on reads this.
    pub(crate) fn becomes(&self, keys: &[(&'static str, u8)]) {
        *self.0.lock().unwrap() = keys.to_vec();
    }
}

impl KeySource for KeyFile {
    fn read(&self) -> Result<Keyring, WrongKeyring> {
        let keys = self.0.lock().unwrap().clone();
        let keys = keys.into_iter().map(|(id, byte)| (KeyId::parse(id).unwrap(), [byte; 32].into()));
        Keyring::new(keys).map_err(|error| WrongKeyring::Unreadable(error.to_string()))
    }
}

/// Chance of a test's own: no two calls give the same.
pub(crate) fn chance() -> StdRng {
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    StdRng::seed_from_u64(DRAWN.fetch_add(1, Ordering::Relaxed))
}

/// A request this many seconds after the start.
pub(crate) fn at(seconds: u32) -> Visit {
    after(Span::seconds(seconds))
}

/// A request this long after the start.
pub(crate) fn after(span: Span) -> Visit {
    Visit { now: START + span, browser: "Firefox on Linux".to_owned(), address: None, actor: Actor::Owner }
}

//! Where a store lives during a test, and how to look at its rows from outside.

use countersign::{
    Span, Timestamp,
    event::Actor,
    policy::Policy,
    secret::{KeyId, Keyring},
};
use countersign_store::{KeySource, OpenError, Store, Visit, WrongKeyring};
use rand::{SeedableRng as _, rngs::StdRng};
use rusqlite::{Connection, Row};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tempfile::TempDir;

/// When every test begins: the first moment of a step.
pub(crate) const START: Timestamp = Timestamp::from_seconds(1_790_000_010);

/// A database of a test's own. It outlives every store that is opened on it.
pub(crate) struct House {
    directory: TempDir,
    policy: Policy,
}

impl House {
    pub(crate) fn on_sqlite() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), policy: Policy::default() }
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
        Store::open_sqlite(&self.path(), keys, policy, START)
    }

    /// The number that a question answers with, asked over a connection of its own.
    pub(crate) fn number(&self, question: &str) -> i64 {
        self.onlooker().query_row(question, [], |row| row.get(0)).unwrap()
    }

    /// How many rows a table has, with an optional condition: `sessions WHERE factor_at IS NULL`.
    pub(crate) fn count(&self, of: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {of}"))
    }

    /// Every row of every table, as text: what "everything is as it was" compares.
    pub(crate) fn everything(&self) -> Vec<String> {
        let onlooker = self.onlooker();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let mut tables = onlooker.prepare(tables).unwrap();
        let tables = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap);
        let rows_of = |table: String| {
            let mut all = onlooker.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = all.column_count();
            let row = |row: &Row<'_>| -> String {
                (0..columns).map(|column| format!("{table} {:?} ", row.get_ref(column).unwrap())).collect()
            };
            let rows = all.query_map([], |found| Ok(row(found))).unwrap();
            rows.map(Result::unwrap).collect::<Vec<String>>()
        };
        tables.flat_map(rows_of).collect()
    }

    /// Whether the database refuses this.
    pub(crate) fn refuses(&self, statements: &str) -> bool {
        self.onlooker().execute_batch(statements).is_err()
    }

    /// Does to the rows what somebody does who can write to the database.
    pub(crate) fn tamper(&self, statements: &str) {
        self.onlooker().execute_batch(statements).unwrap();
    }

    /// Nobody writes while this is held.
    pub(crate) fn held_by_another_program(&self) -> Connection {
        let other = self.onlooker();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        other
    }

    /// All that is on the disk: the database, its log and whatever lies beside them.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.directory.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    fn onlooker(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// Copies the database as it is now, while it is in use.
    pub(crate) fn back_up(&self) {
        let copy = self.directory.path().join("backup");
        self.tamper(&format!("VACUUM INTO '{}'", copy.display()));
    }

    /// Puts the copy in the place of the database, which nobody may have open.
    pub(crate) fn put_back(&self) {
        for beside in ["countersign.db-wal", "countersign.db-shm"] {
            let _none = std::fs::remove_file(self.directory.path().join(beside));
        }
        std::fs::copy(self.directory.path().join("backup"), self.path()).unwrap();
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("countersign.db")
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

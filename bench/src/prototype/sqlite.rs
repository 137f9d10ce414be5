//! The prototype on SQLite: a connection for each thread that reads, and one thread that writes.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use anyhow::Context as _;
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::oneshot;

use super::{API_KEY, Commits, rows};
use crate::accounts;

/// How many writes share a commit at most.
const MOST: usize = 512;

/// The settings of Countersign's own connections that cost or save time.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; \
    PRAGMA temp_store = MEMORY;";

const SPEND: &str = "UPDATE authenticators SET last_step = ?2 WHERE account = ?1 AND last_step < ?2";

struct Job {
    account: i64,
    step: i64,
    answer: oneshot::Sender<bool>,
}

/// The thread that writes.
pub(crate) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Makes the database anew.
    pub(crate) fn made(path: &Path, accounts: u64, commits: Commits) -> anyhow::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SETTINGS)?;
        fill(&connection, accounts)?;
        let (send, jobs) = mpsc::channel();
        thread::spawn(move || write(&connection, &jobs, if commits == Commits::Shared { MOST } else { 1 }));
        Ok(Self(send))
    }

    /// Spends a step of an account: whether it was still good. The answer comes after the commit.
    pub(crate) async fn spend(&self, account: u64, step: i64) -> anyhow::Result<bool> {
        let (answer, answered) = oneshot::channel();
        self.0
            .send(Job { account: i64::try_from(account)?, step, answer })
            .context("the writer has ended")?;
        answered.await.context("the commit failed")
    }
}

fn fill(connection: &Connection, accounts: u64) -> anyhow::Result<()> {
    let keyring = rows::keyring()?;
    connection.execute_batch(
        "BEGIN;
        CREATE TABLE applications (hash BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE authenticators (account INTEGER PRIMARY KEY, secret BLOB NOT NULL, last_step INTEGER NOT NULL);
        CREATE TABLE sessions (hash BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;",
    )?;
    connection.execute("INSERT INTO applications VALUES (?1)", [rows::hash(API_KEY)])?;
    let mut add = connection.prepare("INSERT INTO authenticators VALUES (?1, ?2, -1)")?;
    for nth in 0..accounts {
        add.execute((i64::try_from(nth)?, rows::secret(&keyring, nth)?))?;
    }
    let mut add = connection.prepare("INSERT INTO sessions VALUES (?1)")?;
    for nth in 0..rows::SESSIONS {
        add.execute([rows::hash(&accounts::session_token(nth))])?;
    }
    connection.execute_batch("COMMIT")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

fn write(connection: &Connection, jobs: &mpsc::Receiver<Job>, most: usize) {
    let (mut taken, mut spent) = (Vec::new(), Vec::new());
    while let Ok(first) = jobs.recv() {
        taken.push(first);
        while taken.len() < most
            && let Ok(next) = jobs.try_recv()
        {
            taken.push(next);
        }
        // Whoever waits for an answer that is dropped learns that the commit failed.
        if commit(connection, &taken, &mut spent).is_ok() {
            for (job, spent) in taken.drain(..).zip(spent.drain(..)) {
                let _gone = job.answer.send(spent);
            }
        }
        taken.clear();
        spent.clear();
    }
}

fn commit(connection: &Connection, jobs: &[Job], spent: &mut Vec<bool>) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for job in jobs {
        spent.push(connection.prepare_cached(SPEND)?.execute((job.account, job.step))? == 1);
    }
    connection.prepare_cached("COMMIT")?.execute([]).map(drop)
}

/// Reads, on whichever thread asks.
pub(super) struct Reader(PathBuf);

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

impl Reader {
    pub(super) fn of(path: PathBuf) -> Self {
        Self(path)
    }

    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        CONNECTION.with_borrow_mut(|connection| match connection {
            Some(connection) => query(connection),
            none => query(none.insert(Connection::open(&self.0)?)),
        })
    }

    /// The sealed secret, for an application that is known by its key.
    pub(super) fn secret(&self, key: &[u8; 32], account: u64) -> rusqlite::Result<Option<Vec<u8>>> {
        const SECRET: &str =
            "SELECT a.secret FROM authenticators a, applications b WHERE a.account = ?1 AND b.hash = ?2";
        let account = i64::try_from(account).unwrap_or(-1);
        self.read(|connection| {
            connection
                .prepare_cached(SECRET)?
                .query_row((account, key.as_slice()), |row| row.get(0))
                .optional()
        })
    }

    pub(super) fn session(&self, token: &[u8; 32]) -> rusqlite::Result<bool> {
        self.read(|connection| {
            connection.prepare_cached("SELECT 1 FROM sessions WHERE hash = ?1")?.exists([token.as_slice()])
        })
    }
}

//! SQLite: one writer thread that shares commits, two reader threads that never wait for it, and a thread that carries the
//! log into the database.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use countersign::Timestamp;
use tokio::sync::oneshot;

use crate::migrate::Migration;
use crate::open_error::OpenError;
use crate::script::{Failed, Read, Script, Written};
use crate::tally::WriteTally;
use crate::unavailable::Unavailable;
use crate::value::Row;
use connection::SqliteConnection;

mod checkpointer;
#[cfg(test)]
mod checkpointer_tests;
mod connection;
mod open;
mod readers;
mod schema;
pub(crate) mod source;
#[cfg(test)]
pub(crate) mod stage;
mod trouble;
mod writer;

#[cfg(test)]
mod tests;

/// How many scripts, and how many reads, may wait before the next one is told [`Unavailable::Busy`].
const QUEUE: usize = 4096;
/// Two readers serve more than the pages and the API can ask; more would only compete for the cache.
const READERS: usize = 2;

/// The threads around one SQLite file.
pub(crate) struct Sqlite {
    writes: Option<SyncSender<writer::Job>>,
    reads: Option<SyncSender<readers::Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Vec<JoinHandle<()>>,
    checkpointer: Option<JoinHandle<()>>,
    /// What was written.
    pub(crate) tally: WriteTally,
    #[cfg(test)]
    path: PathBuf,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, migrations: &[Migration], now: Timestamp) -> Result<Self, OpenError> {
        let path = absolute(path)?;
        open::create_if_missing(&path)?;
        let mut writing = open::for_writing(&path)?;
        schema::bring_up_to_date(&mut writing, &path, migrations, now)?;
        let reading = (0..READERS).map(|_| open::for_reading(&path)).collect::<Result<Vec<_>, _>>()?;
        let carrying = open::for_writing(&path)?;
        Self::start(&path, Some((writing, carrying)), reading)
    }

    /// Opens a database that is there and up to date, to read it and nothing else.
    pub(crate) fn look_at(path: &Path, migrations: &[Migration]) -> Result<Self, OpenError> {
        let path = absolute(path)?;
        let reading = open::for_reading(&path)?;
        schema::must_be_up_to_date(&reading, &path, migrations)?;
        Self::start(&path, None, vec![reading])
    }

    fn start(
        path: &Path,
        writing: Option<(SqliteConnection, SqliteConnection)>,
        reading: Vec<SqliteConnection>,
    ) -> Result<Self, OpenError> {
        let (writes, waiting_writes) = sync_channel(QUEUE);
        let (reads, waiting_reads) = sync_channel(QUEUE);
        // Built first, so that a thread that cannot start stops and joins those that did.
        let mut sqlite = Self {
            writes: writing.is_some().then_some(writes),
            reads: Some(reads),
            writer: None,
            readers: Vec::new(),
            checkpointer: None,
            tally: WriteTally::default(),
            #[cfg(test)]
            path: path.to_owned(),
        };
        if let Some((mut writing, carrying)) = writing {
            let (work, is_long) =
                checkpointer::watch(&mut writing).map_err(|error| open::explain(path, &error))?;
            let tally = sqlite.tally.clone();
            let serve = move || {
                writer::serve(writing, &waiting_writes, &tally);
                drop(work);
            };
            sqlite.writer = Some(spawn("store-writer", serve)?);
            let carry = move || checkpointer::serve(&carrying, &is_long);
            sqlite.checkpointer = Some(spawn("store-log", carry)?);
        }
        let waiting_reads: Arc<Mutex<Receiver<_>>> = Arc::new(Mutex::new(waiting_reads));
        for connection in reading {
            let waiting = Arc::clone(&waiting_reads);
            sqlite.readers.push(spawn("store-reader", move || readers::serve(connection, &waiting))?);
        }
        Ok(sqlite)
    }

    pub(crate) async fn write(&self, script: Script) -> Result<Written, Failed> {
        let (answer, answered) = oneshot::channel();
        queue(self.writes.as_ref(), writer::Job { script, answer })?;
        answered.await.unwrap_or(Err(Failed::Unavailable(Unavailable::Closed)))
    }

    pub(crate) fn note(&self, script: Script) {
        let (answer, _nobody_waits) = oneshot::channel();
        // A full queue drops the note: whoever notes can do without.
        let _ = queue(self.writes.as_ref(), writer::Job { script, answer });
    }

    pub(crate) async fn read(&self, read: Read) -> Result<Vec<Vec<Row>>, Unavailable> {
        let (answer, answered) = oneshot::channel();
        queue(self.reads.as_ref(), readers::Job { read, answer })?;
        answered.await.unwrap_or(Err(Unavailable::Closed))
    }

    #[cfg(test)]
    pub(crate) fn prepare_all(&self, statements: &[(&str, &str)]) -> Result<(), Vec<String>> {
        let connection = open::for_reading(&self.path).map_err(|error| vec![error.to_string()])?;
        let complaints: Vec<String> = statements
            .iter()
            .filter_map(|(name, sql)| Some(format!("{name}: {}", connection.complaint_about(sql)?)))
            .collect();
        if complaints.is_empty() { Ok(()) } else { Err(complaints) }
    }
}

/// Readers go first: once nobody reads, the writer's last checkpoint can empty the log.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.reads = None;
        for reader in self.readers.drain(..) {
            // A thread that panicked has nothing left to close.
            let _ = reader.join();
        }
        self.writes = None;
        // The checkpointer ends after the writer.
        for thread in [self.writer.take(), self.checkpointer.take()].into_iter().flatten() {
            let _ = thread.join();
        }
    }
}

/// An absolute path stays right when the process changes its directory, and SQLite never takes it for a
/// `file:` address.
fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    std::path::absolute(path).map_err(|source| OpenError::Create { path: path.to_owned(), source })
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    thread::Builder::new().name(name.to_owned()).spawn(body).map_err(|source| OpenError::Threads { source })
}

fn queue<T>(sender: Option<&SyncSender<T>>, job: T) -> Result<(), Unavailable> {
    sender.ok_or(Unavailable::Closed)?.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => Unavailable::Busy,
        TrySendError::Disconnected(_) => Unavailable::Closed,
    })
}

//! PostgreSQL: writers that share commits and take turns over all nodes, readers that never wait for them.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use countersign::Timestamp;
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::migrate::Migration;
use crate::open_error::OpenError;
use crate::script::{Failed, Read, Script, Written};
use crate::tally::WriteTally;
use crate::unavailable::Unavailable;
use crate::value::Row;
use link::Link;
pub use url::{NotAPostgresUrl, PostgresUrl};

mod asked_together;
#[cfg(test)]
mod asked_together_tests;
mod at_once;
#[cfg(test)]
mod at_once_tests;
mod call;
mod clock;
mod connection;
mod form;
mod link;
mod readers;
mod routine;
#[cfg(test)]
mod routine_tests;
mod rows;
mod schema;
pub(crate) mod target;
#[cfg(test)]
mod tests;
mod trouble;
mod url;
mod values;
mod writer;

/// How many scripts, and how many reads, may wait before the next one is told [`Unavailable::Busy`].
const QUEUE: usize = 4096;
/// Connections that read. A second one keeps a long read from holding up all others; more would only divide into smaller
/// statements what can be asked together, and queue at the server's cores instead of here.
const READERS: usize = 2;

/// The thread that speaks with one PostgreSQL database. It has a runtime of its own, so that a store can be opened,
/// used and dropped inside a runtime and outside.
pub(crate) struct Postgres {
    writes: Option<mpsc::Sender<writer::Job>>,
    reads: Option<mpsc::Sender<readers::Job>>,
    thread: Option<JoinHandle<()>>,
    /// What was written.
    pub(crate) tally: WriteTally,
    #[cfg(test)]
    url: PostgresUrl,
}

/// What a database is opened for.
#[derive(Clone, Copy)]
enum For {
    Writing(Timestamp),
    Reading,
}

impl Postgres {
    pub(crate) fn open(
        url: &PostgresUrl,
        migrations: &'static [Migration],
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        Self::start(url, migrations, For::Writing(now))
    }

    /// Opens a database that is there and up to date, to read it and nothing else.
    pub(crate) fn look_at(url: &PostgresUrl, migrations: &'static [Migration]) -> Result<Self, OpenError> {
        Self::start(url, migrations, For::Reading)
    }

    /// Whether Countersign has ever been started on this database.
    pub(crate) fn is_there(url: &PostgresUrl) -> Result<bool, OpenError> {
        let mut link = Link::to(url.clone())?;
        let looking = move || {
            runtime()?.block_on(async { schema::is_ours(link.connect_first().await?.client()).await })
        };
        joined(spawn(looking)?.join())
    }

    fn start(url: &PostgresUrl, migrations: &'static [Migration], purpose: For) -> Result<Self, OpenError> {
        let (writes, waiting_writes) = mpsc::channel(QUEUE);
        let (reads, waiting_reads) = mpsc::channel(QUEUE);
        let (opened, opening) = std::sync::mpsc::sync_channel(1);
        let link = Link::to(url.clone())?;
        let tally = WriteTally::default();
        let counting = tally.clone();
        let thread = spawn(move || {
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                Err(error) => return drop(opened.send(Err(error))),
            };
            runtime.block_on(async move {
                let mut link = link;
                let prepared = prepare(&mut link, migrations, purpose).await;
                let go_on = prepared.is_ok();
                link.give_up();
                // Whoever opens it waits for this.
                if opened.send(prepared).is_ok() && go_on {
                    serve(&link, waiting_writes, waiting_reads, &counting).await;
                }
            });
        })?;
        let mut postgres = Self {
            writes: matches!(purpose, For::Writing(_)).then_some(writes),
            reads: Some(reads),
            thread: Some(thread),
            tally,
            #[cfg(test)]
            url: url.clone(),
        };
        let opened = opening.recv().unwrap_or_else(|_| Err(ended()));
        if opened.is_err() {
            postgres.writes = None;
            postgres.reads = None;
        }
        opened.map(|()| postgres)
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
}

#[cfg(test)]
impl Postgres {
    pub(crate) fn prepare_all(
        &self,
        statements: &'static [(&'static str, &'static str)],
    ) -> Result<(), Vec<String>> {
        let mut link = Link::to(self.url.clone()).map_err(|error| vec![error.to_string()])?;
        let preparing = move || {
            let runtime = runtime().map_err(|error| vec![error.to_string()])?;
            runtime.block_on(async {
                let client = link.connect_first().await.map_err(|error| vec![error.to_string()])?.client();
                let mut complaints = Vec::new();
                for (name, sql) in statements {
                    let conditional = [form::Form::May, form::Form::Must, form::Form::MustReturn];
                    for form in conditional.into_iter().filter(|form| form.fits(sql)) {
                        if let Err(error) = client.prepare(&form.text(sql)).await {
                            let said = error.as_db_error().map(|said| said.message().to_owned());
                            complaints.push(format!("{name} ({form:?}): {}", said.unwrap_or_default()));
                        }
                    }
                    if let Err(error) = for_many(client, sql).await {
                        complaints.push(format!("{name}, asked by several: {error}"));
                    }
                }
                if complaints.is_empty() { Ok(()) } else { Err(complaints) }
            })
        };
        let spawned = spawn(preparing).map_err(|error| vec![error.to_string()])?;
        spawned.join().unwrap_or_else(|_| Err(vec!["it panicked".to_owned()]))
    }
}

/// Prepares a question as several ask it at once.
#[cfg(test)]
async fn for_many(client: &tokio_postgres::Client, sql: &str) -> Result<(), tokio_postgres::Error> {
    if sql.starts_with("SELECT ") {
        let statement = client.prepare(sql).await?;
        if let Some(text) = asked_together::text(sql, statement.params()) {
            client.prepare(&text).await?;
        }
    }
    Ok(())
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.reads = None;
        self.writes = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to close.
            let _ = thread.join();
        }
    }
}

async fn prepare(link: &mut Link, migrations: &[Migration], purpose: For) -> Result<(), OpenError> {
    let place = link.to_string();
    let client = link.connect_first().await?.client();
    match purpose {
        For::Writing(now) => schema::bring_up_to_date(client, &place, migrations, now).await,
        For::Reading => schema::must_be_up_to_date(client, &place, migrations).await,
    }
}

async fn serve(
    link: &Link,
    writes: mpsc::Receiver<writer::Job>,
    reads: mpsc::Receiver<readers::Job>,
    tally: &WriteTally,
) {
    let reads = Arc::new(Mutex::new(reads));
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(writer::serve(link.another(), writes, tally.clone()));
    for _ in 0..READERS {
        tasks.spawn(readers::serve(link.another().for_reading(), Arc::clone(&reads)));
    }
    while tasks.join_next().await.is_some() {}
}

fn runtime() -> Result<tokio::runtime::Runtime, OpenError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|source| OpenError::Threads { source })
}

fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, OpenError> {
    let named = thread::Builder::new().name("store-postgres".to_owned());
    named.spawn(body).map_err(|source| OpenError::Threads { source })
}

fn joined<T>(outcome: thread::Result<Result<T, OpenError>>) -> Result<T, OpenError> {
    outcome.unwrap_or_else(|_| Err(ended()))
}

fn ended() -> OpenError {
    OpenError::Threads { source: std::io::Error::other("a thread ended by itself") }
}

fn queue<T>(sender: Option<&mpsc::Sender<T>>, job: T) -> Result<(), Unavailable> {
    sender.ok_or(Unavailable::Closed)?.try_send(job).map_err(|error| match error {
        mpsc::error::TrySendError::Full(_) => Unavailable::Busy,
        mpsc::error::TrySendError::Closed(_) => Unavailable::Closed,
    })
}

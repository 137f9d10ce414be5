//! The database, as the nouns of the store see it: scripts in, answers out.

use std::path::Path;
use std::sync::Arc;

use countersign::Timestamp;

use crate::migrate::{self, Migration};
use crate::open_error::OpenError;
use crate::place::Place;
use crate::postgres::{Postgres, PostgresUrl};
use crate::script::{Failed, Message, Read, Script, Written};
use crate::sqlite::Sqlite;
#[cfg(test)]
use crate::sqlite::stage::Stage;
use crate::tally::WriteTally;
use crate::unavailable::Unavailable;
use crate::value::Row;

#[cfg(test)]
mod tests;

/// A handle on the database; clones share it. Dropping the last one finishes what is queued, waits for the
/// threads and leaves the file without a log beside it.
#[derive(Clone)]
pub(crate) struct Database {
    kind: Kind,
    /// Whether letters are written: they are where somebody sends them.
    letters: bool,
    /// Whether deliveries are written: they are about accounts of applications.
    deliveries: bool,
    /// What was written.
    tally: WriteTally,
}

#[derive(Clone)]
enum Kind {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
    /// The one that the model explores.
    #[cfg(test)]
    Stage(Arc<Stage>),
}

impl Database {
    /// Opens the database at `place` and brings its schema up to date. Blocks while it works.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says what is wrong with the database, its place or its schema.
    pub(crate) fn open(place: &Place, now: Timestamp) -> Result<Self, OpenError> {
        match place {
            Place::Sqlite(path) => Self::open_sqlite(path, migrate::SQLITE, now),
            Place::Postgres(url) => Self::open_postgres(url, migrate::POSTGRES, now),
        }
    }

    /// Opens the database at `place` to look at it: it has to be there and up to date, and writing is refused with
    /// [`Unavailable::Closed`]. Blocks while it works.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub(crate) fn look_at(place: &Place) -> Result<Self, OpenError> {
        match place {
            Place::Sqlite(path) => Self::look_at_sqlite(path, migrate::SQLITE),
            Place::Postgres(url) => {
                Ok(Self::on(Kind::Postgres(Arc::new(Postgres::look_at(url, migrate::POSTGRES)?))))
            }
        }
    }

    /// An SQLite file is made where there is none, readable by its owner alone. Its directory must exist.
    fn open_sqlite(path: &Path, migrations: &[Migration], now: Timestamp) -> Result<Self, OpenError> {
        Ok(Self::on(Kind::Sqlite(Arc::new(Sqlite::open(path, migrations, now)?))))
    }

    fn look_at_sqlite(path: &Path, migrations: &[Migration]) -> Result<Self, OpenError> {
        Ok(Self::on(Kind::Sqlite(Arc::new(Sqlite::look_at(path, migrations)?))))
    }

    fn open_postgres(
        url: &PostgresUrl,
        migrations: &'static [Migration],
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        Ok(Self::on(Kind::Postgres(Arc::new(Postgres::open(url, migrations, now)?))))
    }

    fn on(kind: Kind) -> Self {
        let tally = match &kind {
            Kind::Sqlite(sqlite) => sqlite.tally.clone(),
            Kind::Postgres(postgres) => postgres.tally.clone(),
            #[cfg(test)]
            Kind::Stage(_) => WriteTally::default(),
        };
        Self { kind, letters: false, deliveries: false, tally }
    }

    /// The database that a model explores.
    #[cfg(test)]
    pub(crate) fn on_stage(stage: Arc<Stage>) -> Self {
        Self::on(Kind::Stage(stage)).with_letters(true)
    }

    /// The same database, in which letters are written or left out.
    pub(crate) fn with_letters(self, letters: bool) -> Self {
        Self { letters, ..self }
    }

    /// The same database, in which deliveries are written.
    pub(crate) fn with_deliveries(self) -> Self {
        Self { deliveries: true, ..self }
    }

    /// Runs a script that has no condition to be refused at.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub(crate) async fn settle(&self, script: Script) -> Result<(), Unavailable> {
        match self.write(script).await {
            Ok(_) => Ok(()),
            Err(Failed::Unavailable(unavailable)) => Err(unavailable),
            Err(Failed::Refused { at }) => Err(Unavailable::Fault { reason: at.to_owned() }),
        }
    }

    /// Runs a script: all of it or nothing, and durable when this answers. The script runs even if the
    /// caller stops waiting.
    ///
    /// # Errors
    ///
    /// [`Failed::Refused`] where a condition did not hold, [`Failed::Unavailable`] where nothing was decided.
    pub(crate) async fn write(&self, script: Script) -> Result<Written, Failed> {
        let script = if self.letters { script } else { script.without(Message::Letter) };
        let script = if self.deliveries { script } else { script.without(Message::Delivery) };
        let _until_it_is_answered = self.tally.wait();
        let outcome = match &self.kind {
            Kind::Sqlite(sqlite) => sqlite.write(script).await,
            Kind::Postgres(postgres) => postgres.write(script).await,
            #[cfg(test)]
            Kind::Stage(stage) => {
                stage.turn().await;
                stage.write(script)
            }
        };
        self.tally.ended(&outcome);
        outcome
    }

    /// Hands over a script that nobody waits for, and whose loss harms nobody: the disk may be full, the
    /// queue too.
    pub(crate) fn note(&self, script: Script) {
        match &self.kind {
            Kind::Sqlite(sqlite) => sqlite.note(script),
            Kind::Postgres(postgres) => postgres.note(script),
            // Whoever notes can do without.
            #[cfg(test)]
            Kind::Stage(_) => {}
        }
    }

    /// Answers every question of `read` from one snapshot, which holds every write answered before.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] says why there is no answer.
    pub(crate) async fn read(&self, read: Read) -> Result<Vec<Vec<Row>>, Unavailable> {
        match &self.kind {
            Kind::Sqlite(sqlite) => sqlite.read(read).await,
            Kind::Postgres(postgres) => postgres.read(read).await,
            #[cfg(test)]
            Kind::Stage(stage) => {
                stage.turn().await;
                stage.read(&read)
            }
        }
    }

    /// What time it is for the database, where that is another clock than its user's.
    ///
    /// # Errors
    ///
    /// [`Unavailable`].
    pub(crate) async fn clock(&self) -> Result<Option<Timestamp>, Unavailable> {
        match &self.kind {
            Kind::Postgres(postgres) => postgres.clock().await.map(Some),
            Kind::Sqlite(_) => Ok(None),
            #[cfg(test)]
            Kind::Stage(_) => Ok(None),
        }
    }

    /// What was written.
    pub(crate) const fn tally(&self) -> &WriteTally {
        &self.tally
    }

    /// Prepares every statement of a file's `ALL` without running it.
    ///
    /// # Errors
    ///
    /// A line for each statement the database does not accept, or whose parameters are not `$1`…`$N`.
    #[cfg(test)]
    pub(crate) fn prepare_all(
        &self,
        statements: &'static [(&'static str, &'static str)],
    ) -> Result<(), Vec<String>> {
        match &self.kind {
            Kind::Sqlite(sqlite) => sqlite.prepare_all(statements),
            Kind::Postgres(postgres) => postgres.prepare_all(statements),
            Kind::Stage(_) => Ok(()),
        }
    }
}

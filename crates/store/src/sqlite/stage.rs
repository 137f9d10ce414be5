//! A database in memory for the model in `model/tests`: the store's own scripts, run one after the other on the thread
//! that explores them. It can be taken back to an earlier moment, cut a script short, and run altered statements.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign::Timestamp;
use rusqlite::Connection;

use super::connection::SqliteConnection;
use super::schema;
use super::writer::run_in_savepoint;
use crate::migrate::Migration;
use crate::script::{Failed, Read, Script, Step, Written};
use crate::unavailable::Unavailable;
use crate::value::Row;

/// Breaks a rule on purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Break {
    /// This text, wherever a statement says it, says that instead.
    Says(&'static str, &'static str),
    /// Every statement that says all of this is left out, as if it had changed a row.
    Without(&'static str),
    /// The condition of this name need not hold.
    Unconditional(&'static str),
}

/// The database.
pub(crate) struct Stage {
    inner: Mutex<Inner>,
    /// Whether each access waits to be let in: then whoever polls decides who comes next.
    pub(crate) by_turns: AtomicBool,
}

struct Inner {
    connection: SqliteConnection,
    broken: Option<Break>,
    altered: HashMap<&'static str, &'static str>,
    /// After how many statements from now on the process dies.
    dies_after: Option<usize>,
}

impl Stage {
    pub(crate) fn new(migrations: &[Migration], broken: Option<Break>) -> Self {
        let raw = Connection::open_in_memory().unwrap();
        raw.execute_batch("PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY").unwrap();
        let mut connection = SqliteConnection::new(raw);
        let now = Timestamp::from_seconds(1);
        schema::bring_up_to_date(&mut connection, std::path::Path::new(":memory:"), migrations, now).unwrap();
        connection.control("BEGIN IMMEDIATE").unwrap();
        let inner = Inner { connection, broken, altered: HashMap::new(), dies_after: None };
        Self { inner: Mutex::new(inner), by_turns: AtomicBool::new(false) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its turn, where turns are taken.
    pub(crate) async fn turn(&self) {
        let mut waits = self.by_turns.load(Ordering::Relaxed);
        std::future::poll_fn(|_| match std::mem::take(&mut waits) {
            true => std::task::Poll::Pending,
            false => std::task::Poll::Ready(()),
        })
        .await;
    }

    pub(crate) fn write(&self, script: Script) -> Result<Written, Failed> {
        let mut inner = self.inner();
        let script = inner.altered(script);
        let died = || Failed::Unavailable(Unavailable::Closed);
        if let Some(left) = inner.dies_after {
            // The process dies in the middle of this script, or lives to its end.
            let steps = script.steps().len();
            inner.dies_after = Some(left.saturating_sub(steps));
            if left < steps {
                inner.connection.control("SAVEPOINT dying").unwrap();
                let cut = script.cut_after(left);
                let _nobody_hears = run_in_savepoint(&mut inner.connection, &cut);
                inner.connection.control("ROLLBACK TO dying").unwrap();
                inner.connection.control("RELEASE dying").unwrap();
                inner.dies_after = Some(0);
                return Err(died());
            }
        }
        run_in_savepoint(&mut inner.connection, &script).map_err(Failed::Unavailable)?
    }

    pub(crate) fn read(&self, read: &Read) -> Result<Vec<Vec<Row>>, Unavailable> {
        let mut inner = self.inner();
        let mut answers = Vec::new();
        for select in read.selects() {
            let sql = inner.text(select.sql);
            let rows = inner.connection.query(sql, &select.parameters);
            answers.push(rows.map_err(super::trouble::Trouble::into_unavailable)?);
        }
        Ok(answers)
    }

    /// Remembers this moment. Moments nest.
    pub(crate) fn remember(&self) {
        self.inner().connection.control("SAVEPOINT moment").unwrap();
    }

    /// Goes back to the last moment that was remembered, and forgets it.
    pub(crate) fn go_back(&self) {
        let inner = self.inner();
        inner.connection.control("ROLLBACK TO moment").unwrap();
        inner.connection.control("RELEASE moment").unwrap();
    }

    /// The process dies after so many statements; `None`: it lives.
    pub(crate) fn dies_after(&self, statements: Option<usize>) {
        self.inner().dies_after = statements;
    }

    /// The rows that a question answers with.
    pub(crate) fn rows(&self, sql: &'static str) -> Vec<Row> {
        self.inner().connection.query(sql, &[]).unwrap_or_else(|_| panic!("{sql}"))
    }
}

impl Inner {
    fn text(&mut self, sql: &'static str) -> &'static str {
        let Some(Break::Says(from, to)) = self.broken else { return sql };
        self.altered.entry(sql).or_insert_with(|| match sql.contains(from) {
            true => sql.replace(from, to).leak(),
            false => sql,
        })
    }

    fn altered(&mut self, script: Script) -> Script {
        let Some(broken) = self.broken else { return script };
        script.each_step(|step: Step| match broken {
            Break::Says(..) => Some(Step { sql: self.text(step.sql), ..step }),
            Break::Without(words) => (!words.split('…').all(|word| step.sql.contains(word))).then_some(step),
            Break::Unconditional(name) => {
                let condition = step.condition.filter(|condition| *condition != name);
                Some(Step { condition, ..step })
            }
        })
    }
}

//! One SQLite connection: statements of the common dialect in, values out.

use std::collections::HashMap;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection};

use super::trouble::Trouble;
use crate::statements::for_sqlite;
use crate::unavailable::Unavailable;
use crate::value::{Row, Value};

/// More than the store has statements, so that none is ever prepared twice.
const PREPARED: usize = 512;

/// A connection with its prepared statements, owned by one thread.
pub(super) struct SqliteConnection {
    raw: Connection,
    /// The text for SQLite of every statement seen so far.
    texts: HashMap<&'static str, String>,
}

impl SqliteConnection {
    pub(super) fn new(raw: Connection) -> Self {
        raw.set_prepared_statement_cache_capacity(PREPARED);
        Self { raw, texts: HashMap::new() }
    }

    /// The connection itself, for what is not a statement of the common dialect.
    pub(super) const fn raw(&self) -> &Connection {
        &self.raw
    }

    /// The connection itself, for somebody who goes on with it alone.
    pub(super) fn into_raw(self) -> Connection {
        self.raw
    }

    /// The same, for a transaction that SQLite's own guard closes.
    pub(super) const fn raw_mut(&mut self) -> &mut Connection {
        &mut self.raw
    }

    /// Runs a statement that returns no rows and says how many it changed.
    pub(super) fn execute(&mut self, sql: &'static str, parameters: &[Value]) -> Result<usize, Trouble> {
        let mut statement = self.bound(sql, parameters)?;
        if statement.readonly() {
            // SQLite would report the count of the statement before it.
            return Err(Trouble::fault(format!("a statement that changes nothing was run to change: {sql}")));
        }
        Ok(statement.raw_execute()?)
    }

    /// Runs a statement to its end and collects its rows.
    pub(super) fn query(&mut self, sql: &'static str, parameters: &[Value]) -> Result<Vec<Row>, Trouble> {
        let mut statement = self.bound(sql, parameters)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        let mut answer = Vec::new();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| value(row.get_ref(column)?));
            answer.push(Row::new(values.collect::<Result<_, Trouble>>()?));
        }
        Ok(answer)
    }

    /// Runs a word of transaction control.
    pub(super) fn control(&self, sql: &'static str) -> Result<(), Unavailable> {
        let run = || self.raw.prepare_cached(sql)?.raw_execute();
        run().map_err(|error| Trouble::from(error).into_unavailable())?;
        Ok(())
    }

    /// Whether a transaction is open. An I/O error may have ended it without being asked.
    pub(super) fn in_transaction(&self) -> bool {
        !self.raw.is_autocommit()
    }

    /// Leaves whatever transaction is open. Where even that fails, the next beginning tries again.
    pub(super) fn abandon(&self) {
        if self.in_transaction() {
            let _ = self.control("ROLLBACK");
        }
    }

    fn bound(&mut self, sql: &'static str, parameters: &[Value]) -> Result<CachedStatement<'_>, Trouble> {
        let text = self.texts.entry(sql).or_insert_with(|| for_sqlite(sql));
        let mut statement = self.raw.prepare_cached(text)?;
        if statement.parameter_count() != parameters.len() {
            return Err(Trouble::fault(format!("{} parameters were given to: {sql}", parameters.len())));
        }
        for (number, parameter) in (1..).zip(parameters) {
            statement.raw_bind_parameter::<usize, _>(number, parameter)?;
        }
        Ok(statement)
    }

    /// How often SQLite has made the plan of a statement anew since it was prepared.
    #[cfg(test)]
    pub(crate) fn planned_again(&mut self, sql: &'static str) -> i32 {
        let text = self.texts.entry(sql).or_insert_with(|| for_sqlite(sql));
        self.raw.prepare_cached(text).unwrap().get_status(rusqlite::StatementStatus::RePrepare)
    }

    /// What is wrong with a statement, if anything is.
    #[cfg(test)]
    pub(super) fn complaint_about(&self, sql: &str) -> Option<String> {
        let mut numbers = crate::statements::parameter_numbers(sql);
        numbers.sort_unstable();
        numbers.dedup();
        if !numbers.iter().copied().eq(1..=numbers.len()) {
            return Some(format!("its parameters are not $1 to ${}: {numbers:?}", numbers.len()));
        }
        self.raw.prepare(&for_sqlite(sql)).err().map(|error| error.to_string())
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

pub(super) fn value(found: ValueRef<'_>) -> Result<Value, Trouble> {
    match found {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(corrupt("a text is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes.to_vec())),
        // No column and no statement of the common dialect has one.
        ValueRef::Real(_) => Err(corrupt("a number is not an integer")),
    }
}

fn corrupt(reason: &str) -> Trouble {
    Trouble::Script(Unavailable::Corrupt { reason: reason.to_owned() })
}

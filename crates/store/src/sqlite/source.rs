//! An SQLite database that is read as a whole, while nobody else has it open.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row, Statement};

use super::connection::value;
use super::{absolute, open, schema};
use crate::copying::NotCopied;
use crate::migrate::Migration;
use crate::unavailable::Unavailable;
use crate::value::Value;

/// It is held until this is dropped, and then as it was.
pub(crate) struct Source {
    raw: Connection,
    path: PathBuf,
}

impl Source {
    /// Takes hold of the database at `path`, which has to be up to date.
    ///
    /// # Errors
    /// [`NotCopied::Open`], [`NotCopied::InUse`].
    pub(crate) fn hold(path: &Path, migrations: &[Migration]) -> Result<Self, NotCopied> {
        let path = absolute(path)?;
        let connection = open::for_reading(&path)?;
        schema::must_be_up_to_date(&connection, &path, migrations)?;
        drop(connection);
        let source = Self { raw: open::for_writing(&path)?.into_raw(), path };
        // A log of another kind can be had only where nobody else has the file open.
        let alone = source.raw.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
        match alone.as_deref() {
            Ok("delete") => {
                source.raw.execute_batch("BEGIN EXCLUSIVE").map_err(|error| source.said(&error))?;
                Ok(source)
            }
            _ => Err(NotCopied::InUse(source.path.display().to_string())),
        }
    }

    /// The columns of a table, in their order.
    pub(crate) fn columns(&self, table: &str) -> Result<Vec<String>, NotCopied> {
        let statement =
            self.raw.prepare(&format!("SELECT * FROM {table}")).map_err(|error| self.said(&error))?;
        Ok(statement.column_names().map(str::to_owned).collect())
    }

    /// All rows of a table, in this order.
    pub(crate) fn rows(&self, table: &str, columns: &str, order: &str) -> Result<Statement<'_>, NotCopied> {
        let all = format!("SELECT {columns} FROM {table} ORDER BY {order}");
        self.raw.prepare(&all).map_err(|error| self.said(&error))
    }

    /// The last number that a table has ever given out by itself.
    pub(crate) fn last_number(&self, table: &str) -> Result<i64, NotCopied> {
        let given = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0)";
        self.raw.query_row(given, [table], |row| row.get(0)).map_err(|error| self.said(&error))
    }

    /// What an error of SQLite means to whoever copies.
    pub(crate) fn said(&self, error: &rusqlite::Error) -> NotCopied {
        NotCopied::Open(open::explain(&self.path, error))
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Nothing was changed; whoever opens it next makes the log that it had.
        let _ = self.raw.execute_batch("ROLLBACK; PRAGMA journal_mode = WAL");
    }
}

/// The values of a row.
pub(crate) fn values(row: &Row<'_>, columns: usize) -> Result<Vec<Value>, NotCopied> {
    let read = |column: usize| {
        let found = row
            .get_ref(column)
            .map_err(|error| NotCopied::Unavailable(Unavailable::Corrupt { reason: error.to_string() }))?;
        value(found).map_err(|trouble| NotCopied::Unavailable(trouble.into_unavailable()))
    };
    (0..columns).map(read).collect()
}

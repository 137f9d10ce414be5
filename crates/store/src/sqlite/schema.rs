//! Brings the schema of an SQLite file up to date, one transaction a migration.

use std::path::Path;

use countersign::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use super::connection::SqliteConnection;
use super::open::explain;
use crate::migrate::{Applied, Migration, pending};
use crate::open_error::OpenError;

/// What was applied, and when (unix milliseconds).
const REMEMBER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)";

/// Applies what is pending. Where nothing is, nothing is written and no lock is taken.
pub(super) fn bring_up_to_date(
    connection: &mut SqliteConnection,
    path: &Path,
    migrations: &[Migration],
    now: Timestamp,
) -> Result<(), OpenError> {
    let raw = connection.raw_mut();
    let explain = |error: rusqlite::Error| explain(path, &error);
    // In this order: the first migration makes both in one commit, and another process may be making it now.
    if has_any_table(raw).map_err(explain)? && !has_table(raw, "schema_migrations").map_err(explain)? {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    if pending(migrations, &applied(raw).map_err(explain)?)?.is_empty() {
        return Ok(());
    }
    // A migration that rebuilds a table drops the old one; with foreign keys on, SQLite would delete every
    // row that refers to it. Each migration is checked before its commit instead.
    raw.pragma_update(None, "foreign_keys", false).map_err(explain)?;
    while apply_next(raw, path, migrations, now)? {}
    raw.pragma_update(None, "foreign_keys", true).map_err(explain)
}

/// Makes sure that nothing is pending, and changes nothing.
pub(super) fn must_be_up_to_date(
    connection: &SqliteConnection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    let raw = connection.raw();
    let explain = |error: rusqlite::Error| explain(path, &error);
    if !has_table(raw, "schema_migrations").map_err(explain)? {
        return Err(OpenError::NotOurs { path: path.to_owned() });
    }
    match pending(migrations, &applied(raw).map_err(explain)?)?.first() {
        None => Ok(()),
        Some(next) => Err(OpenError::Behind { number: next.number, name: next.name.to_owned() }),
    }
}

/// Applies the next migration, if there is one. What is next is decided under the write lock, so that two
/// processes that start at once apply each migration once.
fn apply_next(
    raw: &mut Connection,
    path: &Path,
    migrations: &[Migration],
    now: Timestamp,
) -> Result<bool, OpenError> {
    let explain = |error: rusqlite::Error| explain(path, &error);
    let transaction = raw.transaction_with_behavior(TransactionBehavior::Immediate).map_err(explain)?;
    transaction.execute_batch(REMEMBER).map_err(explain)?;
    let Some(next) = pending(migrations, &applied(&transaction).map_err(explain)?)?.first() else {
        return Ok(false);
    };
    let failed = |reason: String| OpenError::MigrationFailed {
        number: next.number,
        name: next.name.to_owned(),
        reason,
    };
    transaction.execute_batch(next.sql).map_err(|error| failed(error.to_string()))?;
    if transaction.is_autocommit() {
        return Err(failed("it ended its own transaction".to_owned()));
    }
    if let Some(table) = broken_reference(&transaction).map_err(explain)? {
        return Err(failed(format!("table {table} refers to rows that do not exist")));
    }
    transaction
        .execute(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
            params![next.number, next.name, next.checksum(), now.milliseconds()],
        )
        .map_err(explain)?;
    transaction.commit().map_err(explain)?;
    Ok(true)
}

fn applied(raw: &Connection) -> rusqlite::Result<Vec<Applied>> {
    if !has_table(raw, "schema_migrations")? {
        return Ok(Vec::new());
    }
    let mut statement = raw.prepare("SELECT number, checksum FROM schema_migrations ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok(Applied { number: row.get(0)?, checksum: row.get(1)? }))?;
    rows.collect()
}

fn has_table(raw: &Connection, name: &str) -> rusqlite::Result<bool> {
    raw.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?.exists([name])
}

fn has_any_table(raw: &Connection) -> rusqlite::Result<bool> {
    raw.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table'")?.exists([])
}

fn broken_reference(raw: &Connection) -> rusqlite::Result<Option<String>> {
    let mut statement = raw.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

//! Opening an SQLite file with the settings that durability and integrity rest on.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, ffi};

use super::connection::SqliteConnection;
use crate::open_error::OpenError;

/// How long to wait for another program (a backup, the command line) to let go of the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How often the change to a write-ahead log is tried again.
const MOST_TRIES: u32 = 100;

/// Of both kinds of connection. Schemas and pages that were tampered with run nothing and are noticed early.
const EVERY_CONNECTION: &str = "
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
";

/// `synchronous=FULL` syncs the log at every commit: an answered write survives a power cut.
/// `fullfsync` makes that true on macOS as well, where a plain sync stops at the disk's cache.
const WRITING_CONNECTION: &str = "
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA journal_size_limit = 67108864;
";

/// Makes an empty file that its owner alone can read, unless there is one. SQLite gives the files beside it
/// (the log and its index) the same permissions.
pub(super) fn create_if_missing(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(OpenError::Create { path: path.to_owned(), source }),
    }
}

/// The one connection that writes.
pub(super) fn for_writing(path: &Path) -> Result<SqliteConnection, OpenError> {
    let set_up = || -> rusqlite::Result<(Connection, String)> {
        let connection = connect(path)?;
        connection.execute_batch(WRITING_CONNECTION)?;
        let mode = write_ahead(&connection)?;
        Ok((connection, mode))
    };
    let (connection, mode): (Connection, String) = set_up().map_err(|error| explain(path, &error))?;
    // SQLite opens a file it may not write for reading, without saying so.
    if connection.is_readonly(MAIN_DB).map_err(|error| explain(path, &error))? {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    if mode != "wal" {
        return Err(OpenError::NoWriteAheadLog { path: path.to_owned(), mode });
    }
    Ok(SqliteConnection::new(connection))
}

/// Keeps a write-ahead log, and says which kind of log there is now. The change itself does not wait for another
/// program that is making it: a short transaction waits, and then it is tried again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<String> {
    let change = || connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
    let mut changed = change();
    for _ in 0..MOST_TRIES {
        match &changed {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN IMMEDIATE; COMMIT")?;
                changed = change();
            }
            _ => break,
        }
    }
    changed
}

/// A connection that refuses to write.
pub(super) fn for_reading(path: &Path) -> Result<SqliteConnection, OpenError> {
    let set_up = || -> rusqlite::Result<Connection> {
        let connection = connect(path)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        Ok(connection)
    };
    set_up().map(SqliteConnection::new).map_err(|error| explain(path, &error))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // One thread owns a connection, so SQLite's own mutexes are left out.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A plan depends on no value: else each value would have the statement parsed and planned anew, as SQLite is built
    // here, and that takes longer than most statements.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // "x" is a column or nothing; a misspelt one never becomes a text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.execute_batch(EVERY_CONNECTION)?;
    Ok(connection)
}

fn may_only_be_read(path: &Path) -> bool {
    let refused = OpenOptions::new().append(true).open(path).err();
    refused.is_some_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem)
}

/// Says what an SQLite error means to whoever starts the service.
pub(super) fn explain(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, reason },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { path },
        Some(ErrorCode::DiskFull) => OpenError::Full { path },
        // The index of the log could not grow.
        _ if error.sqlite_error().map(|error| error.extended_code) == Some(ffi::SQLITE_IOERR_SHMSIZE) => {
            OpenError::Full { path }
        }
        Some(ErrorCode::ReadOnly) => OpenError::ReadOnly { path },
        // SQLite has to write beside the file, and says no more than that it cannot.
        Some(ErrorCode::CannotOpen) if may_only_be_read(&path) => OpenError::ReadOnly { path },
        _ => OpenError::Open { path, reason },
    }
}

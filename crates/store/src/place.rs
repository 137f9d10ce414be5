//! Where a database is: a file, or a PostgreSQL server.

use std::fmt;
use std::path::PathBuf;

use crate::open_error::OpenError;
use crate::postgres::{Postgres, PostgresUrl};

/// Where a database is. What it shows of itself holds no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server, or on one of several that stand in for each other.
    Postgres(PostgresUrl),
}

impl Place {
    /// Whether Countersign has ever been started on the database there. Blocks while it looks.
    ///
    /// # Errors
    /// [`OpenError`]: it cannot be told.
    pub fn is_in_use(&self) -> Result<bool, OpenError> {
        match self {
            Self::Sqlite(path) => {
                path.try_exists().map_err(|source| OpenError::Create { path: path.clone(), source })
            }
            Self::Postgres(url) => Postgres::is_there(url),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(formatter),
            Self::Postgres(url) => url.fmt(formatter),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

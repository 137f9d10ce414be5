//! Why a database cannot be opened.

use std::path::PathBuf;

use crate::keyring::WrongKeyring;
use crate::unavailable::Unavailable;

/// The database cannot be opened. Nothing in it was changed, but for migrations that had already
/// succeeded one by one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file does not exist and cannot be made.
    #[error("cannot create the database {}: {source}", path.display())]
    Create {
        /// The file that was asked for.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is there and cannot be opened or read.
    #[error("cannot open the database {}: {reason}", path.display())]
    Open {
        /// The file that was asked for.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// No space is left where the file is.
    #[error("the disk that holds the database {} is full", path.display())]
    Full {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// The file may only be read.
    #[error("the database {} is read-only", path.display())]
    ReadOnly {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// Another program holds the file.
    #[error("another program has locked the database {}", path.display())]
    Locked {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// The file is not an SQLite database.
    #[error("{} is not an SQLite database", path.display())]
    NotADatabase {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// The file is an SQLite database with tables in it, and none of them is Countersign's.
    #[error("{} is another program's database", path.display())]
    NotOurs {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// The file is an SQLite database with a part missing or overwritten.
    #[error("the database {} is damaged: {reason}; restore it from a backup", path.display())]
    Damaged {
        /// The file that was asked for.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The file system cannot hold a write-ahead log, on which durability rests.
    #[error("the file system of {} cannot hold a write-ahead log (journal mode {mode})", path.display())]
    NoWriteAheadLog {
        /// The file that was asked for.
        path: PathBuf,
        /// The journal mode SQLite fell back to.
        mode: String,
    },
    /// No server takes writes at this address.
    #[error("cannot reach the database {place}: {reason}")]
    Unreachable {
        /// The address, without user and password.
        place: String,
        /// What the server or the network said.
        reason: String,
    },
    /// The certificates by which a server would be known cannot be had.
    #[error("cannot connect to {place} securely, for want of certificates to know it by: {reason}")]
    Certificates {
        /// The address, without user and password.
        place: String,
        /// What is wrong with them.
        reason: String,
    },
    /// The server cannot keep what this program promises.
    #[error("the database {place} is not fit for accounts: {reason}")]
    Unfit {
        /// The address, without user and password.
        place: String,
        /// What it lacks.
        reason: String,
    },
    /// There are tables, and none of them is Countersign's; or there are none, and nothing is to be made.
    #[error("{place} is not a database of Countersign's: give it an empty one of its own")]
    Foreign {
        /// The address, without user and password.
        place: String,
    },
    /// An older Countersign has last opened this database, and it was only to be looked at.
    #[error(
        "the database is of an older Countersign: migration {number} ({name}) is still to come. The next start of \
         the service applies it"
    )]
    Behind {
        /// The first migration that is missing.
        number: u32,
        /// Its name.
        name: String,
    },
    /// A newer Countersign has already migrated this database.
    #[error(
        "the database was written by a newer Countersign: it has migration {found}, this program knows {known}"
    )]
    NewerSchema {
        /// The newest migration in the database.
        found: u32,
        /// The newest migration this program knows.
        known: u32,
    },
    /// An applied migration differs from the one of the same number in this program.
    #[error("migration {number} ({name}) is not the one that was applied to this database")]
    MigrationChanged {
        /// Its number.
        number: u32,
        /// Its name in this program.
        name: String,
    },
    /// A migration did not succeed and was undone.
    #[error("migration {number} ({name}) failed and was undone: {reason}")]
    MigrationFailed {
        /// Its number.
        number: u32,
        /// Its name.
        name: String,
        /// What the database said.
        reason: String,
    },
    /// The numbers of this program's migrations do not rise.
    #[error("migration {number} does not come after the one before it")]
    MigrationsUnordered {
        /// The number out of order.
        number: u32,
    },
    /// The keyring is not this database's, or cannot be read.
    #[error(transparent)]
    Keyring(#[from] WrongKeyring),
    /// The database gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The operating system gives no more threads.
    #[error("cannot start the database's threads: {source}")]
    Threads {
        /// What the operating system said.
        source: std::io::Error,
    },
}

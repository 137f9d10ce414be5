//! What an SQLite error means for the script it met, and for its neighbours in the batch.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::unavailable::Unavailable;

/// An error, sorted by how far it reaches.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A unique, foreign-key or check constraint spoke: a condition of this script does not hold.
    Constraint,
    /// This script cannot be answered; its neighbours have nothing to do with it.
    Script(Unavailable),
    /// The place or the file is in trouble: nothing of the transaction can be trusted to commit.
    Outage(Unavailable),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, SqlInputError, SqliteFailure, Utf8Error};
        match &error {
            SqliteFailure(cause, message) => {
                Self::from_code(*cause, message.clone().unwrap_or_else(|| cause.to_string()))
            }
            SqlInputError { error: cause, msg, .. } => Self::from_code(*cause, msg.clone()),
            Utf8Error(..) | FromSqlConversionFailure(..) => {
                Self::Script(Unavailable::Corrupt { reason: "a text is not UTF-8".to_owned() })
            }
            _ => Self::fault(error.to_string()),
        }
    }
}

impl Trouble {
    /// The statement cannot run as it is written.
    pub(super) const fn fault(reason: String) -> Self {
        Self::Script(Unavailable::Fault { reason })
    }

    fn from_code(cause: ffi::Error, reason: String) -> Self {
        match cause.code {
            ErrorCode::ConstraintViolation => match cause.extended_code {
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID
                | ffi::SQLITE_CONSTRAINT_FOREIGNKEY
                | ffi::SQLITE_CONSTRAINT_TRIGGER
                | ffi::SQLITE_CONSTRAINT_CHECK => Self::Constraint,
                // A missing or wrongly typed value is our mistake, not a condition somebody failed.
                _ => Self::fault(reason),
            },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                Self::Outage(Unavailable::Locked)
            }
            ErrorCode::DiskFull => Self::Outage(Unavailable::Full),
            ErrorCode::ReadOnly => Self::Outage(Unavailable::ReadOnly),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Outage(Unavailable::Corrupt { reason })
            }
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationAborted
            | ErrorCode::OperationInterrupted
            | ErrorCode::InternalMalfunction
            | ErrorCode::NoLargeFileSupport => Self::Outage(Unavailable::Io { reason }),
            _ => Self::fault(reason),
        }
    }

    /// What to tell whoever cannot be told anything finer.
    pub(super) fn into_unavailable(self) -> Unavailable {
        match self {
            Self::Constraint => {
                Unavailable::Fault { reason: "a constraint was left broken until the commit".to_owned() }
            }
            Self::Script(unavailable) | Self::Outage(unavailable) => unavailable,
        }
    }
}

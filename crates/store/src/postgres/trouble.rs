//! What an error of PostgreSQL means for the script it met, and for its neighbours in the batch.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::unavailable::Unavailable;

/// An error, sorted by how far it reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A statement that must touch a row touched none.
    Condition,
    /// A unique, foreign-key or check constraint spoke: a condition of this script does not hold.
    Constraint,
    /// This script cannot be answered; its neighbours have nothing to do with it.
    Script(Unavailable),
    /// A statement before this one has already failed.
    Follows,
    /// The server is in trouble or out of reach: nothing of the transaction can be trusted to commit.
    Outage(Unavailable),
}

impl Trouble {
    /// The statement cannot run as it is written.
    pub(super) const fn fault(reason: String) -> Self {
        Self::Script(Unavailable::Fault { reason })
    }

    /// What to tell whoever cannot be told anything finer.
    pub(super) fn into_unavailable(self) -> Unavailable {
        match self {
            Self::Condition | Self::Constraint => {
                Unavailable::Fault { reason: "a constraint was left broken until the commit".to_owned() }
            }
            Self::Follows => lost("the transaction was aborted"),
            Self::Script(unavailable) | Self::Outage(unavailable) => unavailable,
        }
    }
}

/// The connection is of no use any more.
pub(super) fn lost(reason: &str) -> Unavailable {
    Unavailable::Io { reason: reason.to_owned() }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let Some(said) = error.as_db_error() else {
            // Sending or receiving failed, or what came could not be read. The text names no value.
            return Self::Outage(lost(&error.to_string()));
        };
        let code = said.code();
        // The detail would repeat values; the message names tables and columns.
        let reason = || format!("{} (SQLSTATE {})", said.message(), code.code());
        match *code {
            SqlState::DIVISION_BY_ZERO => Self::Condition,
            SqlState::IN_FAILED_SQL_TRANSACTION => Self::Follows,
            // A missing value is our mistake, not a condition somebody failed.
            SqlState::NOT_NULL_VIOLATION => Self::fault(reason()),
            SqlState::LOCK_NOT_AVAILABLE | SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Outage(Unavailable::Locked)
            }
            SqlState::DISK_FULL => Self::Outage(Unavailable::Full),
            SqlState::READ_ONLY_SQL_TRANSACTION => Self::Outage(Unavailable::ReadOnly),
            _ => match code.code().get(..2) {
                Some("23") => Self::Constraint,
                // Damaged data, a full memory, an operator's stop, a broken connection, a cancelled statement.
                Some("XX") => Self::Outage(Unavailable::Corrupt { reason: reason() }),
                Some("08" | "25" | "40" | "53" | "55" | "57" | "58") => Self::Outage(lost(&reason())),
                _ => Self::fault(reason()),
            },
        }
    }
}

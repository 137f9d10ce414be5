//! Why the store cannot answer now.

/// The store could not answer. Nothing about the question was decided: whoever asked refuses (503) and
/// never fails open. A write that ends so may be tried again; it was not acknowledged to anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// More work is waiting than the queue holds.
    #[error("too much work is waiting")]
    Busy,
    /// Another program holds the database and did not let go in time.
    #[error("another program has locked the database")]
    Locked,
    /// No space is left for the database.
    #[error("the disk that holds the database is full")]
    Full,
    /// The database, or the place it lies in, may only be read.
    #[error("the database is read-only")]
    ReadOnly,
    /// The operating system refused to read or write.
    #[error("the database cannot be read or written: {reason}")]
    Io {
        /// What the database said, without any value of a statement.
        reason: String,
    },
    /// What is stored is not what the store once wrote.
    #[error("the database is damaged: {reason}")]
    Corrupt {
        /// What was found, without the value itself.
        reason: String,
    },
    /// A secret does not open: its key is missing, or it is damaged. Never to be read as "there is none".
    #[error("a stored secret cannot be opened: {0}")]
    Sealed(#[from] countersign::secret::OpenError),
    /// The keys were needed anew, and cannot be had.
    #[error(transparent)]
    Keyring(#[from] crate::keyring::WrongKeyring),
    /// A statement that cannot run as it is written: a mistake in this program.
    #[error("a statement of the store is at fault: {reason}")]
    Fault {
        /// What the database said, without any value of a statement.
        reason: String,
    },
    /// The database is closed or closing.
    #[error("the database is closed")]
    Closed,
}

//! How many files the system lets this process hold open: a connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is left for everything that is no connection: the database, the log, the listener, and whatever a library
/// opens for a moment.
const OTHERS: u64 = 128;

/// Raises the limit as far as this process may, and says how many connections fit under it; nothing where there is no
/// limit.
pub(crate) fn room_for_connections() -> Option<usize> {
    let given = getrlimit(Resource::Nofile);
    // Where raising is refused, what was given has to do.
    let _as_given = setrlimit(Resource::Nofile, Rlimit { current: given.maximum, maximum: given.maximum });
    let files = getrlimit(Resource::Nofile).current?;
    Some(usize::try_from(files.saturating_sub(OTHERS)).unwrap_or(usize::MAX))
}

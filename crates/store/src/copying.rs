//! Moving an installation from SQLite to PostgreSQL: everything or nothing, and every row is compared afterwards.

use std::path::Path;

use countersign::Timestamp;

use crate::migrate;
use crate::open_error::OpenError;
use crate::postgres::{PostgresUrl, target};
use crate::sqlite::source::Source;
use crate::unavailable::Unavailable;

/// Every table, those first that others refer to, and the columns that put its rows in order.
pub(crate) const TABLES: &[(&str, &str)] = &[
    ("applications", "id"),
    ("api_keys", "id"),
    ("signing_keys", "id"),
    ("webhook_endpoints", "id"),
    ("webhook_deliveries", "id"),
    ("kept_answers", "application_id, name"),
    ("return_addresses", "application_id, address"),
    ("application_looks", "application_id"),
    ("accounts", "id"),
    ("authenticators", "id"),
    ("recovery_sets", "id"),
    ("recovery_codes", "set_id, hash"),
    ("trusted_devices", "id"),
    ("spent_device_tokens", "token"),
    ("pending_sign_ins", "id"),
    ("sessions", "id"),
    ("account_groups", "account_id, name"),
    ("site_sessions", "token"),
    ("site_tickets", "token"),
    ("errands", "id"),
    ("enrolments", "id"),
    ("guess_budgets", "subject, kind, lane"),
    ("events", "position"),
    ("event_links", "link"),
    ("invitations", "token"),
    ("spent_tickets", "id"),
    ("links", "account_id, purpose, sent_to"),
    ("link_allowances", "address, purpose"),
    ("outbox", "id"),
    ("notices_told", "account_id, kind"),
    ("installation", "one"),
    ("restorations", "number"),
    ("sealing_keys", "id"),
    ("nodes", "id"),
];

/// What is being done to which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many of its rows are written.
    Written(&'static str, u64),
    /// All of its rows, so many, were read back and are the same.
    Compared(&'static str, u64),
}

/// Why nothing was moved. The target is as it was, but for empty tables, and the source too.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotCopied {
    /// One of the two cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Somebody uses the source, and would go on writing to it.
    #[error("{0} is in use: stop the service, and whatever else has the database open, and try again")]
    InUse(String),
    /// There is something in the target already.
    #[error("{place} is not empty: its table {table} has rows. Nothing was copied; give an empty database")]
    NotEmpty {
        /// The target.
        place: String,
        /// The first table that has rows.
        table: &'static str,
    },
    /// A row cannot be kept there.
    #[error("a row of the table {table} cannot be copied: {reason}")]
    Row {
        /// Its table.
        table: &'static str,
        /// Why.
        reason: String,
    },
    /// What was read back is not what was written.
    #[error("the table {table} is not the same on both sides; nothing was kept")]
    Differs {
        /// The table.
        table: &'static str,
    },
    /// The database gave no answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Copies the SQLite database at `from` into the empty PostgreSQL database at `to`, in one transaction, and compares
/// every row before it commits. Nobody can write to either meanwhile. Blocks while it works.
///
/// # Errors
/// [`NotCopied`].
pub fn copy_to_postgres(
    from: &Path,
    to: &PostgresUrl,
    now: Timestamp,
    told: impl FnMut(Progress) + Send,
) -> Result<(), NotCopied> {
    let source = Source::hold(from, migrate::SQLITE)?;
    target::fill(to, source, now, told)
}

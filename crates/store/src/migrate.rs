//! Migrations: numbered steps from an empty database to the present schema, each applied once.

use sha2::{Digest, Sha256};

use crate::open_error::OpenError;

#[cfg(test)]
mod tests;

/// One step of the schema. Numbers rise; the text of an applied migration never changes again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// Names the steps of the schema, in order, for every kind of database: the same numbers, the same names.
macro_rules! migrations {
    ($($number:literal $name:literal $file:literal;)+) => {
        /// Every step of the schema on SQLite. The text of a released one never changes again.
        pub(crate) const SQLITE: &[Migration] = &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../migrations/sqlite/", $file)),
        }),+];
        /// The same on PostgreSQL.
        pub(crate) const POSTGRES: &[Migration] = &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("../migrations/postgres/", $file)),
        }),+];
    };
}

migrations! {
    1 "accounts" "0001_accounts.sql";
    2 "chained events" "0002_chained_events.sql";
    3 "sealing keys" "0003_sealing_keys.sql";
    4 "copied devices" "0004_copied_devices.sql";
    5 "resets" "0005_resets.sql";
    6 "mailed links" "0006_mailed_links.sql";
    7 "outbox" "0007_outbox.sql";
    8 "applications" "0008_applications.sql";
    9 "nodes" "0009_nodes.sql";
    10 "sites" "0010_sites.sql";
    11 "signing keys" "0011_signing_keys.sql";
    12 "webhooks" "0012_webhooks.sql";
    13 "errands" "0013_errands.sql";
    14 "lighter writes" "0014_lighter_writes.sql";
}

impl Migration {
    /// SHA-256 of the text, in hexadecimal.
    pub(crate) fn checksum(&self) -> String {
        Sha256::digest(self.sql).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A migration as the database remembers it.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) number: u32,
    pub(crate) checksum: String,
}

/// What remains to be applied. What was applied must be the beginning of what is known, unchanged.
///
/// # Errors
///
/// [`OpenError::MigrationsUnordered`], [`OpenError::NewerSchema`] and [`OpenError::MigrationChanged`].
pub(crate) fn pending<'a>(known: &'a [Migration], applied: &[Applied]) -> Result<&'a [Migration], OpenError> {
    if let Some((_, late)) =
        known.iter().zip(known.iter().skip(1)).find(|(earlier, later)| later.number <= earlier.number)
    {
        return Err(OpenError::MigrationsUnordered { number: late.number });
    }
    let newest_known = known.last().map_or(0, |migration| migration.number);
    if let Some(newest) = applied.last().filter(|newest| newest.number > newest_known) {
        return Err(OpenError::NewerSchema { found: newest.number, known: newest_known });
    }
    let mut rest = known;
    for applied in applied {
        match rest.split_first() {
            Some((migration, after))
                if migration.number == applied.number && migration.checksum() == applied.checksum =>
            {
                rest = after;
            }
            // Covers a migration slipped in before one that is already applied: its turn has passed.
            Some((migration, _)) => {
                return Err(OpenError::MigrationChanged {
                    number: migration.number,
                    name: migration.name.to_owned(),
                });
            }
            None => {
                return Err(OpenError::NewerSchema { found: applied.number, known: newest_known });
            }
        }
    }
    Ok(rest)
}

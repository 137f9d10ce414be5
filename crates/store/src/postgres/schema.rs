//! Brings the schema of a PostgreSQL database up to date, one transaction a migration.

use countersign::Timestamp;
use tokio_postgres::Client;

use super::trouble::Trouble;
use super::writer::LOCK;
use crate::migrate::{Applied, Migration, pending};
use crate::open_error::OpenError;

/// What was applied, and when (unix milliseconds).
const REMEMBER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT COLLATE \"C\" NOT NULL,
    checksum TEXT COLLATE \"C\" NOT NULL,
    applied_at BIGINT NOT NULL
)";
const REMEMBERED: &str = "SELECT to_regclass('schema_migrations') IS NOT NULL";
/// Tables of the schema in which ours would be made.
const ANY_TABLE: &str = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema())";
const APPLIED: &str = "SELECT number, checksum FROM schema_migrations ORDER BY number";
const APPLY: &str =
    "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

fn unavailable(error: tokio_postgres::Error) -> OpenError {
    OpenError::Unavailable(Trouble::from(error).into_unavailable())
}

/// Whether Countersign has ever been started on this database.
pub(super) async fn is_ours(client: &Client) -> Result<bool, OpenError> {
    client.query_one_scalar(REMEMBERED, &[]).await.map_err(unavailable)
}

/// Applies what is pending. Where nothing is, nothing is written and no lock is taken.
pub(super) async fn bring_up_to_date(
    client: &Client,
    place: &str,
    migrations: &[Migration],
    now: Timestamp,
) -> Result<(), OpenError> {
    // In this order: another process may be making both now, in one commit.
    let any: bool = client.query_one_scalar(ANY_TABLE, &[]).await.map_err(unavailable)?;
    if any && !is_ours(client).await? {
        return Err(OpenError::Foreign { place: place.to_owned() });
    }
    if pending(migrations, &applied(client).await?)?.is_empty() {
        return Ok(());
    }
    loop {
        let went_on = apply_next(client, place, migrations, now).await;
        match went_on {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                // Hanging up would undo it as well; this leaves the connection as it was.
                let _ = client.batch_execute("ROLLBACK").await;
                return Err(error);
            }
        }
    }
}

/// Makes sure that nothing is pending, and changes nothing.
pub(super) async fn must_be_up_to_date(
    client: &Client,
    place: &str,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    if !is_ours(client).await? {
        return Err(OpenError::Foreign { place: place.to_owned() });
    }
    match pending(migrations, &applied(client).await?)?.first() {
        None => Ok(()),
        Some(next) => Err(OpenError::Behind { number: next.number, name: next.name.to_owned() }),
    }
}

/// Applies the next migration, if there is one. What is next is decided under the writers' lock: no node writes
/// meanwhile, and nodes that start at once apply each migration once.
async fn apply_next(
    client: &Client,
    place: &str,
    migrations: &[Migration],
    now: Timestamp,
) -> Result<bool, OpenError> {
    client.batch_execute("BEGIN; SET LOCAL lock_timeout = 0").await.map_err(unavailable)?;
    client.batch_execute(LOCK).await.map_err(unavailable)?;
    let first = !is_ours(client).await?;
    if first {
        let not_allowed = |error: tokio_postgres::Error| OpenError::Unfit {
            place: place.to_owned(),
            reason: format!(
                "no table can be made in it ({}); let the user that is named in its address own it",
                error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
            ),
        };
        client.batch_execute(REMEMBER).await.map_err(not_allowed)?;
    }
    let Some(next) = pending(migrations, &applied(client).await?)?.first() else {
        client.batch_execute("ROLLBACK").await.map_err(unavailable)?;
        return Ok(false);
    };
    let failed = |error: tokio_postgres::Error| OpenError::MigrationFailed {
        number: next.number,
        name: next.name.to_owned(),
        reason: error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned()),
    };
    client.batch_execute(next.sql).await.map_err(failed)?;
    let number = i64::from(next.number);
    client
        .execute(APPLY, &[&number, &next.name, &next.checksum(), &now.milliseconds()])
        .await
        .map_err(failed)?;
    client.batch_execute("COMMIT").await.map_err(failed)?;
    Ok(true)
}

async fn applied(client: &Client) -> Result<Vec<Applied>, OpenError> {
    if !is_ours(client).await? {
        return Ok(Vec::new());
    }
    let rows = client.query(APPLIED, &[]).await.map_err(unavailable)?;
    let applied = rows.iter().map(|row| {
        let number: i64 = row.try_get(0).map_err(unavailable)?;
        let checksum = row.try_get(1).map_err(unavailable)?;
        Ok(Applied { number: u32::try_from(number).unwrap_or(u32::MAX), checksum })
    });
    applied.collect()
}

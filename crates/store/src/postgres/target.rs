//! An empty PostgreSQL database that is filled from another in one transaction.

use std::pin::pin;

use countersign::Timestamp;
use futures_util::StreamExt as _;
use tokio_postgres::Client;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};

use super::link::Link;
use super::trouble::Trouble;
use super::url::PostgresUrl;
use super::values::{misfit, row};
use super::writer::LOCK;
use super::{runtime, schema};
use crate::copying::{NotCopied, Progress, TABLES};
use crate::migrate;
use crate::sqlite::source::{Source, values};

/// How often it is told how far a table has come.
const TOLD_EVERY: u64 = 10_000;

/// The tables that number their rows themselves.
const NUMBERED: [(&str, &str); 3] = [("events", "position"), ("outbox", "id"), ("webhook_deliveries", "id")];

/// Fills the database at `url` from `source`, on a thread that is in no runtime.
pub(crate) fn fill(
    url: &PostgresUrl,
    source: Source,
    now: Timestamp,
    told: impl FnMut(Progress) + Send,
) -> Result<(), NotCopied> {
    std::thread::scope(|scope| {
        let filling = scope.spawn(move || fill_here(url, &source, now, told));
        // A panic on that thread is one here.
        filling.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn fill_here(
    url: &PostgresUrl,
    source: &Source,
    now: Timestamp,
    mut told: impl FnMut(Progress),
) -> Result<(), NotCopied> {
    let mut link = Link::to(url.clone())?;
    let runtime = runtime()?;
    let place = url.to_string();
    runtime.block_on(async {
        let client = link.connect_first().await?.client();
        schema::bring_up_to_date(client, &place, migrate::POSTGRES, now).await?;
        // No node writes before this is committed, and the server does not hang up while SQLite is read.
        let begin = "BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
        client.batch_execute(begin).await.map_err(unavailable)?;
        client.batch_execute(LOCK).await.map_err(unavailable)?;
        for &(table, _) in TABLES {
            let any = client.query_one_scalar(&format!("SELECT EXISTS (SELECT FROM {table})"), &[]).await;
            if any.map_err(unavailable)? {
                return Err(NotCopied::NotEmpty { place, table });
            }
        }
        for &(table, order) in TABLES {
            copy(client, source, table, order, &mut told).await?;
        }
        for (table, column) in NUMBERED {
            let last = source.last_number(table)?;
            let sequence = format!("pg_get_serial_sequence('{table}', '{column}')");
            let go_on = format!("SELECT setval({sequence}, greatest(CAST($1 AS BIGINT), 1), $1 > 0)");
            client.query_one(&go_on, &[&last]).await.map_err(unavailable)?;
        }
        client.batch_execute("COMMIT").await.map_err(unavailable)
    })
}

async fn copy(
    client: &Client,
    source: &Source,
    table: &'static str,
    order: &str,
    told: &mut impl FnMut(Progress),
) -> Result<(), NotCopied> {
    let columns = source.columns(table)?;
    let (width, columns) = (columns.len(), columns.join(", "));
    let there = client.prepare(&format!("SELECT {columns} FROM {table} ORDER BY {order}")).await;
    let there = there.map_err(unavailable)?;
    let kinds: Vec<Type> = there.columns().iter().map(|column| column.type_().clone()).collect();
    let sink = client.copy_in(&format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)")).await;
    let mut writer = pin!(BinaryCopyInWriter::new(sink.map_err(unavailable)?, &kinds));
    let mut written = 0_u64;
    let mut here = source.rows(table, &columns, order)?;
    let mut rows = here.raw_query();
    while let Some(found) = rows.next().map_err(|error| source.said(&error))? {
        let found = values(found, width)?;
        if let Some(reason) = misfit(&kinds, &found) {
            return Err(NotCopied::Row { table, reason });
        }
        let found: Vec<&(dyn ToSql + Sync)> =
            found.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        writer.as_mut().write(&found).await.map_err(unavailable)?;
        written = written.saturating_add(1);
        if written.is_multiple_of(TOLD_EVERY) {
            told(Progress::Written(table, written));
        }
    }
    writer.as_mut().finish().await.map_err(unavailable)?;
    drop(rows);
    let mut rows = here.raw_query();
    let mut kept = pin!(client.query_raw(&there, std::iter::empty::<i64>()).await.map_err(unavailable)?);
    let mut compared = 0_u64;
    loop {
        let ours = match rows.next().map_err(|error| source.said(&error))? {
            Some(found) => Some(values(found, width)?),
            None => None,
        };
        let theirs = match kept.next().await {
            Some(found) => Some(row(&found.map_err(unavailable)?).map_err(Trouble::into_unavailable)?),
            None => None,
        };
        match (ours, theirs) {
            (None, None) => break,
            (Some(ours), Some(theirs)) if theirs.is(&ours) => compared = compared.saturating_add(1),
            _ => return Err(NotCopied::Differs { table }),
        }
    }
    told(Progress::Compared(table, compared));
    Ok(())
}

fn unavailable(error: tokio_postgres::Error) -> NotCopied {
    NotCopied::Unavailable(Trouble::from(error).into_unavailable())
}

//! Rows on their way into a database, of either kind.

use std::fmt::Write as _;

use anyhow::Context as _;
use futures_util::SinkExt as _;
use rusqlite::types::ToSqlOutput;
use tokio::runtime::Runtime;

/// How much is sent to PostgreSQL at once, in bytes.
const PART: usize = 1 << 20;

/// One value.
pub(super) enum Value {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(rusqlite::types::Value::Null),
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Text(text) => ToSqlOutput::from(text.as_str()),
            Self::Bytes(bytes) => ToSqlOutput::from(bytes.as_slice()),
        })
    }
}

/// A database that is filled in one transaction.
pub(super) enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(Runtime, tokio_postgres::Client),
}

impl Database {
    pub(super) fn open(place: &str) -> anyhow::Result<Self> {
        if let Some(path) = place.strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(path)?;
            connection.busy_timeout(std::time::Duration::from_secs(20))?;
            connection
                .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA cache_size = -200000; BEGIN IMMEDIATE")?;
            return Ok(Self::Sqlite(connection));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(place, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            client.batch_execute("BEGIN").await?;
            Ok::<_, anyhow::Error>(client)
        })?;
        Ok(Self::Postgres(runtime, client))
    }

    /// The one text that a query gives.
    pub(super) fn text(&mut self, query: &str) -> anyhow::Result<String> {
        match self {
            Self::Sqlite(connection) => Ok(connection.query_row(query, [], |row| row.get(0))?),
            Self::Postgres(runtime, client) => Ok(runtime.block_on(client.query_one(query, &[]))?.get(0)),
        }
    }

    pub(super) fn execute(&mut self, statement: &str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch(statement)?,
            Self::Postgres(runtime, client) => runtime.block_on(client.batch_execute(statement))?,
        }
        Ok(())
    }

    /// Adds rows to a table.
    pub(super) fn add(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> anyhow::Result<()> {
        let names = columns.join(", ");
        match self {
            Self::Sqlite(connection) => {
                let gaps: Vec<_> = (1..=columns.len()).map(|nth| format!("?{nth}")).collect();
                let insert = format!("INSERT INTO {table} ({names}) VALUES ({})", gaps.join(", "));
                let mut insert = connection.prepare(&insert)?;
                for row in rows {
                    insert.execute(rusqlite::params_from_iter(row))?;
                }
                Ok(())
            }
            Self::Postgres(runtime, client) => runtime.block_on(async {
                let sink = client.copy_in(&format!("COPY {table} ({names}) FROM STDIN")).await?;
                futures_util::pin_mut!(sink);
                let mut part = String::with_capacity(PART * 2);
                for row in rows {
                    write_line(&mut part, &row)?;
                    if part.len() > PART {
                        sink.send(bytes::Bytes::from(std::mem::take(&mut part))).await?;
                    }
                }
                sink.send(bytes::Bytes::from(part)).await?;
                sink.finish().await.map(drop).with_context(|| format!("rows of {table}"))
            }),
        }
    }

    /// Commits, and lets the database look at what it has now.
    pub(super) fn close(mut self) -> anyhow::Result<()> {
        self.execute("COMMIT")?;
        if let Self::Sqlite(connection) = &self {
            // Nobody's first request pays for what was written here.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        } else {
            self.execute("VACUUM ANALYZE")?;
            self.execute("CHECKPOINT")?;
        }
        Ok(())
    }
}

/// PostgreSQL's COPY in text. What is written here has no tabs, line ends or backslashes.
fn write_line(to: &mut String, row: &[Value]) -> std::fmt::Result {
    for (nth, value) in row.iter().enumerate() {
        to.push_str(if nth == 0 { "" } else { "\t" });
        match value {
            Value::Null => to.push_str("\\N"),
            Value::Number(number) => write!(to, "{number}")?,
            Value::Text(text) => to.push_str(text),
            Value::Bytes(bytes) => {
                to.push_str("\\\\x");
                for byte in bytes {
                    write!(to, "{byte:02x}")?;
                }
            }
        }
    }
    to.push('\n');
    Ok(())
}

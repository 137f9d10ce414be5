//! A database of either kind, and how to look at its rows from outside.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::process::Command;

use countersign_store::{Place, PostgresUrl};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use tempfile::TempDir;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls};

use crate::own_database::OwnDatabase;

/// A database of a test's own.
pub(crate) struct Home {
    directory: TempDir,
    /// Where it is not a file in the directory.
    postgres: Option<OwnDatabase>,
}

impl Home {
    pub(crate) fn sqlite() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), postgres: None }
    }

    pub(crate) fn postgres() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), postgres: Some(OwnDatabase::new()) }
    }

    pub(crate) fn place(&self) -> Place {
        match &self.postgres {
            None => Place::Sqlite(self.path()),
            Some(own) => Place::Postgres(PostgresUrl::parse(&own.url()).unwrap()),
        }
    }

    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.postgres.is_none().then(|| self.path())
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("countersign.db")
    }

    fn backup(&self) -> PathBuf {
        self.directory.path().join("backup")
    }

    fn sqlite_onlooker(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(crate) fn number(&self, question: &str) -> i64 {
        let Some(own) = &self.postgres else {
            return self.sqlite_onlooker().query_row(question, [], |row| row.get(0)).unwrap();
        };
        // A sum is of another type than what it sums there.
        let question = format!("SELECT CAST(({}) AS BIGINT)", in_postgres(question));
        on_postgres(own, async |client| client.query_one(&question, &[]).await.unwrap().get(0))
    }

    pub(crate) fn run(&self, statements: &str) -> Result<(), String> {
        let Some(own) = &self.postgres else {
            return self.sqlite_onlooker().execute_batch(statements).map_err(|error| error.to_string());
        };
        let statements = in_postgres(statements);
        on_postgres(own, async |client| {
            let said = |error: tokio_postgres::Error| format!("{:?}", error.as_db_error());
            client.batch_execute(&statements).await.map_err(said)
        })
    }

    /// Every row of every table, in an order of its own.
    pub(crate) fn everything(&self) -> Vec<String> {
        let cells = |row: &[Cell]| row.iter().map(|cell| format!("{cell:?} ")).collect::<String>();
        let mut rows: Vec<String> =
            self.rows().iter().map(|(table, row)| format!("{table} {}", cells(row))).collect();
        rows.sort();
        rows
    }

    /// All that is on the disk: of SQLite the database, its log and whatever lies beside them; of PostgreSQL whatever
    /// its tables hold.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        if self.postgres.is_none() {
            let files = std::fs::read_dir(self.directory.path()).unwrap();
            return files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        }
        let of = |cell: &Cell| match cell {
            Cell::Null => Vec::new(),
            Cell::Integer(number) => number.to_string().into_bytes(),
            Cell::Text(bytes) | Cell::Blob(bytes) => bytes.clone(),
        };
        // A byte between two values, so that none is found that only begins in one.
        let with_end = |cell: &Cell| [of(cell), vec![0]].concat();
        self.rows().iter().flat_map(|(_, row)| row.iter().flat_map(with_end).collect::<Vec<_>>()).collect()
    }

    fn rows(&self) -> Vec<(String, Vec<Cell>)> {
        match &self.postgres {
            None => rows_of_sqlite(&self.sqlite_onlooker()),
            Some(own) => on_postgres(own, async |client| rows_of_postgres(client).await),
        }
    }

    /// Nobody writes while this is held.
    pub(crate) fn held_by_another_program(&self) -> Box<dyn Any> {
        let Some(own) = &self.postgres else {
            let other = self.sqlite_onlooker();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            return Box::new(other);
        };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = own.url();
        let (done, wait) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client
                .batch_execute("BEGIN; LOCK TABLE accounts, sessions, events IN EXCLUSIVE MODE")
                .await
                .unwrap();
            done.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        wait.recv().unwrap();
        Box::new(Held(Some(runtime)))
    }

    /// What has to come before statements that alter the log.
    pub(crate) fn disarmed(&self) -> &'static str {
        match &self.postgres {
            None => {
                "PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS events_are_not_changed; \
                 DROP TRIGGER IF EXISTS events_are_not_removed; DROP TRIGGER IF EXISTS events_are_not_replaced; \
                 DROP TRIGGER IF EXISTS event_links_are_not_changed; \
                 DROP TRIGGER IF EXISTS event_links_are_not_removed; \
                 DROP TRIGGER IF EXISTS event_links_are_not_replaced;"
            }
            Some(_) => "SET session_replication_role = replica;",
        }
    }

    /// Ways to change the log that this kind of database has besides UPDATE and DELETE.
    pub(crate) fn ways_around_the_log(&self) -> &'static [&'static str] {
        match &self.postgres {
            None => &[
                "INSERT OR REPLACE INTO events (position, account_id, at, kind, browser) VALUES (2, 'a', 1, 'locked', '')",
                "INSERT OR REPLACE INTO event_links (link, position, hash) VALUES (2, 2, x'00')",
            ],
            Some(_) => &["TRUNCATE events, event_links", "TRUNCATE event_links"],
        }
    }

    /// Copies the database as it is now, while it is in use.
    pub(crate) fn back_up(&self) {
        match &self.postgres {
            None => self.run(&format!("VACUUM INTO '{}'", self.backup().display())).unwrap(),
            Some(own) => {
                tool("pg_dump", &["--format=custom", "--file"], &self.backup(), &["--dbname", &own.url()]);
            }
        }
    }

    /// Puts the copy in the place of the database, which nobody may have open.
    pub(crate) fn put_back(&self) {
        let Some(own) = &self.postgres else {
            for beside in ["countersign.db-wal", "countersign.db-shm"] {
                let _none = std::fs::remove_file(self.directory.path().join(beside));
            }
            std::fs::copy(self.backup(), self.path()).unwrap();
            return;
        };
        let instead = ["--clean", "--if-exists", "--exit-on-error", "--dbname", &own.url()];
        tool("pg_restore", &instead, &self.backup(), &[]);
    }
}

fn tool(name: &str, before: &[&str], file: &Path, after: &[&str]) {
    let ran = Command::new(name).args(before).arg(file).args(after).output().unwrap();
    assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
}

/// A lock that ends with its runtime, wherever that is dropped.
struct Held(Option<tokio::runtime::Runtime>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// One value.
#[derive(Debug)]
enum Cell {
    Null,
    Integer(i64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

fn rows_of_sqlite(onlooker: &Connection) -> Vec<(String, Vec<Cell>)> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = onlooker.prepare(tables).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut found = Vec::new();
    for table in tables {
        let mut all = onlooker.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = all.column_count();
        let cell = |row: &Row<'_>, column: usize| match row.get_ref(column).unwrap() {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => panic!("{table} holds {number}"),
            ValueRef::Text(bytes) => Cell::Text(bytes.to_vec()),
            ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
        };
        let rows =
            all.query_map([], |row| Ok((0..columns).map(|column| cell(row, column)).collect())).unwrap();
        found.extend(rows.map(|row| (table.clone(), row.unwrap())));
    }
    found
}

async fn rows_of_postgres(client: &Client) -> Vec<(String, Vec<Cell>)> {
    let tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename";
    let mut found = Vec::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        for row in client.query(&format!("SELECT * FROM {table}"), &[]).await.unwrap() {
            let cell = |column: usize| match *row.columns()[column].type_() {
                Type::INT8 => row.get::<_, Option<i64>>(column).map(Cell::Integer),
                Type::TEXT => row.get::<_, Option<String>>(column).map(|text| Cell::Text(text.into_bytes())),
                Type::BYTEA => row.get::<_, Option<Vec<u8>>>(column).map(Cell::Blob),
                ref other => panic!("{table} has a column of type {other}"),
            };
            let row = (0..row.len()).map(|column| cell(column).unwrap_or(Cell::Null)).collect();
            found.push((table.clone(), row));
        }
    }
    found
}

/// Blobs are written otherwise there.
fn in_postgres(statements: &str) -> String {
    let mut pieces = statements.split(" x'");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (hex, rest) = piece.split_once('\'').unwrap();
        text.push_str(&format!(" '\\x{hex}'::bytea{rest}"));
    }
    text
}

/// Asks over a connection of its own, on a thread that is in no runtime.
fn on_postgres<T: Send>(own: &OwnDatabase, asks: impl AsyncFnOnce(&Client) -> T + Send) -> T {
    let url = own.url();
    std::thread::scope(|scope| {
        let asking = scope.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                let answer = asks(&client).await;
                drop(client);
                let _closed = connection.await;
                answer
            })
        });
        asking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

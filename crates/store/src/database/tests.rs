//! The façade from outside: real files, real threads, a second connection that looks on.

use std::path::PathBuf;

use countersign::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::Database;
use crate::migrate::Migration;
use crate::open_error::OpenError;
use crate::own_database::OwnDatabase;
use crate::postgres::PostgresUrl;
use crate::script::{CONSTRAINT, Failed, Read, Script};
use crate::unavailable::Unavailable;
use crate::value::params;

const NOW: Timestamp = Timestamp::from_milliseconds(1_790_000_000_000);

const MIGRATIONS: [Migration; 2] = [
    Migration {
        number: 1,
        name: "steps",
        sql: "CREATE TABLE steps (id TEXT NOT NULL PRIMARY KEY, last BIGINT NOT NULL CHECK (last >= 0));
              INSERT INTO steps (id, last) VALUES ('a', 0), ('b', 100);",
    },
    Migration {
        number: 2,
        name: "lines",
        sql: "CREATE TABLE lines (id BIGINT NOT NULL PRIMARY KEY, step TEXT NOT NULL REFERENCES steps (id), body BLOB);",
    },
];

const SPEND: &str = "UPDATE steps SET last = $2 WHERE id = $1 AND last < $2";
const MOVE: &str = "UPDATE steps SET last = last + $2 WHERE id = $1";
const LAST: &str = "SELECT last FROM steps WHERE id = $1";
const WRITE_LINE: &str = "INSERT INTO lines (id, step, body) VALUES ($1, $2, $3)";
const LINES: &str = "SELECT id FROM lines ORDER BY id";

/// The same on PostgreSQL.
const ON_POSTGRES: &[Migration] = &[
    MIGRATIONS[0],
    Migration {
        number: 2,
        name: "lines",
        sql: "CREATE TABLE lines (id BIGINT NOT NULL PRIMARY KEY, step TEXT NOT NULL REFERENCES steps (id), body BYTEA);",
    },
];

/// Runs each story on every database.
macro_rules! on_every_database {
    ($(async fn $story:ident($place:ident) $body:block)+) => {
        $(async fn $story($place: Place) $body)+

        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $story() {
                    super::$story(super::Place::new()).await;
                }
            )+
        }

        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $story() {
                    super::$story(super::Place::on_postgres()).await;
                }
            )+
        }
    };
}
mod opening;
mod scripts;
mod sharing;

/// A directory of its own, and the path of a database in it; or a database on a server.
struct Place {
    directory: TempDir,
    postgres: Option<OwnDatabase>,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), postgres: None }
    }

    fn on_postgres() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), postgres: Some(OwnDatabase::new()) }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("countersign.db")
    }

    fn open(&self) -> Database {
        match &self.postgres {
            None => Database::open_sqlite(&self.path(), &MIGRATIONS, NOW).unwrap(),
            Some(own) => {
                let url = PostgresUrl::parse(&own.url()).unwrap();
                Database::open_postgres(&url, ON_POSTGRES, NOW).unwrap()
            }
        }
    }

    fn refusal(&self, migrations: &[Migration]) -> OpenError {
        match Database::open_sqlite(&self.path(), migrations, NOW) {
            Ok(_) => panic!("the database opened"),
            Err(error) => error,
        }
    }

    /// Somebody else's connection to the same file.
    fn onlooker(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.onlooker().query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

fn line(id: i64) -> Script {
    Script::new().must("line", WRITE_LINE, params![id, "a", b"body"])
}

async fn last(database: &Database, id: &str) -> i64 {
    let answers = database.read(Read::new().select(LAST, params![id])).await.unwrap();
    answers[0][0].int(0).unwrap()
}

async fn lines(database: &Database) -> Vec<i64> {
    let answers = database.read(Read::new().select(LINES, params![])).await.unwrap();
    answers[0].iter().map(|row| row.int(0).unwrap()).collect()
}

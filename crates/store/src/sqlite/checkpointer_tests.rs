//! The log is carried into the database, whoever does it, and is gone when everything is closed.

use std::path::Path;

use countersign::Timestamp;

use super::{Sqlite, checkpointer, open};
use crate::migrate::Migration;
use crate::script::Script;
use crate::value::params;

const LINES: &[Migration] = &[Migration {
    number: 1,
    name: "lines",
    sql: "CREATE TABLE lines (id BIGINT NOT NULL PRIMARY KEY, body BLOB);",
}];

const NOW: Timestamp = Timestamp::from_seconds(1);
const INSERT: &str = "INSERT INTO lines (id, body) VALUES ($1, $2)";

/// A line that fills a page, so often, from a number on.
fn full_lines(first: i64, many: i64) -> Script {
    let body = vec![1; 4_000];
    (first..first + many)
        .fold(Script::new(), |script, id| script.must("line", INSERT, params![id, body.as_slice()]))
}

/// How many pages a file has.
fn pages(path: &Path) -> u64 {
    path.metadata().unwrap().len() / 4096
}

#[tokio::test]
async fn a_long_log_is_carried_into_the_database_while_the_writer_does_nothing() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("countersign.db");
    let sqlite = Sqlite::open(&path, LINES, NOW).unwrap();
    let half = i64::from(checkpointer::BESIDE / 2);
    sqlite.write(full_lines(0, half)).await.unwrap();
    let before = pages(&path);
    assert!(before < 100, "a short log is left alone, and {before} pages were carried");
    sqlite.write(full_lines(half, half)).await.unwrap();
    let carried = |_| {
        std::thread::yield_now();
        pages(&path) >= 1_000
    };
    assert!((0..1_000_000).any(carried), "nobody carries it");
    assert!(pages(&place.path().join("countersign.db-wal")) < 1_500, "the writer had nothing to do");
}

#[test]
fn a_log_that_nobody_else_carries_is_carried_by_the_writer_and_begun_anew() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("countersign.db");
    drop(Sqlite::open(&path, LINES, NOW).unwrap());
    let mut writing = open::for_writing(&path).unwrap();
    let (_work, nobody) = checkpointer::watch(&mut writing).unwrap();
    drop(nobody);
    for nth in 0..20 {
        // A commit each.
        for step in full_lines(nth * 1_000, 1_000).steps() {
            writing.execute(step.sql, &step.parameters).map_err(|_| "a line").unwrap();
        }
        let pages = pages(&place.path().join("countersign.db-wal"));
        assert!(pages < 4_000, "{pages} pages after {nth} thousand lines");
    }
    assert!(pages(&path) > 19_000);
}

/// Several at a time, as threads take turns at the processors then.
#[test]
fn the_last_of_its_connections_closes_alone_and_so_removes_the_log() {
    let open_and_close = || {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("countersign.db");
        for nth in 0..200 {
            drop(Sqlite::open(&path, LINES, NOW).unwrap());
            assert!(!place.path().join("countersign.db-wal").exists(), "at the {nth}. time");
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(open_and_close);
        }
    });
}

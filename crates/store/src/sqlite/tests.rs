//! The writer's batches and their bad days, with the queue filled before the thread looks at it.

use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::connection::SqliteConnection;
use super::writer::{Job, serve};
use super::{QUEUE, Sqlite, open, queue};
use crate::script::{Failed, Script, Written};
use crate::tally::WriteTally;
use crate::unavailable::Unavailable;
use crate::value::params;

type Answers = Vec<Result<Written, Failed>>;

const INSERT: &str = "INSERT INTO lines (id, body) VALUES ($1, $2)";

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap() };
        open::create_if_missing(&place.path()).unwrap();
        let schema = "CREATE TABLE lines (id BIGINT NOT NULL PRIMARY KEY, body BLOB);
            CREATE TABLE children (
                parent BIGINT NOT NULL REFERENCES lines (id) DEFERRABLE INITIALLY DEFERRED
            );";
        place.writing().raw().execute_batch(schema).unwrap();
        place
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("countersign.db")
    }

    fn writing(&self) -> SqliteConnection {
        open::for_writing(&self.path()).unwrap()
    }

    fn lines(&self) -> Vec<i64> {
        let onlooker = Connection::open(self.path()).unwrap();
        let mut statement = onlooker.prepare("SELECT id FROM lines ORDER BY id").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

/// Runs `scripts` as one batch (they all wait when the writer looks) on `connection`.
fn run(connection: SqliteConnection, scripts: Vec<Script>) -> Answers {
    let (jobs, waiting) = sync_channel(QUEUE);
    let mut answers = Vec::new();
    for script in scripts {
        let (answer, answered) = oneshot::channel();
        jobs.send(Job { script, answer }).unwrap();
        answers.push(answered);
    }
    drop(jobs);
    serve(connection, &waiting, &WriteTally::default());
    answers.into_iter().map(|answered| answered.blocking_recv().unwrap()).collect()
}

fn line(id: i64) -> Script {
    Script::new().must("line", INSERT, params![id, b"body"])
}

fn succeeded(answers: &Answers) -> Vec<bool> {
    answers.iter().map(Result::is_ok).collect()
}

#[test]
fn in_one_batch_each_script_has_its_own_answer() {
    let place = Place::new();
    let faulty = line(3).may("UPDATE nowhere SET id = 1", params![]);
    let answers = run(place.writing(), vec![line(1), line(2).then(line(1)), faulty, line(4)]);
    assert_eq!(succeeded(&answers), [true, false, false, true]);
    assert_eq!(answers[1], Err(Failed::Refused { at: "line" }));
    assert!(matches!(answers[2], Err(Failed::Unavailable(Unavailable::Fault { .. }))));
    assert_eq!(place.lines(), [1, 4]);
}

#[test]
fn a_script_that_is_refused_before_it_writes_and_one_that_is_refused_after_it_leave_the_same() {
    let place = Place::new();
    let nobody = || "SELECT id FROM lines WHERE id = $1";
    let before = || Script::new().must_find("there", nobody(), params![9]).then(line(5));
    let unmoved =
        || Script::new().must("moved", "UPDATE lines SET id = 8 WHERE id = $1", params![9]).then(line(6));
    let after = || line(7).must_find("there", nobody(), params![9]);
    let refused = |at| Err(Failed::Refused { at });
    let answers = run(place.writing(), vec![line(1), before(), unmoved(), line(2)]);
    assert_eq!((&answers[1], &answers[2]), (&refused("there"), &refused("moved")));
    assert_eq!(place.lines(), [1, 2]);
    let answers = run(place.writing(), vec![line(3), before(), after(), unmoved(), line(4), line(3)]);
    assert_eq!(succeeded(&answers), [true, false, false, false, true, false]);
    assert_eq!((&answers[2], &answers[5]), (&refused("there"), &refused("line")));
    assert_eq!(place.lines(), [1, 2, 3, 4]);
}

#[test]
fn when_sqlite_ends_the_transaction_by_itself_nobody_is_told_it_succeeded() {
    let place = Place::new();
    // The conflict rolls back the whole transaction, as an I/O error may.
    let poison = Script::new().may("INSERT OR ROLLBACK INTO lines (id) VALUES ($1)", params![1]);
    let refused = line(1);
    let answers = run(place.writing(), vec![line(1), refused, poison, line(2)]);
    for answer in answers {
        assert!(matches!(answer, Err(Failed::Unavailable(Unavailable::Io { .. }))), "{answer:?}");
    }
    assert_eq!(place.lines(), []);
    assert_eq!(succeeded(&run(place.writing(), vec![line(1)])), [true]);
}

#[test]
fn a_constraint_left_broken_until_the_commit_fails_its_own_script_alone() {
    let place = Place::new();
    let orphan = line(2).may("INSERT INTO children (parent) VALUES ($1)", params![99]);
    let answers = run(place.writing(), vec![line(1), orphan, line(3)]);
    assert_eq!(succeeded(&answers), [true, false, true]);
    assert!(matches!(answers[1], Err(Failed::Unavailable(Unavailable::Fault { .. }))));
    assert_eq!(place.lines(), [1, 3]);
}

#[test]
fn a_full_disk_fails_the_batch_and_the_writer_recovers_when_there_is_space_again() {
    let place = Place::new();
    let connection = place.writing();
    connection.raw().execute_batch("PRAGMA max_page_count = 14").unwrap();
    let (jobs, waiting) = sync_channel(QUEUE);
    let thread = std::thread::spawn(move || serve(connection, &waiting, &WriteTally::default()));
    let write = |script: Script| {
        let (answer, answered) = oneshot::channel();
        jobs.send(Job { script, answer }).unwrap();
        answered.blocking_recv().unwrap()
    };
    let big = |id: i64| Script::new().must("line", INSERT, params![id, vec![1_u8; 30_000]]);
    write(big(1)).unwrap();
    let full = Err(Failed::Unavailable(Unavailable::Full));
    assert_eq!(write(line(2).then(big(3))), full);
    assert_eq!(write(big(4)), full);
    assert_eq!(place.lines(), [1]);
    write(Script::new().must("line", "DELETE FROM lines WHERE id = $1", params![1])).unwrap();
    write(big(5)).unwrap();
    assert_eq!(place.lines(), [5]);
    drop(jobs);
    thread.join().unwrap();
}

#[test]
fn a_file_that_may_only_be_read_is_said_plainly() {
    let place = Place::new();
    let raw = Connection::open_with_flags(place.path(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let answers = run(SqliteConnection::new(raw), vec![line(1), line(2)]);
    assert!(answers.iter().all(|answer| *answer == Err(Failed::Unavailable(Unavailable::ReadOnly))));
    assert_eq!(answers.len(), 2);
}

#[test]
fn more_scripts_than_one_commit_holds_are_all_answered() {
    let place = Place::new();
    let answers = run(place.writing(), (0..1500).map(line).collect());
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(place.lines().len(), 1500);
}

#[test]
fn a_full_queue_is_said_at_once_and_a_closed_one_too() {
    let (jobs, waiting) = sync_channel(1);
    assert_eq!(queue(Some(&jobs), 1), Ok(()));
    assert_eq!(queue(Some(&jobs), 2), Err(Unavailable::Busy));
    drop(waiting);
    assert_eq!(queue(Some(&jobs), 3), Err(Unavailable::Closed));
    assert_eq!(queue(None, 4), Err(Unavailable::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_threads_are_gone_answers_that_it_is_closed() {
    let place = Place::new();
    let mut sqlite = Sqlite::start(
        &place.path(),
        Some((place.writing(), place.writing())),
        vec![open::for_reading(&place.path()).unwrap()],
    )
    .unwrap();
    sqlite.writes = None;
    sqlite.reads = None;
    assert_eq!(sqlite.write(line(1)).await, Err(Failed::Unavailable(Unavailable::Closed)));
    assert_eq!(sqlite.read(crate::script::Read::new()).await, Err(Unavailable::Closed));
}

#[test]
fn connections_are_set_up_as_durability_and_integrity_ask() {
    let place = Place::new();
    let (writing, reading) = (place.writing(), open::for_reading(&place.path()).unwrap());
    let number = |connection: &SqliteConnection, pragma: &str| -> i64 {
        connection.raw().query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap()
    };
    let settings = ["synchronous", "foreign_keys", "trusted_schema", "temp_store", "cell_size_check"];
    let found = settings.map(|pragma| number(&writing, pragma));
    assert_eq!(found, [2, 1, 0, 2, 1]);
    assert_eq!(number(&writing, "query_only"), 0);
    assert_eq!(number(&reading, "query_only"), 1);
    assert_eq!(number(&reading, "trusted_schema"), 0);
    assert_eq!(number(&reading, "busy_timeout"), 2000);
}

/// With other values SQLite would plan a statement anew, as it is built here: parsing and planning cost more than most
/// statements do.
#[test]
fn a_statement_is_planned_once_whatever_its_values_are() {
    const PARTIAL: &str = "CREATE INDEX lines_by_body ON lines (body) WHERE body IS NOT NULL";
    const RANGE: &str = "SELECT l.id FROM lines l LEFT JOIN children c ON c.parent = l.id AND c.parent <> $3 \
        WHERE l.id = $1 AND l.body > $2 AND (l.body IS NULL OR l.body > $4)";
    let place = Place::new();
    let mut connection = place.writing();
    connection.raw().execute_batch(PARTIAL).unwrap();
    for round in 0..5 {
        let (range, line) =
            (params![round, [7_u8].as_slice(), round, [1_u8].as_slice()], params![round, [9_u8].as_slice()]);
        connection.query(RANGE, &range).unwrap();
        connection.execute(INSERT, &line).unwrap();
    }
    assert_eq!((connection.planned_again(RANGE), connection.planned_again(INSERT)), (0, 0));
}

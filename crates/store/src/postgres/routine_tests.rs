//! Scripts that go as rows of one call come to what they would come to alone.

use std::sync::Arc;

use super::Postgres;
use super::connection::Sent;
use super::form::Form;
use super::link::Link;
use super::routine::Shape;
use super::tests::{NOW, psql, url};
use super::writer::LOCK;
use crate::migrate::Migration;
use crate::own_database::OwnDatabase;
use crate::script::{CONSTRAINT, Failed, Gives, Read, Script, Written};
use crate::unavailable::Unavailable;
use crate::value::{Value, params};

const STEPS: &[Migration] = &[Migration {
    number: 1,
    name: "steps",
    sql: "CREATE TABLE steps (id TEXT NOT NULL PRIMARY KEY, last BIGINT NOT NULL CHECK (last >= 0), mark BYTEA);
          CREATE TABLE notes (step TEXT NOT NULL REFERENCES steps (id), found BIGINT NOT NULL, UNIQUE (step, found));
          INSERT INTO steps (id, last) VALUES ('open', 0), ('shut', 0), ('full', 9223372036854775807);",
}];
const THERE: &str = "SELECT id FROM steps WHERE id = $1";
const OPEN: &str = "SELECT id FROM steps WHERE id = $1 AND id <> 'shut'";
const SPEND: &str = "UPDATE steps SET last = last + $2, mark = $3 WHERE id = $1 AND last >= $4";
/// A column may be called as the language of functions calls something of its own.
const NOTE: &str = "INSERT INTO notes (step, found) SELECT id, $2 FROM steps WHERE id = $1 AND NOT EXISTS \
    (SELECT 1 FROM notes WHERE step = $1 AND found = -1)";
const SUM: &str = "SELECT last, (SELECT count(*) FROM notes), mark FROM steps WHERE id = $1";
const ROUTINES: &str = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'script_%'";

fn script(id: &str, from: i64, note: i64) -> Script {
    Script::new()
        .must_find("there", THERE, params![id])
        .must_find("open", OPEN, params![id])
        .must("spent", SPEND, params![id, 1, Value::Blob(vec![0, 255]), from])
        .may(NOTE, params![id, note])
}

/// Writes all of these at once, several times, until the server was given a function for them.
async fn crowd(database: &Arc<Postgres>, scripts: impl Fn(i64) -> Script) -> Vec<Result<Written, Failed>> {
    let mut writing = Vec::new();
    for nth in 0..200 {
        let (database, script) = (Arc::clone(database), scripts(nth));
        writing.push(tokio::spawn(async move { database.write(script).await }));
    }
    let mut outcomes = Vec::new();
    for written in writing {
        outcomes.push(written.await.unwrap());
    }
    outcomes
}

async fn sum(database: &Postgres, id: &str) -> (i64, i64) {
    let answers = database.read(Read::new().select(SUM, params![id])).await.unwrap();
    (answers[0][0].int(0).unwrap(), answers[0][0].int(1).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_row_of_a_call_has_the_outcome_of_its_own_script_and_a_refused_one_leaves_nothing() {
    let own = OwnDatabase::new();
    let database = Arc::new(Postgres::open(&url(&own), STEPS, NOW).unwrap());
    let outcomes = crowd(&database, |nth| match nth % 5 {
        0 => script(if nth % 2 == 0 { "nowhere" } else { "shut" }, 0, nth),
        1 => script("open", i64::MAX, nth),
        // The same note each time: a unique constraint stops all but the first, after the step was spent.
        2 => script("open", 0, 1_000),
        // Beyond what a number holds: this one's own fault, and nobody else's.
        3 => script("full", 0, nth),
        _ => script("open", 0, nth),
    })
    .await;
    let refused = |at| Err(Failed::Refused { at });
    for (nth, outcome) in outcomes.iter().enumerate() {
        match nth % 5 {
            0 => assert_eq!(*outcome, refused(if nth % 2 == 0 { "there" } else { "open" })),
            1 => assert_eq!(*outcome, refused("spent")),
            2 => assert!(outcome.is_ok() || *outcome == refused(CONSTRAINT), "{outcome:?}"),
            3 => {
                assert!(
                    matches!(outcome, Err(Failed::Unavailable(Unavailable::Fault { .. }))),
                    "{outcome:?}"
                );
            }
            _ => assert!(outcome.is_ok(), "{outcome:?}"),
        }
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 41);
    assert_eq!(sum(&database, "open").await, (41, 41));
    assert_eq!(sum(&database, "full").await.0, i64::MAX);
    assert_ne!(psql(&own, ROUTINES), "0", "they went one by one");
    let marks = "SELECT count(*) FROM steps WHERE mark = '\\x00ff'";
    assert_eq!(psql(&own, marks), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fault_in_one_call_is_none_of_the_calls_beside_it() {
    let own = OwnDatabase::new();
    let database = Arc::new(Postgres::open(&url(&own), STEPS, NOW).unwrap());
    let outcomes = crowd(&database, |nth| match nth % 4 {
        // Beyond what a number holds: a call with one of these fails as a whole.
        0 => script("full", 0, nth),
        1 => script("open", 0, nth),
        _ => {
            Script::new().must("there", "UPDATE steps SET last = last + $2 WHERE id = $1", params!["shut", 1])
        }
    })
    .await;
    for (nth, outcome) in outcomes.iter().enumerate() {
        let faulty = matches!(outcome, Err(Failed::Unavailable(Unavailable::Fault { .. })));
        assert!(if nth % 4 == 0 { faulty } else { outcome.is_ok() }, "{nth}: {outcome:?}");
    }
    assert_eq!(sum(&database, "open").await, (50, 50));
    assert_eq!(sum(&database, "shut").await.0, 100);
    assert_ne!(psql(&own, ROUTINES), "0", "they went one by one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_run_one_after_the_other_and_see_what_the_ones_before_them_wrote() {
    let own = OwnDatabase::new();
    let database = Arc::new(Postgres::open(&url(&own), STEPS, NOW).unwrap());
    // Two hundred of these a time, of which one at each value may pass.
    for round in 0..3 {
        let outcomes = crowd(&database, |_| {
            let once = "UPDATE steps SET last = last + 1 WHERE id = $1 AND last = $2";
            Script::new().must_find("there", THERE, params!["open"]).must(
                "once",
                once,
                params!["open", round],
            )
        })
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(sum(&database, "open").await.0, round + 1);
    }
    assert_ne!(psql(&own, ROUTINES), "0", "they went one by one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_that_go_at_once_come_to_what_they_come_to_one_after_the_other() {
    const CHANGE: &str = "UPDATE steps SET last = $2, mark = $3 WHERE id = $1 AND last < $2";
    const KEEP: &str = "INSERT INTO kept (id, note) VALUES ($1, $2)";
    let own = OwnDatabase::new();
    let database = Arc::new(Postgres::open(&url(&own), STEPS, NOW).unwrap());
    psql(&own, "CREATE TABLE kept (id BIGINT NOT NULL PRIMARY KEY, note TEXT CHECK (note <> 'forbidden'))");
    psql(&own, "INSERT INTO steps (id, last) SELECT 'step ' || n, 0 FROM generate_series(0, 199) AS n");
    let change = |step: i64, to: i64, kept: i64, note: Option<&str>| {
        Script::new()
            .must_find("asked", "SELECT $1 WHERE $1 <> 'never'", params![format!("step {step}")])
            .must("changed", CHANGE, params![format!("step {step}"), to, Value::Blob(vec![1])])
            .may(KEEP, params![kept, note.map(str::to_owned)])
    };
    // All of them right: each changes a row of its own.
    let all = crowd(&database, |nth| change(nth, 1, nth, None)).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(psql(&own, "SELECT count(*), sum(last) FROM steps WHERE mark IS NOT NULL"), "200|200");
    assert_ne!(psql(&own, "SELECT count(*) FROM pg_proc WHERE proname LIKE 'scripts_%'"), "0");
    // Some are wrong in some way, and only those are refused: two change one row, one comes late, a constraint stops it.
    let mixed = crowd(&database, |nth| match nth % 10 {
        3 => change(nth - 1, 2, 1_000 + nth, Some("the same row")),
        5 => change(nth, 1, 1_000 + nth, Some("late")),
        7 => change(nth, 2, 0, Some("kept already")),
        9 => change(nth, 2, 1_000 + nth, Some("forbidden")),
        _ => change(nth, 2, 1_000 + nth, None),
    })
    .await;
    let refused = |at| Err(Failed::Refused { at });
    for (nth, outcome) in mixed.iter().enumerate() {
        match nth % 10 {
            // Whichever of the two came first.
            2 => assert!((outcome.is_ok()) != (mixed[nth + 1].is_ok()), "{nth}: {outcome:?}"),
            3 => assert!(outcome.is_ok() || *outcome == refused("changed"), "{nth}: {outcome:?}"),
            5 => assert_eq!(*outcome, refused("changed"), "{nth}"),
            7 | 9 => assert_eq!(*outcome, refused(CONSTRAINT), "{nth}"),
            _ => assert!(outcome.is_ok(), "{nth}: {outcome:?}"),
        }
    }
    assert_eq!(psql(&own, "SELECT count(*) FROM kept"), "320");
    assert_eq!(psql(&own, "SELECT count(*) FROM steps WHERE last = 2"), "120");
    assert_eq!(
        psql(&own, "SELECT count(*) FROM kept WHERE note IN ('late', 'kept already', 'forbidden')"),
        "0"
    );
}

/// A call that has no transaction around it: what it would have found when it was sent is no longer so when it is let in.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_the_lock_and_then_sees_what_was_committed_meanwhile() {
    const FRESH: &str = "SELECT id FROM steps WHERE id = $1 AND last = 0";
    let at_once = Script::new()
        .must_find("fresh", FRESH, params!["open"])
        .may("INSERT INTO notes (step, found) VALUES ($1, 1)", params!["open"]);
    let in_turn = Script::new().must_find("fresh", FRESH, params!["open"]).must(
        "marked",
        "UPDATE steps SET mark = $2 WHERE id = $1",
        params!["open", Value::Blob(vec![1])],
    );
    for (script, functions) in [(at_once, "2"), (in_turn, "1")] {
        let own = OwnDatabase::new();
        drop(Postgres::open(&url(&own), STEPS, NOW).unwrap());
        // What a database has for whoever does not say it.
        let name = psql(&own, "SELECT current_database()");
        psql(&own, &format!("ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'"));
        let mut link = Link::to(url(&own)).unwrap();
        let connection = link.connect_first().await.unwrap();
        for step in script.steps() {
            let form = Form::of(step.gives != Gives::Count, step.condition.is_some());
            connection.prepare(step.sql, form, &step.parameters).await.unwrap();
        }
        let routine = connection.routine(Shape::of(&script).unwrap(), 2).await.unwrap().unwrap();
        assert_eq!(psql(&own, "SELECT count(*) FROM pg_proc WHERE proname LIKE 'script%'"), functions);
        let (other, driven) = tokio_postgres::connect(&own.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(driven);
        other.batch_execute("BEGIN; UPDATE steps SET last = 1 WHERE id = 'open'").await.unwrap();
        other.batch_execute(LOCK).await.unwrap();
        let rows = routine.rows([&script, &script].into_iter()).unwrap();
        let mut sent = Sent::default();
        connection.send_rows(&mut sent, routine.call(), &rows).await;
        let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert!((0..1_000).any(|_| psql(&own, waiting) != "0"), "it waits for nobody");
        other.batch_execute("COMMIT").await.unwrap();
        let answer = sent.next().await.unwrap();
        let outcomes: Vec<_> =
            answer.rows.iter().map(|row| (row.int(0).unwrap(), row.int(1).unwrap())).collect();
        assert_eq!(outcomes, [(1, 1), (2, 1)], "both were refused at the first statement");
        assert_eq!(psql(&own, "SELECT count(*) FROM notes"), "0");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_nothing_temporary_may_be_made_scripts_go_one_by_one() {
    let own = OwnDatabase::new();
    let name = psql(&own, "SELECT current_database()");
    let role = format!("plain_{name}");
    psql(&own, &format!("CREATE ROLE {role} LOGIN"));
    psql(&own, &format!("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC"));
    psql(&own, &format!("GRANT ALL ON SCHEMA public TO {role}"));
    let plain = super::PostgresUrl::parse(&own.url().replace("postgres@", &format!("{role}@"))).unwrap();
    let database = Arc::new(Postgres::open(&plain, STEPS, NOW).unwrap());
    let outcomes = crowd(&database, |nth| script("open", 0, nth)).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(sum(&database, "open").await, (200, 200));
    assert_eq!(psql(&own, ROUTINES), "0");
    drop(database);
    psql(&own, &format!("DROP OWNED BY {role}"));
    psql(&own, &format!("DROP ROLE {role}"));
}

//! What several ask at once is answered as if each had asked alone.

use std::sync::Arc;

use super::Postgres;
use super::tests::{NOW, psql, url};
use crate::migrate::Migration;
use crate::own_database::OwnDatabase;
use crate::script::Read;
use crate::unavailable::Unavailable;
use crate::value::{Row, Value, params};

const PAGES: &[Migration] = &[Migration {
    number: 1,
    name: "pages",
    sql: "CREATE TABLE pages (book BIGINT NOT NULL, page BIGINT NOT NULL, text TEXT, mark BYTEA, PRIMARY KEY (book, page));
          INSERT INTO pages SELECT b, p, 'page ' || p, NULL FROM generate_series(0, 9) AS b, generate_series(1, 3) AS p
              WHERE b <> 7;",
}];
/// Two columns of one name, a parameter that comes twice, an order, and a piece of text that looks like a parameter.
const BOOK: &str = "SELECT b.page, b.page, b.text, '$1', b.mark FROM pages b WHERE b.book = $1 AND $1 + b.page <> $2 \
    AND coalesce(b.text, $3) IS NOT NULL AND coalesce(b.mark, '') = $4 ORDER BY b.page DESC LIMIT 5";
const SHARE: &str = "SELECT 100 / $1";
const TOGETHER: &str = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%WITH ORDINALITY%'";

type Answer = Result<Vec<Vec<Row>>, Unavailable>;

/// Asks all of these at once, until the server was asked by several together.
async fn crowd(database: &Arc<Postgres>, read: impl Fn(i64) -> Read) -> Vec<Answer> {
    let mut asking = Vec::new();
    for nth in 0..400 {
        let (database, read) = (Arc::clone(database), read(nth));
        asking.push(tokio::spawn(async move { database.read(read).await }));
    }
    let mut answers = Vec::new();
    for asked in asking {
        answers.push(asked.await.unwrap());
    }
    answers
}

fn book(nth: i64) -> Read {
    Read::new().select(BOOK, params![nth % 10, nth % 10 + 2, Value::Null, Value::Blob(Vec::new())])
}

/// What somebody sees who asks alone.
async fn alone(own: &OwnDatabase, read: Read) -> Vec<Vec<Row>> {
    Postgres::open(&url(own), PAGES, NOW).unwrap().read(read).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_has_the_answer_to_its_own_question_in_its_order_and_nobody_elses() {
    let own = OwnDatabase::new();
    let database = Arc::new(Postgres::open(&url(&own), PAGES, NOW).unwrap());
    let mut expected = Vec::new();
    for nth in 0..10 {
        expected.push(alone(&own, book(nth)).await);
    }
    assert_eq!((expected[7][0].len(), expected[3][0].len()), (0, 2), "one has nothing to read");
    let seen = crowd(&database, |nth| match nth % 4 {
        // Another question, and two at once, beside it.
        0 => Read::new().select(TOGETHER, vec![]),
        1 => book(nth).select(TOGETHER, vec![]),
        _ => book(nth),
    })
    .await;
    let mut together = 0;
    for (nth, answer) in seen.iter().enumerate() {
        let answer = answer.as_ref().unwrap();
        if nth % 4 > 0 {
            assert_eq!(answer[0], expected[nth % 10][0], "{nth}");
        }
        if nth % 4 < 2 {
            together += answer[nth % 4][0].int(0).unwrap();
        }
    }
    assert!(together > 0, "everybody asked alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_fails_for_one_fails_for_nobody_beside_it() {
    let own = OwnDatabase::new();
    let database = Arc::new(Postgres::open(&url(&own), PAGES, NOW).unwrap());
    let seen = crowd(&database, |nth| Read::new().select(SHARE, params![nth % 10])).await;
    for (nth, answer) in (0..).zip(&seen) {
        match nth % 10 {
            0 => assert!(matches!(answer, Err(Unavailable::Fault { .. })), "{nth}: {answer:?}"),
            by => assert_eq!(answer.as_ref().unwrap()[0][0].int(0).unwrap(), 100 / by, "{nth}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_question_sees_what_was_written_before_it_was_asked() {
    let own = OwnDatabase::new();
    let database = Arc::new(Postgres::open(&url(&own), PAGES, NOW).unwrap());
    for mark in 1..20_u8 {
        psql(&own, &format!("UPDATE pages SET mark = '\\x{mark:02x}'"));
        let seen = crowd(&database, |nth| {
            Read::new().select(BOOK, params![nth % 7, -1, Value::Null, Value::Blob(vec![mark])])
        })
        .await;
        assert!(seen.iter().all(|answer| answer.as_ref().unwrap()[0].len() == 3), "{mark}");
    }
}

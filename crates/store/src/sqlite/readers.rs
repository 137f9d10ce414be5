//! The readers: every read is one snapshot, and none waits for the writer (WAL).

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::connection::SqliteConnection;
use crate::script::{Read, Select};
use crate::unavailable::Unavailable;
use crate::value::Row;

type Answer = Result<Vec<Vec<Row>>, Unavailable>;

/// A read and whoever waits for it.
pub(super) struct Job {
    pub(super) read: Read,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// Answers reads until the last handle on the database is gone.
pub(super) fn serve(mut connection: SqliteConnection, waiting: &Mutex<Receiver<Job>>) {
    while let Some(job) = next(waiting) {
        if !job.answer.is_closed() {
            let answer = snapshot(&mut connection, job.read.selects());
            // Nobody waits any more where sending fails.
            let _ = job.answer.send(answer);
        }
    }
}

/// The lock is held while waiting: one reader waits for work, the others for the lock.
fn next(waiting: &Mutex<Receiver<Job>>) -> Option<Job> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn snapshot(connection: &mut SqliteConnection, selects: &[Select]) -> Answer {
    // A single statement is a snapshot by itself.
    if selects.len() == 1 {
        return answer_all(connection, selects);
    }
    connection.abandon();
    connection.control("BEGIN DEFERRED")?;
    let answer = answer_all(connection, selects);
    // A read has nothing to commit; ending it frees the log for the next checkpoint.
    connection.abandon();
    answer
}

fn answer_all(connection: &mut SqliteConnection, selects: &[Select]) -> Answer {
    let mut answers = Vec::with_capacity(selects.len());
    for select in selects {
        let rows = connection.query(select.sql, &select.parameters);
        answers.push(rows.map_err(super::trouble::Trouble::into_unavailable)?);
    }
    Ok(answers)
}

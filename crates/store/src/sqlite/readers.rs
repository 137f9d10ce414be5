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

/// How many reads share a snapshot at most: it bounds how long the last of them waits for the first, and leaves work for
/// the other reader.
const SHARED: usize = 8;

/// Answers reads until the last handle on the database is gone. What waits together is answered from one snapshot, which
/// is younger than all of it: the pages that each read begins with are fetched once, and not once for each.
pub(super) fn serve(mut connection: SqliteConnection, waiting: &Mutex<Receiver<Job>>) {
    loop {
        let jobs = next(waiting);
        if jobs.is_empty() {
            return;
        }
        answer_together(&mut connection, jobs);
    }
}

/// The lock is held while waiting: one reader waits for work, the others for the lock.
fn next(waiting: &Mutex<Receiver<Job>>) -> Vec<Job> {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.recv().into_iter().chain(waiting.try_iter().take(SHARED - 1)).collect()
}

fn answer_together(connection: &mut SqliteConnection, jobs: Vec<Job>) {
    // A single statement is a snapshot by itself.
    let alone = matches!(jobs.as_slice(), [only] if only.read.selects().len() == 1);
    connection.abandon();
    for job in jobs.into_iter().filter(|job| !job.answer.is_closed()) {
        // Where an I/O error has ended the snapshot of those before, this one begins another.
        let whole = alone || connection.in_transaction();
        let begun = if whole { Ok(()) } else { connection.control("BEGIN DEFERRED") };
        let answer = begun.and_then(|()| answer_all(connection, job.read.selects()));
        // Nobody waits any more where sending fails.
        let _ = job.answer.send(answer);
    }
    // A read has nothing to commit; ending it frees the log for the next checkpoint.
    connection.abandon();
}

fn answer_all(connection: &mut SqliteConnection, selects: &[Select]) -> Answer {
    let mut answers = Vec::with_capacity(selects.len());
    for select in selects {
        let rows = connection.query(select.sql, &select.parameters);
        answers.push(rows.map_err(super::trouble::Trouble::into_unavailable)?);
    }
    Ok(answers)
}

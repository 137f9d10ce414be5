//! The readers: every read is one snapshot of the server that takes writes, and none waits for a writer.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use super::connection::Sent;
use super::form::Form;
use super::link::{ANSWER, Link};
use super::trouble::{Trouble, lost};
use crate::script::Read;
use crate::unavailable::Unavailable;
use crate::value::Row;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

type Answers = Result<Vec<Vec<Row>>, Unavailable>;

/// A read and whoever waits for it.
pub(super) struct Job {
    pub(super) read: Read,
    pub(super) answer: oneshot::Sender<Answers>,
}

/// Answers reads until the last handle on the database is gone.
pub(super) async fn serve(mut link: Link, jobs: Arc<Mutex<mpsc::Receiver<Job>>>) {
    loop {
        // The lock is held while waiting: one reader waits for work, the others for the lock.
        let Some(job) = jobs.lock().await.recv().await else { return };
        if !job.answer.is_closed() {
            let answer = answer(&mut link, &job.read).await;
            // Nobody waits any more where sending fails.
            let _ = job.answer.send(answer);
        }
    }
}

async fn answer(link: &mut Link, read: &Read) -> Answers {
    match attempt(link, read).await {
        // A read may be asked again; another server may be there now.
        Err(Trouble::Outage(Unavailable::Io { .. })) => {
            attempt(link, read).await.map_err(Trouble::into_unavailable)
        }
        answered => answered.map_err(Trouble::into_unavailable),
    }
}

async fn attempt(link: &mut Link, read: &Read) -> Result<Vec<Vec<Row>>, Trouble> {
    let answered = match tokio::time::timeout(ANSWER, snapshot(link, read)).await {
        Ok(answered) => answered,
        Err(_) => Err(Trouble::Outage(lost("the PostgreSQL server does not answer"))),
    };
    if let Err(Trouble::Outage(_) | Trouble::Follows) = answered {
        link.give_up();
    }
    answered
}

async fn snapshot(link: &mut Link, read: &Read) -> Result<Vec<Vec<Row>>, Trouble> {
    let connection = link.ready().await.map_err(Trouble::Outage)?;
    for select in read.selects() {
        connection.prepare(select.sql, Form::Returns, &select.parameters).await?;
    }
    let Some(connection) = link.open() else { return Err(Trouble::Follows) };
    let mut sent = Sent::default();
    // A single statement is a snapshot by itself.
    let several = read.selects().len() > 1;
    if several {
        connection.send_control(&mut sent, BEGIN).await;
    }
    for select in read.selects() {
        connection.send(&mut sent, select.sql, Form::Returns, &select.parameters).await;
    }
    if several {
        connection.send_control(&mut sent, "COMMIT").await;
    }
    // Everything is received, also what follows a statement that failed.
    let begun = if several { sent.next().await.map(drop) } else { Ok(()) };
    let mut answers = Ok(Vec::with_capacity(read.selects().len()));
    for _ in read.selects() {
        let answer = sent.next().await;
        if let Ok(rows) = &mut answers {
            match answer {
                Ok(answer) => rows.push(answer.rows),
                Err(trouble) => answers = Err(trouble),
            }
        }
    }
    let ended = if several { sent.next().await.map(drop) } else { Ok(()) };
    begun?;
    let answers = answers?;
    ended.map(|()| answers)
}

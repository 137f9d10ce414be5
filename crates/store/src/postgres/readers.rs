//! The readers: every read is one snapshot of the server that takes writes, and none waits for a writer.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use super::asked_together;
use super::connection::{PostgresConnection, Sent};
use super::form::Form;
use super::link::{ANSWER, Link};
use super::trouble::{Trouble, lost};
use crate::script::Read;
use crate::unavailable::Unavailable;
use crate::value::Row;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A read and whoever waits for it.
pub(super) struct Job {
    pub(super) read: Read,
    pub(super) answer: oneshot::Sender<Result<Vec<Vec<Row>>, Unavailable>>,
}

/// How many reads are on their way together at most: it bounds how long the first of them waits for the last.
const TOGETHER: usize = 32;

/// Answers reads until the last handle on the database is gone. What waits together goes to the server together.
pub(super) async fn serve(mut link: Link, jobs: Arc<Mutex<mpsc::Receiver<Job>>>) {
    loop {
        let mut taken = Vec::new();
        // The lock is held while waiting: one reader waits for work, the others for the lock.
        if jobs.lock().await.recv_many(&mut taken, TOGETHER).await == 0 {
            return;
        }
        taken.retain(|job| !job.answer.is_closed());
        let reads: Vec<&Read> = taken.iter().map(|job| &job.read).collect();
        let mut answers = Vec::with_capacity(taken.len());
        for (answered, read) in attempt(&mut link, &reads).await.into_iter().zip(&reads) {
            answers.push(match answered {
                // A read may be asked again; another server may be there now.
                Err(Trouble::Outage(Unavailable::Io { .. })) => attempt(&mut link, &[read]).await.pop(),
                // What failed may be another's of those that asked the same.
                Err(_) if reads.len() > 1 => attempt(&mut link, &[read]).await.pop(),
                answered => Some(answered),
            });
        }
        for (job, answer) in taken.into_iter().zip(answers) {
            let answer = answer.unwrap_or(Err(Trouble::Follows));
            // Nobody waits any more where sending fails.
            let _ = job.answer.send(answer.map_err(Trouble::into_unavailable));
        }
    }
}

type Answered = Result<Vec<Vec<Row>>, Trouble>;

/// The answer to each of these reads.
async fn attempt(link: &mut Link, reads: &[&Read]) -> Vec<Answered> {
    let all = |trouble: &Trouble| reads.iter().map(|_| Err(trouble.clone())).collect::<Vec<_>>();
    let answers = match tokio::time::timeout(ANSWER, ask(link, reads)).await {
        Ok(Ok(answers)) => answers,
        Ok(Err(trouble)) => all(&trouble),
        Err(_) => all(&Trouble::Outage(lost("the PostgreSQL server does not answer"))),
    };
    if answers.iter().any(|answered| matches!(answered, Err(Trouble::Outage(_) | Trouble::Follows))) {
        link.give_up();
    }
    answers
}

async fn ask(link: &mut Link, reads: &[&Read]) -> Result<Vec<Answered>, Trouble> {
    let connection = link.ready().await.map_err(Trouble::Outage)?;
    let mut prepared = Vec::with_capacity(reads.len());
    for read in reads {
        match prepare(connection, read).await {
            Err(trouble @ Trouble::Outage(_)) => return Err(trouble),
            outcome => prepared.push(outcome),
        }
    }
    let ready = (0..).zip(reads.iter().copied()).zip(&prepared);
    let ready = ready.filter_map(|(numbered, prepared)| prepared.is_ok().then_some(numbered)).collect();
    let (together, alone) = asked_together::sorted(connection, ready).await?;
    let Some(connection) = link.open() else { return Err(Trouble::Follows) };
    let mut sent = Sent::default();
    for question in &together {
        connection.send_rows(&mut sent, &question.statement, &question.rows).await;
    }
    for (_, read) in &alone {
        send(connection, &mut sent, read).await;
    }
    let mut answers: Vec<Answered> =
        prepared.into_iter().map(|prepared| prepared.and(Err(Trouble::Follows))).collect();
    let mut keep = |nth: usize, answered: Answered| {
        if let Some(place) = answers.get_mut(nth) {
            *place = answered;
        }
    };
    for question in &together {
        for (nth, rows) in question.answers(sent.next().await) {
            keep(nth, rows.map(|rows| vec![rows]));
        }
    }
    for (nth, read) in alone {
        keep(nth, receive(&mut sent, read).await);
    }
    Ok(answers)
}

async fn prepare(connection: &mut PostgresConnection, read: &Read) -> Result<(), Trouble> {
    for select in read.selects() {
        connection.prepare(select.sql, Form::Returns, &select.parameters).await?;
    }
    Ok(())
}

/// A single statement is a snapshot by itself.
fn needs_a_transaction(read: &Read) -> bool {
    read.selects().len() > 1
}

async fn send<'a>(connection: &'a PostgresConnection, sent: &mut Sent<'a>, read: &'a Read) {
    if needs_a_transaction(read) {
        connection.send_control(sent, BEGIN).await;
    }
    for select in read.selects() {
        connection.send(sent, select.sql, Form::Returns, &select.parameters).await;
    }
    if needs_a_transaction(read) {
        connection.send_control(sent, "COMMIT").await;
    }
}

async fn receive(sent: &mut Sent<'_>, read: &Read) -> Answered {
    // Everything is received, also what follows a statement that failed.
    let begun = if needs_a_transaction(read) { sent.next().await.map(drop) } else { Ok(()) };
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
    let ended = if needs_a_transaction(read) { sent.next().await.map(drop) } else { Ok(()) };
    begun?;
    let answers = answers?;
    ended.map(|()| answers)
}

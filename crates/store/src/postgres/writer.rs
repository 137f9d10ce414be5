//! The writer: whatever waits shares one durable commit, each script with an answer of its own.
//!
//! **One at a time, over all nodes.** Every transaction that writes begins with the same advisory lock, and lets it go
//! when it is committed. So scripts run one after the other here as they do on SQLite: what one relies on cannot change
//! beneath it, places in the log come in the order of commits, nothing deadlocks, and the model of the store holds for
//! any number of nodes. The price is that all of them write at the speed of one; sharing commits is what makes that
//! enough (docs/scale.md). A second connection of the same node would wait for that lock with half of what waits: one
//! takes all of it, and commits half as often.
//!
//! **Few round trips, few statements.** Scripts of one shape go as rows of one call ([`super::routine`]); where that is all
//! there is, one statement is the whole transaction: it takes the lock, and to end it is to commit. Statements of the others carry their conditions with them ([`super::form`]), so they
//! are sent whole as well, each script between a savepoint and its release. Where one fails the server refuses whatever
//! follows; then that script is undone, and the rest is sent again. Only when all scripts have their answer is the commit
//! sent. A single script needs no savepoint, and its commit goes with it.

use tokio::sync::{mpsc, oneshot};

use super::call::{Call, Outcome, outcomes_of, sorted};
use super::connection::{Answer, PostgresConnection, Sent};
use super::form::Form;
use super::link::{ANSWER, Link};
use super::trouble::{Trouble, lost};
use crate::script::{CONSTRAINT, Failed, Gives, Script, Step, Written};
use crate::tally::WriteTally;
use crate::unavailable::Unavailable;

/// How many scripts share a commit at most: it bounds how long the first of them waits for the last, and PostgreSQL
/// slows down beyond 64 savepoints in a transaction.
const BATCH: usize = 64;

/// Takes the lock.
macro_rules! lock {
    () => {
        "SELECT pg_advisory_xact_lock(7165064744911307379)"
    };
}
/// Held until the transaction is over. In a database of our own nobody else uses this number; it spells "counters".
pub(super) const LOCK: &str = lock!();
/// Each statement after it sees what was committed before the lock was had.
const BEGIN: &str = concat!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ", lock!());

/// A script and whoever waits for it.
pub(super) struct Job {
    pub(super) script: Script,
    pub(super) answer: oneshot::Sender<Outcome>,
}

/// Runs scripts until the last handle on the database is gone and the queue is empty.
pub(super) async fn serve(mut link: Link, mut jobs: mpsc::Receiver<Job>, tally: WriteTally) {
    loop {
        let mut batch = Vec::new();
        if jobs.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        commit_together(&mut link, batch, &tally).await;
    }
}

async fn commit_together(link: &mut Link, batch: Vec<Job>, tally: &WriteTally) {
    let outcome = match attempt(link, &batch).await {
        // Nothing was sent yet that could have been committed: another server may be there now.
        Err(Ended { unavailable: Unavailable::Io { .. } | Unavailable::ReadOnly, undone: true }) => {
            attempt(link, &batch).await
        }
        outcome => outcome,
    };
    match outcome {
        Ok(outcomes) => {
            tally.committed();
            for (job, outcome) in batch.into_iter().zip(outcomes) {
                // Nobody waits any more where sending fails; the script was all or nothing all the same.
                let _ = job.answer.send(outcome);
            }
        }
        // Refused scripts too: what refused them may have been undone with the rest.
        Err(Ended { unavailable, .. }) => {
            for job in batch {
                let _ = job.answer.send(Err(Failed::Unavailable(unavailable.clone())));
            }
        }
    }
}

/// The whole batch came to nothing.
struct Ended {
    unavailable: Unavailable,
    /// Whether it is certain that none of it was committed.
    undone: bool,
}

impl Ended {
    fn undone(trouble: Trouble) -> Self {
        Self { unavailable: trouble.into_unavailable(), undone: true }
    }

    fn unknown(trouble: Trouble) -> Self {
        Self { unavailable: trouble.into_unavailable(), undone: false }
    }
}

async fn attempt(link: &mut Link, batch: &[Job]) -> Result<Vec<Outcome>, Ended> {
    let running = tokio::time::timeout(ANSWER, run(link, batch));
    let ended = match running.await {
        Ok(Ok(outcomes)) => return Ok(outcomes),
        Ok(Err(ended)) => ended,
        Err(_) => Ended { unavailable: lost("the PostgreSQL server does not answer"), undone: false },
    };
    // Whatever is open on the server ends with the connection.
    link.give_up();
    Err(ended)
}

async fn run(link: &mut Link, batch: &[Job]) -> Result<Vec<Outcome>, Ended> {
    let connection = link.ready().await.map_err(|unavailable| Ended { unavailable, undone: true })?;
    connection.was_warned();
    let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(batch.len());
    for job in batch {
        outcomes.push(prepare(connection, &job.script).await.map_err(Ended::undone)?);
    }
    let waiting: Vec<(usize, &Script)> = (0..)
        .zip(batch.iter().map(|job| &job.script))
        .zip(&outcomes)
        .filter_map(|(numbered, outcome)| outcome.is_none().then_some(numbered))
        .collect();
    let (calls, others) = sorted(connection, &waiting).await.map_err(Ended::undone)?;
    let Some(connection) = link.open() else { return Err(Ended::undone(Trouble::Follows)) };
    let settled = match (calls.as_slice(), others.as_slice()) {
        ([], []) => Vec::new(),
        ([], [(nth, only)]) => vec![(*nth, alone(connection, only).await?)],
        (calls, others) => {
            let settled = match (calls, others) {
                ([call], []) => at_a_stroke(connection, call).await?,
                (calls, others) => together(connection, calls, others).await?,
            };
            match settled {
                Some(settled) => settled,
                // Of a call that fails as a whole nobody knows which script it was.
                None => together(connection, &[], &waiting).await?.unwrap_or_default(),
            }
        }
    };
    if connection.was_warned() {
        let warned = "the PostgreSQL server warned that a commit may not be on its standby";
        return Err(Ended { unavailable: lost(warned), undone: false });
    }
    for (nth, outcome) in settled {
        if let Some(place) = outcomes.get_mut(nth) {
            *place = Some(outcome);
        }
    }
    let unanswered = || Err(Failed::Unavailable(lost("a script was not run")));
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unanswered)).collect())
}

/// Makes every statement of a script known to the server; its outcome, if there is one already.
async fn prepare(connection: &mut PostgresConnection, script: &Script) -> Result<Option<Outcome>, Trouble> {
    for step in script.steps() {
        match connection.prepare(step.sql, form_of(step), &step.parameters).await {
            Ok(()) => {}
            Err(Trouble::Outage(unavailable)) => return Err(Trouble::Outage(unavailable)),
            Err(trouble) => return Ok(Some(Err(Failed::Unavailable(trouble.into_unavailable())))),
        }
    }
    Ok(None)
}

fn form_of(step: &Step) -> Form {
    Form::of(step.gives != Gives::Count, step.condition.is_some())
}

/// One script and its commit in one round trip. Where a statement fails, the commit undoes it.
async fn alone(connection: &PostgresConnection, script: &Script) -> Result<Outcome, Ended> {
    let mut sent = Sent::default();
    connection.send_control(&mut sent, BEGIN).await;
    send(connection, &mut sent, script).await;
    connection.send_control(&mut sent, "COMMIT").await;
    let begun = sent.next().await;
    let outcome = receive(&mut sent, script).await;
    let committed = sent.next().await;
    begun.map_err(Ended::unknown)?;
    let outcome = outcome.map_err(Ended::unknown)?;
    committed.map_err(Ended::unknown)?;
    Ok(outcome)
}

/// One call and its commit as one statement; nothing where it failed, and so nothing was done.
async fn at_a_stroke(
    connection: &PostgresConnection,
    call: &Call<'_>,
) -> Result<Option<Vec<(usize, Outcome)>>, Ended> {
    let mut sent = Sent::default();
    connection.send_rows(&mut sent, call.routine.call(), &call.rows).await;
    match sent.next().await {
        Ok(answer) => Ok(Some(outcomes_of(call, &answer))),
        Err(trouble @ Trouble::Outage(_)) => Err(Ended::unknown(trouble)),
        Err(_) => Ok(None),
    }
}

/// Several scripts and one commit; nothing where a call failed as a whole, and so nothing was done.
async fn together<'a>(
    connection: &PostgresConnection,
    calls: &[Call<'a>],
    scripts: &[(usize, &'a Script)],
) -> Result<Option<Vec<(usize, Outcome)>>, Ended> {
    let mut sent = Sent::default();
    connection.send_control(&mut sent, BEGIN).await;
    for call in calls {
        connection.send_rows(&mut sent, call.routine.call(), &call.rows).await;
    }
    let calls_alone = scripts.is_empty();
    let ended = if calls_alone { Ended::unknown } else { Ended::undone };
    if calls_alone {
        connection.send_control(&mut sent, "COMMIT").await;
    } else {
        send_marked(connection, &mut sent, scripts).await;
    }
    sent.next().await.map_err(ended)?;
    let mut outcomes = Vec::new();
    for call in calls {
        match sent.next().await {
            Ok(answer) => outcomes.extend(outcomes_of(call, &answer)),
            Err(trouble @ Trouble::Outage(_)) => return Err(ended(trouble)),
            Err(_) if calls_alone => {
                // The calls that follow it fail for that alone, and the commit undoes those before it.
                return match sent.all().await {
                    Err(trouble @ Trouble::Outage(_)) => Err(ended(trouble)),
                    _ => Ok(None),
                };
            }
            Err(_) => {
                // Whatever follows it fails, and undoes nothing.
                let _ = sent.all().await;
                return connection.control("ROLLBACK").await.map(|()| None).map_err(ended);
            }
        }
    }
    if calls_alone {
        sent.next().await.map_err(Ended::unknown)?;
        return Ok(Some(outcomes));
    }
    let mut left = scripts;
    loop {
        let settled = receive_marked(connection, &mut sent, left).await?;
        left = left.get(settled.len()..).unwrap_or_default();
        outcomes.extend(settled);
        if left.is_empty() {
            break;
        }
        send_marked(connection, &mut sent, left).await;
    }
    connection.control("COMMIT").await.map_err(Ended::unknown)?;
    Ok(Some(outcomes))
}

async fn send_marked<'a>(
    connection: &'a PostgresConnection,
    sent: &mut Sent<'a>,
    scripts: &[(usize, &'a Script)],
) {
    for (_, script) in scripts {
        connection.send_control(sent, "SAVEPOINT script").await;
        send(connection, sent, script).await;
        connection.send_control(sent, "RELEASE script").await;
    }
}

/// The outcomes up to the first script that failed, which is undone.
async fn receive_marked(
    connection: &PostgresConnection,
    sent: &mut Sent<'_>,
    scripts: &[(usize, &Script)],
) -> Result<Vec<(usize, Outcome)>, Ended> {
    let mut outcomes = Vec::with_capacity(scripts.len());
    let mut failed = false;
    for (nth, script) in scripts {
        // Everything is received, also what follows the one that failed.
        let marked = sent.next().await;
        let outcome = receive(sent, script).await;
        let released = sent.next().await;
        if failed {
            continue;
        }
        marked.map_err(Ended::undone)?;
        let outcome = outcome.map_err(Ended::undone)?;
        failed = outcome.is_err();
        if !failed {
            released.map_err(Ended::undone)?;
        }
        outcomes.push((*nth, outcome));
    }
    if failed {
        connection.control("ROLLBACK TO script; RELEASE script").await.map_err(Ended::undone)?;
    }
    Ok(outcomes)
}

async fn send<'a>(connection: &'a PostgresConnection, sent: &mut Sent<'a>, script: &'a Script) {
    for step in script.steps() {
        connection.send(sent, step.sql, form_of(step), &step.parameters).await;
    }
}

/// The script's own outcome, or what ends the whole batch.
async fn receive(sent: &mut Sent<'_>, script: &Script) -> Result<Outcome, Trouble> {
    let mut written = Written::default();
    let mut outcome: Result<(), Failed> = Ok(());
    let mut ended = None;
    for step in script.steps() {
        let answered = sent.next().await;
        if outcome.is_err() || ended.is_some() {
            continue;
        }
        match answered {
            Ok(Answer { rows, changed }) => match step.gives {
                Gives::Count => written.changed.push(changed),
                Gives::Rows => written.rows.push(rows),
                Gives::Nothing => {}
            },
            Err(Trouble::Condition | Trouble::Constraint) => {
                outcome = Err(Failed::Refused { at: step.condition.unwrap_or(CONSTRAINT) });
            }
            Err(Trouble::Script(unavailable)) => outcome = Err(Failed::Unavailable(unavailable)),
            Err(trouble @ (Trouble::Follows | Trouble::Outage(_))) => ended = Some(trouble),
        }
    }
    ended.map_or(Ok(outcome.map(|()| written)), Err)
}

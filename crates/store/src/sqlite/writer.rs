//! The writer: whatever waits shares one durable commit, each script with an answer of its own.
//!
//! A commit costs one sync of the disk, however many scripts are in it. So the thread takes the first
//! script, everything else that has come meanwhile, and commits once. No answer leaves before the commit.

use std::sync::mpsc::Receiver;

use tokio::sync::oneshot;

use super::connection::SqliteConnection;
use super::trouble::Trouble;
use crate::script::{CONSTRAINT, Failed, Gives, Script, Written};
use crate::tally::WriteTally;
use crate::unavailable::Unavailable;

/// How many scripts share a commit at most: it bounds how long the first of them waits for the last.
const BATCH: usize = 512;

type Answer = Result<Written, Failed>;

/// A script and whoever waits for it.
pub(super) struct Job {
    pub(super) script: Script,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// Runs scripts until the last handle on the database is gone and the queue is empty.
pub(super) fn serve(mut connection: SqliteConnection, jobs: &Receiver<Job>, tally: &WriteTally) {
    while let Ok(first) = jobs.recv() {
        let others = jobs.try_iter().take(BATCH - 1);
        commit_together(&mut connection, std::iter::once(first).chain(others).collect(), tally);
    }
    // The log is whole either way; this only spares the next start from reading it.
    let _ = connection.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}

fn commit_together(connection: &mut SqliteConnection, batch: Vec<Job>, tally: &WriteTally) {
    match run_batch(connection, &batch) {
        Ok(answers) => {
            tally.committed();
            for (job, answer) in batch.into_iter().zip(answers) {
                send(job, answer);
            }
        }
        Err(unavailable) => {
            connection.abandon();
            // A fault that only the commit finds (a constraint deferred to it) is one script's own:
            // each gets a commit to itself, so that the neighbours do not suffer.
            if matches!(unavailable, Unavailable::Fault { .. }) && batch.len() > 1 {
                for job in batch {
                    commit_together(connection, vec![job], tally);
                }
            } else {
                // Refused scripts too: what refused them may have been undone with the rest.
                for job in batch {
                    send(job, Err(Failed::Unavailable(unavailable.clone())));
                }
            }
        }
    }
}

/// Nobody waits any more where sending fails; the script was all or nothing all the same.
fn send(job: Job, answer: Answer) {
    let _ = job.answer.send(answer);
}

fn run_batch(connection: &mut SqliteConnection, batch: &[Job]) -> Result<Vec<Answer>, Unavailable> {
    if let Some(answers) = run_plainly(connection, batch)? {
        return Ok(answers);
    }
    connection.abandon();
    connection.control("BEGIN IMMEDIATE")?;
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        answers.push(run_in_savepoint(connection, &job.script)?);
    }
    connection.control("COMMIT")?;
    Ok(answers)
}

/// The batch without savepoints, for each of which SQLite copies every page that its script touches. It comes to nothing,
/// and `None`, where a script was stopped after it had written: most stop at a condition that stands before their writes,
/// and then there is nothing to undo.
fn run_plainly(connection: &mut SqliteConnection, batch: &[Job]) -> Result<Option<Vec<Answer>>, Unavailable> {
    connection.abandon();
    connection.control("BEGIN IMMEDIATE")?;
    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let mut wrote = false;
        match run(connection, &job.script, &mut wrote) {
            Ok(written) => answers.push(Ok(written)),
            Err(Stopped::Script(_)) if wrote || !connection.in_transaction() => {
                connection.abandon();
                return Ok(None);
            }
            Err(Stopped::Script(failed)) => answers.push(Err(failed)),
            Err(Stopped::Batch(unavailable)) => return Err(unavailable),
        }
    }
    connection.control("COMMIT")?;
    Ok(Some(answers))
}

/// The script's own answer, or what ends the whole batch.
pub(super) fn run_in_savepoint(
    connection: &mut SqliteConnection,
    script: &Script,
) -> Result<Answer, Unavailable> {
    connection.control("SAVEPOINT script")?;
    let failed = match run(connection, script, &mut false) {
        Ok(written) => {
            connection.control("RELEASE script")?;
            return Ok(Ok(written));
        }
        Err(Stopped::Script(failed)) => failed,
        Err(Stopped::Batch(unavailable)) => return Err(unavailable),
    };
    // SQLite ends the whole transaction by itself after some errors; the neighbours are undone then.
    if !connection.in_transaction() {
        return Err(Unavailable::Io { reason: "the whole transaction was rolled back".to_owned() });
    }
    connection.control("ROLLBACK TO script")?;
    connection.control("RELEASE script")?;
    Ok(Err(failed))
}

enum Stopped {
    Script(Failed),
    Batch(Unavailable),
}

/// Runs a script; `wrote` says whether anything is to be undone where it was stopped.
fn run(connection: &mut SqliteConnection, script: &Script, wrote: &mut bool) -> Result<Written, Stopped> {
    let mut written = Written::default();
    for step in script.steps() {
        let (sql, parameters) = (step.sql, &step.parameters);
        let touched = match step.gives {
            Gives::Count => connection.execute(sql, parameters).inspect(|count| written.changed.push(*count)),
            Gives::Nothing => connection.query(sql, parameters).map(|rows| rows.len()),
            Gives::Rows => connection.query(sql, parameters).map(|rows| {
                let count = rows.len();
                written.rows.push(rows);
                count
            }),
        };
        // What answers with rows may have written them.
        *wrote |= step.gives != Gives::Nothing && touched.as_ref().is_ok_and(|count| *count > 0);
        match (touched, step.condition) {
            (Ok(0), Some(condition)) => return Err(Stopped::Script(Failed::Refused { at: condition })),
            (Ok(_), _) => {}
            (Err(Trouble::Constraint), condition) => {
                return Err(Stopped::Script(Failed::Refused { at: condition.unwrap_or(CONSTRAINT) }));
            }
            (Err(Trouble::Script(unavailable)), _) => {
                return Err(Stopped::Script(Failed::Unavailable(unavailable)));
            }
            (Err(Trouble::Outage(unavailable)), _) => return Err(Stopped::Batch(unavailable)),
        }
    }
    Ok(written)
}

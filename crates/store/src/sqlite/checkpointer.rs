//! The checkpointer: carries what the log holds into the database beside the writer, so that few commits wait for it.
//!
//! Pages that were written again and again are carried once, so it pays to wait until the log is long. But what carries
//! beside a writer that never rests never comes to the log's end, and only a log that was carried whole is begun anew. So
//! most of it is carried here, and the little that came meanwhile by the writer, between two commits.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::hooks::Wal;

use super::connection::SqliteConnection;

/// From how many pages in the log on it is carried beside the writer.
pub(super) const BESIDE: i32 = 1_000;
/// From how many pages on the writer carries the rest itself, and begins the log anew: 6 MB.
const WHOLE: i32 = 1_500;

/// What keeps the checkpointer at work. Of connections that close at the same moment none is the last, which removes the log:
/// so this is let go when the writer's is closed.
pub(super) struct Work(#[expect(dead_code, reason = "that it is there is what counts")] SyncSender<()>);

/// Has the writer say when the log is long.
pub(super) fn watch(writing: &mut SqliteConnection) -> rusqlite::Result<(Work, Receiver<()>)> {
    // One is enough: whoever carries takes all that is there.
    let (long, is_long) = sync_channel(1);
    let work = Work(long.clone());
    let mut told = false;
    writing.raw_mut().wal_hook(Some(move |log: &mut Wal, pages| {
        after_a_commit(log, pages, &long, &mut told);
        // The commit is made, whatever becomes of the log.
        Ok(())
    }))?;
    Ok((work, is_long))
}

fn after_a_commit(log: &mut Wal, pages: i32, long: &SyncSender<()>, told: &mut bool) {
    if pages < BESIDE {
        *told = false;
    } else if !*told {
        *told = long.try_send(()).is_ok();
    }
    if pages >= WHOLE {
        // While somebody else is at it, or reads an old snapshot, the log grows, and the next commit tries again.
        let _ = log.checkpoint();
    }
}

/// Carries whenever the log is long, until there is no more work.
pub(super) fn serve(connection: &SqliteConnection, is_long: &Receiver<()>) {
    while is_long.recv().is_ok() {
        // What fails here is left to the writer, which has the same to do then.
        let _ = connection.raw().execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
    }
}

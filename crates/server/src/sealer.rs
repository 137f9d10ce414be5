//! The sealer: chains the lines of the audit log soon after they were written, and raises the high-water mark.
//!
//! At every start it also compares the mark with the database, before any door opens: a database that is older than
//! its mark is an old backup, and nothing that was spent, forgotten or ended since may revive.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use countersign::{
    InstallationId, Timestamp,
    high_water::{Mark, Restored, Verdict},
};
use countersign_store::{Installation, Refusal, Store, Unavailable, chain::Chained, log::Restoration};
use rand_core::CryptoRng;

use crate::high_water::{HighWater, HighWaterError};

/// How often the log is chained: what was written in the meantime is as durable, and not yet evidence.
pub const EVERY: Duration = Duration::from_secs(1);

/// How often another process may be first in dealing with a restored backup before this one gives up.
const TURNS: usize = 8;

/// Chains the log of one installation, and marks how far it has come.
pub struct Sealer {
    installation: Installation,
    high_water: HighWater,
    /// What this process last knew. No lock is held while anything is awaited.
    last: Mutex<Last>,
    /// The older backup that was dealt with at the start.
    restored: Option<Restoration>,
}

/// What a mark means that is not there, or is another installation's, where the database once had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A restored backup. On one machine there is hardly another way to lose it, and whoever restores onto a new one
    /// has none.
    IsARestore,
    /// It cannot be told. Where several nodes share a database it is a new node more often than a restore, and to end
    /// everybody's sessions for one would be a trap.
    IsUnclear,
}

/// How far the log is chained and marked.
#[derive(Clone, Copy, Debug)]
struct Last {
    mark: Mark,
    /// When it was chained to its end.
    chained_at: Timestamp,
}

/// Why the log is not chained, or not marked.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// The database.
    #[error(transparent)]
    Store(#[from] Unavailable),
    /// The mark.
    #[error(transparent)]
    HighWater(#[from] HighWaterError),
    /// Somebody cut the log, or wrote it anew, while the service runs.
    #[error(
        "the audit log does not hold its high-water mark {} any more: lines were removed or written anew behind the \
         back of this service. Stop it, keep a copy of the database, and run `countersign events verify`; the next \
         start takes the database for an old backup",
        .0.head
    )]
    MarkLost(Box<Mark>),
    /// Nobody can tell a new node from a restored backup.
    #[error(
        "the high-water mark {} {what}, and this database has had one. Nothing was changed. If this is a new node, or the \
         file was lost: copy the file high-water of a running node there, and start again. If a backup of the \
         database was restored, or no node has its mark any more: run `countersign database restored` once, with all nodes \
         stopped; it ends all sessions, forgets all devices and switches off recovery codes", .path.display()
    )]
    Unclear {
        /// Where it should be.
        path: PathBuf,
        /// What is the matter with it.
        what: &'static str,
    },
    /// The service ends in this very moment.
    #[error("the service is stopping")]
    Stopping,
    /// Other processes deal with a restored backup, over and over.
    #[error("other processes are dealing with a restored backup; try again")]
    Contended,
}

impl Sealer {
    /// Compares the mark with the database, deals with an old backup if that is what it is, and marks the
    /// database. Nobody is let in before this is done.
    ///
    /// # Errors
    /// [`NotSealed`].
    pub async fn open(
        store: &Store,
        high_water: HighWater,
        missing: Missing,
        now: Timestamp,
        rng: &mut (impl CryptoRng + Send),
    ) -> Result<Self, NotSealed> {
        let fresh = InstallationId::fresh(now, rng);
        let mut dealt = None;
        for _ in 0..TURNS {
            // In this order: the database says that a mark was kept after it was written, and a mark is written
            // after the link it names. So another process that is at work now is never taken for a restore.
            let installation = store.installation(fresh, now).await?;
            let mark = high_water.read()?;
            let at_the_mark = match &mark {
                Some(mark) => store.hash_at(&installation, mark.head.link).await?,
                None => None,
            };
            let verdict = Mark::judge(mark.as_ref(), installation.marked, installation.id, at_the_mark);
            if let Some(unclear) = missing.leaves_unclear(&verdict, &high_water) {
                return Err(unclear);
            }
            let last = match (verdict, mark) {
                // Nothing is written: where the disk is full, a command that only reads still works.
                (Verdict::Sound, Some(mark)) => mark,
                (Verdict::Restored(restored), _) => {
                    let Some(lost) = deal(store, &installation, &restored, now).await? else { continue };
                    dealt = Some(lost);
                    let marked = mark_of(&installation, &store.chain_events(&installation).await?, now);
                    high_water.replace(&marked)?;
                    marked
                }
                (verdict, _) => {
                    if let Verdict::Strange(other) = verdict {
                        warn_of_strange(&high_water, other);
                    }
                    let marked = mark_of(&installation, &store.chained(&installation).await?, now);
                    high_water.raise(&marked)?;
                    marked
                }
            };
            store.marked(&installation).await?;
            let last = Mutex::new(Last { mark: last, chained_at: now });
            return Ok(Self { installation, high_water, last, restored: dealt });
        }
        Err(NotSealed::Contended)
    }

    /// Chains whatever is not chained yet, and raises the mark when that is durable.
    ///
    /// # Errors
    /// [`NotSealed`]; the mark is as it was, and the next time has more to do.
    pub async fn seal(&self, store: &Store, now: Timestamp) -> Result<(), NotSealed> {
        loop {
            let chained = store.chain_events(&self.installation).await?;
            let last = self.last().mark;
            if chained.head != last.head {
                let found = store.hash_at(&self.installation, last.head.link).await?;
                if found != Some(last.head.hash) {
                    return Err(NotSealed::MarkLost(Box::new(last)));
                }
                let mark = mark_of(&self.installation, &chained, now);
                // Syncing a file takes its time, and no request should wait for it.
                let high_water = self.high_water.clone();
                let raised = tokio::task::spawn_blocking(move || high_water.raise(&mark)).await;
                raised.map_err(|_| NotSealed::Stopping)??;
                self.last().mark = mark;
            }
            if !chained.more {
                self.last().chained_at = now;
                return Ok(());
            }
        }
    }

    /// The older backup that was found and dealt with at the start.
    pub(crate) fn restored(&self) -> Option<&Restoration> {
        self.restored.as_ref()
    }

    /// The link of the mark, and when the log was last chained to its end.
    pub(crate) fn reached(&self) -> (i64, Timestamp) {
        let last = *self.last();
        (last.mark.head.link, last.chained_at)
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Missing {
    /// Why nothing is done, where this verdict leaves it unclear what is the case.
    pub(crate) fn leaves_unclear(self, verdict: &Verdict, high_water: &HighWater) -> Option<NotSealed> {
        let what = match (self, verdict) {
            (Self::IsUnclear, Verdict::Restored(Restored::MarkMissing)) => "is missing",
            (Self::IsUnclear, Verdict::Restored(Restored::MarkStrange(_))) => "is of another installation",
            _ => return None,
        };
        Some(NotSealed::Unclear { path: high_water.path().to_owned(), what })
    }
}

/// Deals with an old backup; nothing where another process was first.
async fn deal(
    store: &Store,
    installation: &Installation,
    restored: &Restored,
    now: Timestamp,
) -> Result<Option<Restoration>, NotSealed> {
    match store.deal_with_restored(installation, restored, now).await {
        Ok(lost) => {
            tell(restored, &lost);
            Ok(Some(lost))
        }
        Err(Refusal::Unavailable(unavailable)) => Err(unavailable.into()),
        Err(_) => Ok(None),
    }
}

fn mark_of(installation: &Installation, chained: &Chained, now: Timestamp) -> Mark {
    Mark { installation: installation.id, head: chained.head, at: chained.at.unwrap_or(now) }
}

fn warn_of_strange(high_water: &HighWater, other: InstallationId) {
    tracing::warn!(
        mark = %high_water.path().display(), installation = %other,
        "the high-water mark is of another installation and gives way to one of this database. If two installations \
         share a directory, give each a high_water_file of its own"
    );
}

/// What was lost, in words for the log; `countersign check` says it again.
fn tell(restored: &Restored, lost: &Restoration) {
    let why = match restored {
        Restored::Behind(_) => "the database is older than its high-water mark",
        Restored::Differs(_) => "the database has another line where its high-water mark is",
        Restored::MarkMissing => "the high-water mark of the database is missing",
        Restored::MarkStrange(_) => {
            "the high-water mark is of another installation, and that of the database is missing"
        }
    };
    tracing::error!(
        why, lost = %Lost(lost),
        "an older backup was restored: all codes of before count as spent, recovery codes are switched off, remembered \
         devices are forgotten, sessions and links have ended. Ask people to make new recovery codes; `countersign \
         check` says more"
    );
}

/// What a restored backup lost, in words: which links, and of what time.
pub struct Lost<'a>(pub &'a Restoration);

impl std::fmt::Display for Lost<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Restoration { last_kept, kept_until, last_marked, marked_at, .. } = self.0;
        match last_marked {
            Some(marked) if marked > last_kept => {
                write!(f, "links {} to {marked} of the audit log", last_kept.saturating_add(1))?;
            }
            Some(marked) => write!(f, "what link {marked} of the audit log stood for")?,
            None => write!(f, "whatever came after link {last_kept} of the audit log")?,
        }
        if let Some(since) = kept_until {
            write!(f, ", from {}", utc(*since))?;
        }
        match marked_at {
            Some(until) => write!(f, " to {}", utc(*until)),
            None => Ok(()),
        }
    }
}

/// A moment as logs and terminals show it: RFC 3339 in UTC.
pub(crate) fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).map_or_else(|_| "?".to_owned(), |at| at.to_string())
}

//! The pace of the slowest passwords: how long it takes here to check one that another system has hashed.
//!
//! Such a hash is often dearer than ours, and its work is done on top. So that nobody learns from the clock who has moved
//! in and not signed in since, every refusal of a password waits until the slowest of them would have been checked. It is
//! a wait and no work: no hashing thread is held by it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use countersign_store::Unavailable;
use tokio::time::Instant;

use crate::app::App;
use crate::hasher::NotHashed;

/// The longest wait. What the engine reads at all is done in less, on a machine that is not overrun.
const MOST: Duration = Duration::from_secs(2);
/// Of what was measured before, a sixteenth is forgotten with each new measure: one slow moment is not for ever.
const FORGOTTEN: u64 = 16;

/// How long the slowest check took lately, in microseconds; nothing where no other system has hashed a password.
#[derive(Debug, Default)]
pub(crate) struct Pace(AtomicU64);

/// Why it could not be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotMeasured {
    /// The database.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The hashing threads.
    #[error(transparent)]
    NotHashed(#[from] NotHashed),
}

impl Pace {
    /// A hash of another system was checked, which took so long.
    pub(crate) fn took(&self, time: Duration) {
        let time = u64::try_from(time.min(MOST).as_micros()).unwrap_or(u64::MAX);
        let slower = |known: u64| Some(time.max(known.saturating_sub(known / FORGOTTEN)));
        // It cannot fail: there is always another number.
        let _before = self.0.fetch_update(Relaxed, Relaxed, slower);
    }

    /// How long a refusal has to wait whose password took so long to check.
    pub(crate) fn rest(&self, time: Duration) -> Duration {
        Duration::from_micros(self.0.load(Relaxed)).saturating_sub(time)
    }

    /// Measures it with the dearest hash there is: at the start of a service, and now and then, since an import may have
    /// brought another one, and the last may be gone.
    ///
    /// # Errors
    /// [`NotMeasured`]; it is as it was then.
    pub(crate) async fn measure(app: &App) -> Result<(), NotMeasured> {
        match app.store.foreign_passwords().await?.dearest {
            Some(dearest) => {
                let cost = app.config.password.hash_cost;
                let rehearsed = app.hasher.run(move |memory| timed(|| dearest.rehearse(cost, memory)));
                app.pace.took(rehearsed.await?.1);
            }
            None => app.pace.0.store(0, Relaxed),
        }
        Ok(())
    }
}

/// What came of some work, and how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    #[test]
    fn a_refusal_waits_for_what_the_slowest_would_have_taken_longer() {
        let pace = Pace::default();
        assert_eq!(pace.rest(ms(0)), ms(0), "nobody has moved in");
        pace.took(ms(160));
        assert_eq!((pace.rest(ms(20)), pace.rest(ms(160)), pace.rest(ms(300))), (ms(140), ms(0), ms(0)));
        pace.took(ms(320));
        assert_eq!(pace.rest(ms(0)), ms(320));
        pace.took(ms(10));
        assert_eq!(pace.rest(ms(0)), ms(300), "what is slow once is forgotten by and by");
        pace.took(ms(60_000));
        assert_eq!(pace.rest(ms(0)), MOST);
    }
}

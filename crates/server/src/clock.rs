//! The server's clock: the one place that reads the wall clock. Everything below it takes `now` as a value.

use countersign::Timestamp;
use std::{
    future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The end of a wait.
pub type Waited = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now_ms(&self) -> i64;

    /// The same moment in the engine's type.
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.now_ms())
    }

    /// Lets `time` pass.
    fn wait(&self, time: Duration) -> Waited {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock everybody else is handed")]
    fn now_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }
}

/// A clock that stands still until somebody moves it. Its clones show the same time. Nobody who waits by it is held up:
/// it only notes for how long.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now_ms: Arc<AtomicI64>,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl ManualClock {
    /// A clock that shows `now_ms`, milliseconds since the epoch.
    pub fn at(now_ms: i64) -> Self {
        Self { now_ms: Arc::new(AtomicI64::new(now_ms)), waits: Arc::default() }
    }

    /// Shows `now_ms` from now on, which may lie in the past.
    pub fn set(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::SeqCst);
    }

    /// Moves on by `ms` milliseconds; back when negative.
    pub fn advance(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// The waits since this was last asked, in their order.
    pub fn take_waits(&self) -> Vec<Duration> {
        std::mem::take(&mut *self.waits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    fn wait(&self, time: Duration) -> Waited {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).push(time);
        Box::pin(future::ready(()))
    }
}

/// The machine's clock, moved by an offset: time passes, and a test may jump 30 days. Its clones jump together.
#[derive(Clone, Debug, Default)]
pub struct ShiftedClock(Arc<AtomicI64>);

impl ShiftedClock {
    /// Jumps by `ms` milliseconds, in addition to earlier jumps; back when negative.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// How far this clock is ahead of the machine's, in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Clock for ShiftedClock {
    fn now_ms(&self) -> i64 {
        WallClock.now_ms().saturating_add(self.offset_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_it_is_moved_and_its_clones_agree() {
        let clock = ManualClock::at(1_000);
        let clone: Arc<dyn Clock> = Arc::new(clock.clone());
        assert_eq!(clone.now_ms(), 1_000);
        clock.advance(500);
        assert_eq!(clone.now(), Timestamp::from_milliseconds(1_500));
        clock.advance(-1_000);
        assert_eq!(clone.now_ms(), 500);
        clock.set(7);
        assert_eq!(clone.now_ms(), 7);
    }

    #[test]
    fn a_shifted_clock_runs_with_the_wall_clock_and_jumps() {
        const MONTH: i64 = 30 * 86_400_000;
        let clock = ShiftedClock::default();
        let clone = clock.clone();
        let before = WallClock.now_ms();
        clock.advance(MONTH);
        let shown = clone.now_ms();
        let after = WallClock.now_ms();
        assert!((before + MONTH..=after + MONTH).contains(&shown));
        assert_eq!(clone.offset_ms(), MONTH);
    }

    #[test]
    fn the_wall_clock_counts_milliseconds_of_this_century() {
        // 2024-01-01 and 2100-01-01: seconds or microseconds by mistake would fall outside.
        assert!((1_704_067_200_000..4_102_444_800_000).contains(&WallClock.now_ms()));
    }
}

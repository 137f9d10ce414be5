//! Which code an account may use next. A code is good once, so a load needs many accounts and takes them in turn.

use std::time::{SystemTime, UNIX_EPOCH};

/// The length of a step in seconds.
const PERIOD: i64 = 30;

/// The accounts of one client, and the last step that each of them used.
pub(crate) struct Steps {
    last: Vec<i64>,
    next: usize,
    /// How many steps before and after the present one the server takes.
    window: i64,
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since the epoch.
pub(crate) fn now() -> i64 {
    now_ms() / 1000
}

impl Steps {
    /// Of accounts of which `last` says what they used before.
    pub(crate) fn new(last: Vec<i64>, window: i64) -> Self {
        Self { last, next: 0, window }
    }

    /// The next account, by its place among this client's, and the step of its code; nothing where all of them have
    /// used theirs.
    pub(crate) fn take(&mut self) -> Option<(usize, i64)> {
        let (now, into) = (now() / PERIOD, now() % PERIOD);
        // The step before the present one is over in a moment, when this one is.
        let oldest = if self.window > 0 && into < PERIOD - 2 { now - self.window } else { now };
        for _ in 0..self.last.len() {
            let which = self.next;
            self.next = (self.next + 1) % self.last.len();
            let last = self.last.get_mut(which)?;
            let step = oldest.max(*last + 1);
            if step <= now + self.window {
                *last = step;
                return Some((which, step));
            }
        }
        None
    }

    /// What was used, for the next load.
    pub(crate) fn into_last(self) -> Vec<i64> {
        self.last
    }
}

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
    pub(crate) fn take(&mut self, seconds: i64) -> Option<(usize, i64)> {
        let (now, into) = (seconds / PERIOD, seconds % PERIOD);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_used_twice_and_every_account_has_its_turn() {
        let mut steps = Steps::new(vec![-1, -1], 1);
        let taken: Vec<_> = std::iter::from_fn(|| steps.take(30 * 1000 + 5)).collect();
        assert_eq!(taken, [(0, 999), (1, 999), (0, 1000), (1, 1000), (0, 1001), (1, 1001)]);
        assert_eq!(steps.take(30 * 1001), Some((0, 1002)), "a step later there is one more");
    }

    #[test]
    fn a_code_that_is_over_in_a_moment_is_left_alone() {
        let mut steps = Steps::new(vec![-1], 1);
        assert_eq!(steps.take(30 * 1000 + 29), Some((0, 1000)));
        let mut strict = Steps::new(vec![-1], 0);
        assert_eq!((strict.take(30 * 1000), strict.take(30 * 1000)), (Some((0, 1000)), None));
    }

    #[test]
    fn what_was_used_before_is_not_used_again() {
        let mut steps = Steps::new(vec![1001], 1);
        assert_eq!(steps.take(30 * 1000), None);
        assert_eq!(steps.into_last(), [1001]);
    }
}

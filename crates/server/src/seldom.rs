//! What is said seldom: at once when it is news, and once a minute as long as it goes on, with how often it happened.
//!
//! Whoever can make the service log a line for every request can fill its disk, and bury what matters.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long the same thing stays unsaid.
const QUIET: Duration = Duration::from_secs(60);

/// One kind of line of the log.
#[derive(Debug)]
pub(crate) struct Seldom(Mutex<Option<Said>>);

#[derive(Debug)]
struct Said {
    what: String,
    at: Instant,
    /// How often it happened since.
    unsaid: u64,
}

impl Seldom {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Notes that it happened; how often since the last line, when it is time for one.
    pub(crate) fn happened(&self, what: &str) -> Option<u64> {
        let now = Instant::now();
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = match said.as_mut() {
            Some(said) if said.what == what => {
                said.unsaid = said.unsaid.saturating_add(1);
                if now.saturating_duration_since(said.at) < QUIET {
                    return None;
                }
                said.unsaid
            }
            _ => 1,
        };
        *said = Some(Said { what: what.to_owned(), at: now, unsaid: 0 });
        Some(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_said_at_once_then_once_a_minute_and_at_once_when_it_is_another() {
        let seldom = Seldom::new();
        assert_eq!(seldom.happened("the disk is full"), Some(1));
        let said: Vec<u64> = (0..1000).filter_map(|_| seldom.happened("the disk is full")).collect();
        assert!(said.is_empty());
        tokio::time::advance(QUIET).await;
        assert_eq!(seldom.happened("the disk is full"), Some(1001));
        assert_eq!(seldom.happened("the disk is full"), None);
        assert_eq!(seldom.happened("another program has locked it"), Some(1));
    }
}

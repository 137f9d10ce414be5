//! What a load measured, in one line of JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// The latencies of the visits that succeeded, and how often another one failed, by what was answered.
#[derive(Default)]
pub(crate) struct Latencies {
    nanoseconds: Vec<u64>,
    pub(crate) failed: BTreeMap<String, u64>,
    /// How often a client had no account left whose code was not used yet.
    pub(crate) starved: u64,
}

/// The line.
#[derive(Serialize)]
pub(crate) struct Summary {
    visits: usize,
    seconds: f64,
    per_second: f64,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    worst_ms: f64,
    failed: BTreeMap<String, u64>,
    starved: u64,
    /// The processor time that the client itself took.
    client_cpu_seconds: f64,
}

impl Latencies {
    pub(crate) fn note(&mut self, took: Duration) {
        self.nanoseconds.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn note_failure(&mut self, answer: String) {
        *self.failed.entry(answer).or_default() += 1;
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.nanoseconds.extend(other.nanoseconds);
        for (answer, times) in other.failed {
            *self.failed.entry(answer).or_default() += times;
        }
        self.starved += other.starved;
    }

    pub(crate) fn summary(mut self, seconds: f64) -> Summary {
        self.nanoseconds.sort_unstable();
        let visits = self.nanoseconds.len();
        // Nearest rank: the smallest value that this share of all does not exceed.
        let at = |share: f64| {
            let rank = (share * visits as f64).ceil() as usize;
            self.nanoseconds.get(rank.max(1) - 1).map_or(0.0, |ns| *ns as f64 / 1e6)
        };
        Summary {
            visits,
            seconds,
            per_second: visits as f64 / seconds,
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            worst_ms: at(1.0),
            failed: self.failed,
            starved: self.starved,
            client_cpu_seconds: cpu_seconds(),
        }
    }
}

/// The processor time of this process so far, as the kernel's scheduler counts it.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of = |task: std::fs::DirEntry| -> Option<u64> {
        std::fs::read_to_string(task.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    tasks.filter_map(of).sum::<u64>() as f64 / 1e9
}

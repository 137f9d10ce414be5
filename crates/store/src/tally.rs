//! The tally: what this process has decided and written since its start, counted where every door passes. It is for
//! whoever watches the service; nothing is decided by it. There is no name of anybody in it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use countersign::attempt::{Guess, Wrong};

use crate::refusal::Refusal;
use crate::script::{Failed, Written};

/// How many, for every pair of words.
type Counts = BTreeMap<(&'static str, &'static str), u64>;

const OUTCOMES: [&str; 6] = ["right", "wrong", "spent", "locked", "gone", "unavailable"];
const SIGNED_IN: [&str; 5] = ["password", "trusted-device", "code", "two-codes", "recovery-code"];

/// What a process counts of its sign-ins.
#[derive(Debug)]
pub(crate) struct Tally {
    attempts: Mutex<Counts>,
    sign_ins: Mutex<BTreeMap<&'static str, u64>>,
}

/// What a process counts of its writes; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct WriteTally(Arc<WriteCounts>);

#[derive(Debug, Default)]
struct WriteCounts {
    waiting: AtomicU64,
    commits: AtomicU64,
    written: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

/// What has been counted since the start of the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// What was typed at all doors together: what, how it ended, how often. Every possible pair is there.
    pub attempts: Vec<(&'static str, &'static str, u64)>,
    /// Sign-ins that were finished, by what they were finished with.
    pub sign_ins: Vec<(&'static str, u64)>,
    /// Durable commits.
    pub commits: u64,
    /// Scripts: how they ended, how often.
    pub scripts: [(&'static str, u64); 3],
    /// Scripts that wait for their commit at this moment.
    pub waiting: u64,
}

impl Default for Tally {
    fn default() -> Self {
        let guesses = [Guess::Password, Guess::Code, Guess::TwoCodes, Guess::RecoveryCode];
        let pairs =
            guesses.into_iter().flat_map(|guess| OUTCOMES.map(|outcome| ((word_of(guess), outcome), 0)));
        Self {
            attempts: Mutex::new(pairs.collect()),
            sign_ins: Mutex::new(SIGNED_IN.map(|method| (method, 0)).into()),
        }
    }
}

impl Tally {
    /// Something was typed, and this came of it.
    pub(crate) fn tried<T>(&self, guess: Guess, outcome: &Result<T, Refusal>) {
        let outcome = match outcome {
            Ok(_) => "right",
            Err(Refusal::Spent | Refusal::Wrong(Wrong::SpentCode | Wrong::UsedRecoveryCode(_))) => "spent",
            Err(Refusal::Wrong(_)) => "wrong",
            Err(Refusal::Locked(_)) => "locked",
            Err(Refusal::Gone(_)) => "gone",
            Err(Refusal::Unavailable(_)) => "unavailable",
        };
        add_one(&self.attempts, (word_of(guess), outcome));
    }

    /// Somebody signed in; the last thing they showed was this.
    pub(crate) fn signed_in(&self, by: &'static str) {
        add_one(&self.sign_ins, by);
    }
}

impl WriteTally {
    /// A script waits for its commit, until what is returned is dropped.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.0.waiting.fetch_add(1, Relaxed);
        Waiting(self)
    }

    /// A commit is durable.
    pub(crate) fn committed(&self) {
        self.0.commits.fetch_add(1, Relaxed);
    }

    /// This came of a script.
    pub(crate) fn ended(&self, outcome: &Result<Written, Failed>) {
        let count = match outcome {
            Ok(_) => &self.0.written,
            Err(Failed::Refused { .. }) => &self.0.refused,
            Err(Failed::Unavailable(_)) => &self.0.failed,
        };
        count.fetch_add(1, Relaxed);
    }
}

/// One script that waits.
pub(crate) struct Waiting<'a>(&'a WriteTally);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Relaxed);
    }
}

impl Counted {
    pub(crate) fn of(tally: &Tally, writes: &WriteTally) -> Self {
        let attempts = tally.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let sign_ins = tally.sign_ins.lock().unwrap_or_else(PoisonError::into_inner);
        let WriteCounts { waiting, commits, written, refused, failed } = &*writes.0;
        Self {
            attempts: attempts.iter().map(|((what, outcome), count)| (*what, *outcome, *count)).collect(),
            sign_ins: sign_ins.iter().map(|(method, count)| (*method, *count)).collect(),
            commits: commits.load(Relaxed),
            scripts: [
                ("written", written.load(Relaxed)),
                ("refused", refused.load(Relaxed)),
                ("failed", failed.load(Relaxed)),
            ],
            waiting: waiting.load(Relaxed),
        }
    }
}

fn add_one<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, key: K) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

/// What was tried, in a word.
pub(crate) const fn word_of(guess: Guess) -> &'static str {
    match guess {
        Guess::Password => "password",
        Guess::Code => "code",
        Guess::TwoCodes => "two-codes",
        Guess::RecoveryCode => "recovery-code",
    }
}

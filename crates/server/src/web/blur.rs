//! The random wait before an answer that must not tell who has an account.
//!
//! Such answers are alike byte for byte, and nearly so in the work they take: an account has a line more in the audit log,
//! a tenth of a millisecond. The wait hides that. Averages could uncover it, over hundreds of thousands of tries at one
//! address, of which the guess budget allows two dozen a day (docs/security/timing.md has the numbers).

use std::time::Duration;

use rand_core::Rng as _;

use super::visitor::Visitor;

/// The longest wait, in microseconds.
const MOST: u64 = 100_000;

/// Waits for up to a tenth of a second, each length as likely as any other.
pub(super) async fn blur(visitor: &Visitor) {
    let mut chance = visitor.app.chance;
    visitor.app.clock.wait(Duration::from_micros(chance.next_u64() % (MOST + 1))).await;
}

//! The guess budget: how many wrong codes an account may still receive.
//!
//! The operator states one number: the probability, per account and year, that somebody who knows the
//! password and never stops guesses a code. Everything else is computed from it. A guess at an account
//! with *n* authenticators of six digits is right with probability 3*n*/10⁶, so a year may see
//! `probability / (3n/10⁶)` guesses: 333 at the default of 1 in 1,000 with one authenticator.
//!
//! At most a hundred of them, and at most half, may come at once; the rest trickles back over the year.
//! Growing waits come first (NIST SP 800-63B-4 §3.2.2), and after a hundred consecutive failures a single
//! code is not enough any more: see [`Locked::UntilProven`].

use crate::{Span, Timestamp, code::Digits, totp::RIGHT_AT_ONCE};

const YEAR: i64 = Span::days(365).as_milliseconds();
/// Levels count thousandths of a guess, so that what trickles back is not lost to rounding.
const GUESS: u64 = 1000;
/// Wrong codes before the first wait.
pub const FREE_CODES: u32 = 5;
/// Wrong passwords before the first wait.
pub const FREE_PASSWORDS: u32 = 10;
/// Consecutive failures that are never exceeded without further proof: NIST SP 800-63B-4 §3.2.2.
pub const MOST_FAILURES: u32 = 100;
const FIRST_WAIT: Span = Span::seconds(30);
const LONGEST_WAIT: Span = Span::hours(1);
const DAY: Span = Span::days(1);
/// By how much the moment of the attempt that began a wait may lie ahead of another's: requests are dated when they
/// begin, end in any order, and come to machines whose clocks differ a little.
const ASTRAY: Span = Span::minutes(5);

/// Guesses that a budget has left after an older backup was restored.
pub const LEFT_AFTER_A_RESTORE: u64 = 10;

/// The probability per account and year that a tireless guesser who knows the password gets in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probability(f64);

impl Default for Probability {
    /// 1 in 1,000.
    fn default() -> Self {
        Self(0.001)
    }
}

impl Probability {
    /// The smallest: below it an account with five authenticators had no guess left for a typing mistake.
    pub const LEAST: f64 = 0.000_1;
    /// The largest.
    pub const MOST: f64 = 0.1;

    /// A probability of [`Probability::LEAST`] to [`Probability::MOST`]; `None` outside that.
    pub fn new(p: f64) -> Option<Self> {
        (Self::LEAST..=Self::MOST).contains(&p).then_some(Self(p))
    }

    /// The same in millionths, as a store keeps it: 100 to 100,000.
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        Self::new(f64::from(millionths) / 1e6)
    }

    /// In millionths, rounded.
    pub fn millionths(self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a probability lies between 0 and 1"
        )]
        let millionths = (self.0 * 1e6).round() as u32;
        millionths
    }
}

/// What [`Budget::admit`] goes by: computed, never configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Thousandths of a guess that may be outstanding at once.
    capacity: u64,
    /// Thousandths of a guess that trickle back in a year.
    refill: u64,
    /// Failures before waits begin; `None`: no waits.
    free: Option<u32>,
    /// What follows [`MOST_FAILURES`].
    beyond: Beyond,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beyond {
    /// Only further proof helps.
    Proof,
    /// Each try waits a day.
    ADay,
    /// Nothing changes: one guess is as good as none.
    Nothing,
}

impl Limits {
    /// For single codes at an account with these authenticators.
    pub fn for_codes(p: Probability, authenticators: impl IntoIterator<Item = Digits>) -> Self {
        let chance: f64 = authenticators
            .into_iter()
            .map(|digits| f64::from(RIGHT_AT_ONCE) / f64::from(digits.possibilities()))
            .sum();
        let (capacity, refill) = share(guesses(p, chance), u64::from(MOST_FAILURES));
        Self { capacity, refill, free: Some(FREE_CODES), beyond: Beyond::Proof }
    }

    /// For two consecutive codes: a million times harder to guess, so no wait is needed, and half of a year's
    /// guesses may come at once. Nobody can send so many, so nobody can keep the owner out by sending them.
    pub fn for_two_codes(p: Probability, authenticators: impl IntoIterator<Item = Digits>) -> Self {
        let chance: f64 = authenticators
            .into_iter()
            .map(|digits| f64::from(RIGHT_AT_ONCE) / f64::from(digits.possibilities()).powi(2))
            .sum();
        let (capacity, refill) = share(guesses(p, chance), u64::MAX);
        Self { capacity, refill, free: None, beyond: Beyond::Nothing }
    }

    /// For passwords, whose probability nobody knows: waits alone, a day each beyond a hundred failures.
    pub const fn for_passwords() -> Self {
        Self { capacity: u64::MAX, refill: 0, free: Some(FREE_PASSWORDS), beyond: Beyond::ADay }
    }

    /// How many guesses a year may see at most.
    pub fn guesses_a_year(&self) -> u64 {
        self.capacity.saturating_add(self.refill) / GUESS
    }
}

/// How many guesses, each right with probability `chance`, add up to `p`.
fn guesses(p: Probability, chance: f64) -> u64 {
    let exact = if chance > 0.0 { p.0 / chance } else { 0.0 };
    // The epsilon keeps 0.003 / 0.000003 at a thousand where binary fractions end a hair below it. At most 2³² a
    // year: more than a server can answer, and far from the edge of what a float counts exactly.
    let whole = (exact + 1e-9).floor().clamp(0.0, f64::from(u32::MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=u32::MAX just above"
    )]
    let whole = whole as u64;
    whole
}

/// Splits a year's guesses into what may come at once and what trickles back.
fn share(guesses: u64, most_at_once: u64) -> (u64, u64) {
    // At least two, one of which trickles back: an account without any authenticator refuses by itself.
    let guesses = guesses.max(2);
    let at_once = guesses.div_ceil(2).min(most_at_once);
    (at_once.saturating_mul(GUESS), guesses.saturating_sub(at_once).saturating_mul(GUESS))
}

/// What an account's budget looks like: four numbers that the store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Failures since the last success.
    pub failures: u32,
    /// Thousandths of a guess outstanding at `level_at`.
    pub level: u64,
    /// When `level` was reckoned.
    pub level_at: Timestamp,
    /// No attempt before this moment.
    pub next_at: Timestamp,
}

/// Why an attempt is not even looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locked {
    /// Until this moment. Two consecutive codes or a recovery code are accepted meanwhile.
    Until(Timestamp),
    /// A single code is not enough any more: two consecutive codes, or a recovery code.
    UntilProven,
}

/// An attempt that the budget accepts, and what becomes of the budget by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    before: Budget,
    /// The level at this moment, before this attempt.
    level: u64,
    charged: Budget,
}

impl Budget {
    /// The budget of somebody who never failed.
    pub const FRESH: Self = Self {
        failures: 0,
        level: 0,
        level_at: Timestamp::from_milliseconds(0),
        next_at: Timestamp::from_milliseconds(0),
    };

    /// Whether there is nothing to remember: nobody failed lately, nothing of the year is spent, nobody waits.
    pub fn is_spotless(&self) -> bool {
        let Self { failures, level, level_at: _, next_at } = *self;
        (failures, level, next_at) == (Self::FRESH.failures, Self::FRESH.level, Self::FRESH.next_at)
    }

    /// Whether one more attempt may be answered now, and the budget after it.
    ///
    /// # Errors
    /// [`Locked`]: it may not; the attempt must not be answered, right or wrong.
    pub fn admit(&self, limits: &Limits, now: Timestamp) -> Result<Admitted, Locked> {
        let beyond = self.failures >= MOST_FAILURES;
        if beyond && limits.beyond == Beyond::Proof {
            return Err(Locked::UntilProven);
        }
        // A wait longer than any we set was written by a clock that has since stepped back: it does not hold.
        let longest = if limits.beyond == Beyond::ADay { DAY } else { LONGEST_WAIT };
        if limits.free.is_some() && now < self.next_at && self.next_at <= now + longest + ASTRAY {
            return Err(Locked::Until(self.next_at));
        }
        let level = self.level_now(limits, now);
        let over = level.saturating_add(GUESS).saturating_sub(limits.capacity);
        if over > 0 {
            return Err(Locked::Until(now + trickle(over, limits.refill)));
        }
        Ok(self.charge(limits, level, now))
    }

    /// Charges an attempt that is answered even to somebody who is locked out: a recovery code, which
    /// nobody guesses. Its failures still lock single codes.
    pub fn admit_recovery(&self, limits: &Limits, now: Timestamp) -> Admitted {
        let level = self.level_now(limits, now);
        let mut admitted = self.charge(limits, level, now);
        admitted.charged.level = admitted.charged.level.min(limits.capacity);
        admitted
    }

    /// When the next attempt is allowed, if not now.
    pub fn locked(&self, limits: &Limits, now: Timestamp) -> Option<Locked> {
        self.admit(limits, now).err()
    }

    /// Failures forgotten and the wait ended, by somebody who proved himself another way; what strangers
    /// have spent stays spent.
    pub fn proven(&self) -> Self {
        Self { failures: 0, next_at: Timestamp::from_milliseconds(0), ..*self }
    }

    /// The level for a budget whose later guesses nobody knows any more, since an older backup was restored: all
    /// that may come at once counts as spent but for [`LEFT_AFTER_A_RESTORE`] guesses. So a guesser gains ten tries
    /// at most by a restore, and an owner still has a few for typing mistakes.
    pub const fn level_after_a_restore(limits: &Limits) -> u64 {
        limits.capacity.saturating_sub(LEFT_AFTER_A_RESTORE.saturating_mul(GUESS))
    }

    fn charge(&self, limits: &Limits, level: u64, now: Timestamp) -> Admitted {
        let failures = self.failures.saturating_add(1);
        // No wait is no moment: were it `now`, a clock that is fast for a moment would make one of it.
        let next_at = limits
            .free
            .and_then(|free| wait(failures, free, limits.beyond))
            .map_or(Self::FRESH.next_at, |wait| now + wait);
        let charged = Self { failures, level: level.saturating_add(GUESS), level_at: now, next_at };
        Admitted { before: *self, level, charged }
    }

    fn level_now(&self, limits: &Limits, now: Timestamp) -> u64 {
        let elapsed = u128::from(now.since(self.level_at).as_milliseconds().unsigned_abs());
        let back = u128::from(limits.refill).saturating_mul(elapsed) / u128::from(YEAR.unsigned_abs());
        self.level.saturating_sub(u64::try_from(back).unwrap_or(u64::MAX))
    }
}

impl Admitted {
    /// The budget if the answer is wrong.
    pub fn if_wrong(&self) -> Budget {
        self.charged
    }

    /// The budget if the answer is right: no failure in a row, no wait, and this attempt given back,
    /// together with the `own` wrong ones of the same sign-in. What others have spent stays spent.
    pub fn if_right(&self, own: u32) -> Budget {
        let given_back = GUESS.saturating_mul(u64::from(own));
        Budget { level: self.level.saturating_sub(given_back), ..self.charged }.proven()
    }

    /// Whether this failure is the one that begins a wait: the owner is told.
    pub fn begins_a_wait(&self) -> bool {
        self.charged.next_at > self.charged.level_at && self.before.next_at < self.charged.next_at
    }
}

fn wait(failures: u32, free: u32, beyond: Beyond) -> Option<Span> {
    if failures >= MOST_FAILURES && beyond == Beyond::ADay {
        return Some(DAY);
    }
    let doublings = failures.checked_sub(free)?.min(20);
    let wait = FIRST_WAIT.as_milliseconds().saturating_mul(1 << doublings);
    Some(Span::milliseconds(wait).min(LONGEST_WAIT))
}

/// How long it takes for `over` thousandths to trickle back, rounded up; a year where nothing does.
fn trickle(over: u64, refill: u64) -> Span {
    let exact =
        u128::from(over).saturating_mul(u128::from(YEAR.unsigned_abs())).checked_div(u128::from(refill));
    let whole = exact.map_or(YEAR, |span| i64::try_from(span.saturating_add(1)).unwrap_or(YEAR));
    Span::milliseconds(whole.min(YEAR))
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;

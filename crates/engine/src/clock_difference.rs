//! How far two clocks are apart, as far as that can be told over a network.
//!
//! Codes are of a moment, and waits end at one: whoever decides by a clock that is wrong refuses right codes.

use crate::{Span, Timestamp};
use std::fmt;

/// How far a clock may be off before somebody should know.
///
/// A code is accepted for one step of 30 seconds either way (RFC 6238 §5.2), and that has to do for the clock of the
/// phone and for whoever types slowly. A third of it is left to the clock of a server: one that is set by NTP needs a
/// thousandth of that, and one that is off by more than this is not set by anything.
pub const TOLERATED: Span = Span::seconds(10);

/// How far one clock is ahead of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockDifference {
    /// Milliseconds; negative where it is behind.
    ahead: i64,
    /// How far that may be from the truth, either way.
    within: Span,
}

impl ClockDifference {
    /// Our clock against another one, which was read at some moment between two readings of ours: in the middle, give
    /// or take half of what was between.
    pub fn measured(before: Timestamp, other: Timestamp, after: Timestamp) -> Self {
        let round_trip = after.since(before).as_milliseconds();
        let middle = before.milliseconds().saturating_add(round_trip / 2);
        let within = Span::milliseconds(round_trip.saturating_add(1) / 2);
        Self { ahead: middle.saturating_sub(other.milliseconds()), within }
    }

    /// A difference that was measured earlier, or by somebody else.
    pub const fn of(ahead: i64, within: Span) -> Self {
        Self { ahead, within }
    }

    /// The more exact one of two measurements of the same.
    #[must_use]
    pub fn or_better(self, other: Self) -> Self {
        if other.within < self.within { other } else { self }
    }

    /// How far the one clock is ahead of the other, where both were compared with a third.
    #[must_use]
    pub fn from(self, other: Self) -> Self {
        let within = self.within.as_milliseconds().saturating_add(other.within.as_milliseconds());
        Self { ahead: self.ahead.saturating_sub(other.ahead), within: Span::milliseconds(within) }
    }

    /// Milliseconds ahead; negative where it is behind.
    pub const fn ahead(self) -> i64 {
        self.ahead
    }

    /// How far that may be from the truth, either way.
    pub const fn within(self) -> Span {
        self.within
    }

    /// What the other clock shows when ours shows `now`.
    pub const fn theirs(self, now: Timestamp) -> Timestamp {
        Timestamp::from_milliseconds(now.milliseconds().saturating_sub(self.ahead))
    }

    /// How far they are apart at least, whichever is ahead.
    pub const fn at_least(self) -> Span {
        Span::milliseconds(self.ahead.saturating_abs().saturating_sub(self.within.as_milliseconds()))
    }

    /// Whether they are certainly further apart than is tolerated.
    pub fn is_too_large(self) -> bool {
        self.at_least() > TOLERATED
    }
}

impl fmt::Display for ClockDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.ahead.saturating_abs().saturating_add(50) / 100;
        let way = if self.ahead < 0 { "behind" } else { "ahead of" };
        write!(f, "{}.{} s {way}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(1_795_000_000_000 + milliseconds)
    }

    #[test]
    fn the_error_is_half_of_the_round_trip_and_the_truth_is_never_outside() {
        // The other clock is 5,000 ms behind ours, and is read at any moment of a round trip of 301 ms.
        for read_after in 0..=301 {
            let difference = ClockDifference::measured(at(0), at(read_after - 5_000), at(301));
            assert_eq!(difference.within(), Span::milliseconds(151));
            let off = difference.ahead() - 5_000;
            assert!(off.abs() <= 151, "{read_after}: {off}");
        }
        let stepped_back = ClockDifference::measured(at(0), at(0), at(-50));
        assert_eq!((stepped_back.ahead(), stepped_back.within()), (0, Span::ZERO));
    }

    #[test]
    fn of_two_measurements_the_quicker_one_counts() {
        let slow = ClockDifference::of(-900, Span::milliseconds(1_000));
        let quick = ClockDifference::of(2, Span::milliseconds(3));
        assert_eq!(slow.or_better(quick), quick);
        assert_eq!(quick.or_better(slow), quick);
    }

    #[test]
    fn two_clocks_that_were_compared_with_a_third_are_compared_with_each_other() {
        let fast = ClockDifference::of(7_000, Span::milliseconds(10));
        let slow = ClockDifference::of(-6_000, Span::milliseconds(20));
        assert_eq!(fast.from(slow), ClockDifference::of(13_000, Span::milliseconds(30)));
        assert!(fast.from(slow).is_too_large() && !fast.is_too_large() && !slow.is_too_large());
        assert_eq!(fast.theirs(at(7_000)), at(0));
    }

    #[test]
    fn it_is_too_large_when_that_is_certain() {
        let too_large = |ahead, within| ClockDifference::of(ahead, Span::milliseconds(within)).is_too_large();
        assert!(too_large(10_001, 0) && too_large(-10_001, 0) && too_large(12_000, 1_999));
        assert!(!too_large(10_000, 0) && !too_large(-10_000, 0) && !too_large(12_000, 2_000));
        assert!(!too_large(i64::MIN, i64::MAX) && too_large(i64::MIN, 0));
    }

    #[test]
    fn people_read_it_in_tenths_of_a_second() {
        let said = |ahead| ClockDifference::of(ahead, Span::ZERO).to_string();
        assert_eq!(said(42_149), "42.1 s ahead of");
        assert_eq!(said(-3_960), "4.0 s behind");
        assert_eq!(said(0), "0.0 s ahead of");
    }
}

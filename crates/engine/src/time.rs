//! Moments and spans, as values. The engine has no clock: whoever calls it says what time it is.

/// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored (POSIX time).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A length of time in milliseconds; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Timestamp {
    /// The moment `milliseconds` after the epoch.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// The moment `seconds` after the epoch; saturates far outside any calendar.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long ago `earlier` was; zero when it lies in the future (a clock may step back).
    pub const fn since(self, earlier: Self) -> Span {
        let span = self.0.saturating_sub(earlier.0);
        Span(if span < 0 { 0 } else { span })
    }
}

impl std::ops::Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `n` milliseconds; negative input becomes zero.
    pub const fn milliseconds(n: i64) -> Self {
        Self(if n < 0 { 0 } else { n })
    }

    /// A span of `n` seconds.
    pub const fn seconds(n: u32) -> Self {
        Self(n as i64 * 1000)
    }

    /// A span of `n` minutes.
    pub const fn minutes(n: u32) -> Self {
        Self(n as i64 * 60_000)
    }

    /// A span of `n` hours.
    pub const fn hours(n: u32) -> Self {
        Self(n as i64 * 3_600_000)
    }

    /// A span of `n` days of 24 hours.
    pub const fn days(n: u32) -> Self {
        Self(n as i64 * 86_400_000)
    }

    /// Its length in milliseconds.
    pub const fn as_milliseconds(self) -> i64 {
        self.0
    }

    /// Its length in seconds, rounded up: the number to say in `Retry-After`.
    pub const fn as_seconds_rounded_up(self) -> i64 {
        self.0.saturating_add(999) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_steps_back_makes_no_negative_span() {
        let later = Timestamp::from_seconds(100);
        assert_eq!(Timestamp::from_seconds(90).since(later), Span::ZERO);
        assert_eq!(later.since(Timestamp::from_seconds(90)), Span::seconds(10));
    }

    #[test]
    fn seconds_round_down_before_the_epoch_too() {
        assert_eq!(Timestamp::from_milliseconds(-1).seconds(), -1);
        assert_eq!(Timestamp::from_milliseconds(1999).seconds(), 1);
    }

    #[test]
    fn spans_and_moments_saturate_instead_of_wrapping() {
        let end = Timestamp::from_milliseconds(i64::MAX);
        assert_eq!(end + Span::days(1), end);
        assert_eq!(
            Timestamp::from_milliseconds(i64::MIN) - Span::hours(1),
            Timestamp::from_milliseconds(i64::MIN)
        );
        assert_eq!(Timestamp::from_seconds(i64::MAX), end);
        assert_eq!(Span::minutes(2), Span::seconds(120));
        assert_eq!(Span::hours(3), Span::minutes(180));
        assert_eq!(Span::days(2), Span::hours(48));
        assert_eq!(Span::milliseconds(-5), Span::ZERO);
        assert_eq!(Span::milliseconds(1001).as_seconds_rounded_up(), 2);
        assert_eq!(Span::milliseconds(1000).as_seconds_rounded_up(), 1);
    }
}

//! Errands: an application sends its user to our pages to turn 2FA on, to manage it or to show it, and gets them back
//! with a result.
//!
//! An errand begins with a one-time link, belongs to the one browser that opens it, and is about one account. What it is
//! for says which pages it may see.

use crate::{Span, Timestamp, event::words, step_up::is_fresh};

/// For how long a link waits to be opened.
pub const LINK_WAITS: Span = Span::minutes(5);
/// For how long an errand goes on from one page to the next.
pub const GOES_ON: Span = Span::minutes(15);
/// For how long it goes on at most.
pub const LONGEST: Span = Span::hours(1);
/// For how long the browser may go back with a result.
pub const BACK_SOON: Span = Span::minutes(2);
/// For how long it may go back where 2FA was turned on: recovery codes are read, saved and printed meanwhile.
pub const BACK_LATER: Span = Span::hours(1);
/// For how long a browser keeps the cookie of an errand: as long as it can go on, and its owner can go back.
pub const OUTLIVED_BY_ITS_COOKIE: Span = Span::hours(2);
/// For how long a result can be redeemed.
pub const RESULT_LIVES: Span = Span::seconds(90);

words! {
/// What an application sends its user for.
Purpose {
    /// To turn 2FA on.
    TurnOn = "turn_on",
    /// To see and change all there is of it.
    Manage = "manage",
    /// To show a second factor.
    Verify = "verify",
}
}

words! {
/// What came of it.
Outcome {
    /// 2FA is on.
    TurnedOn = "turned_on",
    /// A second factor was shown.
    Verified = "verified",
    /// Something of it was changed, and it is on.
    Changed = "changed",
    /// 2FA is off.
    TurnedOff = "turned_off",
    /// Nothing was changed.
    Unchanged = "unchanged",
    /// The person went back without doing it.
    Cancelled = "cancelled",
}
}

impl Purpose {
    /// What comes of it where the person goes back and has done nothing.
    pub const fn left(self) -> Outcome {
        match self {
            Self::Manage => Outcome::Unchanged,
            Self::TurnOn | Self::Verify => Outcome::Cancelled,
        }
    }

    /// Whether it is about an account in which 2FA is on (`true`) or off, if about one alone.
    pub const fn asks_for(self) -> Option<bool> {
        match self {
            Self::TurnOn => Some(false),
            Self::Verify => Some(true),
            Self::Manage => None,
        }
    }
}

impl Outcome {
    /// For how long the browser may go back with it.
    pub const fn back_within(self) -> Span {
        match self {
            Self::TurnedOn => BACK_LATER,
            _ => BACK_SOON,
        }
    }
}

/// Whether a code or recovery code is asked for before a factor changes on an errand: 2FA is on, and nothing was shown on
/// this errand within fifteen minutes. The password is the application's to ask for.
pub fn needs_factor(two_factor_on: bool, factor_at: Option<Timestamp>, now: Timestamp) -> bool {
    two_factor_on && !is_fresh(factor_at, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_up::FRESH;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[test]
    fn a_question_that_nobody_answered_is_cancelled_and_a_look_changes_nothing() {
        assert_eq!(Purpose::Verify.left(), Outcome::Cancelled);
        assert_eq!(Purpose::TurnOn.left(), Outcome::Cancelled);
        assert_eq!(Purpose::Manage.left(), Outcome::Unchanged);
    }

    #[test]
    fn a_code_is_asked_for_once_in_fifteen_minutes_and_only_while_there_is_one() {
        assert!(!needs_factor(false, None, NOW));
        assert!(needs_factor(true, None, NOW));
        assert!(!needs_factor(true, Some(NOW), NOW));
        assert!(needs_factor(true, Some(NOW - FRESH), NOW));
        assert!(needs_factor(true, Some(NOW + Span::milliseconds(1)), NOW));
    }

    #[test]
    fn words_of_purposes_and_outcomes_read_back() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.word()), Some(*purpose));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.word()), Some(*outcome));
        }
        assert_eq!(Purpose::parse("TURN_ON"), None);
    }
}

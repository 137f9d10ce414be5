//! Why the store did not do what it was asked.

use countersign::{attempt::Wrong, budget::Locked};

use crate::script::Failed;
use crate::unavailable::Unavailable;

/// Why nothing was done. Except for a wrong answer, which was charged, everything is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The answer was wrong, and the budget has been charged for it.
    #[error("wrong")]
    Wrong(Wrong),
    /// The budget accepts no attempt now: nothing was answered.
    #[error("locked")]
    Locked(Locked),
    /// Right, but somebody spent it first.
    #[error("spent by somebody else")]
    Spent,
    /// What it was about is no longer there: ended, expired, used, or changed by somebody else.
    #[error("no longer there: {0}")]
    Gone(&'static str),
    /// Nothing was decided; to be answered with 503.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Refusal {
    /// Whether it was for 2FA, which is off.
    pub fn finds_two_factor_off(&self) -> bool {
        *self == Self::Gone(crate::two_factor::ON)
    }

    /// Whether it was for a recovery code set, which is replaced already.
    pub fn finds_codes_replaced(&self) -> bool {
        *self == Self::Gone(crate::recovery::PRESENT)
    }

    /// Whether it was for the letters that an address has been sent: so many that it gets none now.
    pub fn finds_letters_enough(&self) -> bool {
        *self == Self::Gone(crate::links::ALLOWED)
    }

    /// Whether it was for 2FA, which is on.
    pub fn finds_two_factor_on(&self) -> bool {
        *self == Self::Gone(crate::two_factor::OFF)
    }

    /// Whether it was for the idempotency key: the same was answered meanwhile.
    pub fn finds_an_answer(&self) -> bool {
        *self == Self::Gone(crate::kept_answers::FIRST)
    }

    /// Whether it was for the number of authenticators, of which an account has no more.
    pub fn finds_no_room(&self) -> bool {
        *self == Self::Gone(crate::application_enrolments::ROOM)
    }

    /// Whether it was for a device that is not trusted, or no longer.
    pub fn finds_no_trusted_device(&self) -> bool {
        *self == Self::Gone(crate::devices::TRUSTED)
    }

    /// Whether it was for the address to come back to, which is none of the application's.
    pub fn finds_no_return_address(&self) -> bool {
        *self == Self::Gone(crate::errands::REGISTERED)
    }

    /// Whether it was for a result, of which there is none such.
    pub fn finds_no_result(&self) -> bool {
        *self == Self::Gone(crate::results::REDEEMABLE)
    }

    /// Whether it was for the errand, which is over.
    pub fn finds_no_errand(&self) -> bool {
        *self == Self::Gone(crate::errands::GOING_ON)
    }

    /// Whether it was for the authenticator itself: not there, or the last.
    pub fn finds_no_spare_authenticator(&self) -> bool {
        *self == Self::Gone(crate::authenticators::SPARE)
    }
}

impl From<Failed> for Refusal {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused { at: crate::claims::SPENT } => Self::Spent,
            Failed::Refused { at } => Self::Gone(at),
            Failed::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

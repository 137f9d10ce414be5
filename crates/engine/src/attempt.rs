//! An attempt: the answer of a check, sealed until the guess budget has accepted it.

use crate::Timestamp;

/// Whether something typed was right — unreadable until the store has charged it to the budget.
///
/// Every check of a password, a code or a recovery code returns one. The store writes the charge and
/// opens it afterwards; nobody else has a reason to. So however many guesses run side by side, no
/// answer leaves that the budget has not accepted.
#[must_use = "an attempt that is not settled was a guess for nothing"]
pub struct Attempt<T> {
    guess: Guess,
    answer: Result<T, Wrong>,
}

/// What was tried, and so what it is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// A password.
    Password,
    /// A single code.
    Code,
    /// Two consecutive codes.
    TwoCodes,
    /// A recovery code.
    RecoveryCode,
}

/// Why an attempt was wrong. Told only to somebody past the password, except [`Wrong::Password`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No such account, or not its password.
    Password,
    /// No code of any of the account's authenticators.
    Code,
    /// A right code whose step is spent already: the next one will do.
    SpentCode,
    /// Not two codes in a row.
    TwoCodes,
    /// A recovery code of the present set, used at this moment.
    UsedRecoveryCode(Timestamp),
    /// A recovery code of the set before the present one.
    ReplacedRecoveryCode,
    /// A recovery code of a set that is switched off, since an older backup was restored.
    DoubtedRecoveryCode,
    /// Well formed, and no recovery code of this account.
    RecoveryCode,
}

impl<T> Attempt<T> {
    pub(crate) fn sealed(guess: Guess, answer: Result<T, Wrong>) -> Self {
        Self { guess, answer }
    }

    /// What was tried.
    pub fn guess(&self) -> Guess {
        self.guess
    }

    /// Opens the answer.
    ///
    /// Danger: only a store calls this, and only to write the charge or after it is durable.
    ///
    /// # Errors
    /// [`Wrong`]: what was typed was not right.
    pub fn open_after_the_budget_accepted(self) -> Result<T, Wrong> {
        self.answer
    }

    /// The answer, for the script that writes the charge and spends the claim in one commit.
    ///
    /// Danger: as above.
    ///
    /// # Errors
    /// [`Wrong`]: what was typed was not right.
    pub fn peek_for_the_script(&self) -> Result<&T, Wrong> {
        self.answer.as_ref().map_err(|wrong| *wrong)
    }
}

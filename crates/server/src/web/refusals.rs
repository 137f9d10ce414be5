//! What a refusal is called on a page, beside the field it concerns.

use axum::http::StatusCode;
use countersign::{attempt::Wrong, budget::Locked, password, recovery::NotARecoveryCode};
use countersign_store::Refusal;

use super::failure::Failure;
use super::visitor::Visitor;

/// A refusal that a page explains: its words and its status.
pub(super) struct Explained {
    /// Beside the field.
    pub(super) words: String,
    /// Of the page.
    pub(super) status: StatusCode,
}

/// Explains a refused code or recovery code to somebody past the password; `wrong` is the status of a wrong
/// one. What a page cannot explain is an error page of its own.
pub(super) fn code(visitor: &Visitor, refusal: Refusal, wrong: StatusCode) -> Result<Explained, Failure> {
    let words = visitor.words;
    let moments = visitor.moments();
    let (text, status) = match refusal {
        Refusal::Wrong(reason) => {
            let text = match reason {
                Wrong::Code => words.error_code_wrong().to_owned(),
                Wrong::SpentCode => words.error_code_spent().to_owned(),
                Wrong::TwoCodes => words.error_two_codes().to_owned(),
                Wrong::UsedRecoveryCode(at) => words.error_recovery_code_used(moments.in_a_sentence(at)),
                Wrong::ReplacedRecoveryCode => words.error_recovery_code_replaced_set().to_owned(),
                Wrong::DoubtedRecoveryCode => words.error_recovery_code_doubted().to_owned(),
                Wrong::RecoveryCode => words.error_recovery_code_wrong().to_owned(),
                Wrong::Password => words.error_password_wrong().to_owned(),
            };
            (text, wrong)
        }
        Refusal::Spent => (words.error_code_spent().to_owned(), wrong),
        Refusal::Locked(locked) => (lock(visitor, locked), StatusCode::TOO_MANY_REQUESTS),
        other => return Err(other.into()),
    };
    Ok(Explained { words: text, status })
}

/// That no code is looked at, and until when.
pub(super) fn lock(visitor: &Visitor, locked: Locked) -> String {
    match locked {
        Locked::Until(until) => visitor.words.error_locked_until(visitor.end_of_wait(until)),
        Locked::UntilProven => visitor.words.error_locked_until_proven().to_owned(),
    }
}

/// The same on a form that takes recovery codes too, where somebody is signed in already.
pub(super) fn lock_while_signed_in(visitor: &Visitor, locked: Locked) -> String {
    match locked {
        Locked::Until(until) => visitor.words.error_step_up_locked_until(visitor.end_of_wait(until)),
        Locked::UntilProven => visitor.words.error_step_up_locked_until_proven().to_owned(),
    }
}

/// What cannot be a recovery code. It was not counted.
pub(super) fn not_a_recovery_code(visitor: &Visitor, reason: NotARecoveryCode) -> String {
    match reason {
        NotARecoveryCode::Empty => visitor.words.error_recovery_code_shape().to_owned(),
        NotARecoveryCode::Character | NotARecoveryCode::Length { .. } => {
            visitor.words.error_recovery_code_shape().to_owned()
        }
        NotARecoveryCode::Typo => visitor.words.error_recovery_code_typo().to_owned(),
    }
}

/// Why a new password is not accepted.
pub(super) fn unfit(visitor: &Visitor, reason: crate::password_rules::Unfit) -> String {
    use crate::password_rules::Unfit;
    let words = visitor.words;
    let least = u32::try_from(visitor.app.config.password.min_length).unwrap_or(u32::MAX);
    match reason {
        Unfit::Short { have: 0 } => words.error_password_missing().to_owned(),
        Unfit::Short { have } => words.error_password_short(least, u32::try_from(have).unwrap_or(u32::MAX)),
        Unfit::Common => words.error_password_common().to_owned(),
        Unfit::Personal => words.error_password_context().to_owned(),
        Unfit::Guessable => words.error_password_guessable().to_owned(),
    }
}

/// A password longer than any.
pub(super) fn too_long(visitor: &Visitor) -> String {
    visitor.words.error_password_long(u32::try_from(password::LONGEST).unwrap_or(u32::MAX))
}

/// Why a name is not accepted.
pub(super) fn not_a_name(visitor: &Visitor, reason: countersign::name::NotAName) -> String {
    use countersign::name::{LONGEST, NotAName};
    match reason {
        NotAName::Empty => visitor.words.error_name_empty().to_owned(),
        NotAName::TooLong => visitor.words.error_name_long(u32::try_from(LONGEST).unwrap_or(u32::MAX)),
        NotAName::Character => visitor.words.error_name_characters().to_owned(),
    }
}

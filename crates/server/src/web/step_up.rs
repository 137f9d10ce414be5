//! Step-up: the password again, and a code where the session's second factor is not fresh.

use countersign::{
    budget::Locked,
    recovery::RecoveryCode,
    step_up::{Confirmation, Unconfirmed},
    token::{self, Token},
};
use countersign_store::Refusal;

use super::failure::Failure;
use super::flash::Flash;
use super::full::Full;
use super::second_step::check_recovery_code;
use super::visitor::Visitor;
use super::{redirect, refusals, sign_in};
use axum::{http::StatusCode, response::Response};

/// Why there is no confirmation: words for the field that is to blame.
#[derive(Default)]
pub(super) struct Refused {
    /// Beside the password.
    pub(super) password: Option<String>,
    /// Beside the code.
    pub(super) code: Option<String>,
    /// Of the page.
    pub(super) status: StatusCode,
}

/// Confirms who is there with a password and, where the session needs it, a code or recovery code. A form
/// that needs none ignores what stands in the field. The code is spent later, with what it is for.
pub(super) async fn confirm(
    full: &Full,
    password: &str,
    code: &str,
) -> Result<Result<Confirmation, Refused>, Failure> {
    let visitor = &full.visitor;
    let store = &visitor.app.store;
    let account = full.session.account;
    let needed = full.needs_factor();
    let factors = store.factors(account).await?;
    let typed = needed.then(|| (factors.read(code), RecoveryCode::parse(code)));
    if let Some((Err(_), Err(_))) = typed {
        let words = visitor.words.error_code_or_recovery_code().to_owned();
        return Ok(Err(Refused { code: Some(words), status: StatusCode::BAD_REQUEST, ..Refused::default() }));
    }
    let owner = store.account_by_email(&full.session.email_key).await?;
    let proof = match sign_in::check(visitor, &full.session.email_key, owner.as_ref(), password).await {
        Ok(proof) => proof,
        Err(refusal) => return refused_password(full, refusal).map(Err),
    };
    let attempt = match typed {
        None => None,
        Some((Ok(code), _)) => Some(factors.check(code, visitor.now())),
        Some((Err(_), Ok(code))) => Some(check_recovery_code(visitor, account, code).await?),
        Some((Err(_), Err(_))) => return Err(Failure::Internal),
    };
    match Confirmation::new(&full.session.standing(), &proof, attempt, visitor.now()) {
        Ok(confirmation) => Ok(Ok(confirmation)),
        Err(Unconfirmed::NeedsFactor | Unconfirmed::NotYours) => Err(Failure::Forbidden),
    }
}

/// For what changes a password or a factor, and for what shows a secret that is to be one: the session answers to a new token afterwards, which the answer has to
/// hand to the browser.
pub(super) fn renewing(full: &Full, confirmation: Confirmation) -> (Confirmation, Token<token::Session>) {
    let token = full.another_token();
    (confirmation.renewing(token.hash()), token)
}

/// The answer where what was confirmed did not happen, because the session or the account has changed since.
pub(super) fn once_more(full: Full, page: &str) -> Response {
    redirect(page, full.visitor.cookies.leave(&Flash::ChangedMeanwhile.to_cookie()))
}

/// A refusal of the store after the confirmation: the code's, or none that this form can explain.
pub(super) fn refused_code(visitor: &Visitor, refusal: Refusal) -> Result<Refused, Failure> {
    if let Refusal::Locked(locked) = refusal {
        let code = Some(refusals::lock_while_signed_in(visitor, locked));
        return Ok(Refused { password: None, code, status: StatusCode::TOO_MANY_REQUESTS });
    }
    let why = refusals::code(visitor, refusal, StatusCode::FORBIDDEN)?;
    Ok(Refused { password: None, code: Some(why.words), status: why.status })
}

fn refused_password(full: &Full, refusal: Refusal) -> Result<Refused, Failure> {
    let (words, status) = match refusal {
        Refusal::Wrong(_) => (full.visitor.words.error_password_wrong().to_owned(), StatusCode::FORBIDDEN),
        Refusal::Locked(locked) => {
            let words = match locked {
                Locked::Until(until) => {
                    full.visitor.words.error_sign_in_wait(full.visitor.end_of_wait(until))
                }
                Locked::UntilProven => full.visitor.words.error_password_wrong().to_owned(),
            };
            (words, StatusCode::TOO_MANY_REQUESTS)
        }
        other => return Err(other.into()),
    };
    Ok(Refused { password: Some(words), code: None, status })
}

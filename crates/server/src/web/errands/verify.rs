//! `/hosted/{errand}/code`, `…/two-codes`, `…/recovery-code`: the second step of an application's user, three ways.

use axum::{http::StatusCode, response::Response};
use countersign::{Attempt, Claim, recovery::RecoveryCode as Typed};
use countersign_store::{
    Refusal,
    devices::Remember,
    verifications::{Question, ToVerify},
};

use super::super::failure::Failure;
use super::super::form::Form;
use super::super::second_step::{
    Asked, CodeFields, RecoveryCodeFields, TwoCodesFields, check_recovery_code, code_page,
    recovery_code_page, two_codes_page,
};
use super::super::{redirect, refusals};
use super::{OnErrand, Verifying};

/// The page for a code; while the budget makes one wait, it says until when.
pub(in super::super) async fn show_code(Verifying(on): Verifying) -> Result<Response, Failure> {
    let locked = on.store.locked(on.account(), on.lane().await?, on.visitor.now()).await?;
    Ok(code_page(&asked(&on), StatusCode::OK, false, None, locked))
}

/// Checks a code.
pub(in super::super) async fn submit_code(
    Verifying(on): Verifying,
    Form(fields): Form<CodeFields>,
) -> Result<Response, Failure> {
    let (asked, remember) = (asked(&on), fields.remember.is_some());
    let read = on.store.to_verify(&on.errand.account).await?;
    let Ok(code) = read.factors.read(&fields.code) else {
        let words = on.visitor.words.error_code_shape().to_owned();
        return Ok(code_page(&asked, StatusCode::BAD_REQUEST, remember, Some(words), None));
    };
    let attempt = read.factors.check(code, on.visitor.now());
    match finish(&on, &read, attempt, remember).await? {
        Ok(response) => Ok(response),
        Err(why) => {
            let locked = on.store.locked(on.account(), on.lane().await?, on.visitor.now()).await?;
            Ok(code_page(&asked, why.status, remember, Some(why.words), locked))
        }
    }
}

/// The page for two codes in a row.
pub(in super::super) async fn show_two_codes(Verifying(on): Verifying) -> Response {
    two_codes_page(&asked(&on), StatusCode::OK, None)
}

/// Checks two codes in a row: the way on for somebody who is locked out.
pub(in super::super) async fn submit_two_codes(
    Verifying(on): Verifying,
    Form(fields): Form<TwoCodesFields>,
) -> Result<Response, Failure> {
    let asked = asked(&on);
    let read = on.store.to_verify(&on.errand.account).await?;
    let (Ok(code), Ok(next)) = (read.factors.read(&fields.code), read.factors.read(&fields.next_code)) else {
        let words = on.visitor.words.error_code_shape().to_owned();
        return Ok(two_codes_page(&asked, StatusCode::BAD_REQUEST, Some(words)));
    };
    let attempt = read.factors.check_two(code, next, on.visitor.now());
    match finish(&on, &read, attempt, false).await? {
        Ok(response) => Ok(response),
        Err(why) => Ok(two_codes_page(&asked, why.status, Some(why.words))),
    }
}

/// The page for a recovery code.
pub(in super::super) async fn show_recovery_code(Verifying(on): Verifying) -> Response {
    recovery_code_page(&asked(&on), StatusCode::OK, false, None)
}

/// Checks a recovery code. What cannot be one is told so, and costs no guess.
pub(in super::super) async fn submit_recovery_code(
    Verifying(on): Verifying,
    Form(fields): Form<RecoveryCodeFields>,
) -> Result<Response, Failure> {
    let (asked, remember) = (asked(&on), fields.remember.is_some());
    let code = match Typed::parse(&fields.recovery_code) {
        Ok(code) => code,
        Err(reason) => {
            let words = refusals::not_a_recovery_code(&on.visitor, reason);
            return Ok(recovery_code_page(&asked, StatusCode::BAD_REQUEST, remember, Some(words)));
        }
    };
    let read = on.store.to_verify(&on.errand.account).await?;
    let attempt = check_recovery_code(&on.visitor, on.account(), code).await?;
    match finish(&on, &read, attempt, remember).await? {
        Ok(response) => Ok(response),
        Err(why) => Ok(recovery_code_page(&asked, why.status, remember, Some(why.words))),
    }
}

/// Spends the claim and ends the errand. The inner error is one that the page explains.
async fn finish(
    on: &OnErrand,
    read: &ToVerify,
    attempt: Attempt<Claim>,
    remember: bool,
) -> Result<Result<Response, refusals::Explained>, Failure> {
    // Where a remembered device does not count, none is remembered.
    let sent = on.visitor.cookies.device(on.account());
    let remember = Remember::asked(remember && !on.errand.fresh, sent.as_ref());
    let question = Question { read, lane: on.lane().await?, remember };
    let (visitor, mut chance) = (&on.visitor, on.visitor.app.chance);
    match on.store.verify_on_errand(&on.errand, question, attempt, &visitor.visit, &mut chance).await {
        Ok(verified) => {
            let cookies = visitor.cookies.clone();
            let cookies = match &verified.device {
                Some((token, device)) => cookies.remember(token, device, visitor.now()),
                None => cookies,
            };
            Ok(Ok(redirect(&on.path("done"), cookies)))
        }
        // Somebody else finished it, or its time is over, or the account changed.
        Err(Refusal::Gone(_)) => Ok(Ok(on.over())),
        Err(refusal) => refusals::code(visitor, refusal, StatusCode::UNAUTHORIZED).map(Err),
    }
}

fn asked(on: &OnErrand) -> Asked {
    let days = if on.errand.fresh { 0 } else { on.remember_days() };
    Asked { visitor: on.visitor.clone(), chrome: on.chrome(), email: on.errand.account_name.clone(), days }
}

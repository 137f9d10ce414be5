//! `/hosted/{errand}/recovery-codes`: another set in place of the present one.

use axum::{http::StatusCode, response::Response};
use countersign::{RecoverySetId, recovery::RecoverySet};
use countersign_store::Refusal;

use super::super::failure::Failure;
use super::super::flash::Flash;
use super::super::form::Form;
use super::super::recovery_codes::reveal_to;
use super::super::step_up::{Refused, refused_code};
use super::super::{page, redirect};
use super::set_up::owner;
use super::step_up::{Fields, shown};
use super::{Managing, OnErrand};
use crate::pages::{AfterCodes, Confirm};

/// The page that asks once more.
pub(in super::super) async fn show(Managing(on): Managing) -> Result<Response, Failure> {
    if !has_codes(&on) {
        return Ok(back(on, &Flash::AlreadyOff));
    }
    draw(&on, Refused { status: StatusCode::OK, ..Refused::default() }).await
}

/// Replaces the codes and shows the new ones, once.
pub(in super::super) async fn submit(
    Managing(on): Managing,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    if !has_codes(&on) {
        return Ok(back(on, &Flash::AlreadyOff));
    }
    let present = match fields.set.as_str() {
        "" => None,
        set => Some(RecoverySetId::parse(set).map_err(|_| Failure::BadRequest)?),
    };
    if present.is_some() && present != set_of(&on).await? {
        return Ok(back(on, &Flash::CodesReplacedAlready));
    }
    let shown = match shown(&on, &fields.code).await? {
        Ok(shown) => shown,
        Err(refused) => return draw(&on, refused).await,
    };
    let (lane, visitor, mut chance) = (on.lane().await?, &on.visitor, on.visitor.app.chance);
    let (count, now) = (on.errand.application.choices.recovery_codes, visitor.now());
    let set = visitor.hasher().run(move |memory| RecoverySet::of(count, now, memory, &mut chance)).await?;
    let set = set.map_err(|_| Failure::Internal)?;
    let sets = (present, &set.stored);
    let replaced =
        on.store.replace_recovery_codes_on_errand(&on.errand, sets, shown, lane, &visitor.visit, &mut chance);
    match replaced.await {
        Ok(()) => {
            let cookies = on.visitor.cookies.clone();
            reveal_to(&on.visitor, &owner(&on), on.chrome(), &set, AfterCodes::Profile, cookies)
        }
        Err(refusal) if refusal.finds_codes_replaced() => Ok(back(on, &Flash::CodesReplacedAlready)),
        Err(Refusal::Gone(_)) => Ok(on.once_more("recovery-codes")),
        Err(refusal) => draw(&on, refused_code(&on.visitor, refusal)?).await,
    }
}

fn has_codes(on: &OnErrand) -> bool {
    on.errand.two_factor_on() && on.errand.application.choices.recovery_codes > 0
}

/// The set that is present now.
async fn set_of(on: &OnErrand) -> Result<Option<RecoverySetId>, Failure> {
    let kept = on.store.profile(on.account(), on.visitor.now()).await?;
    Ok(kept.recovery_set.map(|(set, _)| set))
}

fn back(on: OnErrand, flash: &Flash) -> Response {
    let to = on.path("manage");
    redirect(&to, on.visitor.cookies.leave(&flash.to_cookie()))
}

async fn draw(on: &OnErrand, refused: Refused) -> Result<Response, Failure> {
    let set = set_of(on).await?.map(|set| set.to_string());
    let view = Confirm {
        ask_code: on.errand.needs_factor(on.visitor.now()),
        code_error: refused.code,
        ..Confirm::new_recovery_codes(on.chrome(), set)
    };
    Ok(page(refused.status, view.render()))
}

//! `/hosted/{errand}/turn-off`: nothing of the second factor ever works again.

use axum::{http::StatusCode, response::Response};
use countersign_store::Refusal;

use super::super::failure::Failure;
use super::super::flash::Flash;
use super::super::form::Form;
use super::super::step_up::{Refused, refused_code};
use super::super::{page, redirect};
use super::step_up::{Fields, shown};
use super::{Managing, OnErrand};
use crate::pages::TurnOff;

/// The page that asks once more.
pub(in super::super) async fn show(Managing(on): Managing) -> Response {
    if !on.errand.two_factor_on() {
        return already_off(on);
    }
    draw(&on, Refused { status: StatusCode::OK, ..Refused::default() })
}

/// Turns 2FA off.
pub(in super::super) async fn submit(
    Managing(on): Managing,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    if !on.errand.two_factor_on() {
        return Ok(already_off(on));
    }
    let shown = match shown(&on, &fields.code).await? {
        Ok(shown) => shown,
        Err(refused) => return Ok(draw(&on, refused)),
    };
    let lane = on.lane().await?;
    match on.store.turn_off_on_errand(&on.errand, shown, lane, &on.visitor.visit).await {
        Ok(()) => {
            let (to, account) = (on.path("manage"), on.account());
            let cookies = on.visitor.cookies.forget(account);
            Ok(redirect(&to, cookies.leave(&Flash::TwoFactorOff.to_cookie())))
        }
        Err(Refusal::Gone(_)) => Ok(on.once_more("turn-off")),
        Err(refusal) => Ok(draw(&on, refused_code(&on.visitor, refusal)?)),
    }
}

fn already_off(on: OnErrand) -> Response {
    let to = on.path("manage");
    redirect(&to, on.visitor.cookies.leave(&Flash::AlreadyOff.to_cookie()))
}

fn draw(on: &OnErrand, refused: Refused) -> Response {
    let view = TurnOff {
        chrome: on.chrome(),
        ask_code: on.errand.needs_factor(on.visitor.now()),
        password_error: None,
        code_error: refused.code,
        error: None,
    };
    page(refused.status, view.render())
}

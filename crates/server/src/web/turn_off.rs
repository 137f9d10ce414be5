//! `/account/two-factor/turn-off`: nothing of the second factor ever works again.

use axum::{http::StatusCode, response::Response};
use countersign_store::Refusal;
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::Full;
use super::step_up::{self, Refused};
use super::{page, redirect};
use crate::pages::TurnOff;

/// What the form of a step-up page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    /// The password.
    #[serde(default)]
    pub(super) password: String,
    /// The code or recovery code, where the page asks for one.
    #[serde(default)]
    pub(super) code: String,
}

/// The page that asks for the password.
pub(super) async fn show(full: Full) -> Response {
    if full.session.two_factor_at.is_none() {
        return already_off(full);
    }
    draw(&full, Refused { status: StatusCode::OK, ..Refused::default() })
}

/// Turns 2FA off.
pub(super) async fn submit(full: Full, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    if full.session.two_factor_at.is_none() {
        return Ok(already_off(full));
    }
    let confirmation = match step_up::confirm(&full, &fields.password, &fields.code).await? {
        Ok(confirmation) => confirmation,
        Err(refused) => return Ok(draw(&full, refused)),
    };
    let (confirmation, renewed) = step_up::renewing(&full, confirmation);
    let lane = full.lane().await?;
    match full.visitor.app.store.turn_off(confirmation, lane, &full.visitor.visit).await {
        Ok(()) => {
            let cookies = full.visitor.cookies.renew_session(&renewed).forget(full.session.account);
            Ok(redirect("/account", cookies.leave(&Flash::TwoFactorOff.to_cookie())))
        }
        Err(refusal) if refusal.finds_two_factor_off() => Ok(already_off(full)),
        Err(Refusal::Gone(_)) => Ok(step_up::once_more(full, "/account/two-factor/turn-off")),
        Err(refusal) => Ok(draw(&full, step_up::refused_code(&full.visitor, refusal)?)),
    }
}

fn already_off(full: Full) -> Response {
    redirect("/account", full.visitor.cookies.leave(&Flash::AlreadyOff.to_cookie()))
}

fn draw(full: &Full, refused: Refused) -> Response {
    let view = TurnOff {
        chrome: full.chrome(),
        ask_code: full.needs_factor(),
        password_error: refused.password,
        code_error: refused.code,
        error: None,
    };
    page(refused.status, view.render())
}

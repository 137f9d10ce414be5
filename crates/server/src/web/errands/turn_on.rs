//! `/hosted/{errand}/turn-on`: what comes next, before the QR code.

use axum::{http::StatusCode, response::Response};
use countersign_store::{Lane, Refusal};

use super::super::failure::Failure;
use super::super::flash::Flash;
use super::super::{page, redirect};
use super::{OnErrand, TurningOn};
use crate::pages::TurnOn;

/// The page that says what comes next.
pub(in super::super) async fn show(TurningOn(on): TurningOn) -> Response {
    if on.errand.two_factor_on() {
        return already_on(on);
    }
    let view = TurnOn {
        chrome: on.chrome(),
        ask_password: false,
        sign_out_after: false,
        password_error: None,
        error: None,
    };
    page(StatusCode::OK, view.render())
}

/// Offers an authenticator on this errand.
pub(in super::super) async fn submit(TurningOn(on): TurningOn) -> Result<Response, Failure> {
    if on.errand.two_factor_on() {
        return Ok(already_on(on));
    }
    let mut chance = on.visitor.app.chance;
    match on.store.offer_on_errand(&on.errand, None, Lane::Everybody, &on.visitor.visit, &mut chance).await {
        Ok(()) => Ok(redirect(&on.path("set-up"), on.visitor.cookies)),
        Err(Refusal::Gone(_)) => Ok(on.over()),
        Err(refusal) => Err(refusal.into()),
    }
}

fn already_on(on: OnErrand) -> Response {
    let to = on.first_page();
    redirect(&to, on.visitor.cookies.leave(&Flash::AlreadyOn.to_cookie()))
}

//! `/account/two-factor/turn-on`: the password before the QR code.

use axum::{http::StatusCode, response::Response};
use countersign::step_up::MayEnrol;
use countersign_store::Refusal;
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::{Enrolling, Full};
use super::step_up::{self, Refused};
use super::{confirm_address, page, redirect};
use crate::pages::{Notice, TurnOn};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    password: String,
}

/// The page that asks for the password.
pub(super) async fn show(Enrolling(full): Enrolling) -> Response {
    if full.session.two_factor_at.is_some() {
        return already_on(full);
    }
    if must_confirm_address(&full) {
        return confirm_address::first(&full, StatusCode::OK, None);
    }
    draw(&full, Refused { status: StatusCode::OK, ..Refused::default() })
}

/// Offers an authenticator to this session.
pub(super) async fn submit(
    Enrolling(full): Enrolling,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    if full.session.two_factor_at.is_some() {
        return Ok(already_on(full));
    }
    if must_confirm_address(&full) {
        return Ok(confirm_address::first(&full, StatusCode::FORBIDDEN, None));
    }
    let (store, mut chance) = (&full.visitor.app.store, full.visitor.app.chance);
    let (leave, renewed) = match MayEnrol::without_password(&full.session.standing(), store.policy()) {
        // The session is all that is asked for here: whoever has a copy of it may do the same.
        Some(leave) => (leave, None),
        None => match step_up::confirm(&full, &fields.password, "").await? {
            Ok(confirmation) => {
                let (confirmation, renewed) = step_up::renewing(&full, confirmation);
                (confirmation.into(), Some(renewed))
            }
            Err(refused) => return Ok(draw(&full, refused)),
        },
    };
    let lane = full.lane().await?;
    match store.offer(leave, lane, &full.visitor.visit, &mut chance).await {
        Ok(()) => {
            let cookies = full.visitor.cookies;
            let cookies = match renewed {
                Some(token) => cookies.renew_session(&token),
                None => cookies,
            };
            Ok(redirect("/account/two-factor/set-up", cookies))
        }
        Err(Refusal::Gone(_)) => Ok(step_up::once_more(full, "/account/two-factor/turn-on")),
        Err(refusal) => Err(refusal.into()),
    }
}

fn must_confirm_address(full: &Full) -> bool {
    full.session.standing().must_confirm_address(full.visitor.app.store.policy())
}

/// That everybody has to turn it on, where they have to and nothing else is to be said.
pub(super) fn required(full: &Full) -> Option<Notice> {
    let must = full.session.standing().must_enrol(full.visitor.app.store.policy());
    must.then(|| Notice::Warning(full.visitor.words.turn_on_required().to_owned()))
}

fn already_on(full: Full) -> Response {
    redirect("/account", full.visitor.cookies.leave(&Flash::AlreadyOn.to_cookie()))
}

fn draw(full: &Full, refused: Refused) -> Response {
    let policy = full.visitor.app.store.policy();
    let mut chrome = full.chrome();
    chrome.notice = required(full).or(chrome.notice);
    let view = TurnOn {
        chrome,
        ask_password: policy.password_first,
        sign_out_after: policy.sign_out_after,
        password_error: refused.password,
        error: refused.code,
    };
    page(refused.status, view.render())
}

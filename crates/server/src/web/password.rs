//! `/account/password`: another password, and everything that hung on the old one is over.

use axum::{http::StatusCode, response::Response};
use countersign_store::Refusal;
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::Full;
use super::step_up::{self, Refused};
use super::{new_password, page, redirect};
use crate::pages::ChangePassword;

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    code: String,
}

/// The page.
pub(super) async fn show(full: Full) -> Response {
    draw(&full, Refused { status: StatusCode::OK, ..Refused::default() }, None)
}

/// Changes the password.
pub(super) async fn submit(full: Full, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    let bad = |words: String| {
        let refused = Refused { status: StatusCode::BAD_REQUEST, ..Refused::default() };
        draw(&full, refused, Some(words))
    };
    let (email, name) = (&full.session.email, &full.session.name);
    let new = match new_password::fit(&full.visitor, &fields.new_password, email, name).await? {
        Ok(new) => new,
        Err(words) => return Ok(bad(words)),
    };
    if fields.new_password == fields.password {
        return Ok(bad(full.visitor.words.error_password_same().to_owned()));
    }
    let confirmation = match step_up::confirm(&full, &fields.password, &fields.code).await? {
        Ok(confirmation) => confirmation,
        Err(refused) => return Ok(draw(&full, refused, None)),
    };
    let (confirmation, renewed) = step_up::renewing(&full, confirmation);
    let stored = new_password::hash(&full.visitor, new).await?;
    let lane = full.lane().await?;
    let store = &full.visitor.app.store;
    match store.change_password(confirmation, &stored, lane, &full.visitor.visit).await {
        Ok(()) => {
            let cookies = full.visitor.cookies.renew_session(&renewed).forget(full.session.account);
            Ok(redirect("/account", cookies.leave(&Flash::PasswordChanged.to_cookie())))
        }
        Err(Refusal::Gone(_)) => Ok(step_up::once_more(full, "/account/password")),
        Err(refusal) => {
            let refused = step_up::refused_code(&full.visitor, refusal)?;
            Ok(draw(&full, refused, None))
        }
    }
}

/// `/.well-known/change-password`: where password managers look.
pub(super) async fn well_known() -> axum::response::Redirect {
    axum::response::Redirect::temporary("/account/password")
}

fn draw(full: &Full, refused: Refused, new_password_error: Option<String>) -> Response {
    let view = ChangePassword {
        chrome: full.chrome(),
        password_min_length: new_password::min_length(&full.visitor),
        ask_code: full.needs_factor(),
        password_error: refused.password,
        new_password_error,
        code_error: refused.code,
        error: None,
    };
    page(refused.status, view.render())
}

//! `/reset-password`: a new password in place of a forgotten one, by a one-time link. It signs nobody in, and the
//! second factor is as it was.

use axum::{http::StatusCode, response::Response};
use countersign::token::PasswordReset;
use countersign_store::{Refusal, links::LinkOf};
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::link::{self, Link};
use super::visitor::Visitor;
use super::{new_password, page, redirect};
use crate::pages::{Chrome, LinkOver, LinkOverFor, ResetPassword};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    link: String,
    #[serde(default)]
    new_password: String,
}

/// The form. Opening it spends nothing.
pub(super) async fn show(visitor: Visitor, Link(link): Link) -> Result<Response, Failure> {
    Ok(match link::good::<PasswordReset>(&visitor, &link).await? {
        Some((_, of)) => draw(&visitor, &link, of, None),
        None => over(&visitor),
    })
}

/// Sets the password, by the rules of every new one.
pub(super) async fn submit(visitor: Visitor, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    let Some((token, of)) = link::good::<PasswordReset>(&visitor, &fields.link).await? else {
        return Ok(over(&visitor));
    };
    let password = match new_password::fit(&visitor, &fields.new_password, &of.email, &of.name).await? {
        Ok(password) => password,
        Err(words) => return Ok(draw(&visitor, &fields.link, of, Some(words))),
    };
    let stored = new_password::hash(&visitor, password).await?;
    match visitor.app.store.reset_password(&token.hash(), of.account, &stored, &visitor.visit).await {
        Ok(()) => Ok(redirect("/sign-in", visitor.cookies.leave(&Flash::PasswordReset.to_cookie()))),
        Err(Refusal::Gone(_)) => Ok(over(&visitor)),
        Err(refusal) => Err(refusal.into()),
    }
}

fn draw(visitor: &Visitor, link: &str, of: LinkOf, password_error: Option<String>) -> Response {
    let status = if password_error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let view = ResetPassword {
        chrome: Chrome { path: link::address("/reset-password", link), ..visitor.chrome() },
        link: link.to_owned(),
        email: of.email,
        password_min_length: new_password::min_length(visitor),
        password_error,
    };
    page(status, view.render())
}

fn over(visitor: &Visitor) -> Response {
    let view = LinkOver { chrome: visitor.chrome(), purpose: LinkOverFor::PasswordReset };
    page(StatusCode::GONE, view.render())
}

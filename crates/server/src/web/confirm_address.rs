//! `/confirm-address`, and the letter that leads there: whoever turns 2FA on should be within reach of mail.

use axum::{http::StatusCode, response::Response};
use countersign::token::AddressConfirmation;
use countersign_store::Refusal;
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::{Enrolling, Full};
use super::link::{self, Link};
use super::visitor::Visitor;
use super::{next, page, redirect, turn_on};
use crate::pages::{AddressFirst, Chrome, ConfirmAddress, LinkOver, LinkOverFor};

/// Where whoever is signed in asks for a letter and goes on afterwards.
const TURN_ON: &str = "/account/two-factor/turn-on";

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    link: String,
}

/// One button. Opening the page confirms nothing.
pub(super) async fn show(visitor: Visitor, Link(link): Link) -> Result<Response, Failure> {
    let Some((_, of)) = link::good::<AddressConfirmation>(&visitor, &link).await? else {
        return Ok(over(&visitor));
    };
    let chrome = Chrome { path: link::address("/confirm-address", &link), ..visitor.chrome() };
    Ok(page(StatusCode::OK, ConfirmAddress { chrome, link, email: of.email }.render()))
}

/// Confirms the address, in whichever browser its owner reads mail, and leads on to where one was.
pub(super) async fn submit(
    visitor: Visitor,
    signed_in: Result<Enrolling, Failure>,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    let Some((token, of)) = link::good::<AddressConfirmation>(&visitor, &fields.link).await? else {
        return Ok(over(&visitor));
    };
    match visitor.app.store.confirm_address(&token.hash(), of.account, &visitor.visit).await {
        Ok(()) => {}
        Err(Refusal::Gone(_)) => return Ok(over(&visitor)),
        Err(refusal) => return Err(refusal.into()),
    }
    let to = match signed_in {
        Ok(Enrolling(full)) if full.session.account == of.account => TURN_ON.to_owned(),
        Ok(_) => "/account".to_owned(),
        Err(_) => format!("/sign-in?next={}", next::in_query(TURN_ON)),
    };
    Ok(redirect(&to, visitor.cookies.leave(&Flash::AddressConfirmed.to_cookie())))
}

/// Sends a letter to whoever is signed in.
pub(super) async fn send(Enrolling(full): Enrolling) -> Result<Response, Failure> {
    if !full.visitor.app.config.sends_mail() {
        return Ok(redirect(TURN_ON, full.visitor.cookies));
    }
    let asked = full.visitor.app.store.ask_for_address_confirmation(&full.session, &full.visitor.visit).await;
    match asked {
        Ok(()) => Ok(redirect(TURN_ON, full.visitor.cookies.leave(&Flash::ConfirmationSent.to_cookie()))),
        Err(refusal) if refusal.finds_letters_enough() => {
            let words = full.visitor.words.address_first_enough().to_owned();
            Ok(first(&full, StatusCode::TOO_MANY_REQUESTS, Some(words)))
        }
        // It is confirmed, in another window perhaps.
        Err(Refusal::Gone(_)) => {
            Ok(redirect(TURN_ON, full.visitor.cookies.leave(&Flash::AddressConfirmed.to_cookie())))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// The page in place of the one that turns 2FA on.
pub(super) fn first(full: &Full, status: StatusCode, error: Option<String>) -> Response {
    let flash = full.visitor.cookies.flash().and_then(Flash::from_cookie);
    let sent = error.is_some() || flash == Some(Flash::ConfirmationSent);
    let mut chrome = full.chrome();
    chrome.path = TURN_ON.to_owned();
    if !sent {
        chrome.notice = turn_on::required(full).or(chrome.notice);
    }
    page(status, AddressFirst { chrome, email: full.session.email.clone(), sent, error }.render())
}

fn over(visitor: &Visitor) -> Response {
    let view = LinkOver { chrome: visitor.chrome(), purpose: LinkOverFor::AddressConfirmation };
    page(StatusCode::GONE, view.render())
}

//! `/account/two-factor/authenticators/…`: add another, rename, remove.

use axum::{extract::Path, http::StatusCode, response::Response};
use countersign::{AuthenticatorId, enrolment::MOST_AUTHENTICATORS, name::Name};
use countersign_store::{Refusal, authenticators::Listed};
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::Full;
use super::step_up::{self, Refused};
use super::turn_off::Fields;
use super::{page, redirect, refusals};
use crate::pages::{Confirm, Field, Rename};

/// What the form of a name sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameFields {
    #[serde(default)]
    pub(super) name: String,
}

/// The page that asks for the password before another QR code.
pub(super) async fn show_add(full: Full) -> Result<Response, Failure> {
    Ok(match may_add(&full).await? {
        Ok(()) => draw_add(&full, Refused { status: StatusCode::OK, ..Refused::default() }),
        Err(instead) => instead,
    })
}

/// Offers another authenticator to this session. The ones in use are not touched.
pub(super) async fn add(full: Full, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    if let Err(instead) = may_add(&full).await? {
        return Ok(instead);
    }
    let confirmation = match step_up::confirm(&full, &fields.password, &fields.code).await? {
        Ok(confirmation) => confirmation,
        Err(refused) => return Ok(draw_add(&full, refused)),
    };
    let (confirmation, renewed) = step_up::renewing(&full, confirmation);
    let lane = full.lane().await?;
    let (store, mut chance) = (&full.visitor.app.store, full.visitor.app.chance);
    match store.offer(confirmation.into(), lane, &full.visitor.visit, &mut chance).await {
        Ok(()) => Ok(redirect("/account/two-factor/set-up", full.visitor.cookies.renew_session(&renewed))),
        Err(Refusal::Gone(_)) => Ok(step_up::once_more(full, "/account/two-factor/authenticators/add")),
        Err(refusal) => Ok(draw_add(&full, step_up::refused_code(&full.visitor, refusal)?)),
    }
}

/// The page for another name.
pub(super) async fn show_rename(full: Full, Path(id): Path<String>) -> Result<Response, Failure> {
    let row = find(&full, &id).await?;
    let name = Field::of(row.name);
    Ok(page(StatusCode::OK, Rename { chrome: full.chrome(), id, name }.render()))
}

/// Gives an authenticator another name.
pub(super) async fn rename(
    full: Full,
    Path(id): Path<String>,
    Form(fields): Form<NameFields>,
) -> Result<Response, Failure> {
    let row = find(&full, &id).await?;
    match Name::parse(&fields.name) {
        Ok(name) => {
            let store = &full.visitor.app.store;
            store.rename_authenticator(full.session.account, row.id, &name, &full.visitor.visit).await?;
            let flash = Flash::AuthenticatorRenamed(name.as_str().to_owned());
            Ok(redirect("/account", full.visitor.cookies.leave(&flash.to_cookie())))
        }
        Err(reason) => {
            let shown: String = fields.name.chars().take(countersign::name::LONGEST).collect();
            let name = Field::wrong(shown, refusals::not_a_name(&full.visitor, reason));
            Ok(page(StatusCode::BAD_REQUEST, Rename { chrome: full.chrome(), id, name }.render()))
        }
    }
}

/// The page that asks for the password before an authenticator is removed.
pub(super) async fn show_remove(full: Full, Path(id): Path<String>) -> Result<Response, Failure> {
    let row = find(&full, &id).await?;
    Ok(draw_remove(&full, &row, Refused { status: StatusCode::OK, ..Refused::default() }))
}

/// Removes an authenticator that is not the last.
pub(super) async fn remove(
    full: Full,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    let row = find(&full, &id).await?;
    let confirmation = match step_up::confirm(&full, &fields.password, &fields.code).await? {
        Ok(confirmation) => confirmation,
        Err(refused) => return Ok(draw_remove(&full, &row, refused)),
    };
    let (confirmation, renewed) = step_up::renewing(&full, confirmation);
    let lane = full.lane().await?;
    match full.visitor.app.store.remove_authenticator(confirmation, row.id, lane, &full.visitor.visit).await {
        Ok(()) => {
            let flash = Flash::AuthenticatorRemoved(row.name);
            let cookies = full.visitor.cookies.renew_session(&renewed);
            Ok(redirect("/account", cookies.leave(&flash.to_cookie())))
        }
        Err(refusal) if refusal.finds_no_spare_authenticator() => {
            Ok(redirect("/account", full.visitor.cookies.leave(&Flash::AuthenticatorLast.to_cookie())))
        }
        Err(Refusal::Gone(_)) => Ok(step_up::once_more(full, "/account")),
        Err(refusal) => Ok(draw_remove(&full, &row, step_up::refused_code(&full.visitor, refusal)?)),
    }
}

/// The account's own authenticator of this id; anybody else's is not there.
async fn find(full: &Full, id: &str) -> Result<Listed, Failure> {
    let id = AuthenticatorId::parse(id).map_err(|_| Failure::NotFound)?;
    let kept = full.visitor.app.store.profile(full.session.account, full.visitor.now()).await?;
    kept.authenticators.into_iter().find(|row| row.id == id).ok_or(Failure::NotFound)
}

/// Whether one more may be added, or where to go instead.
async fn may_add(full: &Full) -> Result<Result<(), Response>, Failure> {
    let cookies = || full.visitor.cookies.clone();
    if full.session.two_factor_at.is_none() {
        return Ok(Err(redirect("/account/two-factor/turn-on", cookies())));
    }
    let kept = full.visitor.app.store.profile(full.session.account, full.visitor.now()).await?;
    if kept.authenticators.len() >= MOST_AUTHENTICATORS {
        return Ok(Err(redirect("/account", cookies().leave(&Flash::AuthenticatorsMany.to_cookie()))));
    }
    Ok(Ok(()))
}

fn draw_add(full: &Full, refused: Refused) -> Response {
    let view = Confirm::add_authenticator(full.chrome());
    draw(full, view, refused)
}

fn draw_remove(full: &Full, row: &Listed, refused: Refused) -> Response {
    let view = Confirm::remove_authenticator(full.chrome(), &row.id.to_string(), &row.name);
    draw(full, view, refused)
}

fn draw(full: &Full, view: Confirm, refused: Refused) -> Response {
    let ask_code = full.needs_factor();
    let view = Confirm { ask_code, password_error: refused.password, code_error: refused.code, ..view };
    page(refused.status, view.render())
}

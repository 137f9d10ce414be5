//! `/hosted/{errand}/authenticators/…`: add another, rename, remove.

use axum::{extract::Path, http::StatusCode, response::Response};
use countersign::{AuthenticatorId, enrolment::MOST_AUTHENTICATORS, name::Name};
use countersign_store::{Refusal, authenticators::Listed};

use super::super::authenticators::NameFields;
use super::super::failure::Failure;
use super::super::flash::Flash;
use super::super::form::Form;
use super::super::step_up::{Refused, refused_code};
use super::super::{page, redirect, refusals};
use super::step_up::{Fields, shown};
use super::{Managing, OnErrand};
use crate::pages::{Confirm, Field, Rename};

/// The errand and the item of an address.
type Both = Path<(String, String)>;

/// The page that asks once more before another QR code.
pub(in super::super) async fn show_add(Managing(on): Managing) -> Result<Response, Failure> {
    Ok(match may_add(&on).await? {
        Ok(()) => draw_add(&on, Refused { status: StatusCode::OK, ..Refused::default() }),
        Err(instead) => instead,
    })
}

/// Offers another authenticator on this errand. The ones in use are not touched.
pub(in super::super) async fn add(
    Managing(on): Managing,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    if let Err(instead) = may_add(&on).await? {
        return Ok(instead);
    }
    let shown = match shown(&on, &fields.code).await? {
        Ok(shown) => shown,
        Err(refused) => return Ok(draw_add(&on, refused)),
    };
    let (lane, mut chance) = (on.lane().await?, on.visitor.app.chance);
    match on.store.offer_on_errand(&on.errand, shown, lane, &on.visitor.visit, &mut chance).await {
        Ok(()) => Ok(redirect(&on.path("set-up"), on.visitor.cookies)),
        Err(Refusal::Gone(_)) => Ok(on.once_more("authenticators/add")),
        Err(refusal) => Ok(draw_add(&on, refused_code(&on.visitor, refusal)?)),
    }
}

/// The page for another name.
pub(in super::super) async fn show_rename(
    Managing(on): Managing,
    Path((_, id)): Both,
) -> Result<Response, Failure> {
    let row = find(&on, &id).await?;
    let name = Field::of(row.name);
    Ok(page(StatusCode::OK, Rename { chrome: on.chrome(), id, name }.render()))
}

/// Gives an authenticator another name.
pub(in super::super) async fn rename(
    Managing(on): Managing,
    Path((_, id)): Both,
    Form(fields): Form<NameFields>,
) -> Result<Response, Failure> {
    let row = find(&on, &id).await?;
    match Name::parse(&fields.name) {
        Ok(name) => {
            on.store.rename_authenticator_on_errand(&on.errand, row.id, &name, &on.visitor.visit).await?;
            let flash = Flash::AuthenticatorRenamed(name.as_str().to_owned());
            Ok(redirect(&on.path("manage"), on.visitor.cookies.leave(&flash.to_cookie())))
        }
        Err(reason) => {
            let shown: String = fields.name.chars().take(countersign::name::LONGEST).collect();
            let name = Field::wrong(shown, refusals::not_a_name(&on.visitor, reason));
            Ok(page(StatusCode::BAD_REQUEST, Rename { chrome: on.chrome(), id, name }.render()))
        }
    }
}

/// The page that asks once more before an authenticator is removed.
pub(in super::super) async fn show_remove(
    Managing(on): Managing,
    Path((_, id)): Both,
) -> Result<Response, Failure> {
    let row = find(&on, &id).await?;
    Ok(draw_remove(&on, &row, Refused { status: StatusCode::OK, ..Refused::default() }))
}

/// Removes an authenticator that is not the last.
pub(in super::super) async fn remove(
    Managing(on): Managing,
    Path((_, id)): Both,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    let row = find(&on, &id).await?;
    let shown = match shown(&on, &fields.code).await? {
        Ok(shown) => shown,
        Err(refused) => return Ok(draw_remove(&on, &row, refused)),
    };
    let lane = on.lane().await?;
    let removed =
        on.store.remove_authenticator_on_errand(&on.errand, row.id, shown, lane, &on.visitor.visit).await;
    match removed {
        Ok(()) => {
            let flash = Flash::AuthenticatorRemoved(row.name);
            Ok(redirect(&on.path("manage"), on.visitor.cookies.leave(&flash.to_cookie())))
        }
        Err(refusal) if refusal.finds_no_spare_authenticator() => {
            let cookies = on.visitor.cookies.clone().leave(&Flash::AuthenticatorLast.to_cookie());
            Ok(redirect(&on.path("manage"), cookies))
        }
        Err(Refusal::Gone(_)) => Ok(on.once_more("manage")),
        Err(refusal) => Ok(draw_remove(&on, &row, refused_code(&on.visitor, refusal)?)),
    }
}

/// The account's own authenticator of this id; anybody else's is not there.
async fn find(on: &OnErrand, id: &str) -> Result<Listed, Failure> {
    let id = AuthenticatorId::parse(id).map_err(|_| Failure::NotFound)?;
    let kept = on.store.profile(on.account(), on.visitor.now()).await?;
    kept.authenticators.into_iter().find(|row| row.id == id).ok_or(Failure::NotFound)
}

/// Whether one more may be added, or where to go instead.
async fn may_add(on: &OnErrand) -> Result<Result<(), Response>, Failure> {
    let cookies = || on.visitor.cookies.clone();
    if !on.errand.two_factor_on() {
        return Ok(Err(redirect(&on.path("turn-on"), cookies())));
    }
    let kept = on.store.profile(on.account(), on.visitor.now()).await?;
    if kept.authenticators.len() >= MOST_AUTHENTICATORS {
        let many = cookies().leave(&Flash::AuthenticatorsMany.to_cookie());
        return Ok(Err(redirect(&on.path("manage"), many)));
    }
    Ok(Ok(()))
}

fn draw_add(on: &OnErrand, refused: Refused) -> Response {
    draw(on, Confirm::add_authenticator(on.chrome()), refused)
}

fn draw_remove(on: &OnErrand, row: &Listed, refused: Refused) -> Response {
    draw(on, Confirm::remove_authenticator(on.chrome(), &row.id.to_string(), &row.name), refused)
}

fn draw(on: &OnErrand, view: Confirm, refused: Refused) -> Response {
    let ask_code = on.errand.needs_factor(on.visitor.now());
    page(refused.status, Confirm { ask_code, code_error: refused.code, ..view }.render())
}

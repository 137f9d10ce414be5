//! `/sites/code`: a code given again, because a part of a site asks for one of this session, or of just now.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use countersign::{recovery::RecoveryCode, site::Entry};
use countersign_store::Refusal;
use serde::Deserialize;

use super::failure::Failure;
use super::form::Form;
use super::full::Full;
use super::second_step::check_recovery_code;
use super::sites::{Enter, EnterQuery};
use super::step_up::refused_code;
use super::{page, redirect};
use crate::pages::SiteCode;

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    code: String,
}

/// The page that asks for it; whoever needs none is led on.
pub(super) async fn show(
    full: Full,
    query: Result<Query<EnterQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let enter = wanted(&full, query)?;
    match enter.entry(&full).await? {
        Entry::ShowFactor => Ok(draw(&full, &enter, StatusCode::OK, None)),
        _ => Ok(redirect(&enter.path(), full.visitor.cookies)),
    }
}

/// Checks and spends it, and leads on.
pub(super) async fn submit(
    full: Full,
    query: Result<Query<EnterQuery>, QueryRejection>,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    let enter = wanted(&full, query)?;
    let (visitor, account) = (&full.visitor, full.session.account);
    let store = &visitor.app.store;
    let factors = store.factors(account).await?;
    let attempt = match (factors.read(&fields.code), RecoveryCode::parse(&fields.code)) {
        (Ok(code), _) => factors.check(code, visitor.now()),
        (Err(_), Ok(code)) => check_recovery_code(visitor, account, code).await?,
        (Err(_), Err(_)) => {
            let words = visitor.words.error_code_or_recovery_code().to_owned();
            return Ok(draw(&full, &enter, StatusCode::BAD_REQUEST, Some(words)));
        }
    };
    let (renewed, lane) = (full.another_token(), full.lane().await?);
    let host = enter.site.url.host();
    match store.give_code_again(&full.session, host, attempt, &renewed.hash(), lane, &visitor.visit).await {
        Ok(()) => Ok(redirect(&enter.path(), full.visitor.cookies.renew_session(&renewed))),
        Err(Refusal::Gone(_)) => Ok(redirect(&enter.path(), full.visitor.cookies)),
        Err(refusal) => {
            let refused = refused_code(&full.visitor, refusal)?;
            Ok(draw(&full, &enter, refused.status, refused.code))
        }
    }
}

fn wanted(full: &Full, query: Result<Query<EnterQuery>, QueryRejection>) -> Result<Enter, Failure> {
    let Query(query) = query.map_err(|_| Failure::NotFound)?;
    Enter::read(&full.visitor.app, &query).ok_or(Failure::NotFound)
}

fn draw(full: &Full, enter: &Enter, status: StatusCode, error: Option<String>) -> Response {
    let action = enter.path_to("/sites/code");
    let view = SiteCode { chrome: full.chrome(), site: enter.site.name.clone(), action, error };
    page(status, view.render())
}

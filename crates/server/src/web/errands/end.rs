//! `/hosted/{errand}/leave`, `…/done`, `…/return`: back to the application, with a result.

use axum::{http::StatusCode, response::Response};
use countersign::return_address::way_back;
use countersign_store::Refusal;

use super::super::failure::Failure;
use super::super::{page, redirect};
use super::{Leaving, OnErrand};
use crate::errand_result::Claims;
use crate::pages::{ErrandEnd, ErrandEndWhy};

/// Ends an errand as it is: what was done is done, and what was not is cancelled.
pub(in super::super) async fn leave(Leaving(on): Leaving) -> Result<Response, Failure> {
    match on.store.leave_errand(&on.errand, on.visitor.now()).await {
        // A second click finds it ended.
        Ok(()) | Err(Refusal::Gone(_)) => Ok(redirect(&on.path("done"), on.visitor.cookies)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// The page that a form has led to. From here a link leads to another origin, which no form may (CSP, `form-action`).
pub(in super::super) async fn done(on: OnErrand) -> Result<Response, Failure> {
    if on.errand.ended_at.is_none() {
        return Ok(redirect(&on.first_page(), on.visitor.cookies));
    }
    let why = ErrandEndWhy::Going { onward: on.path("return") };
    Ok(page(StatusCode::OK, ErrandEnd { chrome: on.chrome(), why }.render()))
}

/// Leads to the application, with the signed result. Whoever comes again within its short life gets the same.
pub(in super::super) async fn go_back(on: OnErrand) -> Result<Response, Failure> {
    let Some(outcome) = on.errand.outcome.filter(|_| on.errand.ended_at.is_some()) else {
        return Ok(redirect(&on.first_page(), on.visitor.cookies));
    };
    let now = on.visitor.now();
    let back = match on.store.go_back(&on.errand, now).await {
        Ok(at) => Some(at),
        // Another request of this browser was faster: the errand is read again.
        Err(Refusal::Gone(_)) => match OnErrand::of(on.visitor.clone(), on.errand.id).await? {
            Some(again) => again.errand.returned_at.filter(|_| again.errand.registered),
            None => None,
        },
        Err(refusal) => return Err(refusal.into()),
    };
    let Some(at) = back else { return Ok(on.over()) };
    let mut chance = on.visitor.app.chance;
    let keys = on.store.signing_keys(on.errand.application.id, now, &mut chance).await?;
    let key = keys.first().ok_or(Failure::Internal)?;
    let claims = Claims::of(&on.visitor.app, &on.errand, outcome, at);
    let to = way_back(&on.errand.return_to, &claims.signed(&key.key), on.errand.state.as_deref());
    Ok(redirect(&to, on.visitor.cookies))
}

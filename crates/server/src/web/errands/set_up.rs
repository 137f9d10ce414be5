//! `/hosted/{errand}/set-up`: the QR code, and the code that proves it was scanned.

use axum::{http::StatusCode, response::Response};
use countersign::{
    enrolment::{Enrolment, Proven},
    errand,
    name::Name,
    recovery::RecoverySet,
};
use countersign_store::Refusal;

use super::super::failure::Failure;
use super::super::flash::Flash;
use super::super::form::Form;
use super::super::recovery_codes::{Owner, reveal_to};
use super::super::set_up::{Fields, called, explain, view};
use super::super::{page, redirect, refusals};
use super::{OnErrand, TurningOn};
use crate::pages::{AfterCodes, Chrome, Field, Purpose, SetUp};

/// The QR code that was offered on this errand.
pub(in super::super) async fn show(TurningOn(on): TurningOn) -> Result<Response, Failure> {
    match on.store.enrolment_on_errand(&on.errand, on.visitor.now()).await? {
        Some(enrolment) => Ok(draw(&on, &enrolment, StatusCode::OK, Field::default(), None)),
        None => Ok(expired(on)),
    }
}

/// Shows another QR code; the one before opens nothing any more.
pub(in super::super) async fn restart(TurningOn(on): TurningOn) -> Result<Response, Failure> {
    let Some(enrolment) = on.store.enrolment_on_errand(&on.errand, on.visitor.now()).await? else {
        return Ok(expired(on));
    };
    let mut chance = on.visitor.app.chance;
    match on.store.offer_again_on_errand(&on.errand, &enrolment, &on.visitor.visit, &mut chance).await {
        // A second click has done it already: the page shows what counts.
        Ok(()) | Err(Refusal::Gone(_)) => Ok(redirect(&on.path("set-up"), on.visitor.cookies)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Checks the code. Only a right one changes anything.
pub(in super::super) async fn submit(
    TurningOn(on): TurningOn,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    let Some(enrolment) = on.store.enrolment_on_errand(&on.errand, on.visitor.now()).await? else {
        return Ok(expired(on));
    };
    let words = on.visitor.words;
    let name = match called(words, &fields.name) {
        Ok(name) => name,
        Err(reason) => {
            let field = Field::wrong(fields.name, refusals::not_a_name(&on.visitor, reason));
            return Ok(draw(&on, &enrolment, StatusCode::BAD_REQUEST, field, None));
        }
    };
    match enrolment.prove(&fields.code, on.visitor.now()) {
        Err(unproven) => {
            let error = Some(explain(words, unproven));
            Ok(draw(&on, &enrolment, StatusCode::BAD_REQUEST, Field::of(fields.name), error))
        }
        Ok(proven) if on.errand.two_factor_on() => add(on, &proven, &name).await,
        Ok(proven) => turn_on(on, &proven, &name).await,
    }
}

/// Turns 2FA on and shows the recovery codes, once.
async fn turn_on(on: OnErrand, proven: &Proven, name: &Name) -> Result<Response, Failure> {
    let (visitor, mut chance) = (&on.visitor, on.visitor.app.chance);
    let (count, now) = (on.errand.application.choices.recovery_codes, visitor.now());
    let set = visitor.hasher().run(move |memory| RecoverySet::of(count, now, memory, &mut chance)).await?;
    let set = set.map_err(|_| Failure::Internal)?;
    let stored = Some(&set.stored);
    match on.store.prove_on_errand(&on.errand, proven, name, stored, &visitor.visit, &mut chance).await {
        Ok(()) => {}
        Err(Refusal::Gone(_)) => return Ok(expired(on)),
        Err(refusal) => return Err(refusal.into()),
    }
    let done = on.errand.purpose == errand::Purpose::TurnOn;
    let cookies = on.visitor.cookies.clone();
    let cookies = if done { cookies } else { cookies.leave(&Flash::TwoFactorOn.to_cookie()) };
    if set.codes.is_empty() {
        return Ok(redirect(&on.path(if done { "done" } else { "manage" }), cookies));
    }
    let after = if done { AfterCodes::Back } else { AfterCodes::TurnedOn };
    reveal_to(&on.visitor, &owner(&on), Chrome { notice: None, ..on.chrome() }, &set, after, cookies)
}

async fn add(on: OnErrand, proven: &Proven, name: &Name) -> Result<Response, Failure> {
    let mut chance = on.visitor.app.chance;
    match on.store.prove_on_errand(&on.errand, proven, name, None, &on.visitor.visit, &mut chance).await {
        Ok(()) => {
            let flash = Flash::AuthenticatorAdded(name.as_str().to_owned());
            Ok(redirect(&on.path("manage"), on.visitor.cookies.leave(&flash.to_cookie())))
        }
        Err(Refusal::Gone(_)) => Ok(expired(on)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Whose recovery codes they are.
pub(super) fn owner(on: &OnErrand) -> Owner {
    Owner {
        id: on.account(),
        issuer: on.errand.application.choices.issuer.clone(),
        name: on.errand.account_name.clone(),
    }
}

/// The QR code is too old, or was never offered on this errand: begin again.
fn expired(on: OnErrand) -> Response {
    let to = on.path(if on.errand.two_factor_on() { "authenticators/add" } else { "turn-on" });
    redirect(&to, on.visitor.cookies.leave(&Flash::EnrolmentExpired.to_cookie()))
}

fn draw(
    on: &OnErrand,
    enrolment: &Enrolment,
    status: StatusCode,
    name: Field,
    code_error: Option<String>,
) -> Response {
    let label = (on.errand.application.choices.issuer.as_str(), on.errand.account_name.as_str());
    let purpose = match on.errand.two_factor_on() {
        true => Purpose::Add,
        false => Purpose::TurnOn { sign_out_after: false },
    };
    let view = view(&on.visitor, on.chrome(), label, purpose, enrolment);
    page(status, SetUp { name, code_error, ..view }.render())
}

//! `/account/two-factor/set-up`: the QR code, and the code that proves it was scanned.

use axum::{http::StatusCode, response::Response};
use countersign::{
    enrolment::{Enrolment, Proven, Unproven},
    explain::Explanation,
    key_uri::{key_uri, label},
    name::{Name, NotAName},
    recovery::RecoverySet,
};
use countersign_store::Refusal;
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::{Enrolling, Full};
use super::visitor::Visitor;
use super::{page, recovery_codes, redirect, refusals};
use crate::l10n::Words;
use crate::pages::{AfterCodes, Chrome, Field, Purpose, SetUp};
use crate::qr;

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) name: String,
}

/// The QR code that was offered to this session.
pub(super) async fn show(Enrolling(full): Enrolling) -> Result<Response, Failure> {
    match offered(&full).await? {
        Some(enrolment) => Ok(draw(&full, &enrolment, StatusCode::OK, Field::default(), None)),
        None => Ok(expired(full)),
    }
}

/// Shows another QR code; the one before opens nothing any more.
pub(super) async fn restart(Enrolling(full): Enrolling) -> Result<Response, Failure> {
    let Some(enrolment) = offered(&full).await? else { return Ok(expired(full)) };
    let mut chance = full.visitor.app.chance;
    match full.visitor.app.store.offer_again(&enrolment, &full.visitor.visit, &mut chance).await {
        // A second click has done it already: the page shows what counts.
        Ok(()) | Err(Refusal::Gone(_)) => {}
        Err(refusal) => return Err(refusal.into()),
    }
    Ok(redirect("/account/two-factor/set-up", full.visitor.cookies))
}

/// Checks the code. Only a right one changes anything.
pub(super) async fn submit(
    Enrolling(full): Enrolling,
    Form(fields): Form<Fields>,
) -> Result<Response, Failure> {
    let words = full.visitor.words;
    let adding = full.session.two_factor_at.is_some();
    let Some(enrolment) = offered(&full).await? else { return Ok(expired(full)) };
    let name = match called(words, &fields.name) {
        Ok(name) => name,
        Err(reason) => {
            let field = Field::wrong(fields.name, refusals::not_a_name(&full.visitor, reason));
            return Ok(draw(&full, &enrolment, StatusCode::BAD_REQUEST, field, None));
        }
    };
    match enrolment.prove(&fields.code, full.visitor.now()) {
        Err(unproven) => {
            let field = Field::of(fields.name);
            Ok(draw(&full, &enrolment, StatusCode::BAD_REQUEST, field, Some(explain(words, unproven))))
        }
        Ok(proven) if adding => add(full, &proven, &name).await,
        Ok(proven) => turn_on(full, proven, name).await,
    }
}

/// Turns 2FA on and shows the recovery codes, once. From this commit on every session is over.
async fn turn_on(mut full: Full, proven: Proven, name: Name) -> Result<Response, Failure> {
    let app = &full.visitor.app;
    let (now, mut chance) = (full.visitor.now(), app.chance);
    let set = full.visitor.hasher().run(move |memory| RecoverySet::fresh(now, memory, &mut chance)).await?;
    let set = set.map_err(|_| Failure::Internal)?;
    let renewed = full.another_token();
    let proven = proven.renewing(renewed.hash());
    match app.store.turn_on(&proven, &name, &set.stored, &full.visitor.visit, &mut chance).await {
        Ok(()) => {}
        Err(Refusal::Gone(_)) => return Ok(expired(full)),
        Err(refusal) => return Err(refusal.into()),
    }
    let signed_out = app.store.policy().sign_out_after;
    let after = if signed_out { AfterCodes::SignIn } else { AfterCodes::TurnedOn };
    let cookies = full.visitor.cookies.clone();
    let cookies = if signed_out {
        cookies.end_session().leave(&Flash::SignInAgain.to_cookie())
    } else {
        cookies.renew_session(&renewed).leave(&Flash::TwoFactorOn.to_cookie())
    };
    // The page comes after the change: its menu must not offer to turn on what is on.
    full.session.two_factor_at = Some(now);
    recovery_codes::reveal(&full, &set, after, cookies)
}

async fn add(full: Full, proven: &Proven, name: &Name) -> Result<Response, Failure> {
    match full.visitor.app.store.add_authenticator(proven, name, &full.visitor.visit).await {
        Ok(()) => {
            let flash = Flash::AuthenticatorAdded(name.as_str().to_owned());
            Ok(redirect("/account", full.visitor.cookies.leave(&flash.to_cookie())))
        }
        Err(Refusal::Gone(_)) => Ok(expired(full)),
        Err(refusal) => Err(refusal.into()),
    }
}

async fn offered(full: &Full) -> Result<Option<Enrolment>, Failure> {
    let session = &full.session;
    Ok(full.visitor.app.store.enrolment(session.account, session.id, full.visitor.now()).await?)
}

/// The QR code is too old, or was never offered to this session: begin again.
fn expired(full: Full) -> Response {
    let to = match full.session.two_factor_at {
        Some(_) => "/account/two-factor/authenticators/add",
        None => "/account/two-factor/turn-on",
    };
    redirect(to, full.visitor.cookies.leave(&Flash::EnrolmentExpired.to_cookie()))
}

/// The name that somebody gave an authenticator, or the usual one.
pub(super) fn called(words: Words, typed: &str) -> Result<Name, NotAName> {
    match typed {
        "" => Name::parse(words.authenticator_default_name()),
        typed => Name::parse(typed),
    }
}

/// Why a code does not prove what was scanned.
pub(super) fn explain(words: Words, unproven: Unproven) -> String {
    match unproven {
        Unproven::NotACode(_) => words.error_code_shape().to_owned(),
        Unproven::Wrong(explanation) => match explanation {
            Explanation::ClockSlow { minutes } => words.explain_clock_slow(minutes),
            Explanation::ClockFast { minutes } => words.explain_clock_fast(minutes),
            Explanation::EarlierQrCode => words.explain_earlier_qr().to_owned(),
            Explanation::OtherAlgorithm(algorithm) => {
                words.explain_other_hash(algorithm.word().replace("SHA", "SHA-"))
            }
            Explanation::OtherPeriod(seconds) => words.explain_other_period(seconds),
            Explanation::OtherDigits(digits) => words.explain_other_digits(u32::from(digits.get())),
            Explanation::Unknown => words.explain_wrong().to_owned(),
        },
    }
}

fn draw(
    full: &Full,
    enrolment: &Enrolment,
    status: StatusCode,
    name: Field,
    code_error: Option<String>,
) -> Response {
    let app = &full.visitor.app;
    let purpose = match full.session.two_factor_at {
        Some(_) => Purpose::Add,
        None => Purpose::TurnOn { sign_out_after: app.store.policy().sign_out_after },
    };
    let label = (app.config.two_factor.issuer.as_str(), full.session.email.as_str());
    let view = view(&full.visitor, full.chrome(), label, purpose, enrolment);
    page(status, SetUp { name, code_error, ..view }.render())
}

/// The page of a QR code, for an account of this name at this issuer.
pub(super) fn view(
    visitor: &Visitor,
    chrome: Chrome,
    (issuer, account): (&str, &str),
    purpose: Purpose,
    enrolment: &Enrolment,
) -> SetUp {
    let uri = key_uri(issuer, account, &enrolment.secret, &enrolment.parameters);
    SetUp {
        chrome,
        purpose,
        qr: qr::svg(&uri),
        key: enrolment.secret.to_base32().to_string(),
        issuer: label(issuer, "Countersign").into_owned(),
        account: label(account, "account").into_owned(),
        name: Field::default(),
        code_error: None,
        expires: visitor.moments().of(enrolment.expires_at),
    }
}

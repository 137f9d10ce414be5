//! `/accounts/{user}/authenticators`: offered, proven, removed.

use countersign::{
    AuthenticatorId,
    enrolment::{Enrolment, Unproven},
    explain::Explanation,
    key_uri::key_uri,
    name::Name,
    recovery::RecoverySet,
};
use countersign_store::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::answer::Answer;
use super::caller::sentence;
use super::fields::{Client, Outcome, Write};
use super::problem::{Kind, Problem};
use super::recovery_codes::{RecoveryCodes, fresh_set};
use super::verify::not_a_code;
use super::{Id, moment};
use crate::qr;

/// What the person will see in the app.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The account as the app shows it, such as an email address. Without it, the user id.
    #[schema(max_length = 100, example = "jana@example.com")]
    account_name: Option<String>,
    #[serde(default, deserialize_with = "super::fields::object")]
    client: Client,
}

/// An authenticator that is offered and not proven yet. It touches nothing that is in use.
#[derive(Serialize, ToSchema)]
pub struct Offered {
    /// For `…/authenticators/{id}/confirm`.
    id: String,
    /// What the QR code holds, `otpauth://…`. It is secret.
    key_uri: String,
    /// The key for typing, in base 32. It is secret.
    key: String,
    /// The QR code, black on white with its quiet zone: an SVG element for the page.
    qr_svg: String,
    /// When it ends, unless it was proven before.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// The code that proves an authenticator.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// A code of the app that scanned the QR code.
    #[serde(default)]
    #[schema(example = "123456", max_length = 100)]
    code: String,
    /// What its owner calls the app, such as "Phone".
    #[schema(max_length = 100)]
    name: Option<String>,
    #[serde(default, deserialize_with = "super::fields::object")]
    client: Client,
}

/// Offer an authenticator
///
/// Show the QR code, and send the code that the app then shows to `confirm`. A later offer to the same user takes the
/// place of this one.
#[utoipa::path(post, operation_id = "offer_authenticator", path = "/accounts/{user}/authenticators", tag = "Turn on",
    params(super::UserParameter, super::IdempotencyParameter), request_body = Start,
    responses((status = 201, description = "Offered.", body = Offered), super::Refusals, super::WriteRefusals))]
pub(super) async fn start(write: Write<Start>) -> Outcome {
    write.settled(offering(&write).await).await
}

async fn offering(write: &Write<Start>) -> Outcome {
    let about = &write.about;
    let caller = &about.caller;
    let label = match &write.fields.account_name {
        None => about.user.as_str().to_owned(),
        Some(name) => named(name, "account_name")?.as_str().to_owned(),
    };
    let issuer = caller.application.choices.issuer.as_str();
    let (application, user, account) = (&caller.application, &about.user, about.account);
    let offering = write.done(
        &write.fields.client,
        |enrolment| offered(enrolment, issuer, &label),
        async |once, visit, chance| {
            caller.store.start_enrolment(application, user, account, once, visit, chance).await
        },
    );
    offering.await.map_err(|refusal| write.refused(refusal))
}

/// Prove an authenticator with a code
///
/// Where two-factor authentication was off it is on from now on, and the answer has the recovery codes, which are said
/// here and never again. Where it was on, the account has one authenticator more. A wrong code is explained.
#[utoipa::path(post, operation_id = "confirm_authenticator", path = "/accounts/{user}/authenticators/{id}/confirm",
    tag = "Turn on",
    params(super::UserParameter, super::IdParameter, super::IdempotencyParameter), request_body = Confirm,
    responses((status = 200, description = "On.", body = RecoveryCodes), super::Refusals, super::WriteRefusals))]
pub(super) async fn confirm(Id(id): Id, write: Write<Confirm>) -> Outcome {
    write.settled(confirming(&id, &write).await).await
}

async fn confirming(id: &str, write: &Write<Confirm>) -> Outcome {
    let caller = &write.about.caller;
    let over = || Problem::of(Kind::EnrolmentOver);
    let (account, id) = match (write.about.account, AuthenticatorId::parse(id)) {
        (Some(account), Ok(id)) => (account, id),
        _ => return Err(over().into()),
    };
    let name = named(write.fields.name.as_deref().unwrap_or("Authenticator app"), "name")?;
    let enrolment = caller.store.enrolment_of_application(account.id, id, caller.now).await?;
    let proven = enrolment.ok_or_else(over)?.prove(&write.fields.code, caller.now).map_err(unproven)?;
    let set = match account.two_factor_at {
        Some(_) => None,
        None => Some(fresh_set(caller).await?),
    };
    let body = RecoveryCodes::of(set.as_ref());
    let stored: Option<&RecoverySet> = set.as_ref().map(|set| &set.stored);
    let confirmed = write.done(
        &write.fields.client,
        |()| Answer::ok(&body),
        async |once, visit, chance| {
            caller.store.confirm_enrolment(&proven, &name, stored, once, visit, chance).await
        },
    );
    confirmed.await.map_err(|refusal| match refusal {
        Refusal::Gone(_) => over().into(),
        refusal => write.refused(refusal),
    })
}

/// Remove an authenticator
///
/// The last one stays: to be without any, turn two-factor authentication off.
#[utoipa::path(delete, operation_id = "remove_authenticator", path = "/accounts/{user}/authenticators/{id}",
    tag = "Account",
    params(super::UserParameter, super::IdParameter, super::IdempotencyParameter),
    responses((status = 204, description = "Its codes open nothing."), super::Refusals, super::WriteRefusals))]
pub(super) async fn remove(Id(id): Id, write: Write<super::Nothing>) -> Outcome {
    write.settled(removing(&id, &write).await).await
}

async fn removing(id: &str, write: &Write<super::Nothing>) -> Outcome {
    let account = write.about.with_two_factor()?;
    let caller = &write.about.caller;
    let missing = || Problem::of(Kind::NoSuchAuthenticator);
    let id = AuthenticatorId::parse(id).map_err(|_| missing())?;
    let profile = caller.store.profile(account.id, caller.now).await?;
    if !profile.authenticators.iter().any(|listed| listed.id == id) {
        return Err(missing().into());
    }
    let removed = write.done(
        &write.fields.client,
        |()| Answer::done(),
        async |once, visit, chance| {
            caller.store.remove_authenticator_for(&account, id, once, visit, chance).await
        },
    );
    removed.await.map_err(|refusal| match refusal {
        refusal if refusal.finds_no_spare_authenticator() => Problem::of(Kind::LastAuthenticator).into(),
        refusal => write.refused(refusal),
    })
}

fn offered(enrolment: &Enrolment, issuer: &str, label: &str) -> Answer {
    let uri = key_uri(issuer, label, &enrolment.secret, &enrolment.parameters);
    Answer::with(
        201,
        &Offered {
            id: enrolment.authenticator.to_string(),
            // A label has at most 64 characters: the longest key URI fits into a QR code.
            qr_svg: qr::svg(&uri).unwrap_or_default(),
            key: enrolment.secret.to_base32().to_string(),
            key_uri: uri.to_string(),
            expires_at: moment(enrolment.expires_at),
        },
    )
}

fn named(text: &str, field: &str) -> Result<Name, Problem> {
    Name::parse(text)
        .map_err(|reason| Problem::of(Kind::Malformed).because(format!("{field}: {}", sentence(&reason))))
}

fn unproven(reason: Unproven) -> Problem {
    let explanation = match reason {
        Unproven::NotACode(reason) => return not_a_code(&reason),
        Unproven::Wrong(explanation) => explanation,
    };
    let said = match explanation {
        Explanation::ClockSlow { minutes } => json!({ "reason": "clock-slow", "minutes": minutes }),
        Explanation::ClockFast { minutes } => json!({ "reason": "clock-fast", "minutes": minutes }),
        Explanation::EarlierQrCode => json!({ "reason": "earlier-qr-code" }),
        Explanation::OtherAlgorithm(algorithm) => {
            json!({ "reason": "other-algorithm", "algorithm": algorithm.word() })
        }
        Explanation::OtherPeriod(seconds) => json!({ "reason": "other-period", "seconds": seconds }),
        Explanation::OtherDigits(digits) => json!({ "reason": "other-digits", "digits": digits.get() }),
        Explanation::Unknown => json!({ "reason": "unknown" }),
    };
    Problem::of(Kind::UnprovenCode).because(sentence(&explanation)).with("explanation", said)
}

//! `/account`: My profile, and what is changed on the page itself.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use countersign::{AccountId, name::Name, receipt::Receipt, recovery::CODES_IN_A_SET, sign_in::Methods};
use countersign_store::{authenticators, devices, profile::Profile as Kept, sessions};
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::{Enrolling, Full};
use super::visitor::Visitor;
use super::{next, page, redirect, refusals, sentences};
use crate::agent;
use crate::l10n::Language;
use crate::moments::Moments;
use crate::pages::{
    Activity, Authenticator, Chrome, Device, Field, How, Profile, RecoveryCodesLeft, Session, TwoFactor,
};

/// How many events a page of the activity shows.
const EVENTS: u32 = 50;

/// What the address of the activity may carry.
#[derive(Default, Deserialize)]
pub(super) struct Before {
    before: Option<i64>,
}

/// What the form of the name sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameFields {
    #[serde(default)]
    name: String,
}

/// What the form of the language sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguageFields {
    #[serde(default)]
    language: String,
    #[serde(default)]
    next: String,
}

/// My profile.
pub(super) async fn show(full: Full) -> Result<Response, Failure> {
    let name = Field::of(full.session.name.as_str());
    draw(&full, StatusCode::OK, name).await
}

/// Saves the name.
pub(super) async fn rename(full: Full, Form(fields): Form<NameFields>) -> Result<Response, Failure> {
    match Name::parse(&fields.name) {
        Ok(name) => {
            full.visitor.app.store.rename_account(full.session.account, &name, &full.visitor.visit).await?;
            Ok(redirect("/account", full.visitor.cookies.leave(&Flash::NameChanged.to_cookie())))
        }
        Err(reason) => {
            let shown: String = fields.name.chars().take(countersign::name::LONGEST).collect();
            let field = Field::wrong(shown, refusals::not_a_name(&full.visitor, reason));
            draw(&full, StatusCode::BAD_REQUEST, field).await
        }
    }
}

/// Changes the language: of this browser, and of the account if there is one.
pub(super) async fn speak(
    visitor: Visitor,
    session: Result<Enrolling, Failure>,
    Form(fields): Form<LanguageFields>,
) -> Result<Response, Failure> {
    let language = Language::parse(&fields.language).ok_or(Failure::BadRequest)?;
    if let Ok(Enrolling(full)) = session {
        visitor.app.store.set_language(full.session.account, language.code()).await?;
    }
    let to = next::ours(&fields.next).unwrap_or("/account").to_owned();
    Ok(redirect(&to, visitor.cookies.speak(language.code())))
}

/// All activity, a page at a time.
pub(super) async fn activity(
    full: Full,
    before: Result<Query<Before>, QueryRejection>,
) -> Result<Response, Failure> {
    let before = before.ok().and_then(|Query(before)| before.before);
    let most = EVENTS.saturating_add(1);
    let events = full.visitor.app.store.events(full.session.account, before, most).await?;
    let shown = usize::try_from(EVENTS).unwrap_or(usize::MAX);
    let (shown, rest) = events.split_at_checked(shown).unwrap_or((&events, &[]));
    let older = shown.last().filter(|_| !rest.is_empty()).map(|last| last.position.to_string());
    let entries = sentences::entries(&full.visitor, shown);
    let view = Activity { chrome: full.chrome(), entries, older, paged: before.is_some() };
    Ok(page(StatusCode::OK, view.render()))
}

async fn draw(full: &Full, status: StatusCode, name: Field) -> Result<Response, Failure> {
    let visitor = &full.visitor;
    let kept = visitor.app.store.profile(full.session.account, visitor.now()).await?;
    let moments = visitor.moments();
    let two_factor = match full.session.two_factor_at {
        Some(since) => TwoFactor::On { since: moments.of(since) },
        None => TwoFactor::Off,
    };
    let view = Profile {
        // A refused name is drawn at the form's own address, which has no page: the way back is this one.
        chrome: Chrome { path: "/account".to_owned(), ..full.chrome() },
        name,
        email: full.session.email.clone(),
        two_factor,
        authenticators: kept.authenticators.iter().map(|row| authenticator(row, &moments)).collect(),
        recovery_codes: recovery_codes(&kept, CODES_IN_A_SET, &moments),
        remember_days: visitor.app.config.two_factor.remember_days(),
        devices: devices(visitor, full.session.account, &kept, &moments),
        sessions: sessions(full, &kept, &moments),
        activity: sentences::entries(visitor, &kept.events),
    };
    Ok(page(status, view.render()))
}

/// An authenticator in a list.
pub(super) fn authenticator(row: &authenticators::Listed, moments: &Moments) -> Authenticator {
    Authenticator {
        id: row.id.to_string(),
        name: row.name.clone(),
        added: moments.of(row.created_at),
        last_used: row.last_used_at.map(|at| moments.of(at)),
    }
}

/// What is left of the recovery codes, of which a set has so many.
pub(super) fn recovery_codes(kept: &Kept, of: usize, moments: &Moments) -> Option<RecoveryCodesLeft> {
    let made = moments.of(kept.recovery_set?.1);
    let left = usize::try_from(kept.recovery_codes_left).unwrap_or(0);
    let doubted = kept.recovery_codes_doubted.is_some();
    Some(RecoveryCodesLeft { left, of, made, doubted })
}

/// The remembered devices of an account.
pub(super) fn devices(visitor: &Visitor, account: AccountId, kept: &Kept, moments: &Moments) -> Vec<Device> {
    let this = visitor.cookies.device(account).map(|token| token.hash());
    let device = |row: &devices::Listed| Device {
        id: row.id.to_string(),
        name: agent::in_words(visitor.words, &row.name),
        since: moments.of(row.remembered_at),
        until: moments.of(row.expires_at),
        last_used: row.last_used_at.map(|at| moments.of(at)),
        this_one: row.is(this.as_ref()),
    };
    kept.devices.iter().map(device).collect()
}

/// By which methods a session was signed in, with the receipt of its sign-in.
fn how(full: &Full, row: &sessions::Listed, moments: &Moments) -> How {
    match (row.methods, &row.receipt) {
        (Methods::Password, receipt) => How::Password { off: receipt.is_some() },
        (Methods::PasswordOnTrustedDevice, Some(Receipt::TrustedDevice { device, until })) => {
            let named = agent::in_words(full.visitor.words, device);
            How::PasswordOnRememberedDevice { device: Some((named, moments.day(*until).text)) }
        }
        (Methods::PasswordOnTrustedDevice, _) => How::PasswordOnRememberedDevice { device: None },
        (Methods::PasswordAndCode, Some(Receipt::TwoCodes)) => How::PasswordAndTwoCodes,
        (Methods::PasswordAndCode, _) => How::PasswordAndCode,
        (Methods::PasswordAndRecoveryCode, Some(Receipt::RecoveryCode { left })) => {
            How::PasswordAndRecoveryCode { left: *left }
        }
        (Methods::PasswordAndRecoveryCode, _) => How::PasswordAndRecoveryCode { left: None },
    }
}

/// This session first, the others as they were last used.
fn sessions(full: &Full, kept: &Kept, moments: &Moments) -> Vec<Session> {
    let session = |row: &sessions::Listed| Session {
        id: row.id.to_string(),
        browser: agent::in_words(full.visitor.words, &row.browser),
        signed_in: moments.of(row.created_at),
        last_seen: moments.of(row.seen_at),
        how: how(full, row, moments),
        this_one: row.id == full.session.id,
    };
    let mut rows: Vec<Session> = kept.sessions.iter().map(session).collect();
    rows.sort_by_key(|row| !row.this_one);
    rows
}

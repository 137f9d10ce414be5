//! Who asks: an application, known by its API key, about itself or about one of its users.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, header, request::Parts},
};
use countersign::{
    Timestamp,
    application::UserId,
    event::Actor,
    password::Memory,
    token::{ApiKey, Token},
};
use countersign_store::{
    Store, Visit,
    application_accounts::ApplicationAccount,
    applications::{Application, Calling},
    verifications::Unopened,
};

use super::fields::Client;
use super::problem::{Kind, Problem};
use super::rates::Limited;
use crate::agent;
use crate::app::App;
use crate::hasher::Hasher;

/// What every API key begins with, so that people and secret scanners know one when they see it.
pub const KEY_BEGINS: &str = "countersign_";

/// The application that asks.
pub struct Caller {
    pub(super) app: Arc<App>,
    pub(super) application: Application,
    pub(super) key: Token<ApiKey>,
    /// The one reading of the clock for this request.
    pub(super) now: Timestamp,
    /// The store for the accounts of this application.
    pub(super) store: Store,
}

/// The application that asks, and the user it asks about.
pub struct About {
    pub(super) caller: Caller,
    pub(super) user: UserId,
    /// Its account, if it ever began to turn 2FA on.
    pub(super) account: Option<ApplicationAccount>,
    /// What a verification of it is decided by, until somebody takes it.
    pub(super) to_verify: Option<Unopened>,
}

impl Caller {
    /// The request, as the log keeps it: by the browser and from the address that the application names.
    pub(super) fn visit(&self, client: &Client) -> Visit {
        let browser = client.user_agent.as_deref().map(agent::name);
        Visit {
            now: self.now,
            browser: browser.unwrap_or_else(|| self.application.name.clone()),
            address: client.ip_address.map(|address| address.to_string()),
            actor: Actor::Application,
        }
    }

    /// The hashing threads. All requests of applications share one line there, beside the visitors of the portal.
    pub(super) fn hasher(&self) -> Hasher<Memory> {
        self.app.hasher.clone()
    }

    fn of(
        app: &Arc<App>,
        parts: &Parts,
        key: Token<ApiKey>,
        application: Application,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        if let Some(limited) = parts.extensions.get::<Limited>() {
            limited.is(&application);
        }
        app.rates.take(&application, now)?;
        let store = app.store.of(&application);
        Ok(Self { app: Arc::clone(app), application, key, now, store })
    }
}

impl About {
    /// The account, where 2FA is on.
    pub(super) fn with_two_factor(&self) -> Result<ApplicationAccount, Problem> {
        let on = self.account.filter(|account| account.two_factor_at.is_some());
        on.ok_or_else(|| Problem::of(Kind::TwoFactorOff))
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let (key, now) = (key_of(&parts.headers)?, app.clock.now());
        let application = app.store.calling(&key.hash(), now).await?.ok_or_else(unknown)?;
        Self::of(app, parts, key, application, now)
    }
}

impl FromRequestParts<Arc<App>> for About {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let (key, now) = (key_of(&parts.headers)?, app.clock.now());
        // The key is looked at first: whoever has none learns nothing of what else is wrong.
        let Ok(user) = user_of(parts, app).await else {
            let application = app.store.calling(&key.hash(), now).await?.ok_or_else(unknown)?;
            Caller::of(app, parts, key, application, now)?;
            return Err(user_of(parts, app).await.err().unwrap_or_else(|| Problem::of(Kind::Malformed)));
        };
        let Calling { application, account, to_verify } =
            app.store.calling_about(&key.hash(), &user, now).await?.ok_or_else(unknown)?;
        Ok(Self { caller: Caller::of(app, parts, key, application, now)?, user, account, to_verify })
    }
}

async fn user_of(parts: &mut Parts, app: &Arc<App>) -> Result<UserId, Problem> {
    let Path(segments) = Path::<Vec<(String, String)>>::from_request_parts(parts, app)
        .await
        .map_err(|_| Problem::of(Kind::Malformed).because("The address is not UTF-8."))?;
    let user = segments.iter().find(|(name, _)| name == "user").map_or("", |(_, user)| user);
    UserId::parse(user).map_err(|reason| Problem::of(Kind::Malformed).because(sentence(&reason)))
}

fn key_of(headers: &HeaderMap) -> Result<Token<ApiKey>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, more) = (values.next(), values.next());
    let value = value.filter(|_| more.is_none()).and_then(|value| value.to_str().ok());
    let (scheme, key) = value.and_then(|value| value.split_once(' ')).ok_or_else(unknown)?;
    // RFC 9110 §11.1: the name of a scheme is case-insensitive.
    let key = key.trim_start().strip_prefix(KEY_BEGINS).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
    key.and_then(Token::parse).ok_or_else(unknown)
}

fn unknown() -> Problem {
    let detail = "Send \"Authorization: Bearer countersign_…\", as `countersign application add` printed it.";
    Problem::of(Kind::Unauthenticated).because(detail)
}

/// An error of ours as a sentence.
pub(super) fn sentence(reason: &impl std::fmt::Display) -> String {
    let text = reason.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

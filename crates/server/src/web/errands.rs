//! `/hosted/…`: pages that applications send their users to. The errand is the lock: it is found by its cookie in this
//! very request, says about which account it is, and what it is for says which pages are behind it.

pub(super) mod authenticators;
pub(super) mod begin;
pub(super) mod devices;
pub(super) mod end;
pub(super) mod looks;
pub(super) mod manage;
pub(super) mod recovery_codes;
pub(super) mod set_up;
pub(super) mod step_up;
pub(super) mod turn_off;
pub(super) mod turn_on;
pub(super) mod verify;

use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, request::Parts},
    response::Response,
};
use countersign::{AccountId, ErrandId, Span, errand::Purpose};
use countersign_store::{Lane, Store, errands::Errand};

use super::failure::Failure;
use super::flash::Flash;
use super::visitor::Visitor;
use super::{page, redirect};
use crate::pages::{Chrome, ErrandEnd, ErrandEndWhy, Host};

/// An errand that has less left goes on for longer when a page of it is opened.
const PROLONGED_BELOW: Span = Span::minutes(10);

/// Somebody on an errand, which goes on or has just ended.
pub(super) struct OnErrand {
    /// The request.
    pub(super) visitor: Visitor,
    /// The errand.
    pub(super) errand: Errand,
    /// The store for the accounts of its application.
    pub(super) store: Store,
}

/// An errand that goes on, and is for turning 2FA on or for everything.
pub(super) struct TurningOn(pub(super) OnErrand);

/// An errand that goes on, and is for everything.
pub(super) struct Managing(pub(super) OnErrand);

/// An errand that goes on, and is for showing a second factor.
pub(super) struct Verifying(pub(super) OnErrand);

/// An errand that goes on, whatever it is for.
pub(super) struct Leaving(pub(super) OnErrand);

impl OnErrand {
    /// The errand of this id, if it is this browser's.
    async fn of(visitor: Visitor, id: ErrandId) -> Result<Option<Self>, Failure> {
        let Some(token) = visitor.cookies.errand(id) else { return Ok(None) };
        let (store, now) = (visitor.app.store.clone(), visitor.now());
        let Some(errand) = store.errand(id, &token.hash(), now).await? else { return Ok(None) };
        let chosen = visitor.cookies.language().is_some();
        let visitor = visitor.speaking(errand.language.as_deref().filter(|_| !chosen));
        let store = store.of(&errand.application);
        Ok(Some(Self { visitor, errand, store }))
    }

    /// About which account it is.
    pub(super) fn account(&self) -> AccountId {
        self.errand.account.id
    }

    /// An address of a page of this errand.
    pub(super) fn path(&self, page: &str) -> String {
        format!("{}/{page}", base(self.errand.id))
    }

    /// The page that it begins with.
    pub(super) fn first_page(&self) -> String {
        self.path(match self.errand.purpose {
            Purpose::TurnOn => "turn-on",
            Purpose::Manage => "manage",
            Purpose::Verify => "code",
        })
    }

    /// The frame of its pages.
    pub(super) fn chrome(&self) -> Chrome {
        let choices = &self.errand.application.choices;
        let look = &self.errand.look;
        let host = Host {
            name: choices.issuer.clone(),
            account: self.errand.account_name.clone(),
            base: base(self.errand.id),
            css: look.colour.as_ref().map(|colour| format!("/hosted/colour/{colour}.css")),
            logo: look.logo.as_ref().map(|logo| format!("/hosted/logo/{logo}")),
            manages: self.errand.purpose == Purpose::Manage,
            recovery_codes: choices.recovery_codes,
        };
        host.frame(self.visitor.chrome())
    }

    /// For how many days a device is remembered; 0: none is.
    pub(super) fn remember_days(&self) -> u16 {
        let days = self.store.policy().remember.as_milliseconds() / Span::days(1).as_milliseconds();
        u16::try_from(days).unwrap_or(u16::MAX)
    }

    /// The guess budget that this browser's attempts are charged to.
    pub(super) async fn lane(&self) -> Result<Lane, Failure> {
        let device = self.visitor.cookies.device(self.account());
        Ok(self.store.lane_of(self.account(), device.as_ref(), self.visitor.now()).await?)
    }

    /// The answer where it is over by now.
    pub(super) fn over(&self) -> Response {
        over(&self.visitor, ErrandEndWhy::Over)
    }

    /// The answer where what was confirmed did not happen, because the errand or the account has changed since.
    pub(super) fn once_more(self, page: &str) -> Response {
        let to = self.path(page);
        redirect(&to, self.visitor.cookies.leave(&Flash::ChangedMeanwhile.to_cookie()))
    }

    /// The same errand if it goes on and is for one of these; what it is not for is not there.
    async fn going_on(self, purposes: &[Purpose]) -> Result<Self, Failure> {
        if self.errand.ended_at.is_some() {
            let to = self.path("done");
            return Err(Failure::Instead(Box::new(redirect(&to, self.visitor.cookies))));
        }
        if !purposes.contains(&self.errand.purpose) {
            return Err(Failure::NotFound);
        }
        let now = self.visitor.now();
        if self.errand.expires_at < now + PROLONGED_BELOW {
            self.store.prolong_errand(&self.errand, now).await?;
        }
        Ok(self)
    }
}

/// Where the pages of an errand are.
fn base(errand: ErrandId) -> String {
    format!("/hosted/{errand}")
}

/// The page where there is no way on, which names no application: whoever sees it need not be anybody's user.
fn over(visitor: &Visitor, why: ErrandEndWhy) -> Response {
    page(StatusCode::GONE, ErrandEnd { chrome: visitor.plain_chrome(), why }.render())
}

impl<S: Send + Sync> FromRequestParts<S> for OnErrand {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let segments = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let segments = segments.map(|Path(segments)| segments).unwrap_or_default();
        let id =
            segments.iter().find(|(name, _)| name == "errand").and_then(|(_, id)| ErrandId::parse(id).ok());
        let found = match id {
            Some(id) => Self::of(visitor.clone(), id).await?,
            None => None,
        };
        found.ok_or_else(|| Failure::Instead(Box::new(over(&visitor, ErrandEndWhy::Over))))
    }
}

macro_rules! locks {
    ($($name:ident: $($purpose:ident)|+;)+) => {$(
        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Failure;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
                let on = OnErrand::from_request_parts(parts, state).await?;
                on.going_on(&[$(Purpose::$purpose),+]).await.map(Self)
            }
        }
    )+};
}

locks! {
    TurningOn: TurnOn | Manage;
    Managing: Manage;
    Verifying: Verify;
    Leaving: TurnOn | Manage | Verify;
}

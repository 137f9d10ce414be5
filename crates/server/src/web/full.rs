//! A full session: what every page of an account needs, and a pending sign-in never is.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use countersign::{
    device::TrustedDevice,
    token::{self, Token},
};
use countersign_store::{Lane, devices, sessions::Session};

use super::failure::Failure;
use super::flash::Flash;
use super::visitor::Visitor;
use super::{next, redirect};
use crate::pages::{Chrome, UserMenu};

/// Somebody who is signed in, found by the session's token in this very request.
#[derive(Clone)]
pub(super) struct Full {
    /// The request.
    pub(super) visitor: Visitor,
    /// The session, and whose it is.
    pub(super) session: Session,
}

impl Full {
    /// The frame of a page with the account menu.
    pub(super) fn chrome(&self) -> Chrome {
        let session = &self.session;
        let user =
            UserMenu::of(session.name.as_str(), session.email.as_str(), session.two_factor_at.is_some());
        Chrome { user: Some(user), ..self.visitor.chrome() }
    }

    /// Another token for this session.
    pub(super) fn another_token(&self) -> Token<token::Session> {
        let mut chance = self.visitor.app.chance;
        Token::fresh(&mut chance)
    }

    /// Whether step-up asks for a code besides the password.
    pub(super) fn needs_factor(&self) -> bool {
        self.session.standing().needs_factor(self.visitor.now())
    }

    /// This browser as a trusted device of this account, living or lately ended.
    pub(super) async fn device(&self) -> Result<Option<TrustedDevice>, Failure> {
        let Some(token) = self.visitor.cookies.device(self.session.account) else { return Ok(None) };
        Ok(self.visitor.app.store.device(&token.hash(), self.session.account).await?)
    }

    /// The guess budget that this browser's attempts are charged to.
    pub(super) async fn lane(&self) -> Result<Lane, Failure> {
        Ok(devices::lane_of(self.device().await?.as_ref(), self.visitor.now()))
    }
}

/// Somebody who is signed in, where the policy may still require 2FA of them: good for turning it on and for
/// signing out.
pub(super) struct Enrolling(pub(super) Full);

impl<S: Send + Sync> FromRequestParts<S> for Full {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Enrolling(full) = Enrolling::from_request_parts(parts, state).await?;
        if full.session.standing().must_enrol(full.visitor.app.store.policy()) {
            let to = redirect("/account/two-factor/turn-on", full.visitor.cookies);
            return Err(Failure::Instead(Box::new(to)));
        }
        Ok(full)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Enrolling {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let token = visitor.cookies.session();
        let session = match &token {
            Some(token) => visitor.app.store.session(&token.hash(), visitor.now()).await?,
            None => None,
        };
        match session {
            Some(session) => {
                let visitor = visitor.speaking(session.language.as_deref());
                Ok(Self(Full { visitor, session }))
            }
            None => Err(sign_in_first(visitor, parts)),
        }
    }
}

/// Leads to the sign-in page, and back afterwards to a page that one can open.
fn sign_in_first(visitor: Visitor, parts: &Parts) -> Failure {
    let flash = if visitor.cookies.session().is_some() { Flash::SessionEnded } else { Flash::SignInFirst };
    let path = parts.uri.path_and_query().map(|path| path.as_str()).filter(|_| parts.method == Method::GET);
    let to = match path.and_then(next::ours).filter(|path| *path != "/account") {
        Some(path) => format!("/sign-in?next={}", next::in_query(path)),
        None => "/sign-in".to_owned(),
    };
    let cookies = visitor.cookies.end_session().leave(&flash.to_cookie());
    Failure::Instead(Box::new(redirect(&to, cookies)))
}

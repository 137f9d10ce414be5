//! A pending sign-in: good for the second step, and for nothing else.

use axum::{extract::FromRequestParts, http::request::Parts};
use countersign_store::{Lane, devices, sign_in::Pending};

use super::failure::Failure;
use super::flash::Flash;
use super::redirect;
use super::visitor::Visitor;

/// Somebody whose password was right and whose code is awaited.
pub(super) struct Waiting {
    /// The request.
    pub(super) visitor: Visitor,
    /// The pending sign-in, found by its token in this very request.
    pub(super) pending: Pending,
}

impl Waiting {
    /// The guess budget that this browser's attempts are charged to.
    pub(super) async fn lane(&self) -> Result<Lane, Failure> {
        let account = self.pending.account();
        let Some(token) = self.visitor.cookies.device(account) else { return Ok(Lane::Everybody) };
        let device = self.visitor.app.store.device(&token.hash(), account).await?;
        Ok(devices::lane_of(device.as_ref(), self.visitor.now()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Waiting {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let pending = match visitor.cookies.pending() {
            Some(token) => visitor.app.store.pending(&token.hash(), visitor.now()).await?,
            None => None,
        };
        match pending {
            Some(pending) => {
                // What was chosen in this browser counts: the choice on this very page has no account to go to yet.
                let chosen = visitor.cookies.language().is_some();
                let language = pending.language.as_deref().filter(|_| !chosen);
                let visitor = visitor.speaking(language);
                Ok(Self { visitor, pending })
            }
            None => Err(over(visitor)),
        }
    }
}

/// The pending sign-in is over: back to the password. Its cookie stays until somebody signs in, as in
/// [`cancel`](super::second_step::cancel): whoever came back to this page after giving up is who gave up.
pub(super) fn over(visitor: Visitor) -> Failure {
    let signed_in = visitor.cookies.session().is_some();
    let cookies = visitor.cookies;
    // Somebody who went back after signing in needs no message.
    if signed_in {
        return Failure::Instead(Box::new(redirect("/account", cookies)));
    }
    Failure::Instead(Box::new(redirect("/sign-in", cookies.leave(&Flash::TimedOut.to_cookie()))))
}

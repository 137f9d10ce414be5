//! `/account/sessions/…`: sessions are ended, one, the others, or all.

use axum::{extract::Path, response::Response};
use countersign::SessionId;

use super::failure::Failure;
use super::flash::Flash;
use super::full::{Enrolling, Full};
use super::redirect;

/// Ends one session; ending one's own is signing out.
pub(super) async fn end(full: Full, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = SessionId::parse(&id).map_err(|_| Failure::NotFound)?;
    if id == full.session.id {
        return super::sign_in::sign_out(Enrolling(full)).await;
    }
    full.visitor.app.store.end_session(full.session.account, id, &full.visitor.visit).await?;
    Ok(redirect("/account", full.visitor.cookies.leave(&Flash::SessionEndedByOwner.to_cookie())))
}

/// Ends every session but this one.
pub(super) async fn end_others(full: Full) -> Result<Response, Failure> {
    let kept = Some(full.session.id);
    full.visitor.app.store.end_sessions(full.session.account, kept, &full.visitor.visit).await?;
    Ok(redirect("/account", full.visitor.cookies.leave(&Flash::SessionsEnded.to_cookie())))
}

/// Ends every session, this one too.
pub(super) async fn end_all(full: Full) -> Result<Response, Failure> {
    full.visitor.app.store.end_sessions(full.session.account, None, &full.visitor.visit).await?;
    let cookies = full.visitor.cookies.end_session();
    Ok(redirect("/sign-in", cookies.leave(&Flash::SignedOut.to_cookie())))
}

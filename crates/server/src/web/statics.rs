//! `/static/…`, `/health`, `/`: what needs nobody.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};

use super::failure::Failure;
use super::visitor::Visitor;
use crate::seldom::Seldom;
use crate::static_files;

/// The start page is My profile.
pub(super) async fn home() -> Redirect {
    Redirect::to("/account")
}

/// A file whose content never changes, for its address holds its hash.
pub(super) async fn file(Path(name): Path<String>) -> Result<Response, Failure> {
    let file = static_files::get(&name).ok_or(Failure::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, file.bytes).into_response())
}

/// Browsers that look for an icon before they read the page.
pub(super) async fn icon() -> Redirect {
    Redirect::permanent(static_files::icon_url())
}

/// Whether this node can sign anybody in: 200 while the database answers, else 503.
pub(super) async fn health(visitor: Visitor) -> Response {
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    match visitor.app.store.alive().await {
        Ok(()) => (StatusCode::OK, plain, "ok\n").into_response(),
        Err(reason) => {
            static SAID: Seldom = Seldom::new();
            if let Some(times) = SAID.happened(&reason.to_string()) {
                tracing::error!(%reason, times, "not healthy");
            }
            (StatusCode::SERVICE_UNAVAILABLE, plain, "the database does not answer\n").into_response()
        }
    }
}

//! `/hosted/colour/…`, `/hosted/logo/…`: how an application looks, from our own origin, where the content policy holds.

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse as _, Response},
};

use super::super::failure::Failure;
use super::super::visitor::Visitor;
use crate::colour::Colour;
use crate::logo;

/// What never changes at its address may be kept for ever.
const LASTING: &str = "public, max-age=31536000, immutable";

/// The style sheet of a colour, which its name says all about.
pub(in super::super) async fn colour(Path(name): Path<String>) -> Result<Response, Failure> {
    let colour = name.strip_suffix(".css").and_then(|digits| Colour::parse(digits).ok());
    let sheet = colour.and_then(|colour| colour.sheet().ok()).ok_or(Failure::NotFound)?;
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, LASTING)];
    Ok((headers, sheet).into_response())
}

/// A logo, while an application has it. It is an image and nothing else, whoever asks for it how.
pub(in super::super) async fn logo(visitor: Visitor, Path(name): Path<String>) -> Result<Response, Failure> {
    let kind = logo::content_type(&name).ok_or(Failure::NotFound)?;
    let bytes = visitor.app.store.logo(&name).await?.ok_or(Failure::NotFound)?;
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, LASTING)];
    Ok((headers, bytes).into_response())
}

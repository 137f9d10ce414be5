//! Forms, read strictly: URL-encoded, small, no field twice, no field we do not know.

use std::error::Error as _;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{StatusCode, header},
    response::IntoResponse as _,
};
use percent_encoding::percent_decode;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::connections::TooSlow;

/// The largest form, in bytes: a long password and a ticket fit several times over.
pub(super) const LARGEST: usize = 16 * 1024;

/// A form. `T` denies unknown fields; serde refuses a field that comes twice.
pub(super) struct Form<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            return Err(Failure::BadRequest);
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| {
            if came_too_slowly(&rejection) {
                return Failure::TooSlow;
            }
            match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
                _ => Failure::BadRequest,
            }
        })?;
        // What is not UTF-8 would be mangled into replacement characters: refused instead. `&`, `=` and `+` are
        // ASCII, so the whole is UTF-8 exactly when every name and every value is.
        percent_decode(&body).decode_utf8().map_err(|_| Failure::BadRequest)?;
        serde_urlencoded::from_bytes(&body).map(Self).map_err(|_| Failure::BadRequest)
    }
}

/// Whether the connection gave up waiting for the body.
fn came_too_slowly(rejection: &BytesRejection) -> bool {
    std::iter::successors(rejection.source(), |cause| (*cause).source()).any(|cause| cause.is::<TooSlow>())
}

//! `/api/v1/openapi.json` and `/api/v1/problems`: the API described to programs and, from our own origin, to people.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::problem::Kind;

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| super::document().to_pretty_json().unwrap_or_default() + "\n");

/// The OpenAPI document.
pub(super) async fn document() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], DOCUMENT.as_str())
        .into_response()
}

/// Every type of problem, as plain text: what each says and its status.
pub(super) async fn problems() -> Response {
    let mut text = String::from("The problems of the Countersign API (application/problem+json, RFC 9457)\n");
    for kind in Kind::ALL {
        // Writing to a string does not fail.
        let _written = write!(text, "\n{}  {}\n     {}\n", kind.status(), kind.uri(), kind.title());
    }
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], text).into_response()
}

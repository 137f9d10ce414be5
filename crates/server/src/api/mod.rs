//! The API's doors: applications in any language keep their own users, and ask here about the second factor.
//!
//! One file a resource. A handler extracts (who asks, about whom, with what), decides, commits, answers; every refusal
//! is a [`problem`]. What a handler does not take as an argument it cannot reach: the account comes from the API key
//! and the user id together, so no application sees another's.

pub mod account;
pub mod answer;
pub mod authenticators;
pub mod caller;
pub mod devices;
pub mod events;
pub mod fields;
pub mod links;
mod openapi;
pub mod problem;
pub mod rates;
pub mod recovery_codes;
mod reference;
pub mod results;
pub mod verify;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path},
    http::request::Parts,
    middleware,
    routing::get,
};
use countersign::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::metrics::answers;
use fields::Client;
pub use openapi::document;
pub(crate) use openapi::{Refusals, WriteRefusals};
use problem::{Kind, Problem};

/// Where the API is.
pub const BASE: &str = "/api/v1";

/// A request that says no more than its address does.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {
    #[serde(default, deserialize_with = "fields::object")]
    client: Client,
}

/// The user.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it describes a parameter of the address, which is read by its extractor")]
pub(crate) struct UserParameter {
    /// The user's id in the application: 1 to 255 bytes of UTF-8 without control characters, percent-encoded in the
    /// address (a slash is `%2F`). It is compared byte by byte. `.` and `..` are none.
    #[param(min_length = 1, max_length = 255, pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]+$")]
    user: String,
}

/// The item.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it describes a parameter of the address, which is read by its extractor")]
pub(crate) struct IdParameter {
    /// Its id, as this service gave it.
    id: String,
}

/// The idempotency key.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes a header, which is read by its extractor")]
pub(crate) struct IdempotencyParameter {
    /// Any text that is new for each request. Within 24 hours the same request with the same key gets the same answer
    /// again, and nothing happens twice: whoever lost an answer asks again.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
}

/// The `{id}` of an address.
pub(crate) struct Id(String);

impl FromRequestParts<Arc<App>> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let segments = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await;
        let segments = segments.map(|Path(segments)| segments).unwrap_or_default();
        Ok(Self(segments.into_iter().find(|(name, _)| name == "id").map_or(String::new(), |(_, id)| id)))
    }
}

/// The API over its app, to be put at [`BASE`].
pub fn router(app: Arc<App>) -> Router {
    let (router, _) = openapi::routes().split_for_parts();
    router
        .route("/openapi.json", get(reference::document))
        .route("/problems", get(reference::problems))
        .fallback(async || Problem::of(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::of(Kind::MethodNotAllowed))
        .layer(DefaultBodyLimit::max(fields::LARGEST))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), rates::tell))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), answers::count))
        .with_state(app)
}

/// A moment as RFC 3339 writes it, in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.milliseconds()).unwrap_or_default().to_string()
}

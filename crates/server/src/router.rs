//! Every door of the service behind one listener: the API under its own address, and the portal's pages everywhere else.

use std::sync::Arc;

use axum::{Router, middleware, routing::any};

use crate::api::problem::{Kind, Problem};
use crate::app::App;
use crate::headers::{SecurityHeaders, secure};
use crate::{api, web};

/// The whole service over its app.
pub fn router(app: Arc<App>) -> Router {
    let headers = SecurityHeaders::of(&app.config.service.public_url);
    Router::new()
        .nest(api::BASE, api::router(Arc::clone(&app)))
        // Which `nest` leaves to others.
        .route(&format!("{}/", api::BASE), any(async || Problem::of(Kind::NotFound)))
        .fallback_service(web::router(app))
        .layer(middleware::from_fn_with_state(headers, secure))
}

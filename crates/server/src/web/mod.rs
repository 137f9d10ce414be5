//! The portal's doors: one file a page, one table of routes, one error at the boundary.
//!
//! A request meets, in this order: the security headers ([`crate::headers`]), the visitor (the one reading of the
//! clock), the error pages, the origin check, and its handler. A handler extracts, decides, commits, responds.

mod authenticators;
mod blur;
mod confirm_address;
mod cookies;
mod devices;
mod errands;
mod failure;
mod flash;
mod forgotten_password;
mod form;
mod forward_auth;
mod forwarded;
mod full;
mod link;
mod new_password;
mod next;
mod password;
mod profile;
mod recovery_codes;
mod refusals;
mod reset_password;
pub mod routes;
mod second_step;
mod sentences;
mod sessions;
mod set_up;
mod sign_in;
mod sign_up;
mod site_codes;
mod sites;
mod statics;
mod step_up;
mod turn_off;
mod turn_on;
mod visitor;
mod waiting;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};

use crate::app::App;
use crate::metrics::answers;
use crate::same_origin;
use crate::seldom::Seldom;
use cookies::Cookies;
use failure::Failure;

/// How much of an address that anybody can make up is logged, in characters.
const LONGEST_SAID: usize = 100;

/// The whole portal over its app. [`crate::router`] puts the security headers around it.
pub fn router(app: Arc<App>) -> Router {
    let routes = routes::table()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(route.path, route.methods));
    routes
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(form::LARGEST))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), own_pages_only))
        .layer(middleware::from_fn(failure::draw))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), visitor::meet))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), answers::count))
        .with_state(app)
}

/// Forms are accepted from our own pages alone: no form token, no exception.
async fn own_pages_only(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let origin = app.config.service.public_url.origin();
    match same_origin::verdict(request.method(), request.headers(), origin) {
        Ok(()) => next.run(request).await,
        Err(reason) => {
            static SAID: Seldom = Seldom::new();
            if let Some(times) = SAID.happened("a request from elsewhere") {
                let path: String = request.uri().path().chars().take(LONGEST_SAID).collect();
                tracing::warn!(%reason, path, times, "a request from elsewhere was refused");
            }
            Failure::Forbidden.into_response()
        }
    }
}

/// An answer that is a page.
fn page(status: StatusCode, html: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

/// An answer that leads on with GET (303), with the cookies it sets.
fn redirect(to: &str, cookies: Cookies) -> Response {
    // Every path here is ours and visible ASCII; were one not, the start page is a safe way on.
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, cookies.into_jar(), [(header::LOCATION, to)]).into_response()
}

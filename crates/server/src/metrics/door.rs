//! The door of `/metrics`: a listener of its own, and where other machines reach it, a token.

use std::sync::Arc;
use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::net::TcpListener;

use super::scrape;
use crate::app::App;
use crate::config::{Connections, TrustedProxies};
use crate::connections::{Crowd, Doors};

/// As `prometheus-client` writes it.
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// As many may look at once.
const MOST: usize = 32;

/// Lets in whoever watches, for as long as anybody awaits this.
pub(crate) async fn open(app: Arc<App>, listener: TcpListener) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!("metrics are served at http://{address}/metrics");
    }
    let limits = Connections { most: MOST, most_per_address: MOST, ..app.config.connections };
    let router = Router::new().route("/metrics", get(metrics)).with_state(app);
    let doors = Doors::new(router, limits, TrustedProxies::default(), Crowd::default());
    doors.open(listener, std::future::pending(), Duration::ZERO).await;
}

async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let token = app.config.metrics.as_ref().and_then(|metrics| metrics.token.as_ref());
    if let Some(token) = token
        && !bearer(&headers).is_some_and(|presented| token.admits(presented))
    {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    let fresh =
        [(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    match scrape::text(&app).await {
        Ok(text) => (fresh, text).into_response(),
        Err(reason) => {
            tracing::error!(%reason, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// RFC 6750 §2.1.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

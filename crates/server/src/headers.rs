//! The headers that every answer carries, whatever it is.

use crate::config::PublicUrl;
use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::Response,
};

/// Nothing but our own files: no inline script or style, no other host, no frame around us.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// What a page could ask of the machine and ours never do.
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
     gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// ASVS 3.4.1: a year at least, and the hosts below ours as well.
const HSTS: &str = "max-age=31536000; includeSubDomains";

const ALWAYS: [(HeaderName, HeaderValue); 7] = [
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP)),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Not `no-referrer`: under it a browser sends `Origin: null` with a form of our own (Fetch §3.2, "append a
    // request `Origin` header"), and browsers without `Sec-Fetch-Site` could not sign in. Nothing leaves the origin.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
    // For browsers older than `frame-ancestors`.
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Which headers this installation sends: HSTS only where the public address is https.
#[derive(Clone, Copy, Debug)]
pub struct SecurityHeaders {
    https: bool,
}

impl SecurityHeaders {
    /// The headers for a service that people reach at `public_url`.
    pub fn of(public_url: &PublicUrl) -> Self {
        Self { https: public_url.is_https() }
    }

    /// Sets them. A handler's own `Cache-Control` stays (static files have one); nothing else is negotiable.
    pub fn apply(self, headers: &mut HeaderMap) {
        for (name, value) in ALWAYS {
            headers.insert(name, value);
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if self.https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
        }
    }
}

/// Marks an answer that a visitor gets from another host, through its proxy: what our host promises about https is not
/// said of that one.
#[derive(Clone, Copy, Debug)]
pub struct OfAnotherHost;

/// The middleware: `middleware::from_fn_with_state(SecurityHeaders::of(&public_url), headers::secure)`, as the
/// outermost layer, so that refusals of the layers below it carry the headers too.
pub async fn secure(State(headers): State<SecurityHeaders>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    headers.apply(response.headers_mut());
    if response.extensions().get::<OfAnotherHost>().is_some() {
        response.headers_mut().remove(STRICT_TRANSPORT_SECURITY);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, http::StatusCode, middleware, routing::get};
    use tower::ServiceExt as _;

    async fn answer(public_url: &str, path: &str) -> (StatusCode, HeaderMap) {
        let public_url = PublicUrl::parse(public_url).unwrap();
        let kept = ([(CACHE_CONTROL, "public, max-age=31536000, immutable")], "body{}");
        let loose =
            ([("content-security-policy", "default-src *"), ("x-frame-options", "SAMEORIGIN")], "page");
        let app = Router::new()
            .route("/page", get(async || "page"))
            .route("/style.css", get(async move || kept))
            .route("/loose", get(async move || loose))
            .route("/another", get(async || (axum::Extension(OfAnotherHost), "")))
            .layer(middleware::from_fn_with_state(SecurityHeaders::of(&public_url), secure));
        let response = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        (response.status(), response.headers().clone())
    }

    #[tokio::test]
    async fn every_answer_carries_them_even_one_that_no_route_gave() {
        for (path, status) in [("/page", StatusCode::OK), ("/nowhere", StatusCode::NOT_FOUND)] {
            let (answered, headers) = answer("https://sign-in.example.com", path).await;
            assert_eq!(answered, status);
            for (name, value) in ALWAYS {
                let sent: Vec<_> = headers.get_all(&name).iter().collect();
                assert_eq!(sent, [&value], "{name} on {path}");
            }
            assert_eq!(headers[CACHE_CONTROL], "no-store");
            assert_eq!(headers[STRICT_TRANSPORT_SECURITY], HSTS);
        }
    }

    #[tokio::test]
    async fn a_file_that_may_be_kept_says_so_itself() {
        let (_, headers) = answer("https://sign-in.example.com", "/style.css").await;
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
    }

    #[tokio::test]
    async fn a_handler_cannot_loosen_the_policy() {
        let (_, headers) = answer("https://sign-in.example.com", "/loose").await;
        assert_eq!(headers[CONTENT_SECURITY_POLICY], CSP);
        assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
    }

    #[tokio::test]
    async fn nothing_is_promised_of_another_host() {
        let (_, headers) = answer("https://sign-in.example.com", "/another").await;
        assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
        assert_eq!(headers[CONTENT_SECURITY_POLICY], CSP);
    }

    #[tokio::test]
    async fn plain_http_on_localhost_promises_no_https() {
        let (_, headers) = answer("http://localhost:8080", "/page").await;
        assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
    }
}

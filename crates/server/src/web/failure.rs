//! The one error at the boundary: what a handler could not do, turned into a page with a status.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use countersign_store::{Refusal, Unavailable};

use super::visitor::{Visitor, is_page};
use crate::hasher::NotHashed;
use crate::pages::{Problem, ProblemKind};
use crate::seldom::Seldom;

/// Seconds after which a service that is busy or out of reach may be asked again.
const RETRY_AFTER: i64 = 5;

/// Why there is an error page.
#[derive(Debug)]
pub(super) enum Failure {
    /// 400: the form could not be read.
    BadRequest,
    /// 403: from another site, or not allowed.
    Forbidden,
    /// 404: nothing is here, or it belongs to somebody else.
    NotFound,
    /// 405: another method.
    MethodNotAllowed,
    /// 408: the form did not arrive in time.
    TooSlow,
    /// 413: too much was sent.
    TooLarge,
    /// 500: a mistake of ours.
    Internal,
    /// 503: too busy, or storage or keys out of reach. Never "2FA is off".
    Unavailable,
    /// An answer that is no error page: a redirect to where one can go on.
    Instead(Box<Response>),
}

impl Failure {
    fn kind(&self) -> ProblemKind {
        match self {
            Self::BadRequest => ProblemKind::BadRequest,
            Self::Forbidden => ProblemKind::Forbidden,
            Self::NotFound => ProblemKind::NotFound,
            Self::MethodNotAllowed => ProblemKind::MethodNotAllowed,
            Self::TooSlow => ProblemKind::TooSlow,
            Self::TooLarge => ProblemKind::TooLarge,
            Self::Internal | Self::Instead(_) => ProblemKind::Internal,
            Self::Unavailable => ProblemKind::Unavailable,
        }
    }
}

impl From<Unavailable> for Failure {
    fn from(reason: Unavailable) -> Self {
        static SAID: Seldom = Seldom::new();
        if let Some(times) = SAID.happened(&reason.to_string()) {
            tracing::error!(%reason, times, "requests are refused");
        }
        match reason {
            Unavailable::Fault { .. } => Self::Internal,
            _ => Self::Unavailable,
        }
    }
}

impl From<NotHashed> for Failure {
    fn from(reason: NotHashed) -> Self {
        static SAID: Seldom = Seldom::new();
        if let Some(times) = SAID.happened(&reason.to_string()) {
            tracing::warn!(%reason, times, "requests are refused");
        }
        match reason {
            NotHashed::Busy => Self::Unavailable,
            NotHashed::Broken => Self::Internal,
        }
    }
}

/// For refusals that a handler has no words of its own for.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unavailable(unavailable) => unavailable.into(),
            Refusal::Gone(_) => Self::NotFound,
            Refusal::Wrong(_) | Refusal::Locked(_) | Refusal::Spent => Self::Forbidden,
        }
    }
}

/// Marks an answer whose page is still to be drawn, in the visitor's language.
#[derive(Clone, Copy)]
struct Undrawn(ProblemKind);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Self::Instead(response) = self {
            return *response;
        }
        let kind = self.kind();
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(Undrawn(kind));
        response
    }
}

/// Draws the page of every failure, and of every refusal that the router itself made.
pub(super) async fn draw(visitor: Visitor, request: Request, next: Next) -> Response {
    // The address of a form has no page of its own to come back to.
    let to_read = request.method().is_safe();
    let answered = next.run(request).await;
    let bare = answered.headers().get(header::CONTENT_TYPE).is_none();
    let kind = match (answered.extensions().get::<Undrawn>(), answered.status()) {
        (Some(Undrawn(kind)), _) => *kind,
        (None, StatusCode::METHOD_NOT_ALLOWED) => ProblemKind::MethodNotAllowed,
        (None, StatusCode::PAYLOAD_TOO_LARGE) => ProblemKind::TooLarge,
        (None, StatusCode::NOT_FOUND) if bare => ProblemKind::NotFound,
        // What we answer ourselves is a page. This is the router's: an address that is not UTF-8 leads nowhere.
        (None, StatusCode::BAD_REQUEST) if !is_page(&answered) => ProblemKind::NotFound,
        (None, StatusCode::INTERNAL_SERVER_ERROR) if bare => ProblemKind::Internal,
        _ => return answered,
    };
    let retry_after = (kind == ProblemKind::Unavailable).then_some(RETRY_AFTER);
    let mut chrome = visitor.plain_chrome();
    if !to_read {
        chrome.path = "/".to_owned();
    }
    let page = Problem { chrome, kind, retry_after };
    let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut drawn = super::page(status, page.render());
    if let Some(allow) = answered.headers().get(header::ALLOW) {
        drawn.headers_mut().insert(header::ALLOW, allow.clone());
    }
    if let Some(seconds) = retry_after {
        drawn.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    drawn
}

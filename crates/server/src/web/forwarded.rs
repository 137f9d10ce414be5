//! A request that a proxy asks about, or passes on, for a site. What it says of the visitor's request is believed from
//! trusted proxies alone; from anybody else it is no question at all.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use countersign::{site::Entry, site_path::RulePath};
use countersign_store::site_sessions::Guest;

use super::cookies::Cookies;
use super::failure::Failure;
use super::visitor::Visitor;
use crate::config::{PublicUrl, Site};
use crate::headers::OfAnotherHost;
use crate::seldom::Seldom;

/// Where a site passes requests on to us. Nothing there is the site's.
const OURS: &str = "/.countersign";

/// The same as proxies find it, which may decode and clean a path before they compare it.
static OURS_IN_ANY_SPELLING: LazyLock<Option<RulePath>> = LazyLock::new(|| RulePath::parse(OURS).ok());

const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");

/// A visitor of a site.
pub(super) struct AtSite {
    /// The request.
    pub(super) visitor: Visitor,
    /// The site.
    pub(super) site: Arc<Site>,
    /// The cookies of that site.
    pub(super) cookies: Cookies,
}

/// A page of a site that is wanted.
pub(super) struct Forwarded {
    /// Where.
    pub(super) at: AtSite,
    /// Path and query, as the visitor sent them.
    pub(super) uri: String,
    /// By whom.
    pub(super) asks: Asks,
}

/// Who asks, and so what can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// A browser that opens a page: it can be led to the portal and back.
    Page,
    /// A browser that sends a form: what it sent would be lost on the way.
    Form,
    /// A script or a program: it is told, and led nowhere.
    Program,
}

/// Why a question is none.
#[derive(Debug)]
enum NoQuestion {
    NotAProxy(Option<IpAddr>),
    AtThePortal,
    Unclear(HeaderName),
    NoSuchSite(String),
}

impl AtSite {
    /// Who is here, by the cookie of this site.
    pub(super) async fn guest(&self) -> Result<Option<Guest>, Failure> {
        let Some(token) = self.cookies.site() else { return Ok(None) };
        let (store, origin) = (&self.visitor.app.store, self.site.url.origin());
        // The answer goes to a proxy, and from some of them to the visitor as the site's: it has no page of ours.
        store.guest(&token.hash(), origin, self.visitor.now()).await.map_err(|reason| {
            let _said_in_the_log = Failure::from(reason);
            Failure::Instead(Box::new(bare(StatusCode::SERVICE_UNAVAILABLE)))
        })
    }

    /// A page of the portal, with this site in its query.
    pub(super) fn at_the_portal(&self, path: &str) -> String {
        self.visitor.app.config.service.public_url.page(&format!("{path}?site={}", self.site.url.host()))
    }
}

impl Forwarded {
    /// Whether the visitor may see what is wanted, and who it is where somebody had to be. What is open to everybody
    /// asks the database nothing.
    pub(super) async fn entry(&self) -> Result<(Entry, Option<Guest>), Failure> {
        let (visitor, rules) = (&self.at.visitor, &self.at.site.rules);
        let path = self.path();
        let policy = visitor.app.store.policy();
        if rules.enter(path, None, policy, visitor.now()) == Entry::Welcome {
            return Ok((Entry::Welcome, None));
        }
        let Some(guest) = self.at.guest().await? else { return Ok((Entry::SignIn, None)) };
        let standing = guest.session.standing();
        let person = countersign::site::Guest { standing: &standing, groups: &guest.groups };
        Ok((rules.enter(path, Some(person), policy, visitor.now()), Some(guest)))
    }

    /// The page to come back to: never one of our own, which would lead in a circle.
    pub(super) fn to(&self) -> &str {
        let ours = OURS_IN_ANY_SPELLING.as_ref().and_then(|ours| ours.may_cover(self.path()));
        if ours.unwrap_or_else(|| self.uri.starts_with(OURS)) { "/" } else { &self.uri }
    }

    fn path(&self) -> &str {
        self.uri.split('?').next().unwrap_or(&self.uri)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AtSite {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let trusted = &visitor.app.config.service.trusted_proxies;
        if !peer.is_some_and(|peer| trusted.contains(peer)) {
            return Err(refuse(&NoQuestion::NotAProxy(peer)));
        }
        // Through the door of the portal a visitor may say anything: the proxy means that one for people.
        if parts.headers.get_all(&header::HOST).iter().count() > 1 {
            return Err(refuse(&NoQuestion::Unclear(header::HOST)));
        }
        let host = only(&parts.headers, &header::HOST).unwrap_or_default();
        if is_of(&visitor.app.config.service.public_url, host) {
            return Err(refuse(&NoQuestion::AtThePortal));
        }
        let site = site(&visitor, &parts.headers).map_err(|reason| refuse(&reason))?;
        let cookies = Cookies::of(&parts.headers, site.url.is_https());
        Ok(Self { visitor, site, cookies })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Forwarded {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let at = AtSite::from_request_parts(parts, state).await?;
        let headers = &parts.headers;
        let uri = only(headers, &URI).filter(|uri| uri.starts_with('/'));
        let method = only(headers, &METHOD).and_then(|method| method.parse().ok());
        match (uri, method) {
            (Some(uri), Some(method)) => {
                Ok(Self { at, uri: uri.to_owned(), asks: Asks::of(&method, headers) })
            }
            (None, _) => Err(refuse(&NoQuestion::Unclear(URI))),
            (_, None) => Err(refuse(&NoQuestion::Unclear(METHOD))),
        }
    }
}

impl Asks {
    /// A browser that opens a page says that it wants HTML, and newer ones that they navigate.
    fn of(method: &Method, headers: &HeaderMap) -> Self {
        let has = |name: &HeaderName, word: &str| {
            headers.get(name).is_some_and(|value| value.to_str().is_ok_and(|value| value.contains(word)))
        };
        let differs = |name: &'static str, word: &str| {
            headers.get(name).is_some_and(|value| value.to_str().ok() != Some(word))
        };
        // Some apps that show pages put their own name into it: those are people.
        let by_script = has(&HeaderName::from_static("x-requested-with"), "XMLHttpRequest")
            || differs("sec-fetch-mode", "navigate")
            || differs("sec-fetch-dest", "document");
        match *method {
            _ if by_script || !has(&header::ACCEPT, "text/html") => Self::Program,
            Method::GET | Method::HEAD => Self::Page,
            _ => Self::Form,
        }
    }
}

/// Whether a `Host` is this address in one of its spellings: with its own port, or with the point that ends a name.
fn is_of(url: &PublicUrl, host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (name, port),
        _ => (host, ""),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let scheme = if url.is_https() { "https" } else { "http" };
    let text =
        if port.is_empty() { format!("{scheme}://{name}") } else { format!("{scheme}://{name}:{port}") };
    PublicUrl::parse(&text).is_ok_and(|asked| asked.origin() == url.origin())
}

/// The site that the proxy names.
fn site(visitor: &Visitor, headers: &HeaderMap) -> Result<Arc<Site>, NoQuestion> {
    let scheme = match only(headers, &PROTO) {
        // Traefik says which of the two a WebSocket is.
        Some("https" | "wss") => "https",
        Some("http" | "ws") => "http",
        _ => return Err(NoQuestion::Unclear(PROTO)),
    };
    let host = only(headers, &HOST).ok_or(NoQuestion::Unclear(HOST))?;
    let origin = format!("{scheme}://{host}");
    let url = PublicUrl::parse(&origin).map_err(|_| NoQuestion::NoSuchSite(origin.clone()))?;
    let site = visitor.app.config.forward_auth.site_at(url.origin());
    site.cloned().ok_or(NoQuestion::NoSuchSite(origin))
}

/// The header's only value. Two of them, or a list, could be read differently by a proxy and by us.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// An answer of a status alone: nginx keeps a connection only where the answer to its question has no body.
pub(super) fn bare(status: StatusCode) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(OfAnotherHost);
    response
}

fn refuse(reason: &NoQuestion) -> Failure {
    static SAID: Seldom = Seldom::new();
    if let Some(times) = SAID.happened(&reason.to_string()) {
        tracing::warn!(%reason, times, "a question about a site was refused");
    }
    Failure::Instead(Box::new(bare(StatusCode::FORBIDDEN)))
}

impl fmt::Display for NoQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAProxy(Some(peer)) => write!(f, "{peer} is none of trusted_proxies"),
            Self::NotAProxy(None) => f.write_str("nobody knows who asks"),
            Self::AtThePortal => f.write_str("it was asked under the portal's own name"),
            Self::Unclear(name) => write!(f, "{name} is missing, said twice or not readable"),
            // Anybody may write it behind a proxy that passes it on.
            Self::NoSuchSite(origin) => {
                let short: String = origin.chars().take(100).collect();
                write!(f, "{short:?} is no site of forward_auth.sites")
            }
        }
    }
}

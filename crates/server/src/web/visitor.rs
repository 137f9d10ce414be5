//! The visitor: who asks, when, in which language. Made once a request, which is the one reading of the clock.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use countersign::{Timestamp, event::Actor, password::Memory};
use countersign_store::Visit;

use super::cookies::Cookies;
use super::failure::Failure;
use super::flash::Flash;
use crate::agent;
use crate::app::App;
use crate::hasher::Hasher;
use crate::household::Household;
use crate::l10n::{Language, Words};
use crate::moments::Moments;
use crate::pages::Chrome;

/// One request, as far as every page needs it.
#[derive(Clone)]
pub(super) struct Visitor {
    /// The service.
    pub(super) app: Arc<App>,
    /// When, by which browser, from where.
    pub(super) visit: Visit,
    /// The words of the page.
    pub(super) words: Words,
    /// The cookies that came, and those that the answer sets.
    pub(super) cookies: Cookies,
    /// Path and query.
    path: String,
    /// With whom it shares what there is little of.
    household: Household,
    /// When this visitor was told to come again.
    told_to_wait: Arc<OnceLock<Timestamp>>,
}

impl Visitor {
    /// The moment of this request.
    pub(super) fn now(&self) -> Timestamp {
        self.visit.now
    }

    /// The hashing threads, in the line of this visitor's household.
    pub(super) fn hasher(&self) -> Hasher<Memory> {
        self.app.hasher.on_behalf_of(self.household)
    }

    /// The end of a wait in words. The answer says it to programs too, as `Retry-After`.
    pub(super) fn end_of_wait(&self, until: Timestamp) -> String {
        let _was_said_before = self.told_to_wait.set(until);
        self.moments().in_a_sentence_to_the_second(until)
    }

    /// Moments in the words of the page.
    pub(super) fn moments(&self) -> Moments {
        Moments::new(self.words, self.app.config.service.time_zone.clone(), self.now())
    }

    /// The frame of a page for somebody who is not signed in, without a message.
    pub(super) fn plain_chrome(&self) -> Chrome {
        let mut chrome = Chrome::new(self.words, self.app.config.service.name.clone(), self.path.clone());
        chrome.time_zone = self.moments().zone();
        chrome
    }

    /// The frame of a page for somebody who is not signed in.
    pub(super) fn chrome(&self) -> Chrome {
        let notice = self.cookies.flash().and_then(Flash::from_cookie).map(|flash| flash.notice(self.words));
        Chrome { notice, ..self.plain_chrome() }
    }

    /// The same visitor in the language that the account's owner chose.
    pub(super) fn speaking(mut self, language: Option<&str>) -> Self {
        if let Some(language) = language.and_then(Language::parse) {
            self.words = Words::of(language);
        }
        self
    }
}

/// Meets the visitor before anything else looks at the request. Nothing forgeable is believed: a forwarded
/// address counts only from a proxy that the operator trusts, and only for the log.
pub(super) async fn meet(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let https = app.config.service.public_url.is_https();
    let cookies = Cookies::of(headers, https);
    let chosen = cookies.language().and_then(Language::parse);
    let spoken = || text(headers, &header::ACCEPT_LANGUAGE).and_then(Language::from_accept_language);
    let language = chosen.or_else(spoken).unwrap_or(app.config.service.language);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = peer.map(|peer| address(&app, headers, peer));
    let household = address.map(Household::of).unwrap_or_default();
    let visit = Visit {
        now: app.clock.now(),
        browser: agent::name(text(headers, &header::USER_AGENT).unwrap_or_default()),
        address: address.map(|address| address.to_string()),
        actor: Actor::Owner,
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let had_flash = cookies.flash().is_some();
    let unread = cookies.clone();
    let (now, told_to_wait) = (visit.now, Arc::<OnceLock<Timestamp>>::default());
    let until = Arc::clone(&told_to_wait);
    let words = Words::of(language);
    request.extensions_mut().insert(Visitor { app, visit, words, cookies, path, household, told_to_wait });
    let mut response = next.run(request).await;
    if response.status() == StatusCode::TOO_MANY_REQUESTS
        && let Some(until) = until.get()
    {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds_until(*until, now)));
    }
    // A message is read when a page has shown it; a redirect carries it on, and a new one takes its place.
    if had_flash && response.status() == StatusCode::OK && is_page(&response) && !leaves_flash(&response) {
        return (unread.read_flash().into_jar(), response).into_response();
    }
    response
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::Internal)
    }
}

fn address(app: &App, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    // Whatever a visitor wrote, the proxy appended whom it saw: a byte that is no text spoils its own entry alone.
    let forwarded =
        headers.get_all("x-forwarded-for").iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let hops: Vec<_> = forwarded.collect();
    app.config.service.trusted_proxies.visitor(peer, hops.iter().map(AsRef::as_ref))
}

/// Whole seconds from `now` on, after which `until` is past.
fn seconds_until(until: Timestamp, now: Timestamp) -> i64 {
    until.milliseconds().saturating_sub(now.milliseconds()).saturating_add(999).div_euclid(1000).max(1)
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn leaves_flash(response: &Response) -> bool {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    set.filter_map(|cookie| cookie.to_str().ok()).any(Cookies::is_flash)
}

/// Whether the answer is a page for people.
pub(super) fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

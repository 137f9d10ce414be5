//! Cookies: which there are, and what every one of them has in common.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use countersign::{
    AccountId, ErrandId, Span, Timestamp,
    device::{BUDGET_OUTLIVES_TRUST, TrustedDevice},
    errand::OUTLIVED_BY_ITS_COOKIE,
    token::{Device, Errand, Kind, Pending, Session, Site, SiteBegin, Token},
};

/// How many errands a browser can be on: a till at which somebody signs in every minute would outgrow what a proxy takes.
const MOST_ERRANDS: usize = 10;
/// A year, for what a person chose.
const YEAR: Span = Span::days(365);

/// The cookies of one request, and those of its answer. They hold tokens, so there is no `Debug`.
#[derive(Clone)]
pub(super) struct Cookies {
    jar: CookieJar,
    https: bool,
}

/// What the name of an errand's cookie begins with, behind the prefix.
const ERRAND: &str = "countersign-errand-";

/// One cookie by name. The ending is empty but for remembered devices, where it is the account: two people
/// who share a browser each keep their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Session,
    Pending,
    Device(AccountId),
    Language,
    Flash,
    Next,
    /// An errand of an application: two of them in one browser know nothing of each other.
    Errand(ErrandId),
    /// At a site, and never at the portal: a cookie is its host's alone.
    Site,
    /// At a site, while its visitor is at the portal.
    SiteBegin,
}

impl Name {
    fn text(self, https: bool) -> String {
        let bare = match self {
            Self::Session => "countersign-session".to_owned(),
            Self::Pending => "countersign-pending".to_owned(),
            Self::Device(account) => format!("countersign-device-{account}"),
            Self::Language => "countersign-language".to_owned(),
            Self::Flash => "countersign-flash".to_owned(),
            Self::Next => "countersign-next".to_owned(),
            Self::Errand(errand) => format!("{ERRAND}{errand}"),
            Self::Site => "countersign-site".to_owned(),
            Self::SiteBegin => "countersign-begin".to_owned(),
        };
        format!("{}{bare}", Self::prefix(https))
    }

    /// RFC 6265bis §4.1.3.2: `__Host-` needs Secure, so on http (localhost alone) it has to go.
    fn prefix(https: bool) -> &'static str {
        if https { "__Host-" } else { "" }
    }
}

impl Cookies {
    /// The cookies of a request to a service that people reach by https, or by http on localhost.
    pub(super) fn of(headers: &HeaderMap, https: bool) -> Self {
        Self { jar: CookieJar::from_headers(&ours(headers, https)), https }
    }

    /// What the answer has to set, as its headers.
    pub(super) fn into_jar(self) -> CookieJar {
        self.jar
    }

    /// The session's token.
    pub(super) fn session(&self) -> Option<Token<Session>> {
        self.token(Name::Session)
    }

    /// The pending sign-in's token.
    pub(super) fn pending(&self) -> Option<Token<Pending>> {
        self.token(Name::Pending)
    }

    /// The token of this browser as a trusted device of an account.
    pub(super) fn device(&self, account: AccountId) -> Option<Token<Device>> {
        self.token(Name::Device(account))
    }

    /// The language that was chosen here.
    pub(super) fn language(&self) -> Option<&str> {
        self.get(Name::Language)
    }

    /// The message that the last answer left for this page.
    pub(super) fn flash(&self) -> Option<&str> {
        self.get(Name::Flash)
    }

    /// Whether a `Set-Cookie` header is about the message.
    pub(super) fn is_flash(header: &str) -> bool {
        let name = header.split('=').next().unwrap_or_default();
        [true, false].into_iter().any(|https| Name::Flash.text(https) == name)
    }

    /// The page one wanted before signing in.
    pub(super) fn next(&self) -> Option<&str> {
        self.get(Name::Next)
    }

    /// Opens a session in this browser; the pending sign-in is over.
    pub(super) fn open_session(self, token: &Token<Session>) -> Self {
        self.set(Name::Session, token.reveal(), None).drop(Name::Pending)
    }

    /// Gives the session of this browser the token that it answers to from now on.
    pub(super) fn renew_session(self, token: &Token<Session>) -> Self {
        self.set(Name::Session, token.reveal(), None)
    }

    /// Ends the session in this browser.
    pub(super) fn end_session(self) -> Self {
        self.drop(Name::Session)
    }

    /// Begins a pending sign-in; a session of whoever was here before is over in this browser.
    pub(super) fn begin_pending(self, token: &Token<Pending>) -> Self {
        self.set(Name::Pending, token.reveal(), None).drop(Name::Session)
    }

    /// Remembers this browser as a trusted device. The cookie outlives the trust, which the server ends, as long as
    /// the device has a guess budget of its own.
    pub(super) fn remember(self, token: &Token<Device>, device: &TrustedDevice, now: Timestamp) -> Self {
        let lives = (device.expires_at + BUDGET_OUTLIVES_TRUST).since(now);
        self.set(Name::Device(device.account), token.reveal(), Some(lives))
    }

    /// The token of this browser on an errand.
    pub(super) fn errand(&self, errand: ErrandId) -> Option<Token<Errand>> {
        self.token(Name::Errand(errand))
    }

    /// Sends this browser on an errand. The cookie outlives it, which the server ends; of very many the oldest go.
    pub(super) fn begin_errand(self, errand: ErrandId, token: &Token<Errand>) -> Self {
        let start = format!("{}{ERRAND}", Name::prefix(self.https));
        let id = |cookie: &Cookie<'_>| ErrandId::parse(cookie.name().strip_prefix(&start)?).ok();
        let mut others: Vec<ErrandId> = self.jar.iter().filter_map(id).collect();
        // An id begins with its moment.
        others.sort_unstable();
        let many = (others.len() + 1).saturating_sub(MOST_ERRANDS);
        let fewer = others.into_iter().take(many).fold(self, |cookies, old| cookies.drop(Name::Errand(old)));
        fewer.set(Name::Errand(errand), token.reveal(), Some(OUTLIVED_BY_ITS_COOKIE))
    }

    /// Forgets this browser for an account.
    pub(super) fn forget(self, account: AccountId) -> Self {
        self.drop(Name::Device(account))
    }

    /// Remembers the language that was chosen here.
    pub(super) fn speak(self, language: &str) -> Self {
        self.set(Name::Language, language, Some(YEAR))
    }

    /// Leaves a message for the next page.
    pub(super) fn leave(self, flash: &str) -> Self {
        self.set(Name::Flash, flash, Some(Span::minutes(5)))
    }

    /// The message has been read.
    pub(super) fn read_flash(self) -> Self {
        self.drop(Name::Flash)
    }

    /// Remembers the page one wanted, until signed in.
    pub(super) fn want(self, next: Option<&str>) -> Self {
        match next {
            Some(next) => self.set(Name::Next, next, Some(Span::hours(1))),
            None => self.drop(Name::Next),
        }
    }

    /// The token of the site that this is a cookie of.
    pub(super) fn site(&self) -> Option<Token<Site>> {
        self.token(Name::Site)
    }

    /// What the site gave this browser before it went to the portal.
    pub(super) fn begun(&self) -> Option<Token<SiteBegin>> {
        self.token(Name::SiteBegin)
    }

    /// Gives the browser what its ticket will be good with.
    pub(super) fn begin_site(self, token: &Token<SiteBegin>) -> Self {
        self.set(Name::SiteBegin, token.reveal(), Some(Span::hours(1)))
    }

    /// Opens the site in this browser. What it was begun with stays a while: another tab may be on its way, too.
    pub(super) fn open_site(self, token: &Token<Site>) -> Self {
        self.set(Name::Site, token.reveal(), None)
    }

    fn token<K: Kind>(&self, name: Name) -> Option<Token<K>> {
        self.get(name).and_then(Token::parse)
    }

    fn get(&self, name: Name) -> Option<&str> {
        self.jar.get(&name.text(self.https)).map(Cookie::value)
    }

    fn set(mut self, name: Name, value: &str, lives: Option<Span>) -> Self {
        let mut cookie = self.bare(name);
        cookie.set_value(value.to_owned());
        if let Some(lives) = lives {
            cookie.set_max_age(cookie::time::Duration::milliseconds(lives.as_milliseconds()));
        }
        self.jar = self.jar.add(cookie);
        self
    }

    fn drop(mut self, name: Name) -> Self {
        if self.get(name).is_some() {
            let gone = self.bare(name);
            self.jar = self.jar.remove(gone);
        }
        self
    }

    fn bare(&self, name: Name) -> Cookie<'static> {
        Cookie::build(name.text(self.https))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.https)
            .build()
    }
}

/// The cookies that can be ours, pair by pair: what a neighbour has set beside them spoils none of them. Browsers keep the
/// promise of `__Host-` for names as they are sent, and the jar decodes them: `%5F%5FHost-` is any neighbour's. So is
/// one of two cookies of one name, and nobody knows which.
fn ours(headers: &HeaderMap, https: bool) -> HeaderMap {
    let start = format!("{}countersign-", Name::prefix(https));
    let mut found: BTreeMap<&str, Option<&[u8]>> = BTreeMap::new();
    for pair in
        headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|b| *b == b';'))
    {
        let mut halves = pair.splitn(2, |b| *b == b'=');
        let (Some(name), Some(value)) = (halves.next(), halves.next()) else { continue };
        let Ok(name) = std::str::from_utf8(name.trim_ascii()) else { continue };
        if name.starts_with(&start) && !name.contains('%') {
            found.entry(name).and_modify(|twice| *twice = None).or_insert(Some(value));
        }
    }
    let pairs = found.into_iter().filter_map(|(name, value)| Some([name.as_bytes(), value?].join(&b'=')));
    pairs.filter_map(|pair| Some((header::COOKIE, HeaderValue::from_bytes(&pair).ok()?))).collect()
}

//! A browser without a screen: it keeps cookies, sends forms, and looks at the headers of every answer it gets.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::person::Person;
use crate::world::{PASSWORD, World};

/// The policy that every answer has to carry.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// Where requests come from unless a test says otherwise.
pub(crate) const PEER: &str = "192.0.2.7";

/// Somebody's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    https: bool,
    /// Its cookies, by name.
    pub(crate) jar: BTreeMap<String, String>,
    /// What it says besides with every request.
    pub(crate) says: Vec<(&'static str, String)>,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its text.
    pub(crate) text: String,
    asked: String,
}

impl Browser {
    /// A browser that nobody has used yet.
    pub(crate) fn new(world: &World) -> Self {
        let https = world.app.config.service.public_url.is_https();
        Self { router: world.router.clone(), https, jar: BTreeMap::new(), says: Vec::new() }
    }

    /// The same browser, taken to another server of the same installation.
    pub(crate) fn at(&self, world: &World) -> Self {
        Self { router: world.router.clone(), ..self.clone() }
    }

    /// The same browser, which now also sends this header.
    pub(crate) fn saying(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.says.push((name, value.to_owned()));
        other
    }

    /// The same browser with one more cookie.
    pub(crate) fn with_cookie(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.jar.insert(name.to_owned(), value.to_owned());
        other
    }

    /// One cookie's value; the name without `countersign-`.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.jar.get(&self.cookie_name(name)).cloned()
    }

    /// A cookie's full name.
    pub(crate) fn cookie_name(&self, name: &str) -> String {
        format!("{}countersign-{name}", if self.https { "__Host-" } else { "" })
    }

    /// Opens an address.
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// Sends a form as one of our own pages does.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.post_raw(path, body.into_bytes()).await
    }

    /// Sends a form whose text a test has written itself.
    pub(crate) async fn post_raw(&mut self, path: &str, body: Vec<u8>) -> Page {
        let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        self.send(Method::POST, path, &form, Body::from(body)).await
    }

    /// Sends a request. Cookies are added, and kept as the answer says.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Body,
    ) -> Page {
        let asked = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        let said = self.says.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in headers.iter().copied().chain(said) {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(HeaderName::from_static(name), value);
        }
        if !self.jar.is_empty() {
            let cookies: Vec<String> =
                self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let value = HeaderValue::from_bytes(cookies.join("; ").as_bytes()).unwrap();
            request.headers_mut().insert(header::COOKIE, value);
        }
        let peer: SocketAddr = format!("{PEER}:50000").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let page = Page { status: parts.status.as_u16(), headers: parts.headers, text, asked };
        self.look_at_headers(&page);
        self.look_for_tokens(&page);
        self.keep_cookies(&page);
        self.look_for_tokens(&page);
        page
    }

    /// Types email and password on the sign-in page.
    pub(crate) async fn type_password(&mut self, person: &Person) -> Page {
        self.post("/sign-in", &[("email", &person.email), ("password", PASSWORD)]).await
    }

    /// Signs in, with a code where one is asked for.
    pub(crate) async fn sign_in(&mut self, person: &Person) -> Page {
        let after = self.type_password(person).await;
        if after.location() != "/sign-in/code" {
            after.leads_to("/account");
            return after;
        }
        let after = self.post("/sign-in/code", &[("code", &person.code())]).await;
        after.leads_to("/account");
        after
    }

    /// Signs in with a code and asks to be remembered.
    pub(crate) async fn sign_in_and_remember(&mut self, person: &Person) {
        self.type_password(person).await.leads_to("/sign-in/code");
        let fields = [("code", &*person.code()), ("remember", "on")];
        self.post("/sign-in/code", &fields).await.leads_to("/account");
    }

    /// Whether it is signed in.
    pub(crate) async fn is_signed_in(&self) -> bool {
        let page = self.clone().get("/account").await;
        assert!([200, 303].contains(&page.status), "{page:?}");
        page.status == 200
    }

    /// Whatever the answer is, these hold.
    fn look_at_headers(&self, page: &Page) {
        let asked = &page.asked;
        let expected = [
            ("content-security-policy", CSP),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ];
        for (name, value) in expected {
            assert_eq!(page.header(name), Some(value), "{name} of {asked}");
        }
        // ASVS 3.4.2: nothing may be read from another origin.
        let shared = page.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(shared, None, "{asked}");
        // A proxy passes these on as another host's, of which nothing is promised.
        let ours = !asked.contains(" /forward-auth") && !asked.contains(" /.countersign/");
        let promised = page.header("strict-transport-security").is_some();
        assert_eq!(promised, self.https && ours, "HSTS of {asked}");
        let lasting = page.header("cache-control") == Some("public, max-age=31536000, immutable");
        let unchanging = ["GET /static/", "GET /hosted/colour/", "GET /hosted/logo/"];
        assert!(
            page.header("cache-control") == Some("no-store")
                || (lasting && unchanging.iter().any(|at| asked.starts_with(at))),
            "{asked} may be stored: {page:?}"
        );
        if !page.text.is_empty() {
            // ASVS 4.1.1: what a body is, and in which letters.
            let kind = page.header("content-type").unwrap_or_else(|| panic!("{asked} has a body of no kind"));
            let letters = kind.ends_with("; charset=utf-8") || !kind.starts_with("text/");
            assert!(letters, "{asked} is {kind}");
        }
        for cookie in page.cookies_set() {
            let says = |word: &str| cookie.split("; ").any(|part| part == word);
            assert!(says("HttpOnly") && says("SameSite=Lax") && says("Path=/"), "{asked} sets {cookie}");
            assert!(!cookie.contains("Domain"), "{asked} sets {cookie}");
            let pair = cookie.split("; ").next().unwrap_or_default();
            assert!(pair.len() <= 4096, "{asked} sets a cookie that browsers do not keep: {cookie}");
            assert_eq!(says("Secure"), self.https, "{asked} sets {cookie}");
            assert_eq!(cookie.starts_with("__Host-countersign-"), self.https, "{asked} sets {cookie}");
        }
    }

    /// ASVS 3.3.4: what opens something stands in its cookie alone, in no text and no address.
    fn look_for_tokens(&self, page: &Page) {
        for (name, token) in &self.jar {
            let opens =
                ["session", "pending", "device-", "errand-", "-site"].iter().any(|kind| name.contains(kind));
            // Whatever is shorter was made up by a test.
            if opens && token.len() >= 43 {
                let told = page.text.contains(token) || page.location().contains(token);
                assert!(!told, "{} gives {name} away: {page:?}", page.asked);
            }
        }
    }

    fn keep_cookies(&mut self, page: &Page) {
        for cookie in page.cookies_set() {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match rest.contains("Max-Age=0") {
                true => self.jar.remove(name),
                false => self.jar.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}

impl Page {
    /// One header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Where it leads, or nothing.
    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }

    /// The cookies it sets, whole.
    pub(crate) fn cookies_set(&self) -> Vec<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter();
        set.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// Whether it gives the browser anything that opens something: a session, a pending sign-in or trust.
    pub(crate) fn gives(&self, what: &str) -> bool {
        let named = |cookie: &&String| {
            cookie.trim_start_matches("__Host-").starts_with(&format!("countersign-{what}"))
        };
        self.cookies_set().iter().filter(named).any(|cookie| !cookie.contains("Max-Age=0"))
    }

    /// It has this status.
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {self:?}", self.asked);
        self
    }

    /// It leads on to this address.
    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) -> &Self {
        assert_eq!((self.status, self.location()), (303, path), "{}: {}", self.asked, self.text);
        self
    }

    /// It says this.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "{} does not say {words:?}: {}", self.asked, self.text);
        self
    }

    /// It does not say this.
    #[track_caller]
    pub(crate) fn is_silent_about(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "{} says {words:?}: {}", self.asked, self.text);
        self
    }

    /// What stands between the first `before` and the next `after`.
    #[track_caller]
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let rest = self.text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {self:?}")).1;
        rest.split_once(after).unwrap().0.to_owned()
    }

    /// The key on a set-up page.
    #[track_caller]
    pub(crate) fn key(&self) -> String {
        self.between("<code class=\"key\" id=\"key\" translate=\"no\">", "</code>")
            .replace("<span>", "")
            .replace("</span>", "")
            .replace(' ', "")
    }

    /// The recovery codes on the page that shows them, and nothing on any other.
    pub(crate) fn recovery_codes(&self) -> Vec<String> {
        let items = self.text.split("<li><code>").skip(1);
        items.map(|item| item.split_once("</code>").unwrap().0.to_owned()).collect()
    }

    /// The ticket for the file of recovery codes.
    #[track_caller]
    pub(crate) fn ticket(&self) -> String {
        self.between("name=\"ticket\" value=\"", "\"")
    }
}

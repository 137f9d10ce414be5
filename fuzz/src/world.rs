//! The portal that whole requests are sent to: a real one over a real database, on a clock that stands still.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use countersign::email::Email;
use countersign::event::Actor;
use countersign::name::Name;
use countersign::password::{HashCost, Memory, Password, PasswordProof, StoredPassword};
use countersign::sign_in::{Next, after_password};
use countersign::token::{Pending, Session, Token};
use countersign::totp::{Parameters, SharedSecret};
use countersign_server::app::App;
use countersign_server::clock::{Clock as _, ManualClock};
use countersign_server::config::{Config, Sources};
use countersign_server::router::router;
use countersign_store::accounts::{Account, NewAccount};
use countersign_store::{Lane, Visit};
use data_encoding::BASE32_NOPAD;
use http_body_util::BodyExt as _;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

/// Everybody's password.
const PASSWORD: &str = "seven quiet otters cross at dusk";
/// One step of an authenticator, in milliseconds.
const STEP: i64 = 30_000;
const FORM: &str = "application/x-www-form-urlencoded";

/// Whose browser sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Somebody who is not signed in.
    Anybody,
    /// Somebody whose password was right, and whose code is awaited.
    Pending,
    /// Somebody signed in without 2FA.
    Eva,
    /// Somebody signed in with a code.
    Zofie,
    /// An application with an API key, one of whose users, `jana`, has 2FA on.
    Shop,
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The portal, and the browsers of the people who use it.
pub(crate) struct World {
    runtime: Runtime,
    app: Arc<App>,
    router: Router,
    clock: ManualClock,
    eva: Person,
    zofie: Person,
    eva_session: Option<Token<Session>>,
    zofie_session: Option<Token<Session>>,
    pending: Option<Token<Pending>>,
    api_key: String,
    made: u32,
    _folder: TempDir,
}

struct Person {
    account: Account,
    proof: PasswordProof,
    key: String,
}

/// The one portal of this process.
pub(crate) fn world() -> MutexGuard<'static, World> {
    static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::open()));
    WORLD.lock().unwrap()
}

impl World {
    fn open() -> Self {
        let folder = crate::shm::folder();
        let data = folder.path().join("data").into_os_string();
        let named = |name: &str, value: OsString| (OsString::from(format!("COUNTERSIGN_{name}")), value);
        let environment = vec![named("DATA_DIR", data), named("SIGN_UP", "open".into())];
        let config = Config::load(&Sources { file: None, environment, flags: Vec::new() }).unwrap();
        let clock = ManualClock::at(1_795_000_020_000);
        let app = Arc::new(App::open(config, Arc::new(clock.clone())).unwrap());
        let router = router(Arc::clone(&app));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let eva = person(&runtime, &app, &clock, 0);
        let zofie = person(&runtime, &app, &clock, 1);
        let (eva_session, zofie_session, pending, made) = (None, None, None, 2);
        let api_key = crate::shop::opens(&runtime, &app, &clock);
        let mut world = Self {
            runtime,
            app,
            router,
            clock,
            eva,
            zofie,
            eva_session,
            zofie_session,
            pending,
            api_key,
            made,
            _folder: folder,
        };
        world.enrol_zofie();
        world
    }

    /// The service itself.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// What the service does in the end.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Eva's account.
    pub(crate) fn eva(&self) -> countersign::AccountId {
        self.eva.account.id
    }

    /// A request as one of our own pages sends it, unless `headers` says otherwise.
    pub(crate) fn ask(
        &mut self,
        who: Who,
        method: Method,
        uri: Uri,
        headers: &HeaderMap,
        body: Vec<u8>,
    ) -> Answer {
        let mut all = headers.clone();
        let kind = if who == Who::Shop { "application/json" } else { FORM };
        all.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        if who == Who::Shop {
            let bearer = HeaderValue::from_str(&self.api_key).unwrap();
            all.entry(header::AUTHORIZATION).or_insert(bearer);
        }
        all.entry("sec-fetch-site").or_insert(HeaderValue::from_static("same-origin"));
        if let Some(cookie) = self.cookie(who) {
            all.append(header::COOKIE, HeaderValue::from_str(&cookie).unwrap());
        }
        self.send(method, uri, all, body)
    }

    /// A request with these headers and no others. No answer is a mistake of ours, whatever was sent.
    pub(crate) fn send(&self, method: Method, uri: Uri, headers: HeaderMap, body: Vec<u8>) -> Answer {
        let mut request = Request::new(Body::from(body));
        (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
        let peer: SocketAddr = ([192, 0, 2, 7], 50_000).into();
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = self.router.clone();
        let answer = self.runtime.block_on(async {
            let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes().to_vec();
            Answer { status: parts.status.as_u16(), headers: parts.headers, body }
        });
        assert!(answer.status < 500, "{}: {}", answer.status, answer.text());
        answer.look();
        answer
    }

    /// The living token of a session of Eva's, or of Zofie's, or of a pending sign-in of hers.
    pub(crate) fn token(&mut self, who: Who) -> Option<String> {
        match who {
            Who::Anybody | Who::Shop => None,
            Who::Pending => Some(self.pending()),
            Who::Eva => Some(self.eva_session()),
            Who::Zofie => Some(self.zofie_session()),
        }
    }

    fn cookie(&mut self, who: Who) -> Option<String> {
        let name = if who == Who::Pending { "countersign-pending" } else { "countersign-session" };
        self.token(who).map(|token| format!("{name}={token}"))
    }

    fn is_alive(&self, session: Option<&Token<Session>>) -> bool {
        let (store, now) = (&self.app.store, self.clock.now());
        session.is_some_and(|token| self.wait(store.session(&token.hash(), now)).unwrap().is_some())
    }

    fn eva_session(&mut self) -> String {
        while !self.is_alive(self.eva_session.as_ref()) {
            let visit = visit(&self.clock);
            let next = after_password(
                self.app.store.policy(),
                &self.eva.proof,
                countersign::sign_in::TwoFactor::Off,
                None,
                visit.now,
            );
            let Next::SignedIn(authenticated) = next else { panic!("2FA is off") };
            let mut chance = self.app.chance;
            let opened = self.app.store.open_session(&authenticated, &self.eva.account, &visit, &mut chance);
            self.eva_session = self.wait(opened).ok();
            if self.eva_session.is_none() {
                // She has changed her password, or turned 2FA on: somebody else takes her place.
                self.eva = person(&self.runtime, &self.app, &self.clock, self.made);
                self.made += 1;
            }
        }
        self.eva_session.as_ref().unwrap().reveal().to_owned()
    }

    fn pending(&mut self) -> String {
        let (store, now) = (&self.app.store, self.clock.now());
        let alive = |token: &Token<Pending>| self.wait(store.pending(&token.hash(), now)).unwrap().is_some();
        if !self.pending.as_ref().is_some_and(alive) {
            self.pending = Some(self.open_pending());
        }
        self.pending.as_ref().unwrap().reveal().to_owned()
    }

    fn open_pending(&mut self) -> Token<Pending> {
        loop {
            let visit = visit(&self.clock);
            let next = after_password(
                self.app.store.policy(),
                &self.zofie.proof,
                countersign::sign_in::TwoFactor::On,
                None,
                visit.now,
            );
            let Next::NeedsFactor(awaiting) = next else { panic!("2FA is on") };
            let mut chance = self.app.chance;
            let opened = self.app.store.open_pending(&awaiting, &self.zofie.account, &visit, &mut chance);
            match self.wait(opened) {
                Ok(token) => return token,
                Err(_) => self.replace_zofie(),
            }
        }
    }

    fn zofie_session(&mut self) -> String {
        while !self.is_alive(self.zofie_session.as_ref()) {
            self.clock.advance(STEP);
            let pending = self.open_pending();
            let cookie = format!("countersign-pending={}", pending.reveal());
            let answer = self.post("/sign-in/code", &cookie, format!("code={}", self.code()));
            self.zofie_session = answer.cookie("countersign-session").and_then(|text| Token::parse(&text));
            if self.zofie_session.is_none() {
                // Too many wrong codes were typed: she waits, and somebody else takes her place.
                self.replace_zofie();
            }
        }
        self.zofie_session.as_ref().unwrap().reveal().to_owned()
    }

    fn replace_zofie(&mut self) {
        self.zofie = person(&self.runtime, &self.app, &self.clock, self.made);
        self.made += 1;
        self.enrol_zofie();
    }

    /// Turns 2FA on as people do: the password, the key on the page, a code.
    fn enrol_zofie(&mut self) {
        let visit = visit(&self.clock);
        let next = after_password(
            self.app.store.policy(),
            &self.zofie.proof,
            countersign::sign_in::TwoFactor::Off,
            None,
            visit.now,
        );
        let Next::SignedIn(authenticated) = next else { panic!("2FA is off") };
        let mut chance = self.app.chance;
        let opened = self.app.store.open_session(&authenticated, &self.zofie.account, &visit, &mut chance);
        let session = self.wait(opened).unwrap();
        let cookie = format!("countersign-session={}", session.reveal());
        let password = format!("password={}", PASSWORD.replace(' ', "+"));
        let confirmed = self.post("/account/two-factor/turn-on", &cookie, password);
        assert_eq!(confirmed.status, 303);
        // The session goes on under another token, so that a copy of the cookie sees no key.
        let cookie = format!("countersign-session={}", confirmed.cookie("countersign-session").unwrap());
        let page = self.get("/account/two-factor/set-up", &cookie).text();
        let key = page.split_once("id=\"key\" translate=\"no\">").unwrap().1.split_once("</code>").unwrap().0;
        self.zofie.key = key.replace("<span>", "").replace("</span>", "").replace(' ', "");
        let code = format!("code={}", self.code());
        assert_eq!(self.post("/account/two-factor/set-up", &cookie, code).status, 200);
        self.zofie.account = account(&self.runtime, &self.app, &self.zofie.account.email);
        self.clock.advance(STEP);
    }

    /// What Zofie's app shows.
    fn code(&self) -> String {
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(self.zofie.key.as_bytes()).unwrap());
        let parameters = Parameters::default();
        let step = parameters.step(self.clock.now());
        SharedSecret::from_bytes(bytes).unwrap().code(&parameters, step).to_string()
    }

    fn get(&self, path: &'static str, cookie: &str) -> Answer {
        self.send(Method::GET, Uri::from_static(path), said(cookie), Vec::new())
    }

    fn post(&self, path: &'static str, cookie: &str, body: String) -> Answer {
        self.send(Method::POST, Uri::from_static(path), said(cookie), body.into_bytes())
    }
}

/// The headers of a form from our own pages.
fn said(cookie: &str) -> HeaderMap {
    let said = [(header::CONTENT_TYPE, FORM), (header::COOKIE, cookie)];
    let site = header::HeaderName::from_static("sec-fetch-site");
    let all = said.into_iter().chain([(site, "same-origin")]);
    all.map(|(name, value)| (name, HeaderValue::from_str(value).unwrap())).collect()
}

pub(crate) fn visit(clock: &ManualClock) -> Visit {
    Visit { now: clock.now(), browser: "Fuzz".to_owned(), address: None, actor: Actor::Owner }
}

fn account(runtime: &Runtime, app: &App, email: &str) -> Account {
    runtime.block_on(app.store.account_by_email(&Email::key_of(email))).unwrap().unwrap()
}

/// Somebody new, whose password was just right.
fn person(runtime: &Runtime, app: &App, clock: &ManualClock, number: u32) -> Person {
    /// One hash for everybody: hashing is what takes time here.
    static HASHED: LazyLock<StoredPassword> = LazyLock::new(|| {
        let mut chance = countersign_server::chance::Chance::open().unwrap();
        let typed = Password::parse(PASSWORD).unwrap();
        StoredPassword::hash(&typed, HashCost::LEAST, &mut Memory::default(), &mut chance).unwrap()
    });
    let (mut chance, visit) = (app.chance, visit(clock));
    let email = Email::parse(&format!("person{number}@example.org")).unwrap();
    let (name, password) = (Name::parse("Žofie").unwrap(), Some(HASHED.clone()));
    let new = NewAccount { email: email.clone(), name, language: None, administrator: false, password };
    let id = runtime.block_on(app.store.add_account(&new, &visit, &mut chance)).unwrap();
    let typed = Password::parse(PASSWORD).unwrap();
    let attempt = StoredPassword::check(
        Some((id, &HASHED)),
        &typed,
        visit.now,
        HashCost::LEAST,
        &mut Memory::default(),
        &mut chance,
    );
    let settled = app.store.settle_password(email.key(), Some(id), Lane::Everybody, attempt, &visit);
    let proof = runtime.block_on(settled).unwrap();
    Person { account: account(runtime, app, email.as_str()), proof, key: String::new() }
}

impl Answer {
    /// Its body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// One header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The value of a cookie that it sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut values = set.filter_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('='));
        values.next().map(|value| value.split(';').next().unwrap_or_default().to_owned())
    }

    /// What holds for every answer: its headers, and that nothing of the visitor's is read as HTML (I7).
    fn look(&self) {
        assert!(
            self.header("content-security-policy").is_some_and(|csp| csp.starts_with("default-src 'none'"))
        );
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"));
        let lasting = self.header("cache-control") == Some("public, max-age=31536000, immutable");
        assert!(lasting || self.header("cache-control") == Some("no-store"));
        for cookie in self.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.starts_with("countersign-"), "{cookie}");
            assert!(
                ["HttpOnly", "SameSite=Lax", "Path=/"].iter().all(|word| cookie.contains(word)),
                "{cookie}"
            );
        }
        if let Some(to) = self.headers.get(header::LOCATION) {
            let to = to.to_str().unwrap();
            assert!(to.starts_with('/') && !to.starts_with("//") && !to.contains('\\'), "it leads to {to}");
        }
        if self.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            assert!(!self.text().contains("<z"), "a visitor's text is a tag: {}", self.text());
        }
    }
}

//! An application in a test: it has an API key and users of its own, and looks closely at every answer.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use countersign::ApplicationId;
use countersign::application::Choices;
use countersign::name::Name;
use countersign_server::api::caller::KEY_BEGINS;
use countersign_server::api::problem::{Kind, TYPES};
use countersign_server::clock::{Clock as _, ManualClock};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::person::code_of;
use crate::world::{STEP, World};

/// The OpenAPI document that the program serves.
pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(countersign_server::api::document()).unwrap());

/// An application.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    clock: ManualClock,
    /// Which.
    pub(crate) id: ApplicationId,
    /// What it shows; empty: nothing.
    pub(crate) key: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body, byte by byte.
    pub(crate) bytes: Vec<u8>,
    /// The same read as JSON; null where it is none.
    pub(crate) body: Value,
    asked: String,
}

/// One of the application's users, with an authenticator app and recovery codes in hand.
#[derive(Clone)]
pub(crate) struct User {
    /// The user id as it stands in an address.
    pub(crate) at: String,
    /// The id of the authenticator.
    pub(crate) authenticator: String,
    /// The key in the app.
    pub(crate) key: String,
    /// The recovery codes.
    pub(crate) recovery_codes: Vec<String>,
    clock: ManualClock,
}

impl World {
    /// A new application. Its users get two recovery codes each: hashing is what takes time here.
    pub(crate) async fn application(&self, name: &str) -> Client {
        self.application_with(name, |_| {}).await
    }

    /// The same with choices of its own.
    pub(crate) async fn application_with(&self, name: &str, choose: impl FnOnce(&mut Choices)) -> Client {
        let mut choices = Choices { recovery_codes: 2, ..Choices::with_issuer(name) };
        choose(&mut choices);
        let (store, mut chance, name) = (&self.app.store, self.app.chance, Name::parse(name).unwrap());
        let key = store.add_application(&name, &choices, self.clock.now(), &mut chance).await.unwrap();
        let id = store.application_named(name.as_str()).await.unwrap().unwrap().id;
        let key = format!("{KEY_BEGINS}{}", key.reveal());
        Client { router: self.router.clone(), clock: self.clock.clone(), id, key }
    }
}

impl World {
    /// The application that was a client of this installation before it was started again.
    pub(crate) fn known(&self, (id, key): (ApplicationId, String)) -> Client {
        Client { router: self.router.clone(), clock: self.clock.clone(), id, key }
    }
}

impl Client {
    /// What is left of it while no server runs.
    pub(crate) fn waits(self) -> (ApplicationId, String) {
        (self.id, self.key)
    }

    /// The same application at another server of the same installation.
    pub(crate) fn at(&self, world: &World) -> Self {
        Self { router: world.router.clone(), ..self.clone() }
    }

    /// The same application with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Said {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Said {
        self.send(Method::DELETE, path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Said {
        self.send(Method::POST, path, &[("content-type", "application/json")], &body.to_string()).await
    }

    /// The same with an idempotency key.
    pub(crate) async fn post_once(&self, key: &str, path: &str, body: Value) -> Said {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send(Method::POST, path, &headers, &body.to_string()).await
    }

    pub(crate) async fn delete_once(&self, key: &str, path: &str) -> Said {
        self.send(Method::DELETE, path, &[("idempotency-key", key)], "").await
    }

    /// `POST /accounts/{user}/verify`.
    pub(crate) async fn verify(&self, user: &User, body: Value) -> Said {
        self.post(&format!("/accounts/{}/verify", user.at), body).await
    }

    /// The same with a code.
    pub(crate) async fn verify_code(&self, user: &User, code: &str) -> Said {
        self.verify(user, json!({ "code": code })).await
    }

    /// What there is to know of a user.
    pub(crate) async fn state(&self, user: &User) -> Value {
        let said = self.get(&format!("/accounts/{}", user.at)).await;
        said.is(200).body.clone()
    }

    /// What there is to know of a user apart from when a code was last used: what a refusal leaves as it was.
    pub(crate) async fn events(&self) -> Vec<(String, String)> {
        let said = self.get("/events?limit=1000").await;
        let events = said.is(200).body["events"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        events.iter().map(|event| (text(&event["user"]), text(&event["kind"]))).collect()
    }

    /// A user who turns 2FA on. The code of this moment is unspent.
    pub(crate) async fn enrolled(&self, at: &str) -> User {
        let mut user = self.offered(at).await;
        let said = self.confirm(&user, &user.code_in(-1)).await;
        let codes = said.is(200).body["recovery_codes"].as_array().unwrap();
        user.recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        user
    }

    /// The same with two apps; the code of this moment is unspent in the first of them.
    pub(crate) async fn enrolled_twice(&self, at: &str) -> [User; 2] {
        let first = self.enrolled(at).await;
        let second = self.offered(at).await;
        self.confirm(&second, &second.code()).await.is(200);
        [first, second]
    }

    /// A user with a QR code to scan, who has scanned it.
    pub(crate) async fn offered(&self, at: &str) -> User {
        let said = self.post(&format!("/accounts/{at}/authenticators"), json!({})).await;
        said.is(201);
        User {
            at: at.to_owned(),
            authenticator: said.text("id"),
            key: said.text("key"),
            recovery_codes: Vec::new(),
            clock: self.clock.clone(),
        }
    }

    /// Proves what was offered.
    pub(crate) async fn confirm(&self, user: &User, code: &str) -> Said {
        self.post(&user.confirmation(), json!({ "code": code })).await
    }

    /// Sends a request, and holds its answer to what every answer has to be and to what the document says of it.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Said {
        let mut request = Request::new(Body::from(body.as_ref().to_vec()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = format!("/api/v1{path}").parse().unwrap();
        if !self.key.is_empty() {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", self.key)).unwrap();
            request.headers_mut().insert("authorization", bearer);
        }
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let peer: SocketAddr = ([198, 51, 100, 9], 50_000).into();
        request.extensions_mut().insert(ConnectInfo(peer));
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        let said = Said {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
            asked: format!("{method} {path}"),
        };
        said.look(&method, path);
        said
    }
}

impl User {
    /// What the app shows now.
    pub(crate) fn code(&self) -> String {
        self.code_in(0)
    }

    /// What it shows so many steps from now.
    pub(crate) fn code_in(&self, steps: i64) -> String {
        code_of(&self.key, self.clock.now().milliseconds() + steps * STEP)
    }

    /// Codes that are wrong now and at either side of it.
    pub(crate) fn wrong_codes(&self) -> impl Iterator<Item = String> + use<> {
        let right: Vec<String> = (-2..=2).map(|steps| self.code_in(steps)).collect();
        (0..).map(|n| format!("{n:06}")).filter(move |code| !right.contains(code))
    }

    pub(crate) fn wrong_code(&self) -> String {
        self.wrong_codes().next().unwrap()
    }

    /// Where the offer of its authenticator is proven.
    pub(crate) fn confirmation(&self) -> String {
        format!("/accounts/{}/authenticators/{}/confirm", self.at, self.authenticator)
    }

    /// An address below the account.
    pub(crate) fn path(&self, below: &str) -> String {
        format!("/accounts/{}{below}", self.at)
    }
}

impl Said {
    /// The answer, which has this status.
    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, String::from_utf8_lossy(&self.bytes));
        self
    }

    /// The answer, which is this problem.
    #[track_caller]
    pub(crate) fn problem(&self, word: &str) -> &Self {
        let kind = Kind::ALL.iter().find(|kind| kind.word() == word).unwrap_or_else(|| panic!("{word}?"));
        self.is(kind.status());
        assert_eq!(self.body["type"], format!("{TYPES}#{word}"), "{}: {}", self.asked, self.body);
        self
    }

    /// A member of the body that is text.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> String {
        let text = self.body[member].as_str();
        text.unwrap_or_else(|| panic!("{}: no {member} in {}", self.asked, self.body)).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Whether it is an answer that was given before.
    pub(crate) fn was_told_before(&self) -> bool {
        self.header("idempotency-replayed") == Some("true")
    }

    /// What holds for every answer.
    #[track_caller]
    fn look(&self, method: &Method, path: &str) {
        let asked = &self.asked;
        for (name, value) in &self.headers {
            let foreign = name.as_str().starts_with("access-control") || name == "set-cookie";
            assert!(!foreign, "{asked}: {name}: {value:?}");
        }
        assert!(self.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{asked}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{asked}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{asked}");
        if *method == Method::HEAD {
            assert!(self.bytes.is_empty(), "{asked}");
            return;
        }
        let path = path.split('?').next().unwrap_or_default();
        match self.status {
            200..=299 => self.look_at_success(path),
            400..=599 => self.look_at_problem(),
            other => panic!("{asked}: {other}"),
        }
        if let Some(operation) = operation(method, path) {
            let described = &operation["responses"][self.status.to_string()];
            assert!(
                described.is_object(),
                "{asked}: the document does not say that it may answer {}",
                self.status
            );
            let kind = self.header("content-type").map(|kind| kind.split(';').next().unwrap_or_default());
            let content = described["content"].as_object();
            assert_eq!(content.is_some(), kind.is_some(), "{asked}: {described}");
            assert!(kind.is_none_or(|kind| content.unwrap().contains_key(kind)), "{asked}: {described}");
        }
    }

    #[track_caller]
    fn look_at_success(&self, path: &str) {
        assert!(path != "/verify" && self.body.get("type").is_none(), "{}", self.asked);
        if path.ends_with("/verify") {
            assert_eq!((self.status, &self.body["verified"]), (200, &json!(true)), "{}", self.asked);
        }
        assert_eq!(self.status == 204, self.bytes.is_empty(), "{}", self.asked);
    }

    #[track_caller]
    fn look_at_problem(&self) {
        let (asked, body) = (&self.asked, &self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{asked}: {body}");
        let word = body["type"].as_str().and_then(|uri| uri.strip_prefix("/api/v1/problems#"));
        let kind = Kind::ALL.iter().find(|kind| Some(kind.word()) == word);
        let kind = kind.unwrap_or_else(|| panic!("{asked}: no problem of ours: {body}"));
        assert_eq!((kind.status(), &body["status"]), (self.status, &json!(self.status)), "{asked}");
        assert_eq!(body["title"], kind.title(), "{asked}");
        let refused = [403, 429].contains(&self.status) && word != Some("rate-limited")
            || ["not-a-code", "not-a-recovery-code"].contains(&kind.word());
        assert_eq!(body.get("verified"), refused.then_some(&json!(false)), "{asked}: {body}");
        let later = [429, 503].contains(&self.status);
        let after = self.header("retry-after").map(|seconds| seconds.parse::<u64>().unwrap());
        assert_eq!(after.is_some_and(|seconds| seconds > 0), later, "{asked}: {body} {:?}", self.headers);
        assert_eq!(self.header("www-authenticate").is_some(), self.status == 401, "{asked}");
        assert_eq!(self.header("allow").is_some(), self.status == 405, "{asked}");
    }
}

/// What the document says of a request, if it knows it.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        let same =
            |(part, asked): (&&str, &&str)| part == asked || part.starts_with('{') && !asked.is_empty();
        parts.len() == asked.len() && parts.iter().zip(&asked).all(same)
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let (_, methods) = paths.iter().find(|(template, _)| fits(template))?;
    let known = [Method::GET, Method::POST, Method::DELETE].contains(method);
    known.then(|| methods.get(method.as_str().to_lowercase()))?
}

/// Many of them at once.
pub(crate) async fn at_once<F>(asking: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let asking: Vec<F> = asking.into_iter().collect();
    let gate = Arc::new(tokio::sync::Barrier::new(asking.len()));
    let mut running = tokio::task::JoinSet::new();
    for one in asking {
        let gate = Arc::clone(&gate);
        running.spawn(async move {
            gate.wait().await;
            one.await
        });
    }
    running.join_all().await
}

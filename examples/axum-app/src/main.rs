//! A pottery shop with users and passwords of its own, and a second factor by Countersign as a library: one process, one
//! database. `second_factor.rs` has all that it asks of the library; here are the pages that need it.

mod page;
mod second_factor;
mod users;

use std::io::Write as _;
use std::path::PathBuf;

use askama::Template as _;
use axum::{
    Form, Router,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use cookie::{Cookie, SameSite, time::Duration};
use countersign::token::Token;
use countersign_store::{devices::Remember, verifications::Verified};
use page::Page;
use second_factor::{No, SecondFactor};
use serde::Deserialize;
use users::{User, Users};

const STYLE: &str = include_str!("../templates/shop.css");

#[derive(Clone)]
struct Shop {
    users: Users,
    second_factor: SecondFactor,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let database = PathBuf::from(std::env::var_os("SHOP_DATABASE").unwrap_or_else(|| "shop.db".into()));
    // postgresql://… where the second factor has a database of its own there.
    let postgres = std::env::var("SHOP_SECOND_FACTOR").ok();
    // The library first: it wants an empty database or its own. Then the shop's tables beside its.
    let second_factor = SecondFactor::open(&database, postgres.as_deref()).await?;
    let shop = Shop { users: Users::open(&database)?, second_factor };
    let router = Router::new()
        .route("/", get(account))
        .route("/sign-up", get(async || page::sign_up()).post(sign_up))
        .route("/sign-in", get(async || page::sign_in()).post(sign_in))
        .route("/sign-in/code", get(async |_: Pending| page::second_step()).post(second_step))
        .route("/sign-out", post(sign_out))
        .route("/two-factor/turn-on", get(async |_: SignedIn| page::turn_on()).post(turn_on))
        .route("/two-factor/set-up", post(set_up))
        .route("/two-factor/turn-off", get(async |_: SignedIn| page::turn_off()).post(turn_off))
        .route("/static/shop.css", get(async || ([(header::CONTENT_TYPE, "text/css")], STYLE)))
        .with_state(shop);
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    Ok(axum::serve(listener, router).await?)
}

/// What any of the forms brings.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Typed {
    email: String,
    password: String,
    code: String,
    id: String,
    remember: Option<String>,
}

/// Whoever is signed in.
struct SignedIn(User);
/// Whoever has shown the password, and nothing else.
struct Pending(User);

impl FromRequestParts<Shop> for SignedIn {
    type Rejection = Failed;
    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, Failed> {
        of_session(parts, shop, true).map(Self)
    }
}

impl FromRequestParts<Shop> for Pending {
    type Rejection = Failed;
    async fn from_request_parts(parts: &mut Parts, shop: &Shop) -> Result<Self, Failed> {
        of_session(parts, shop, false).map(Self)
    }
}

fn of_session(parts: &Parts, shop: &Shop, signed_in: bool) -> Result<User, Failed> {
    let jar = CookieJar::from_headers(&parts.headers);
    let found = shop.users.of_session(jar.get(SESSION).map_or("", Cookie::value), signed_in)?;
    found.ok_or(Failed::SignedOut)
}

/// Why there is no page. With the second factor out of reach nobody is signed in.
enum Failed {
    SignedOut,
    Broken(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut => Redirect::to("/sign-in").into_response(),
            Self::Broken(error) => {
                let _unheard = writeln!(std::io::stderr(), "{error:#}");
                (StatusCode::SERVICE_UNAVAILABLE, page::not_now()).into_response()
            }
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let status = if self.is_refused() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        (status, self.render().map(Html).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)).into_response()
    }
}

async fn account(State(shop): State<Shop>, SignedIn(user): SignedIn) -> Result<Page, Failed> {
    let left = match shop.second_factor.on(user.id).await? {
        Some(on) => Some(shop.second_factor.left(&on).await?),
        None => None,
    };
    Ok(page::account(user.email, left))
}

async fn sign_up(State(shop): State<Shop>, Form(typed): Form<Typed>) -> Result<Response, Failed> {
    if typed.password.chars().count() < 15 {
        return wrong(page::sign_up(), "The password has to have at least 15 characters.");
    }
    match shop.users.add(typed.email, typed.password).await? {
        true => Ok(Redirect::to("/sign-in").into_response()),
        false => wrong(page::sign_up(), "There is an account with this email."),
    }
}

async fn sign_out(State(shop): State<Shop>, jar: CookieJar) -> Result<Redirect, Failed> {
    shop.users.end_session(jar.get(SESSION).map_or("", Cookie::value))?;
    Ok(Redirect::to("/sign-in"))
}

// --- Enrol: the password is asked by us, the rest is Countersign's -----------------------------------------------------

async fn turn_on(
    State(shop): State<Shop>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failed> {
    if !users::is_password_of(Some(user.clone()), typed.password).await? {
        return wrong(page::turn_on(), "The password is not right.");
    }
    if shop.second_factor.on(user.id).await?.is_some() {
        // Another tab was first.
        return Ok(Redirect::to("/").into_response());
    }
    let offer = shop.second_factor.offer(user.id, &user.email, browser(&headers)).await?;
    Ok(page::scan(offer).into_response())
}

async fn set_up(
    State(shop): State<Shop>,
    SignedIn(user): SignedIn,
    jar: CookieJar,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failed> {
    let codes = match shop.second_factor.prove(user.id, &typed.id, &typed.code, browser(&headers)).await {
        Ok(codes) => codes,
        Err(No::Broken(error)) => return Err(error.into()),
        // The QR code is still good; whoever has scanned it types the next code.
        Err(No::Because(reason)) => return wrong(page::set_up(typed.id), reason),
    };
    shop.users.end_others(user.id, jar.get(SESSION).map_or("", Cookie::value))?;
    Ok(page::recovery_codes(codes).into_response())
}

// --- Sign in: our password, then Countersign's decision ----------------------------------------------------------------

async fn sign_in(
    State(shop): State<Shop>,
    jar: CookieJar,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failed> {
    let found = shop.users.with_email(&typed.email)?;
    let is_right = users::is_password_of(found.clone(), typed.password).await?;
    let Some(user) = found.filter(|_| is_right) else {
        return wrong(page::sign_in(), "Wrong email or password.");
    };
    let Some(on) = shop.second_factor.on(user.id).await? else { return signs_in(&shop, jar, &user, None) };
    if let Some(token) = jar.get(&device_cookie(&user)).map(Cookie::value)
        && let Some(verified) = shop.second_factor.verify_device(&on, token, browser(&headers)).await?
    {
        return signs_in(&shop, jar, &user, Some(verified));
    }
    // A right password alone opens nothing: this is no session, and it ends.
    Ok((session(&shop, jar, &user, false)?, Redirect::to("/sign-in/code")).into_response())
}

async fn second_step(
    State(shop): State<Shop>,
    Pending(user): Pending,
    jar: CookieJar,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failed> {
    let on = shop.second_factor.on(user.id).await?.ok_or(Failed::SignedOut)?;
    let sent = jar.get(&device_cookie(&user)).and_then(|cookie| Token::parse(cookie.value()));
    let remember = Remember::asked(typed.remember.is_some(), sent.as_ref());
    match shop.second_factor.verify(&on, &typed.code, remember, browser(&headers)).await {
        Ok(verified) => signs_in(&shop, jar, &user, Some(verified)),
        Err(No::Because(reason)) => wrong(page::second_step(), reason),
        Err(No::Broken(error)) => Err(error.into()),
    }
}

/// A right password and, where it is on, a right second factor.
fn signs_in(
    shop: &Shop,
    jar: CookieJar,
    user: &User,
    verified: Option<Verified>,
) -> Result<Response, Failed> {
    let mut jar = session(shop, jar, user, true)?;
    if let Some((token, device)) = verified.and_then(|verified| verified.device) {
        // The device's next token, until the same day: the one before is worth nothing now.
        let lives = device.expires_at.since(second_factor::now()).as_milliseconds();
        let cookie = Cookie::build((device_cookie(user), token.reveal().to_owned()));
        jar = jar.add(kept(cookie.path("/sign-in").max_age(Duration::milliseconds(lives)).build()));
    }
    Ok((jar, Redirect::to("/")).into_response())
}

// --- Turn off: our password and a code, then it is gone ----------------------------------------------------------------

async fn turn_off(
    State(shop): State<Shop>,
    SignedIn(user): SignedIn,
    jar: CookieJar,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Failed> {
    if !users::is_password_of(Some(user.clone()), typed.password).await? {
        return wrong(page::turn_off(), "The password is not right.");
    }
    let Some(on) = shop.second_factor.on(user.id).await? else {
        return Ok(Redirect::to("/").into_response());
    };
    match shop.second_factor.verify(&on, &typed.code, Remember::No, browser(&headers)).await {
        Ok(_) => shop.second_factor.turn_off(&on, browser(&headers)).await?,
        Err(No::Because(reason)) => return wrong(page::turn_off(), reason),
        Err(No::Broken(error)) => return Err(error.into()),
    }
    shop.users.end_others(user.id, jar.get(SESSION).map_or("", Cookie::value))?;
    Ok(Redirect::to("/").into_response())
}

// --- Cookies -----------------------------------------------------------------------------------------------------------

const SESSION: &str = "session";

/// Of this user: two people at one browser each keep their own.
fn device_cookie(user: &User) -> String {
    format!("device-{}", user.id)
}

/// A new session in place of the one before: signed in, or waiting for a code.
fn session(shop: &Shop, jar: CookieJar, user: &User, signed_in: bool) -> Result<CookieJar, Failed> {
    shop.users.end_session(jar.get(SESSION).map_or("", Cookie::value))?;
    let token = second_factor::token();
    shop.users.start_session(&token, user.id, signed_in)?;
    Ok(jar.add(kept(Cookie::build((SESSION, token)).path("/").build())))
}

/// No script reads it, no other site sends it, and with SHOP_HTTPS it travels by TLS alone.
fn kept(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(std::env::var_os("SHOP_HTTPS").is_some());
    cookie
}

fn browser(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("a browser")
}

fn wrong(page: Page, error: impl Into<String>) -> Result<Response, Failed> {
    Ok(page.wrong(error).into_response())
}

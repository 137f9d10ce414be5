//! `/sign-in`: the password. A right one yields a session only where 2FA is off or the browser is trusted.

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use countersign::{
    AccountId,
    device::TrustedDevice,
    email::Email,
    password::{Password, PasswordProof, StoredPassword},
    sign_in::{Next, after_password},
    token::{self, Token},
};
use countersign_store::{Refusal, accounts::Account, devices, set_up_links::LINK};
use serde::Deserialize;

use super::blur::blur;
use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::{Enrolling, Full};
use super::visitor::Visitor;
use super::{next, page, redirect};
use crate::config::SignUp;
use crate::pace::timed;
use crate::pages::SignIn;

/// What the address may carry.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    next: Option<String>,
    set_up: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    set_up: String,
}

/// The sign-in page; whoever is signed in is led on.
pub(super) async fn show(
    visitor: Visitor,
    full: Result<Full, Failure>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Wanted { next: wanted, set_up } = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let on = wanted.as_deref().and_then(next::ours);
    let link = set_up.as_deref().and_then(Token::parse);
    if full.is_ok() {
        return redirect(on.unwrap_or("/account"), visitor.cookies);
    }
    let chrome = visitor.chrome();
    page(StatusCode::OK, view(&visitor, chrome, String::new(), (on, link.as_ref()), None).render())
}

/// Checks the password.
pub(super) async fn submit(visitor: Visitor, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    let on = next::ours(&fields.next);
    let link = Token::parse(&fields.set_up);
    let app = &visitor.app;
    let key = Email::key_of(&fields.email);
    let account = app.store.account_by_email(&key).await?;
    let refused = |words: String, status: StatusCode| {
        let shown: String = fields.email.trim().chars().take(254).collect();
        page(status, view(&visitor, visitor.plain_chrome(), shown, (on, link.as_ref()), Some(words)).render())
    };
    let checked = check(&visitor, &key, account.as_ref(), &fields.password).await;
    if let Err(Refusal::Wrong(_) | Refusal::Locked(_)) = checked {
        blur(&visitor).await;
    }
    let proof = match checked {
        Ok(proof) => proof,
        Err(Refusal::Locked(locked)) => {
            let words = wait(&visitor, locked);
            return Ok(refused(words, StatusCode::TOO_MANY_REQUESTS));
        }
        Err(Refusal::Unavailable(unavailable)) => return Err(unavailable.into()),
        Err(_) => return Ok(refused(visitor.words.error_sign_in().to_owned(), StatusCode::UNAUTHORIZED)),
    };
    // A proof exists only for an account that was found.
    let Some(account) = account else { return Err(Failure::Internal) };
    match go_on(&visitor, &account, &proof, on, link.as_ref()).await {
        // An administrator has reset its second factor, which is required, and there is no link of theirs or an old one.
        Err(Refusal::Gone(LINK)) => {
            app.store.refuse_without_link(account.id, &visitor.visit).await?;
            let words = visitor.words;
            let words =
                if link.is_some() { words.error_set_up_link() } else { words.error_needs_set_up_link() };
            Ok(refused(words.to_owned(), StatusCode::FORBIDDEN))
        }
        // The account changed between the password and this answer: its owner begins again.
        Err(Refusal::Gone(_)) => {
            Ok(refused(visitor.words.sign_in_timed_out().to_owned(), StatusCode::CONFLICT))
        }
        Err(refusal) => Err(refusal.into()),
        Ok(response) => Ok(response),
    }
}

/// Hashes and charges one password attempt. Addresses that nobody has, accounts without a password and
/// disabled ones take the same way and the same time, and get the same answer; so do those whose hash another system
/// made, since whoever is refused waits for the slowest of them.
pub(super) async fn check(
    visitor: &Visitor,
    email_key: &str,
    account: Option<&Account>,
    typed: &str,
) -> Result<PasswordProof, Refusal> {
    let app = &visitor.app;
    let Ok(password) = Password::parse(typed) else {
        return Err(Refusal::Wrong(countersign::attempt::Wrong::Password));
    };
    let device = match account.and_then(|account| visitor.cookies.device(account.id).zip(Some(account.id))) {
        Some((token, id)) => app.store.device(&token.hash(), id).await?,
        None => None,
    };
    let lane = devices::lane_of(device.as_ref(), visitor.now());
    let usable = account.filter(|account| account.disabled_at.is_none());
    let stored = usable.and_then(|account| account.password.clone().map(|stored| (account.id, stored)));
    let (now, cost) = (visitor.now(), app.config.password.hash_cost);
    let is_foreign = stored.as_ref().is_some_and(|(_, stored)| stored.foreign().is_some());
    // A hash of another system may be dear, and whoever is locked out can ask without an end: for them it is not checked.
    let locked = match is_foreign {
        true => app.store.password_locked(email_key, lane, now).await?,
        false => None,
    };
    let stored = stored.filter(|_| locked.is_none());
    let kept = stored.clone();
    let mut chance = app.chance;
    let ((attempt, password), spent) = visitor
        .hasher()
        .run(move |memory| {
            timed(|| {
                let account = stored.as_ref().map(|(id, stored)| (*id, stored));
                (StoredPassword::check(account, &password, now, cost, memory, &mut chance), password)
            })
        })
        .await
        .map_err(|_| Refusal::Unavailable(countersign_store::Unavailable::Busy))?;
    if is_foreign && locked.is_none() {
        app.pace.took(spent);
    }
    let whose = account.map(|account| account.id);
    let settled = match locked {
        Some(locked) => Err(Refusal::Locked(locked)),
        None => app.store.settle_password(email_key, whose, lane, attempt, &visitor.visit).await,
    };
    if let Err(Refusal::Wrong(_) | Refusal::Locked(_)) = settled {
        let rest = app.pace.rest(spent);
        if !rest.is_zero() {
            app.clock.wait(rest).await;
        }
    }
    let proof = settled?;
    // The hash of another system has got its successor already, in the script that settled it.
    if let Some((id, old)) = kept.filter(|(_, stored)| !is_foreign && !stored.is_of(cost)) {
        hash_anew(visitor, id, old, password).await;
    }
    Ok(proof)
}

/// Hashes a right password anew when the operator has changed what a hash costs. If that fails, the old hash stays.
async fn hash_anew(visitor: &Visitor, account: AccountId, old: StoredPassword, password: Password) {
    let (cost, mut chance) = (visitor.app.config.password.hash_cost, visitor.app.chance);
    let hashed =
        visitor.hasher().run(move |memory| StoredPassword::hash(&password, cost, memory, &mut chance)).await;
    if let Ok(Ok(new)) = hashed
        && let Err(reason) = visitor.app.store.rehash(account, &old, &new).await
    {
        tracing::warn!(%reason, "a password hash of the present cost was not kept");
    }
}

async fn go_on(
    visitor: &Visitor,
    account: &Account,
    proof: &PasswordProof,
    on: Option<&str>,
    link: Option<&Token<token::SetUp>>,
) -> Result<Response, Refusal> {
    let (store, mut chance) = (&visitor.app.store, visitor.app.chance);
    leave_behind(visitor).await?;
    let device = trusted(visitor, account.id).await?;
    let known = device.as_ref().map(|(_, device)| device);
    let before = visitor.cookies.pending().map(|token| token.hash());
    match after_password(store.policy(), proof, account.two_factor(), known, visitor.now()) {
        Next::SignedIn(authenticated) => {
            let authenticated = authenticated.going_on_from(before);
            let (visit, cookies) = (&visitor.visit, visitor.cookies.clone());
            let cookies = match device.filter(|_| authenticated.terms().device.is_some()) {
                Some((token, device)) => {
                    let present = token.hash();
                    let opened =
                        store.open_session_on_device(&authenticated, account, &present, visit, &mut chance);
                    let (session, next) = opened.await?;
                    cookies.open_session(&session).remember(&next, &device, visitor.now())
                }
                None => {
                    let session = store.open_session(&authenticated, account, visit, &mut chance).await?;
                    cookies.open_session(&session)
                }
            };
            Ok(redirect(on.unwrap_or("/account"), cookies.want(None).read_flash()))
        }
        Next::NeedsFactor(awaiting) => {
            let awaiting = awaiting.going_on_from(before);
            let token = store.open_pending(&awaiting, account, &visitor.visit, &mut chance).await?;
            let cookies = visitor.cookies.clone().begin_pending(&token).want(on).read_flash();
            Ok(redirect("/sign-in/code", cookies))
        }
        Next::MustEnrol(must) => {
            let token = store.open_session(&must.to_turn_on(), account, &visitor.visit, &mut chance).await?;
            Ok(to_turn_on(visitor, &token))
        }
        Next::NeedsLink(needs) => {
            let link = link.ok_or(Refusal::Gone(LINK))?.hash();
            let opened = store.open_session_with_link(needs, account, &link, &visitor.visit, &mut chance);
            Ok(to_turn_on(visitor, &opened.await?))
        }
    }
}

fn to_turn_on(visitor: &Visitor, session: &Token<token::Session>) -> Response {
    let cookies = visitor.cookies.clone().open_session(session).want(None).read_flash();
    redirect("/account/two-factor/turn-on", cookies)
}

/// The device that this browser is to the account, with its token. A token that the device had before is a copy, or
/// the owner's where somebody else has used a copy: then the device is forgotten, and whoever signed in on it is out.
async fn trusted(
    visitor: &Visitor,
    account: AccountId,
) -> Result<Option<(Token<token::Device>, TrustedDevice)>, Refusal> {
    let store = &visitor.app.store;
    let Some(token) = visitor.cookies.device(account) else { return Ok(None) };
    if let Some(device) = store.device(&token.hash(), account).await? {
        return Ok(Some((token, device)));
    }
    if let Some(copied) = store.copied_device(&token.hash(), account, visitor.now()).await? {
        match store.forget_copied_device(account, copied, &visitor.visit).await {
            Ok(()) | Err(Refusal::Gone(_)) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(None)
}

/// Ends what this browser held before, on the server too: a new sign-in leaves no earlier token alive (ASVS 7.2.4).
async fn leave_behind(visitor: &Visitor) -> Result<(), Refusal> {
    let store = &visitor.app.store;
    if let Some(token) = visitor.cookies.pending() {
        store.give_up(&token.hash()).await?;
    }
    let Some(token) = visitor.cookies.session() else { return Ok(()) };
    let Some(session) = store.session(&token.hash(), visitor.now()).await? else { return Ok(()) };
    match store.sign_out(&token.hash(), session.account, &visitor.visit).await {
        Ok(()) | Err(Refusal::Gone(_)) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// Signs out of this session, at once and on the server.
pub(super) async fn sign_out(Enrolling(full): Enrolling) -> Result<Response, Failure> {
    let Full { visitor, session } = full;
    if let Some(token) = visitor.cookies.session() {
        match visitor.app.store.sign_out(&token.hash(), session.account, &visitor.visit).await {
            Ok(()) | Err(Refusal::Gone(_)) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    let cookies = visitor.cookies.end_session().leave(&Flash::SignedOut.to_cookie());
    Ok(redirect("/sign-in", cookies))
}

/// That no password is looked at, and until when: the same words for addresses that nobody has.
fn wait(visitor: &Visitor, locked: countersign::budget::Locked) -> String {
    match locked {
        countersign::budget::Locked::Until(until) => {
            visitor.words.error_sign_in_wait(visitor.end_of_wait(until))
        }
        countersign::budget::Locked::UntilProven => visitor.words.error_sign_in().to_owned(),
    }
}

fn view(
    visitor: &Visitor,
    chrome: crate::pages::Chrome,
    email: String,
    (next, link): (Option<&str>, Option<&Token<token::SetUp>>),
    error: Option<String>,
) -> SignIn {
    let sign_up_open = visitor.app.config.service.sign_up == SignUp::Open;
    let next_in_query = next.map(|next| format!("next={}", next::in_query(next)));
    let link_in_query = link.map(|link| format!("set_up={}", link.reveal()));
    let query: Vec<String> = next_in_query.into_iter().chain(link_in_query).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let path = format!("/sign-in{mark}{}", query.join("&"));
    let chrome = crate::pages::Chrome { path, ..chrome };
    let set_up = link.map(|link| link.reveal().to_owned());
    SignIn { chrome, email, next: next.map(str::to_owned), set_up, sign_up_open, error }
}

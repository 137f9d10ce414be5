//! `/sign-in/code`, `/sign-in/two-codes`, `/sign-in/recovery-code`: the second step, three ways.

use axum::{http::StatusCode, response::Response};
use countersign::{Attempt, Claim, budget::Locked, recovery::RecoveryCode as Typed, sign_in::Methods};
use countersign_store::{Refusal, devices::Remember, sign_in::SignedIn};
use serde::Deserialize;

use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::visitor::Visitor;
use super::waiting::{self, Waiting};
use super::{next, page, redirect, refusals};
use crate::pages::{Chrome, Code, Moment, RecoveryCode, TwoCodes};

/// What the form of a single code sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeFields {
    #[serde(default)]
    pub(super) code: String,
    pub(super) remember: Option<Ticked>,
}

/// What the form of two codes sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TwoCodesFields {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) next_code: String,
}

/// What the form of a recovery code sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoveryCodeFields {
    #[serde(default)]
    pub(super) recovery_code: String,
    pub(super) remember: Option<Ticked>,
}

/// A ticked checkbox; an unticked one sends nothing.
#[derive(Clone, Copy, Deserialize)]
pub(super) enum Ticked {
    /// As browsers send it.
    #[serde(rename = "on")]
    On,
}

/// The page for a code; while the budget makes one wait, it says until when.
pub(super) async fn show_code(waiting: Waiting) -> Result<Response, Failure> {
    let lane = waiting.lane().await?;
    let store = &waiting.visitor.app.store;
    store.prolong(&waiting.pending, &waiting.visitor.visit).await?;
    let locked = store.locked(waiting.pending.account(), lane, waiting.visitor.now()).await?;
    Ok(code_page(&Asked::of(&waiting), StatusCode::OK, false, None, locked))
}

/// Checks a code.
pub(super) async fn submit_code(
    waiting: Waiting,
    Form(fields): Form<CodeFields>,
) -> Result<Response, Failure> {
    let asked = Asked::of(&waiting);
    let factors = waiting.visitor.app.store.factors(waiting.pending.account()).await?;
    let remember = fields.remember.is_some();
    let Ok(code) = factors.read(&fields.code) else {
        let words = asked.visitor.words.error_code_shape().to_owned();
        return Ok(code_page(&asked, StatusCode::BAD_REQUEST, remember, Some(words), None));
    };
    let attempt = factors.check(code, waiting.visitor.now());
    let (account, lane) = (waiting.pending.account(), waiting.lane().await?);
    match finish(waiting, attempt, remember).await? {
        Ok(response) => Ok(response),
        Err(why) => {
            // The wrong code that begins a wait says so at once, and not only when the next one is refused.
            let locked = asked.visitor.app.store.locked(account, lane, asked.visitor.now()).await?;
            Ok(code_page(&asked, why.status, remember, Some(why.words), locked))
        }
    }
}

/// The page for two codes in a row.
pub(super) async fn show_two_codes(waiting: Waiting) -> Result<Response, Failure> {
    waiting.visitor.app.store.prolong(&waiting.pending, &waiting.visitor.visit).await?;
    Ok(two_codes_page(&Asked::of(&waiting), StatusCode::OK, None))
}

/// Checks two codes in a row: the way in for somebody who is locked out.
pub(super) async fn submit_two_codes(
    waiting: Waiting,
    Form(fields): Form<TwoCodesFields>,
) -> Result<Response, Failure> {
    let asked = Asked::of(&waiting);
    let factors = waiting.visitor.app.store.factors(waiting.pending.account()).await?;
    let (Ok(code), Ok(next)) = (factors.read(&fields.code), factors.read(&fields.next_code)) else {
        let words = asked.visitor.words.error_code_shape().to_owned();
        return Ok(two_codes_page(&asked, StatusCode::BAD_REQUEST, Some(words)));
    };
    let attempt = factors.check_two(code, next, waiting.visitor.now());
    match finish(waiting, attempt, false).await? {
        Ok(response) => Ok(response),
        Err(why) => Ok(two_codes_page(&asked, why.status, Some(why.words))),
    }
}

/// The page for a recovery code.
pub(super) async fn show_recovery_code(waiting: Waiting) -> Result<Response, Failure> {
    waiting.visitor.app.store.prolong(&waiting.pending, &waiting.visitor.visit).await?;
    Ok(recovery_code_page(&Asked::of(&waiting), StatusCode::OK, false, None))
}

/// Checks a recovery code. What cannot be one is told so, and costs no guess.
pub(super) async fn submit_recovery_code(
    waiting: Waiting,
    Form(fields): Form<RecoveryCodeFields>,
) -> Result<Response, Failure> {
    let asked = Asked::of(&waiting);
    let remember = fields.remember.is_some();
    let code = match Typed::parse(&fields.recovery_code) {
        Ok(code) => code,
        Err(reason) => {
            let words = refusals::not_a_recovery_code(&asked.visitor, reason);
            return Ok(recovery_code_page(&asked, StatusCode::BAD_REQUEST, remember, Some(words)));
        }
    };
    let attempt = check_recovery_code(&waiting.visitor, waiting.pending.account(), code).await?;
    match finish(waiting, attempt, remember).await? {
        Ok(response) => Ok(response),
        Err(why) => Ok(recovery_code_page(&asked, why.status, remember, Some(why.words))),
    }
}

/// Gives the pending sign-in up, for another account or another try. Its token opens nothing any more; the cookie stays
/// to show that whoever signs in next in this browser is who gave up, so that nobody is told of themselves.
pub(super) async fn cancel(visitor: Visitor) -> Result<Response, Failure> {
    if let Some(token) = visitor.cookies.pending() {
        visitor.app.store.give_up(&token.hash()).await?;
    }
    Ok(redirect("/sign-in", visitor.cookies))
}

/// Checks a recovery code on a hashing thread.
pub(super) async fn check_recovery_code(
    visitor: &Visitor,
    account: countersign::AccountId,
    code: Typed,
) -> Result<Attempt<Claim>, Failure> {
    let sets = visitor.app.store.recovery_sets(account).await?;
    let now = visitor.now();
    Ok(visitor.hasher().run(move |memory| sets.check(&code, now, memory)).await?)
}

/// Spends the claim and opens the session. The inner error is one that the page explains.
async fn finish(
    waiting: Waiting,
    attempt: Attempt<Claim>,
    remember: bool,
) -> Result<Result<Response, refusals::Explained>, Failure> {
    let lane = waiting.lane().await?;
    let Waiting { visitor, pending } = waiting;
    let remember = Remember::asked(remember, visitor.cookies.device(pending.account()).as_ref());
    let mut chance = visitor.app.chance;
    let store = visitor.app.store.clone();
    match store.finish_sign_in(pending, attempt, remember, lane, &visitor.visit, &mut chance).await {
        Ok(signed_in) => Ok(Ok(open(visitor, &signed_in))),
        // Somebody else finished it, or its time is over, or the account changed.
        Err(Refusal::Gone(_)) => Err(waiting::over(visitor)),
        Err(refusal) => refusals::code(&visitor, refusal, StatusCode::UNAUTHORIZED).map(Err),
    }
}

fn open(visitor: Visitor, signed_in: &SignedIn) -> Response {
    let to = visitor.cookies.next().and_then(next::ours).unwrap_or("/account").to_owned();
    let now = visitor.now();
    let mut cookies = visitor.cookies.open_session(&signed_in.session).want(None);
    if let Some((token, device)) = &signed_in.device {
        cookies = cookies.remember(token, device, now);
    }
    if signed_in.recovery_codes_doubted {
        cookies = cookies.leave(&Flash::RecoveryCodesDoubted.to_cookie());
    } else if let Some(left) = signed_in.recovery_codes_left {
        let flash = match signed_in.authenticated.terms().methods {
            Methods::PasswordAndRecoveryCode => Flash::RecoveryCodeUsed(left),
            _ => Flash::FewRecoveryCodes(left),
        };
        cookies = cookies.leave(&flash.to_cookie());
    }
    redirect(&to, cookies)
}

/// Whom a page of the second step is for, kept while the pending sign-in itself is spent.
pub(super) struct Asked {
    pub(super) visitor: Visitor,
    pub(super) chrome: Chrome,
    pub(super) email: String,
    pub(super) days: u16,
}

impl Asked {
    fn of(waiting: &Waiting) -> Self {
        let visitor = waiting.visitor.clone();
        let days = visitor.app.config.two_factor.remember_days();
        Self { chrome: visitor.chrome(), visitor, email: waiting.pending.email.clone(), days }
    }

    fn until(&self, locked: Option<Locked>) -> Option<Moment> {
        match locked {
            Some(Locked::Until(until)) => Some(self.visitor.moments().to_the_second(until)),
            Some(Locked::UntilProven) | None => None,
        }
    }
}

/// The page for a code.
pub(super) fn code_page(
    asked: &Asked,
    status: StatusCode,
    remember: bool,
    error: Option<String>,
    locked: Option<Locked>,
) -> Response {
    // After a hundred failures a single code is not looked at any more: the page for two is the way on.
    if locked == Some(Locked::UntilProven) {
        let view = TwoCodes {
            chrome: asked.chrome.clone(),
            email: asked.email.clone(),
            error: Some(refusals::lock(&asked.visitor, Locked::UntilProven)),
            stands_in: true,
        };
        return page(status, view.render());
    }
    let view = Code {
        chrome: asked.chrome.clone(),
        email: asked.email.clone(),
        remember_days: asked.days,
        remember,
        error,
        locked_until: asked.until(locked),
    };
    page(status, view.render())
}

/// The page for two codes.
pub(super) fn two_codes_page(asked: &Asked, status: StatusCode, error: Option<String>) -> Response {
    let (chrome, email) = (asked.chrome.clone(), asked.email.clone());
    page(status, TwoCodes { chrome, email, error, stands_in: false }.render())
}

/// The page for a recovery code.
pub(super) fn recovery_code_page(
    asked: &Asked,
    status: StatusCode,
    remember: bool,
    error: Option<String>,
) -> Response {
    let (chrome, email) = (asked.chrome.clone(), asked.email.clone());
    let view = RecoveryCode { chrome, email, remember_days: asked.days, remember, error };
    page(status, view.render())
}

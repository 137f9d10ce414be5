//! Recovery codes: replaced, shown once, and handed out once as a `.txt`.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use countersign::{
    AccountId, RecoverySetId, Span, Timestamp,
    recovery::{FreshSet, RecoverySet},
    secret::{OpenError, Place, Purpose, Sealed},
};
use countersign_store::Refusal;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::cookies::Cookies;
use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::Full;
use super::step_up::{self, Refused};
use super::visitor::Visitor;
use super::{page, redirect};
use crate::pages::{AfterCodes, Chrome, Confirm, RecoveryCodes};

/// How long the file can be downloaded from the page that showed the codes.
const TICKET: Span = Span::hours(24);

/// The codes on their way from the page to the file. The server keeps none of it: the page holds it, sealed.
#[derive(Serialize, Deserialize)]
struct Ticket {
    set: String,
    made_at: i64,
    issuer: String,
    account: String,
    codes: Vec<String>,
}

/// What a text is that was sent as a ticket.
enum Found {
    /// A ticket of this account, for this set of codes.
    Ticket(AccountId, RecoverySetId, Ticket),
    /// It names a key that seals no more: a ticket from before the keys were rotated.
    Outlived,
    /// No ticket.
    Nothing,
}

/// What the download form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Download {
    #[serde(default)]
    ticket: String,
}

/// What the form of replacing sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    set: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

/// The page that asks for the password before the codes are replaced.
pub(super) async fn show(full: Full) -> Result<Response, Failure> {
    if full.session.two_factor_at.is_none() {
        return Ok(off(full));
    }
    draw(&full, Refused { status: StatusCode::OK, ..Refused::default() }).await
}

/// Replaces the codes and shows the new ones, once.
pub(super) async fn submit(full: Full, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    if full.session.two_factor_at.is_none() {
        return Ok(off(full));
    }
    let present = match fields.set.as_str() {
        "" => None,
        set => Some(RecoverySetId::parse(set).map_err(|_| Failure::BadRequest)?),
    };
    if present.is_some() && present != set_of(&full).await? {
        return Ok(replaced_already(full));
    }
    let confirmation = match step_up::confirm(&full, &fields.password, &fields.code).await? {
        Ok(confirmation) => confirmation,
        Err(refused) => return draw(&full, refused).await,
    };
    let (confirmation, renewed) = step_up::renewing(&full, confirmation);
    let app = &full.visitor.app;
    let (now, mut chance) = (full.visitor.now(), app.chance);
    let set = full.visitor.hasher().run(move |memory| RecoverySet::fresh(now, memory, &mut chance)).await?;
    let set = set.map_err(|_| Failure::Internal)?;
    let lane = full.lane().await?;
    let replaced = app.store.replace_recovery_codes(
        confirmation,
        present,
        &set.stored,
        lane,
        &full.visitor.visit,
        &mut chance,
    );
    match replaced.await {
        Ok(()) => {
            reveal(&full, &set, AfterCodes::Profile, full.visitor.cookies.clone().renew_session(&renewed))
        }
        Err(refusal) if refusal.finds_two_factor_off() => Ok(off(full)),
        Err(refusal) if refusal.finds_codes_replaced() => Ok(replaced_already(full)),
        Err(Refusal::Gone(_)) => Ok(step_up::once_more(full, "/account/two-factor/recovery-codes")),
        Err(refusal) => draw(&full, step_up::refused_code(&full.visitor, refusal)?).await,
    }
}

/// The answer that carries the codes: the only one there ever is.
pub(super) fn reveal(
    full: &Full,
    set: &FreshSet,
    after: AfterCodes,
    cookies: Cookies,
) -> Result<Response, Failure> {
    let chrome = match after {
        AfterCodes::SignIn => full.visitor.plain_chrome(),
        AfterCodes::TurnedOn | AfterCodes::Profile | AfterCodes::Back => full.chrome(),
    };
    let of = Owner {
        id: full.session.account,
        issuer: full.visitor.app.config.two_factor.issuer.clone(),
        name: full.session.email.clone(),
    };
    reveal_to(&full.visitor, &of, chrome, set, after, cookies)
}

/// Whose recovery codes are shown: who issues them, and what the account is called.
pub(super) struct Owner {
    pub(super) id: AccountId,
    pub(super) issuer: String,
    pub(super) name: String,
}

/// The same on a page of this frame.
pub(super) fn reveal_to(
    visitor: &Visitor,
    owner: &Owner,
    chrome: Chrome,
    set: &FreshSet,
    after: AfterCodes,
    cookies: Cookies,
) -> Result<Response, Failure> {
    let now = visitor.now();
    let codes: Vec<String> = set.codes.iter().map(|code| code.reveal().to_string()).collect();
    let ticket = Ticket {
        set: set.stored.id.to_string(),
        made_at: now.milliseconds(),
        issuer: owner.issuer.clone(),
        account: owner.name.clone(),
        codes: codes.clone(),
    };
    let ticket = ticket.seal(visitor, owner.id)?;
    let view = RecoveryCodes {
        chrome,
        codes,
        ticket,
        issuer: owner.issuer.clone(),
        account: owner.name.clone(),
        made: visitor.moments().day(now),
        after,
    };
    Ok((cookies.into_jar(), page(StatusCode::OK, view.render())).into_response())
}

/// The `.txt`, once. It needs no session: whoever holds the ticket holds the page with the codes.
///
/// A spent or old ticket, or one from before the keys were rotated, is answered with no content (RFC 9110 §15.3.5), on
/// which browsers keep the page they show. Any error page would take the place of the one with the codes, and no
/// browser can go back to that.
pub(super) async fn download(visitor: Visitor, Form(form): Form<Download>) -> Result<Response, Failure> {
    let (account, set, ticket) = match Ticket::open(&visitor, &form.ticket).await? {
        Found::Ticket(account, set, ticket) => (account, set, ticket),
        Found::Outlived => return Ok(StatusCode::NO_CONTENT.into_response()),
        Found::Nothing => return Err(Failure::BadRequest),
    };
    let ends = Timestamp::from_milliseconds(ticket.made_at) + TICKET;
    if visitor.now() >= ends {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    match visitor.app.store.spend_ticket(account, set, ends).await {
        Ok(()) => Ok(ticket.file(&visitor)),
        Err(Refusal::Gone(_)) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(refusal) => Err(refusal.into()),
    }
}

impl Ticket {
    fn seal(&self, visitor: &Visitor, account: AccountId) -> Result<String, Failure> {
        let text = Zeroizing::new(serde_json::to_vec(self).map_err(|_| Failure::Internal)?);
        let mut chance = visitor.app.chance;
        let place = Place { owner: account.into(), item: "", purpose: Purpose::RecoveryTicket };
        let sealed = visitor.app.store.keyring().seal(&place, &text, &mut chance);
        Ok(format!("{account}.{}", BASE64URL_NOPAD.encode(sealed.as_bytes())))
    }

    /// What a text is that was sent as a ticket. Another process may have sealed it with a key that this one has
    /// not seen: then the keys are read again.
    async fn open(visitor: &Visitor, text: &str) -> Result<Found, Failure> {
        let store = &visitor.app.store;
        let Some((account, sealed)) = Self::parse(text) else { return Ok(Found::Nothing) };
        let place = Place { owner: account.into(), item: "", purpose: Purpose::RecoveryTicket };
        let mut opened = store.keyring().open(&place, &sealed);
        if let Err(OpenError::UnknownKey(_)) = opened {
            store.read_keys_again().await?;
            opened = store.keyring().open(&place, &sealed);
        }
        let text = match opened {
            Ok(text) => text,
            Err(OpenError::UnknownKey(_)) => return Ok(Found::Outlived),
            Err(OpenError::Damaged) => return Ok(Found::Nothing),
        };
        let ticket: Option<Self> = serde_json::from_slice(&text).ok();
        let set = ticket.as_ref().and_then(|ticket| RecoverySetId::parse(&ticket.set).ok());
        Ok(set.zip(ticket).map_or(Found::Nothing, |(set, ticket)| Found::Ticket(account, set, ticket)))
    }

    fn parse(text: &str) -> Option<(AccountId, Sealed)> {
        let (account, sealed) = text.split_once('.')?;
        let sealed = Sealed::from_bytes(BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?);
        Some((AccountId::parse(account).ok()?, sealed))
    }

    /// Plain text, line by line; whatever stands in a name stays on its line.
    fn file(&self, visitor: &Visitor) -> Response {
        let words = visitor.words;
        let made = visitor.moments().day(Timestamp::from_milliseconds(self.made_at)).text;
        let mut lines = vec![
            words.file_title(one_line(&self.issuer)),
            words.file_account(one_line(&self.account)),
            words.file_made(made),
            String::new(),
        ];
        lines.extend(self.codes.iter().cloned());
        lines.extend([
            String::new(),
            words.file_once().to_owned(),
            words.file_keep().to_owned(),
            String::new(),
        ]);
        let disposition = format!("attachment; filename=\"{}.txt\"", words.file_name());
        let headers = [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        (headers, lines.join("\r\n")).into_response()
    }
}

fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The set that is present now.
async fn set_of(full: &Full) -> Result<Option<RecoverySetId>, Failure> {
    let kept = full.visitor.app.store.profile(full.session.account, full.visitor.now()).await?;
    Ok(kept.recovery_set.map(|(set, _)| set))
}

/// The form was sent twice, or the page was reloaded: the codes that were saved stay good.
fn replaced_already(full: Full) -> Response {
    redirect("/account", full.visitor.cookies.leave(&Flash::CodesReplacedAlready.to_cookie()))
}

fn off(full: Full) -> Response {
    redirect("/account", full.visitor.cookies.leave(&Flash::AlreadyOff.to_cookie()))
}

async fn draw(full: &Full, refused: Refused) -> Result<Response, Failure> {
    let set = set_of(full).await?.map(|set| set.to_string());
    let view = Confirm {
        ask_code: full.needs_factor(),
        password_error: refused.password,
        code_error: refused.code,
        ..Confirm::new_recovery_codes(full.chrome(), set)
    };
    Ok(page(refused.status, view.render()))
}

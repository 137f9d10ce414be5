//! Recovery codes: replaced, shown once, and handed out once as a `.txt`.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use countersign::{
    AccountId, Span, Timestamp,
    recovery::{RecoveryCode, RecoverySet},
    secret::{Place, Purpose, Sealed},
};
use countersign_store::Refusal;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::cookies::Cookies;
use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::full::Full;
use super::step_up::{self, Refused};
use super::turn_off::Fields;
use super::visitor::Visitor;
use super::{page, redirect};
use crate::pages::{AfterCodes, Confirm, FileGone, RecoveryCodes};

/// How long the file can be downloaded from the page that showed the codes.
const TICKET: Span = Span::minutes(15);

/// The codes on their way from the page to the file. The server keeps none of it: the page holds it, sealed.
#[derive(Serialize, Deserialize)]
struct Ticket {
    id: String,
    made_at: i64,
    issuer: String,
    account: String,
    codes: Vec<String>,
}

/// What the download form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Download {
    #[serde(default)]
    ticket: String,
}

/// The page that asks for the password before the codes are replaced.
pub(super) async fn show(full: Full) -> Response {
    if full.session.two_factor_at.is_none() {
        return off(full);
    }
    draw(&full, Refused { status: StatusCode::OK, ..Refused::default() })
}

/// Replaces the codes and shows the new ones, once.
pub(super) async fn submit(full: Full, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    if full.session.two_factor_at.is_none() {
        return Ok(off(full));
    }
    let confirmation = match step_up::confirm(&full, &fields.password, &fields.code).await? {
        Ok(confirmation) => confirmation,
        Err(refused) => return Ok(draw(&full, refused)),
    };
    let app = &full.visitor.app;
    let (now, mut chance) = (full.visitor.now(), app.chance);
    let set = app.hasher.run(move |memory| RecoverySet::fresh(now, memory, &mut chance)).await?;
    let set = set.map_err(|_| Failure::Internal)?;
    let lane = full.lane().await?;
    let replaced =
        app.store.replace_recovery_codes(confirmation, &set.stored, lane, &full.visitor.visit, &mut chance);
    match replaced.await {
        Ok(()) => reveal(&full, &set.codes, AfterCodes::Profile, full.visitor.cookies.clone()),
        Err(refusal) if refusal.finds_two_factor_off() => Ok(off(full)),
        Err(Refusal::Gone(_)) => Ok(step_up::once_more(full, "/account/two-factor/recovery-codes")),
        Err(refusal) => Ok(draw(&full, step_up::refused_code(&full, refusal)?)),
    }
}

/// The answer that carries the codes: the only one there ever is.
pub(super) fn reveal(
    full: &Full,
    codes: &[RecoveryCode],
    after: AfterCodes,
    cookies: Cookies,
) -> Result<Response, Failure> {
    let (app, now) = (&full.visitor.app, full.visitor.now());
    let codes: Vec<String> = codes.iter().map(|code| code.reveal().to_string()).collect();
    let mut chance = app.chance;
    let ticket = Ticket {
        id: countersign::SessionId::fresh(now, &mut chance).to_string(),
        made_at: now.milliseconds(),
        issuer: app.config.two_factor.issuer.clone(),
        account: full.session.email.clone(),
        codes: codes.clone(),
    };
    let ticket = ticket.seal(&full.visitor, full.session.account)?;
    let chrome = match after {
        AfterCodes::SignIn => full.visitor.plain_chrome(),
        AfterCodes::Profile => full.chrome(),
    };
    let view = RecoveryCodes {
        chrome,
        codes,
        ticket,
        issuer: app.config.two_factor.issuer.clone(),
        account: full.session.email.clone(),
        made: full.visitor.moments().day(now),
        after,
    };
    Ok((cookies.into_jar(), page(StatusCode::OK, view.render())).into_response())
}

/// The `.txt`, once. It needs no session: whoever holds the ticket holds the page with the codes.
pub(super) async fn download(visitor: Visitor, Form(form): Form<Download>) -> Result<Response, Failure> {
    let Some(ticket) = Ticket::open(&visitor, &form.ticket) else { return Err(Failure::BadRequest) };
    let ends = Timestamp::from_milliseconds(ticket.made_at) + TICKET;
    if visitor.now() >= ends {
        return Ok(over(&visitor));
    }
    match visitor.app.store.spend_ticket(&ticket.id, ends).await {
        Ok(()) => Ok(ticket.file(&visitor)),
        Err(Refusal::Gone(_)) => Ok(over(&visitor)),
        Err(refusal) => Err(refusal.into()),
    }
}

impl Ticket {
    fn seal(&self, visitor: &Visitor, account: AccountId) -> Result<String, Failure> {
        let text = serde_json::to_vec(self).map_err(|_| Failure::Internal)?;
        let mut chance = visitor.app.chance;
        let place = Place { account, item: "", purpose: Purpose::RecoveryTicket };
        let sealed = visitor.app.store.keyring().seal(&place, &text, &mut chance);
        Ok(format!("{account}.{}", BASE64URL_NOPAD.encode(sealed.as_bytes())))
    }

    fn open(visitor: &Visitor, text: &str) -> Option<Self> {
        let (account, sealed) = text.split_once('.')?;
        let account = AccountId::parse(account).ok()?;
        let sealed = Sealed::from_bytes(BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?);
        let place = Place { account, item: "", purpose: Purpose::RecoveryTicket };
        let text = visitor.app.store.keyring().open(&place, &sealed).ok()?;
        serde_json::from_slice(&text).ok()
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

/// The ticket is spent or too old. The codes still stand on the page it came from.
fn over(visitor: &Visitor) -> Response {
    page(StatusCode::GONE, FileGone { chrome: visitor.plain_chrome() }.render())
}

fn off(full: Full) -> Response {
    redirect("/account", full.visitor.cookies.leave(&Flash::AlreadyOff.to_cookie()))
}

fn draw(full: &Full, refused: Refused) -> Response {
    let view = Confirm {
        ask_code: full.needs_factor(),
        password_error: refused.password,
        code_error: refused.code,
        ..Confirm::new_recovery_codes(full.chrome())
    };
    page(refused.status, view.render())
}

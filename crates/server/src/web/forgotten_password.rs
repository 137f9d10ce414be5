//! `/forgotten-password`: asking for a letter with a link. What comes back says nothing about accounts.

use axum::{http::StatusCode, response::Response};
use countersign::{email::Email, password::Password};
use countersign_store::Refusal;
use serde::Deserialize;

use super::blur::blur;
use super::failure::Failure;
use super::form::Form;
use super::visitor::Visitor;
use super::{new_password, page, redirect};
use crate::pages::{Field, ForgottenPassword, LetterSent};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    email: String,
}

/// The page; where no mail is sent, it says whom to ask.
pub(super) async fn show(visitor: Visitor) -> Response {
    draw(&visitor, Field::default(), StatusCode::OK)
}

/// Asks for the letter. Whoever has the address, or nobody: one script and one answer, and no word about whether
/// a letter was sent (ASVS 6.3.8).
pub(super) async fn submit(visitor: Visitor, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    if !visitor.app.config.sends_mail() {
        return Ok(draw(&visitor, Field::default(), StatusCode::FORBIDDEN));
    }
    let Ok(email) = Email::parse(&fields.email) else {
        let shown: String = fields.email.chars().take(254).collect();
        let field = Field::wrong(shown, visitor.words.error_email_shape());
        return Ok(draw(&visitor, field, StatusCode::BAD_REQUEST));
    };
    // Whoever asks takes a turn and pays a hash, as at the sign-in page: every address that is asked for costs a row.
    let nothing = Password::parse("").map_err(|_| Failure::Internal)?;
    new_password::hash(&visitor, nothing).await?;
    let asked = visitor.app.store.ask_for_password_reset(email.key(), &visitor.visit).await;
    blur(&visitor).await;
    match asked {
        // That an address gets no more letters for now would tell that somebody asks for it.
        Ok(()) | Err(Refusal::Gone(_)) => Ok(redirect("/forgotten-password/sent", visitor.cookies)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// What everybody reads who asked.
pub(super) async fn sent(visitor: Visitor) -> Response {
    if !visitor.app.config.sends_mail() {
        return redirect("/forgotten-password", visitor.cookies);
    }
    page(StatusCode::OK, LetterSent { chrome: visitor.chrome() }.render())
}

fn draw(visitor: &Visitor, email: Field, status: StatusCode) -> Response {
    let by_mail = visitor.app.config.sends_mail();
    page(status, ForgottenPassword { chrome: visitor.chrome(), by_mail, email }.render())
}

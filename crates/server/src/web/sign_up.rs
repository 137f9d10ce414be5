//! `/sign-up`: making an account, by an open door or by a one-time link.

use axum::{http::StatusCode, response::Response};
use countersign::{
    email::Email,
    name::Name,
    password::StoredPassword,
    token::{Invitation, Token},
};
use countersign_store::{
    Refusal,
    accounts::{NewAccount, NotAdded},
    invitations::Invited,
};
use serde::Deserialize;

use super::blur::blur;
use super::failure::Failure;
use super::flash::Flash;
use super::form::Form;
use super::link::{self, Link};
use super::visitor::Visitor;
use super::{new_password, page, redirect, refusals};
use crate::config::SignUp as Who;
use crate::pages::{Chrome, Field, SignUp, SignUpKind, SignUpRefused, SignUpRefusedWhy};

/// What the form sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    #[serde(default)]
    link: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// By what right an account is made.
enum Right {
    Open,
    FirstAdministrator(Token<Invitation>),
    Invited { token: Token<Invitation>, id: countersign::AccountId, email: String, name: String },
}

/// The page; closed doors say so.
pub(super) async fn show(visitor: Visitor, Link(link): Link) -> Result<Response, Failure> {
    Ok(match right(&visitor, &link).await? {
        Ok(right) => {
            let (email, name) = match &right {
                Right::Invited { email, name, .. } => (Field::of(email.as_str()), Field::of(name.as_str())),
                Right::Open | Right::FirstAdministrator(_) => (Field::default(), Field::default()),
            };
            draw(&visitor, &right, &link, Filled { email, name, password: None }, StatusCode::OK)
        }
        Err(why) => refused(&visitor, why),
    })
}

/// Makes the account, or sets the first password of an invited one. It signs nobody in: that is what the
/// sign-in page is for.
pub(super) async fn submit(visitor: Visitor, Form(fields): Form<Fields>) -> Result<Response, Failure> {
    let right = match right(&visitor, &fields.link).await? {
        Ok(right) => right,
        Err(why) => return Ok(refused(&visitor, why)),
    };
    let typed = match &right {
        Right::Invited { email, .. } => email.as_str(),
        Right::Open | Right::FirstAdministrator(_) => fields.email.as_str(),
    };
    let (email, name) = (Email::parse(typed), Name::parse(&fields.name));
    // What is none of both may be as long as a form.
    let known = (email.as_ref().map_or("", Email::as_str), name.as_ref().map_or("", Name::as_str));
    let password = new_password::fit(&visitor, &fields.password, known.0, known.1).await?;
    let (email, name, password) = match (email, name, password) {
        (Ok(email), Ok(name), Ok(password)) => (email, name, password),
        (email, name, password) => {
            let shown = |text: &str| text.chars().take(254).collect::<String>();
            let filled = Filled {
                email: Field {
                    value: shown(typed),
                    error: email.is_err().then(|| visitor.words.error_email_shape().to_owned()),
                },
                name: Field {
                    value: shown(&fields.name),
                    error: name.err().map(|reason| refusals::not_a_name(&visitor, reason)),
                },
                password: password.err(),
            };
            return Ok(draw(&visitor, &right, &fields.link, filled, StatusCode::BAD_REQUEST));
        }
    };
    let stored = new_password::hash(&visitor, password).await?;
    match make(&visitor, &right, &email, &name, stored).await {
        Ok(()) => Ok(redirect("/sign-in", visitor.cookies.leave(&Flash::AccountCreated.to_cookie()))),
        Err(NotMade::LinkSpent) => Ok(refused(&visitor, SignUpRefusedWhy::LinkSpent)),
        Err(NotMade::Failure(failure)) => Err(failure),
    }
}

enum NotMade {
    LinkSpent,
    Failure(Failure),
}

async fn make(
    visitor: &Visitor,
    right: &Right,
    email: &Email,
    name: &Name,
    password: StoredPassword,
) -> Result<(), NotMade> {
    let (store, mut chance) = (&visitor.app.store, visitor.app.chance);
    let new = |administrator| NewAccount {
        email: email.clone(),
        name: name.clone(),
        language: Some(visitor.words.language().code().to_owned()),
        administrator,
        password: Some(password.clone()),
    };
    match right {
        Right::Open => {
            let made = match store.add_account(&new(false), &visitor.visit, &mut chance).await {
                Ok(_) => Ok(()),
                // ASVS 6.3.8: whoever asks is not told who has an account. The owner is told that somebody asked.
                Err(NotAdded::Taken) => {
                    let told = store.sign_up_repeated(email.key(), &visitor.visit).await;
                    told.map_err(|refusal| NotMade::Failure(refusal.into()))
                }
                Err(NotAdded::Unavailable(unavailable)) => Err(NotMade::Failure(unavailable.into())),
            };
            blur(visitor).await;
            made
        }
        Right::FirstAdministrator(token) => {
            let added = store.accept_first(&token.hash(), &new(true), &visitor.visit, &mut chance).await;
            added.map(drop).map_err(|not_added| match not_added {
                NotAdded::Taken => NotMade::LinkSpent,
                NotAdded::Unavailable(unavailable) => NotMade::Failure(unavailable.into()),
            })
        }
        Right::Invited { token, id, .. } => {
            match store.accept(&token.hash(), *id, name, &password, &visitor.visit).await {
                Ok(()) => Ok(()),
                Err(Refusal::Gone(_)) => Err(NotMade::LinkSpent),
                Err(refusal) => Err(NotMade::Failure(refusal.into())),
            }
        }
    }
}

/// By what right this visitor may make an account, or why not.
async fn right(visitor: &Visitor, link: &str) -> Result<Result<Right, SignUpRefusedWhy>, Failure> {
    if link.is_empty() {
        return Ok(match visitor.app.config.service.sign_up {
            Who::Open => Ok(Right::Open),
            Who::Closed => Err(SignUpRefusedWhy::Closed),
        });
    }
    let Some(token) = Token::parse(link) else { return Ok(Err(SignUpRefusedWhy::LinkSpent)) };
    let store = &visitor.app.store;
    Ok(match store.invited(&token.hash(), visitor.now()).await? {
        Some(Invited::FirstAdministrator) if !store.has_administrator().await? => {
            Ok(Right::FirstAdministrator(token))
        }
        Some(Invited::Account { id, email, name }) => Ok(Right::Invited { token, id, email, name }),
        Some(Invited::FirstAdministrator) | None => Err(SignUpRefusedWhy::LinkSpent),
    })
}

struct Filled {
    email: Field,
    name: Field,
    password: Option<String>,
}

fn draw(visitor: &Visitor, right: &Right, link: &str, filled: Filled, status: StatusCode) -> Response {
    let kind = match right {
        Right::Open => SignUpKind::Open,
        Right::FirstAdministrator(_) => SignUpKind::FirstAdministrator,
        Right::Invited { .. } => SignUpKind::Invited,
    };
    let view = SignUp {
        chrome: Chrome { path: link::address("/sign-up", link), ..visitor.chrome() },
        kind,
        link: (!link.is_empty()).then(|| link.to_owned()),
        email: filled.email,
        name: filled.name,
        password_min_length: new_password::min_length(visitor),
        password_error: filled.password,
        error: None,
    };
    page(status, view.render())
}

fn refused(visitor: &Visitor, why: SignUpRefusedWhy) -> Response {
    let status = match why {
        SignUpRefusedWhy::Closed => StatusCode::FORBIDDEN,
        SignUpRefusedWhy::LinkSpent => StatusCode::GONE,
    };
    page(status, SignUpRefused { chrome: visitor.chrome(), why }.render())
}

//! `/sign-up`: a new account.

use askama::Template;

use super::{Chrome, Field, focus, html};
use crate::l10n::{Language, Words};

/// Why somebody may create an account here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpKind {
    /// Sign-up is open to everybody.
    Open,
    /// The one-time link of the first start: the account becomes an administrator.
    FirstAdministrator,
    /// A one-time link made for one email (`countersign account add`): the email is fixed and not sent.
    Invited,
}

/// Creating an account. Form: POST `/sign-up` with `link` (when there is one), `email` (except when invited), `name`,
/// `password`.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_up.html")]
pub struct SignUp {
    /// The frame.
    pub chrome: Chrome,
    /// Which of the three ways led here.
    pub kind: SignUpKind,
    /// The secret of the one-time link, sent along.
    pub link: Option<String>,
    /// The email.
    pub email: Field,
    /// The name.
    pub name: Field,
    /// Fewest characters of a password.
    pub password_min_length: u16,
    /// Why the password was refused.
    pub password_error: Option<String>,
    /// Why the whole form was refused, where no field is to blame.
    pub error: Option<String>,
}

impl SignUp {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.sign_up_title()
    }

    fn focus(&self) -> &'static str {
        let fields = [
            ("email", self.email.error.as_ref()),
            ("name", self.name.error.as_ref()),
            ("password", self.password_error.as_ref()),
        ];
        focus(self.error.as_ref(), &fields, if self.invited() { "name" } else { "email" })
    }

    fn is_wrong(&self) -> bool {
        [&self.email.error, &self.name.error, &self.password_error, &self.error]
            .into_iter()
            .any(Option::is_some)
    }

    fn invited(&self) -> bool {
        self.kind == SignUpKind::Invited
    }

    /// The one sentence under the title.
    fn lead(&self) -> Option<&'static str> {
        match self.kind {
            SignUpKind::Open => None,
            SignUpKind::FirstAdministrator => Some(self.chrome.words.sign_up_first_administrator()),
            SignUpKind::Invited => Some(self.chrome.words.sign_up_invited()),
        }
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let plain = Self {
            chrome: Chrome::sample(language, "/sign-up"),
            kind: SignUpKind::Open,
            link: None,
            email: Field::default(),
            name: Field::default(),
            password_min_length: 15,
            password_error: None,
            error: None,
        };
        let link = Some("c2FtcGxlLWxpbms".to_owned());
        vec![
            ("open", plain.clone()),
            (
                "first_administrator",
                Self { kind: SignUpKind::FirstAdministrator, link: link.clone(), ..plain.clone() },
            ),
            (
                "invited",
                Self {
                    kind: SignUpKind::Invited,
                    link,
                    email: Field::of("jana@example.com"),
                    ..plain.clone()
                },
            ),
            (
                "errors",
                Self {
                    email: Field::wrong("jana@", words.error_email_shape()),
                    name: Field::wrong("", words.error_name_empty()),
                    password_error: Some(words.error_password_short(15, 7)),
                    ..plain.clone()
                },
            ),
            (
                "hostile",
                Self {
                    email: Field::of("\"><script>alert(1)</script>"),
                    name: Field::of(super::chrome::HOSTILE),
                    password_error: Some(words.error_password_common().to_owned()),
                    ..plain
                },
            ),
        ]
    }
}

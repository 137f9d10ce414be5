//! `/forgotten-password`: asking for a link to choose a new password.

use askama::Template;

use super::{Chrome, Field, focus, html};
use crate::l10n::{Language, Words};

/// The page that asks for the email, or says whom to ask where no mail is sent. Form: POST `/forgotten-password`
/// with `email`.
#[derive(Clone, Debug, Template)]
#[template(path = "forgotten_password.html")]
pub struct ForgottenPassword {
    /// The frame.
    pub chrome: Chrome,
    /// Whether this service sends mail.
    pub by_mail: bool,
    /// The email.
    pub email: Field,
}

impl ForgottenPassword {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.forgotten_password_title()
    }

    fn focus(&self) -> &'static str {
        focus(None, &[("email", self.email.error.as_ref())], "email")
    }

    fn is_wrong(&self) -> bool {
        self.email.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let chrome = Chrome::sample(language, "/forgotten-password");
        let plain = Self { chrome, by_mail: true, email: Field::default() };
        let wrong = Field::wrong("\"><script>alert(1)</script>", words.error_email_shape());
        vec![
            ("typical", plain.clone()),
            ("error", Self { email: wrong, ..plain.clone() }),
            ("no_mail", Self { by_mail: false, ..plain }),
        ]
    }
}

//! `/reset-password`: a new password in place of a forgotten one.

use askama::Template;

use super::{Chrome, focus, html};
use crate::l10n::{Language, Words};

/// Choosing a new password. Form: POST `/reset-password` with `link` and `new_password`.
#[derive(Clone, Debug, Template)]
#[template(path = "reset_password.html")]
pub struct ResetPassword {
    /// The frame.
    pub chrome: Chrome,
    /// The secret of the one-time link, sent along.
    pub link: String,
    /// Whose password it will be, for password managers and for people with several accounts.
    pub email: String,
    /// Fewest characters of a password.
    pub password_min_length: u16,
    /// Why the password was refused.
    pub password_error: Option<String>,
}

impl ResetPassword {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.reset_password_title()
    }

    fn focus(&self) -> &'static str {
        focus(None, &[("new_password", self.password_error.as_ref())], "new_password")
    }

    fn is_wrong(&self) -> bool {
        self.password_error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let plain = Self {
            chrome: Chrome::sample(language, "/reset-password?link=c2FtcGxlLWxpbms"),
            link: "c2FtcGxlLWxpbms".to_owned(),
            email: "jana@example.com".to_owned(),
            password_min_length: 15,
            password_error: None,
        };
        let error = Some(words.error_password_short(15, 7));
        let hostile = "\"><script>alert(1)</script>@example.com".to_owned();
        vec![("typical", plain.clone()), ("error", Self { password_error: error, email: hostile, ..plain })]
    }
}

//! `/account/password`.

use askama::Template;

use super::{Chrome, focus, html};
use crate::l10n::{Language, Words};

/// Changing the password. Form: POST `/account/password` with `password`, `new_password` and, when asked for, `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "change_password.html")]
pub struct ChangePassword {
    /// The frame.
    pub chrome: Chrome,
    /// Fewest characters of a password.
    pub password_min_length: u16,
    /// Whether a code is asked for as well.
    pub ask_code: bool,
    /// Why the current password was refused.
    pub password_error: Option<String>,
    /// Why the new password was refused.
    pub new_password_error: Option<String>,
    /// Why the code was refused.
    pub code_error: Option<String>,
    /// Why the whole form was refused, where no field is to blame.
    pub error: Option<String>,
}

impl ChangePassword {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.change_password_title()
    }

    fn focus(&self) -> &'static str {
        let fields = [
            ("password", self.password_error.as_ref()),
            ("new_password", self.new_password_error.as_ref()),
            ("code", self.code_error.as_ref()),
        ];
        focus(self.error.as_ref(), &fields, "password")
    }

    fn is_wrong(&self) -> bool {
        [&self.password_error, &self.new_password_error, &self.code_error, &self.error]
            .into_iter()
            .any(Option::is_some)
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let plain = Self {
            chrome: Chrome::sample_signed_in(language, "/account/password", true),
            password_min_length: 15,
            ask_code: false,
            password_error: None,
            new_password_error: None,
            code_error: None,
            error: None,
        };
        let wrong = Self {
            password_error: Some(words.error_password_wrong().to_owned()),
            new_password_error: Some(words.error_password_common().to_owned()),
            ..plain.clone()
        };
        vec![("typical", plain.clone()), ("with_code", Self { ask_code: true, ..plain }), ("errors", wrong)]
    }
}

//! `/account/two-factor/turn-off`.

use askama::Template;

use super::{Chrome, focus, html};
use crate::l10n::{Language, Words};

/// Turning 2FA off. Form: POST `/account/two-factor/turn-off` with `password` and, when asked for, `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "turn_off.html")]
pub struct TurnOff {
    /// The frame.
    pub chrome: Chrome,
    /// Whether a code is asked for as well: the session's second factor is old, or it never had one.
    pub ask_code: bool,
    /// Why the password was refused.
    pub password_error: Option<String>,
    /// Why the code was refused.
    pub code_error: Option<String>,
    /// Why the whole form was refused, where no field is to blame.
    pub error: Option<String>,
}

impl TurnOff {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.turn_off_title()
    }

    fn focus(&self) -> &'static str {
        let fields = [("password", self.password_error.as_ref()), ("code", self.code_error.as_ref())];
        focus(self.error.as_ref(), &fields, if self.chrome.asks_password() { "password" } else { "code" })
    }

    fn is_wrong(&self) -> bool {
        [&self.password_error, &self.code_error, &self.error].into_iter().any(Option::is_some)
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let plain = Self {
            chrome: Chrome::sample_signed_in(language, "/account/two-factor/turn-off", true),
            ask_code: true,
            password_error: None,
            code_error: None,
            error: None,
        };
        vec![
            ("typical", plain.clone()),
            ("password_alone", Self { ask_code: false, ..plain.clone() }),
            ("error", Self { code_error: Some(words.error_code_wrong().to_owned()), ..plain.clone() }),
            ("hosted", Self { chrome: Chrome::sample_hosted(language, "turn-off", true), ..plain }),
        ]
    }
}

//! `/account/two-factor/turn-on`: the password, before a QR code is shown.

use askama::Template;

use super::{Chrome, focus, html};
use crate::l10n::{Language, Words};

/// Turning 2FA on, first step. Form: POST `/account/two-factor/turn-on` with `password` (when asked for).
#[derive(Clone, Debug, Template)]
#[template(path = "turn_on.html")]
pub struct TurnOn {
    /// The frame.
    pub chrome: Chrome,
    /// Whether the password is asked for (`two_factor.password_first`).
    pub ask_password: bool,
    /// Whether everybody is signed out afterwards (`two_factor.sign_out_after`), which the page says beforehand.
    pub sign_out_after: bool,
    /// Why the password was refused.
    pub password_error: Option<String>,
    /// Why the whole form was refused, where no field is to blame.
    pub error: Option<String>,
}

impl TurnOn {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.turn_on_title()
    }

    fn focus(&self) -> &'static str {
        let fields = [("password", self.password_error.as_ref())];
        focus(self.error.as_ref(), &fields, "password")
    }

    fn is_wrong(&self) -> bool {
        self.password_error.is_some() || self.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let plain = Self {
            chrome: Chrome::sample_signed_in(language, "/account/two-factor/turn-on", false),
            ask_password: true,
            sign_out_after: true,
            password_error: None,
            error: None,
        };
        vec![
            ("typical", plain.clone()),
            ("without_password", Self { ask_password: false, sign_out_after: false, ..plain.clone() }),
            (
                "error",
                Self { password_error: Some(words.error_password_wrong().to_owned()), ..plain.clone() },
            ),
            ("expired", Self { error: Some(words.error_enrolment_expired().to_owned()), ..plain.clone() }),
            (
                "hosted",
                Self {
                    chrome: Chrome::sample_hosted(language, "turn-on", false),
                    ask_password: false,
                    ..plain
                },
            ),
        ]
    }
}

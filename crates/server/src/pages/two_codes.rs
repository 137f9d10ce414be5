//! `/sign-in/two-codes`: the way on for somebody who is locked out.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::{Language, Words};

/// Two codes in a row, which no guesser has. Form: POST `/sign-in/two-codes` with `code`, `next_code`.
#[derive(Clone, Debug, Template)]
#[template(path = "two_codes.html")]
pub struct TwoCodes {
    /// The frame.
    pub chrome: Chrome,
    /// The email of whoever is signing in.
    pub email: String,
    /// Why the last pair was refused.
    pub error: Option<String>,
    /// Whether the page stands in for the one of a single code, because no single code is looked at any more.
    pub stands_in: bool,
}

impl TwoCodes {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.two_codes_title()
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let plain = Self {
            chrome: Chrome::sample(language, "/sign-in/two-codes"),
            email: "jana@example.com".to_owned(),
            error: None,
            stands_in: false,
        };
        let words = Words::of(language);
        let error = Some(words.error_two_codes().to_owned());
        let locked = Some(words.error_locked_until_proven().to_owned());
        vec![
            ("typical", plain.clone()),
            ("error", Self { error, ..plain.clone() }),
            ("stands_in", Self { error: locked, stands_in: true, ..plain.clone() }),
            ("hosted", Self { chrome: Chrome::sample_hosted(language, "two-codes", false), ..plain }),
        ]
    }
}

//! `/sign-in/recovery-code`: the second step without the phone.

use askama::Template;

use super::moment::sample;
use super::{Chrome, html};
use crate::l10n::{Language, Words};

/// The second step by recovery code. Form: POST `/sign-in/recovery-code` with `recovery_code`, `remember`.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery_code.html")]
pub struct RecoveryCode {
    /// The frame.
    pub chrome: Chrome,
    /// The email of whoever is signing in.
    pub email: String,
    /// Days a device is remembered; 0 hides the checkbox.
    pub remember_days: u16,
    /// Whether the checkbox is ticked (only after a refused try that had it ticked).
    pub remember: bool,
    /// Why the last recovery code was refused: which of the four reasons (DESIGN.md §4).
    pub error: Option<String>,
}

impl RecoveryCode {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.recovery_code_title()
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let plain = Self {
            chrome: Chrome::sample(language, "/sign-in/recovery-code"),
            email: "jana@example.com".to_owned(),
            remember_days: 30,
            remember: false,
            error: None,
        };
        let used = words.error_recovery_code_used(format!("{} (UTC)", sample::long_ago(language).text));
        vec![
            ("typical", plain.clone()),
            ("typo", Self { error: Some(words.error_recovery_code_typo().to_owned()), ..plain.clone() }),
            ("used", Self { error: Some(used), ..plain.clone() }),
            ("hosted", Self { chrome: Chrome::sample_hosted(language, "recovery-code", false), ..plain }),
        ]
    }
}

//! `/sign-in/code`: the second step.

use askama::Template;

use super::moment::sample;
use super::{Chrome, Host, Moment, html};
use crate::l10n::{Language, Words};

/// The second step of signing in. Form: POST `/sign-in/code` with `code`, `remember` (`on` when ticked).
#[derive(Clone, Debug, Template)]
#[template(path = "code.html")]
pub struct Code {
    /// The frame.
    pub chrome: Chrome,
    /// The email of whoever is signing in.
    pub email: String,
    /// Days a device is remembered; 0 hides the checkbox.
    pub remember_days: u16,
    /// Whether the checkbox is ticked (only after a refused try that had it ticked).
    pub remember: bool,
    /// Why the last code was refused. While locked, the field is marked and the words are those of the lock.
    pub error: Option<String>,
    /// Set while the guess budget makes the account wait: the next moment at which a code is looked at.
    pub locked_until: Option<Moment>,
}

impl Code {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.code_title()
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some() || self.locked_until.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let plain = Self {
            chrome: Chrome::sample(language, "/sign-in/code"),
            email: "jana@example.com".to_owned(),
            remember_days: 30,
            remember: false,
            error: None,
            locked_until: None,
        };
        vec![
            ("typical", plain.clone()),
            ("remembering_off", Self { remember_days: 0, ..plain.clone() }),
            (
                "error",
                Self { remember: true, error: Some(words.error_code_wrong().to_owned()), ..plain.clone() },
            ),
            ("locked", Self { locked_until: Some(sample::now(language)), ..plain.clone() }),
            (
                "locked_just_now",
                Self {
                    locked_until: Some(sample::now(language)),
                    error: Some(words.error_code_wrong().to_owned()),
                    ..plain.clone()
                },
            ),
            ("hostile", Self { email: format!("{}@example.com", super::chrome::HOSTILE), ..plain.clone() }),
            ("hosted", Self { chrome: Chrome::sample_hosted(language, "code", false), ..plain.clone() }),
            ("hosted_hostile", Self { chrome: hostile_host(language), ..plain }),
        ]
    }
}

/// A frame of an application that was named by somebody who means no good.
fn hostile_host(language: Language) -> Chrome {
    let host = Host {
        name: super::chrome::HOSTILE.to_owned(),
        account: super::chrome::HOSTILE.to_owned(),
        logo: None,
        css: None,
        recovery_codes: 0,
        ..Host::sample(false)
    };
    host.frame(Chrome::sample(language, "/hosted/7/code"))
}

//! `/sign-in`: email and password.

use askama::Template;

use super::{Chrome, Notice, html};
use crate::l10n::{Language, Words};

/// The sign-in page. Form: POST `/sign-in` with `email`, `password`, `next`, `set_up`.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// The frame.
    pub chrome: Chrome,
    /// What was typed as email before, or empty.
    pub email: String,
    /// Where to go afterwards: a path of ours, already checked.
    pub next: Option<String>,
    /// The token of the link to set 2FA up anew after a reset, where one was opened.
    pub set_up: Option<String>,
    /// Whether anybody may create an account.
    pub sign_up_open: bool,
    /// Why the last try was refused. One message for email and password together, since it must not say which.
    pub error: Option<String>,
}

impl SignIn {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.sign_in_title()
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let chrome = Chrome::sample(language, "/sign-in");
        let plain =
            Self { chrome, email: String::new(), next: None, set_up: None, sign_up_open: false, error: None };
        let hostile = "\"><script>alert(1)</script>@example.com";
        vec![
            ("typical", plain.clone()),
            (
                "sign_up_open",
                Self { sign_up_open: true, next: Some("/account/activity".to_owned()), ..plain.clone() },
            ),
            (
                "told",
                Self {
                    chrome: Chrome {
                        notice: Some(Notice::Told(words.sign_in_first().to_owned())),
                        ..plain.chrome.clone()
                    },
                    ..plain.clone()
                },
            ),
            (
                "error",
                Self {
                    email: "jana@example.com".to_owned(),
                    error: Some(words.error_sign_in().to_owned()),
                    ..plain.clone()
                },
            ),
            (
                "needs_link",
                Self {
                    email: "jana@example.com".to_owned(),
                    error: Some(words.error_needs_set_up_link().to_owned()),
                    ..plain.clone()
                },
            ),
            ("with_link", Self { set_up: Some("WXJp0u5Hq1sample".to_owned()), ..plain.clone() }),
            (
                "hostile",
                Self {
                    chrome: Chrome {
                        brand: Chrome::sample_hostile(language, "/").brand,
                        ..plain.chrome.clone()
                    },
                    email: hostile.to_owned(),
                    next: Some(format!("/account?{hostile}")),
                    error: Some(words.error_sign_in().to_owned()),
                    ..plain
                },
            ),
        ]
    }
}

//! `/sign-up` for somebody who may not create an account.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::Language;

/// Why no account can be created here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpRefusedWhy {
    /// Sign-up is closed.
    Closed,
    /// The one-time link was used, has expired or never existed.
    LinkSpent,
}

/// A friendly page instead of the form.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_up_refused.html")]
pub struct SignUpRefused {
    /// The frame.
    pub chrome: Chrome,
    /// Why.
    pub why: SignUpRefusedWhy,
}

impl SignUpRefused {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        match self.why {
            SignUpRefusedWhy::Closed => self.chrome.words.sign_up_closed_title(),
            SignUpRefusedWhy::LinkSpent => self.chrome.words.sign_up_link_spent_title(),
        }
    }

    fn text(&self) -> &'static str {
        match self.why {
            SignUpRefusedWhy::Closed => self.chrome.words.sign_up_closed_text(),
            SignUpRefusedWhy::LinkSpent => self.chrome.words.sign_up_link_spent_text(),
        }
    }

    fn is_wrong(&self) -> bool {
        false
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let closed = Self { chrome: Chrome::sample(language, "/sign-up"), why: SignUpRefusedWhy::Closed };
        let spent = Self { why: SignUpRefusedWhy::LinkSpent, ..closed.clone() };
        vec![("closed", closed), ("link_spent", spent)]
    }
}

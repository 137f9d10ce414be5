//! `/sites/code`: a code again, for a part of a site that asks for one of just now.

use askama::Template;

use super::chrome::HOSTILE;
use super::{Chrome, html};
use crate::l10n::{Language, Words};

/// A code given again. Form: POST `action` with `code`, which may be a recovery code.
#[derive(Clone, Debug, Template)]
#[template(path = "site_code.html")]
pub struct SiteCode {
    /// The frame.
    pub chrome: Chrome,
    /// The name of the site.
    pub site: String,
    /// The path the form is sent to.
    pub action: String,
    /// Why the code was refused.
    pub error: Option<String>,
}

impl SiteCode {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.site_code_title()
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let plain = Self {
            chrome: Chrome::sample_signed_in(language, "/sites/code", true),
            site: "Wiki".to_owned(),
            action: "/sites/code?site=wiki.example.com&to=%2Fadmin".to_owned(),
            error: None,
        };
        let words = Words::of(language);
        vec![
            ("typical", plain.clone()),
            ("error", Self { error: Some(words.error_code_wrong().to_owned()), ..plain.clone() }),
            ("hostile", Self { site: HOSTILE.to_owned(), ..plain }),
        ]
    }
}

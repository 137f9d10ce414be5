//! `/forgotten-password/sent`: what everybody reads who asked for a link, whether or not there is an account.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::Language;

/// The page after asking. It knows nothing of what was typed.
#[derive(Clone, Debug, Template)]
#[template(path = "letter_sent.html")]
pub struct LetterSent {
    /// The frame.
    pub chrome: Chrome,
}

impl LetterSent {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.letter_sent_title()
    }

    fn is_wrong(&self) -> bool {
        false
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        vec![("typical", Self { chrome: Chrome::sample(language, "/forgotten-password/sent") })]
    }
}

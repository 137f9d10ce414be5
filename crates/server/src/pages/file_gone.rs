//! The recovery-code file that was downloaded already, or whose time is over.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::Language;

/// Says where the codes still are.
#[derive(Clone, Debug, Template)]
#[template(path = "file_gone.html")]
pub struct FileGone {
    /// The frame.
    pub chrome: Chrome,
}

impl FileGone {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.file_gone_title()
    }

    fn is_wrong(&self) -> bool {
        false
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        vec![("typical", Self { chrome: Chrome::sample(language, "/sign-in") })]
    }
}

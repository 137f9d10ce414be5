//! The ends of an errand: on the way back to the application, and where there is no way back.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::Language;

/// How an errand ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrandEndWhy {
    /// All is said; the browser goes on by itself to this path of ours, which leads to the application.
    Going {
        /// The path.
        onward: String,
    },
    /// The link was opened before, in some browser.
    Used,
    /// The link or the errand is over, or is not this browser's.
    Over,
}

/// A page at the end of an errand.
#[derive(Clone, Debug, Template)]
#[template(path = "errand_end.html")]
pub struct ErrandEnd {
    /// The frame.
    pub chrome: Chrome,
    /// How it ends.
    pub why: ErrandEndWhy,
}

impl ErrandEnd {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> String {
        let words = self.chrome.words;
        match self.why {
            ErrandEndWhy::Going { .. } => words.hosted_going_title(&self.chrome.brand),
            ErrandEndWhy::Used => words.hosted_used_title().to_owned(),
            ErrandEndWhy::Over => words.hosted_over_title().to_owned(),
        }
    }

    fn is_wrong(&self) -> bool {
        false
    }

    fn onward(&self) -> Option<&str> {
        match &self.why {
            ErrandEndWhy::Going { onward } => Some(onward),
            ErrandEndWhy::Used | ErrandEndWhy::Over => None,
        }
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let onward = "/hosted/7/return".to_owned();
        let chrome = Chrome::sample_hosted(language, "done", false);
        let plain = |why| Self { chrome: Chrome::sample(language, "/hosted/begin"), why };
        vec![
            ("going", Self { chrome, why: ErrandEndWhy::Going { onward } }),
            ("used", plain(ErrandEndWhy::Used)),
            ("over", plain(ErrandEndWhy::Over)),
        ]
    }
}

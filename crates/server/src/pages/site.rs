//! What people read on their way to a site behind a proxy.

use askama::Template;

use super::chrome::HOSTILE;
use super::{Chrome, html};
use crate::l10n::Language;

/// Where on the way somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteStage {
    /// All is well; a form has led here, so the browser goes on by itself to this path of ours.
    Going {
        /// The path.
        onward: String,
    },
    /// The account may not see it.
    NotAllowed {
        /// Whose account.
        email: String,
    },
    /// The account has no second factor, and the site asks for one.
    TurnOn,
    /// What came back to the site was no good there.
    Failed,
    /// A form was sent to the site by somebody who was signed out by then.
    Unsent,
}

/// A page on the way to a site.
#[derive(Clone, Debug, Template)]
#[template(path = "site.html")]
pub struct Site {
    /// The frame.
    pub chrome: Chrome,
    /// The name of the site.
    pub site: String,
    /// The path of ours that leads to its start page.
    pub start: String,
    /// Where on the way.
    pub stage: SiteStage,
}

impl Site {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> String {
        let (words, site) = (self.chrome.words, self.site.as_str());
        match self.stage {
            SiteStage::Going { .. } => words.site_going_title(site),
            SiteStage::NotAllowed { .. } => words.site_not_allowed_title(site),
            SiteStage::TurnOn => words.site_turn_on_title(site),
            SiteStage::Failed => words.site_failed_title(site),
            SiteStage::Unsent => words.site_unsent_title().to_owned(),
        }
    }

    fn is_wrong(&self) -> bool {
        false
    }

    /// The path to which the browser goes on by itself.
    fn onward(&self) -> Option<&str> {
        match &self.stage {
            SiteStage::Going { onward } => Some(onward),
            _ => None,
        }
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let start = || "/sites/go?site=wiki.example.com".to_owned();
        let of = |chrome: Chrome, stage: SiteStage| Self {
            chrome,
            site: "Wiki".to_owned(),
            start: start(),
            stage,
        };
        let signed_in = |two_factor| Chrome::sample_signed_in(language, "/sites/enter", two_factor);
        let onward = "/sites/enter?site=wiki.example.com&to=%2F&onward=yes".to_owned();
        let not_allowed = of(signed_in(true), SiteStage::NotAllowed { email: "jana@example.com".to_owned() });
        let hostile = Self { site: HOSTILE.to_owned(), ..not_allowed.clone() };
        vec![
            ("going", of(signed_in(true), SiteStage::Going { onward })),
            ("not_allowed", not_allowed),
            ("turn_on", of(signed_in(false), SiteStage::TurnOn)),
            ("failed", of(Chrome::sample(language, "/sites/failed"), SiteStage::Failed)),
            ("unsent", of(Chrome::sample(language, "/sites/unsent"), SiteStage::Unsent)),
            ("hostile", hostile),
        ]
    }
}

//! `/account/activity`: what happened to the account, in plain words.

use askama::Template;

use super::moment::sample;
use super::{Chrome, Moment, html};
use crate::l10n::{Language, Words};

/// One event in a sentence.
#[derive(Clone, Debug)]
pub struct ActivityEntry {
    /// What happened, for example "Signed in with a recovery code; 9 codes left". See `event-…` of the locales.
    pub sentence: String,
    /// The browser it happened in, for example "Firefox on Linux"; `None` for what an administrator did.
    pub browser: Option<String>,
    /// When.
    pub at: Moment,
    /// Whether the reader ought to look twice, for example a wrong code after the right password.
    pub alarming: bool,
}

/// All activity, a page of it at a time.
#[derive(Clone, Debug, Template)]
#[template(path = "activity.html")]
pub struct Activity {
    /// The frame.
    pub chrome: Chrome,
    /// Newest first.
    pub entries: Vec<ActivityEntry>,
    /// Value of `?before=` for the next page, when there are older entries.
    pub older: Option<String>,
    /// Whether this is a later page, so that a link leads back to the newest.
    pub paged: bool,
}

impl Activity {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.activity_title()
    }

    fn is_wrong(&self) -> bool {
        false
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let plain = Self {
            chrome: Chrome::sample_signed_in(language, "/account/activity", true),
            entries: ActivityEntry::samples(language),
            older: Some("1195".to_owned()),
            paged: false,
        };
        let empty = Self { entries: Vec::new(), older: None, paged: true, ..plain.clone() };
        vec![("typical", plain), ("empty", empty)]
    }
}

impl ActivityEntry {
    pub(crate) fn samples(language: Language) -> Vec<Self> {
        let words = Words::of(language);
        let entry = |sentence: String, browser: Option<&str>, at: Moment, alarming: bool| Self {
            sentence,
            browser: browser.map(str::to_owned),
            at,
            alarming,
        };
        vec![
            entry(
                words.event_signed_in_recovery_code(9),
                Some("Firefox on Linux"),
                sample::now(language),
                false,
            ),
            entry(
                words.event_wrong_code().to_owned(),
                Some("Chrome on Android"),
                sample::earlier(language),
                true,
            ),
            entry(
                words.event_authenticator_added("Telefon"),
                Some("Firefox on Linux"),
                sample::earlier(language),
                false,
            ),
            entry(
                words.event_two_factor_on().to_owned(),
                Some("Firefox on Linux"),
                sample::long_ago(language),
                false,
            ),
            entry(words.event_account_created().to_owned(), None, sample::long_ago(language), false),
        ]
    }
}

//! `/confirm-address`: one button, since whoever scans letters opens every link in them.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::Language;

/// Confirming an email. Form: POST `/confirm-address` with `link`.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm_address.html")]
pub struct ConfirmAddress {
    /// The frame.
    pub chrome: Chrome,
    /// The secret of the one-time link, sent along.
    pub link: String,
    /// The email that it was sent to.
    pub email: String,
}

impl ConfirmAddress {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.confirm_address_title()
    }

    fn is_wrong(&self) -> bool {
        false
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let plain = Self {
            chrome: Chrome::sample(language, "/confirm-address?link=c2FtcGxlLWxpbms"),
            link: "c2FtcGxlLWxpbms".to_owned(),
            email: "jana@example.com".to_owned(),
        };
        let hostile = "\"><script>alert(1)</script>@example.com".to_owned();
        vec![("typical", plain.clone()), ("hostile", Self { email: hostile, ..plain })]
    }
}

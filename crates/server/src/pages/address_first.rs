//! `/account/two-factor/turn-on` while the email is still to be confirmed.

use askama::Template;

use super::{Chrome, Notice, focus, html};
use crate::l10n::{Language, Words};

/// The page before turning 2FA on, where mail is sent. Form: POST `/account/address/send-link`.
#[derive(Clone, Debug, Template)]
#[template(path = "address_first.html")]
pub struct AddressFirst {
    /// The frame.
    pub chrome: Chrome,
    /// The email to confirm.
    pub email: String,
    /// Whether a letter is on its way.
    pub sent: bool,
    /// Why no letter was sent.
    pub error: Option<String>,
}

impl AddressFirst {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.turn_on_title()
    }

    fn focus(&self) -> &'static str {
        focus(self.error.as_ref(), &[], "")
    }

    fn is_wrong(&self) -> bool {
        self.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let chrome = Chrome::sample_signed_in(language, "/account/two-factor/turn-on", false);
        let email = "jana@example.com".to_owned();
        let notice = Some(Notice::Done(words.address_first_sent().to_owned()));
        let plain = Self { chrome: chrome.clone(), email, sent: false, error: None };
        vec![
            ("typical", plain.clone()),
            ("sent", Self { chrome: Chrome { notice, ..chrome }, sent: true, ..plain.clone() }),
            ("enough", Self { sent: true, error: Some(words.address_first_enough().to_owned()), ..plain }),
        ]
    }
}

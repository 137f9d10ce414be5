//! The page of a one-time link that was used, has expired or never existed.

use askama::Template;

use super::{Chrome, html};
use crate::l10n::Language;

/// What the link was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOverFor {
    /// Choosing a new password.
    PasswordReset,
    /// Confirming an email.
    AddressConfirmation,
}

/// A friendly page instead of the form, with the way to another link.
#[derive(Clone, Debug, Template)]
#[template(path = "link_over.html")]
pub struct LinkOver {
    /// The frame.
    pub chrome: Chrome,
    /// What the link was for.
    pub purpose: LinkOverFor,
}

impl LinkOver {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.sign_up_link_spent_title()
    }

    fn is_wrong(&self) -> bool {
        false
    }

    fn text(&self) -> &'static str {
        match self.purpose {
            LinkOverFor::PasswordReset => self.chrome.words.reset_password_link_over(),
            LinkOverFor::AddressConfirmation => self.chrome.words.confirm_address_link_over(),
        }
    }

    /// The way to another link: its address and its words.
    fn onward(&self) -> (&'static str, &'static str) {
        let words = self.chrome.words;
        match self.purpose {
            LinkOverFor::PasswordReset => ("/forgotten-password", words.reset_password_ask_again()),
            LinkOverFor::AddressConfirmation => {
                ("/account/two-factor/turn-on", words.confirm_address_go_on())
            }
        }
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let reset =
            Self { chrome: Chrome::sample(language, "/reset-password"), purpose: LinkOverFor::PasswordReset };
        let confirm = Self {
            chrome: Chrome::sample(language, "/confirm-address"),
            purpose: LinkOverFor::AddressConfirmation,
        };
        vec![("password_reset", reset), ("address_confirmation", confirm)]
    }
}

//! The answer that carries ten recovery codes: shown once, downloaded, printed.

use askama::Template;

use super::moment::sample;
use super::{Chrome, Host, Moment, html};
use crate::l10n::Language;

/// Where the page leads next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterCodes {
    /// Turning on ended every session: sign in again, now with a code.
    SignIn,
    /// Turning on ended every other session, and this one goes on.
    TurnedOn,
    /// Turning on is all that an application wanted: back to it.
    Back,
    /// The codes were replaced; the earlier ones are good for nothing.
    Profile,
}

/// The recovery codes; secret, so there is no `Debug`. Form: POST `/account/two-factor/recovery-codes/download` with `ticket`.
#[derive(Clone, Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodes {
    /// The frame.
    pub chrome: Chrome,
    /// The codes as they are to be typed, hyphens included.
    pub codes: Vec<String>,
    /// What the download form sends, so that the file needs no session.
    pub ticket: String,
    /// Who issued the codes.
    pub issuer: String,
    /// Whose codes they are.
    pub account: String,
    /// The day they were made.
    pub made: Moment,
    /// Where to go next.
    pub after: AfterCodes,
}

impl RecoveryCodes {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        match self.after {
            AfterCodes::SignIn | AfterCodes::TurnedOn | AfterCodes::Back => {
                self.chrome.words.recovery_codes_title_turned_on()
            }
            AfterCodes::Profile => self.chrome.words.recovery_codes_title(),
        }
    }

    fn is_wrong(&self) -> bool {
        false
    }

    /// The application to go back to, if all is done.
    fn back_to(&self) -> Option<&Host> {
        self.chrome.host.as_ref().filter(|_| self.after == AfterCodes::Back)
    }

    fn signed_out(&self) -> bool {
        self.after == AfterCodes::SignIn
    }

    fn replaced(&self) -> bool {
        self.after == AfterCodes::Profile
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let codes = [
            "7QK2-M9TA-4XWN-0C3D",
            "B8RV-55HJ-E2YP-KQ6M",
            "1ZTS-WAF7-9G0N-XR4B",
            "3HMD-6VKC-TJ8Q-YW52",
            "PN0E-41BR-ZS7G-A9XK",
            "C5Y3-QTWM-8D2F-HV6J",
            "9KXA-E7NP-R0BS-41ZG",
            "G2WJ-VD83-MYC5-T6QH",
            "05SB-FRKZ-P9E1-N7AX",
            "X4TG-2QHC-J6WV-D83M",
        ];
        let plain = Self {
            chrome: Chrome::sample(language, "/sign-in"),
            codes: codes.map(str::to_owned).to_vec(),
            ticket: "dGlja2V0".to_owned(),
            issuer: "Acme Mail".to_owned(),
            account: "jana@example.com".to_owned(),
            made: sample::ahead(language),
            after: AfterCodes::SignIn,
        };
        let chrome = Chrome::sample_signed_in(language, "/account/two-factor/recovery-codes", true);
        let replaced = Self { chrome: chrome.clone(), after: AfterCodes::Profile, ..plain.clone() };
        let signed_in = Self { chrome, after: AfterCodes::TurnedOn, ..plain.clone() };
        let hosted = Self {
            chrome: Chrome::sample_hosted(language, "set-up", false),
            after: AfterCodes::Back,
            ..plain.clone()
        };
        vec![
            ("turned_on", plain),
            ("turned_on_signed_in", signed_in),
            ("replaced", replaced),
            ("hosted", hosted),
        ]
    }
}

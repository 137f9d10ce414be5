//! `/account/two-factor/set-up`: the QR code, and the code that proves it was scanned.

use askama::Template;

use super::moment::sample;
use super::{Chrome, Field, Moment, focus, html};
use crate::l10n::{Language, Words};
use crate::qr;

/// What the new authenticator is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The first one: proving it turns 2FA on.
    TurnOn {
        /// Whether everybody is signed out afterwards, which the page says beforehand.
        sign_out_after: bool,
    },
    /// One more: it may be given a name (field `name`).
    Add,
}

/// Setting up an authenticator. Form: POST `/account/two-factor/set-up` with `code` and, when adding, `name`. A
/// second form, POST `/account/two-factor/set-up/restart`, asks for a new QR code.
#[derive(Clone, Template)]
#[template(path = "set_up.html")]
pub struct SetUp {
    /// The frame.
    pub chrome: Chrome,
    /// Turning on, or adding another.
    pub purpose: Purpose,
    /// The key URI as SVG, from [`qr::svg`]. It goes into the page as it is. `None`: type the key by hand.
    pub qr: Option<String>,
    /// The key in base 32, without spaces.
    pub key: String,
    /// The issuer, as the authenticator app will show it.
    pub issuer: String,
    /// The account's label, as the authenticator app will show it.
    pub account: String,
    /// Name of the new authenticator (only when adding).
    pub name: Field,
    /// Why the code was refused: its explanation (`explain-…` of the locales).
    pub code_error: Option<String>,
    /// When this QR code stops being good.
    pub expires: Moment,
}

impl SetUp {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        match self.purpose {
            Purpose::TurnOn { .. } => self.chrome.words.set_up_title(),
            Purpose::Add => self.chrome.words.set_up_title_adding(),
        }
    }

    /// Nothing has the focus at first, so that the page opens at its top, where the QR code is.
    fn focus(&self) -> &'static str {
        focus(None, &[("name", self.name.error.as_ref()), ("code", self.code_error.as_ref())], "")
    }

    fn is_wrong(&self) -> bool {
        self.code_error.is_some() || self.name.error.is_some()
    }

    fn adding(&self) -> bool {
        self.purpose == Purpose::Add
    }

    fn signs_out(&self) -> bool {
        self.purpose == Purpose::TurnOn { sign_out_after: true }
    }

    /// The key in groups of four, which is how it is read aloud and typed.
    fn key_groups(&self) -> Vec<String> {
        let letters: Vec<char> = self.key.chars().collect();
        letters.chunks(4).map(|group| group.iter().collect()).collect()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
        let uri = format!(
            "otpauth://totp/Acme%20Mail:jana%40example.com?secret={key}&issuer=Acme%20Mail&algorithm=SHA1&digits=6&period=30"
        );
        let plain = Self {
            chrome: Chrome::sample_signed_in(language, "/account/two-factor/set-up", false),
            purpose: Purpose::TurnOn { sign_out_after: true },
            qr: qr::svg(&uri),
            key: key.to_owned(),
            issuer: "Acme Mail".to_owned(),
            account: "jana@example.com".to_owned(),
            name: Field::default(),
            code_error: None,
            expires: sample::now(language),
        };
        vec![
            ("typical", plain.clone()),
            ("clock_slow", Self { code_error: Some(words.explain_clock_slow(3)), ..plain.clone() }),
            (
                "adding",
                Self {
                    chrome: Chrome::sample_signed_in(language, "/account/two-factor/set-up", true),
                    purpose: Purpose::Add,
                    name: Field::wrong("Telefon", words.error_authenticator_name_taken()),
                    ..plain.clone()
                },
            ),
            (
                "hostile",
                Self {
                    chrome: Chrome::sample_hostile(language, "/account/two-factor/set-up"),
                    qr: None,
                    issuer: "Průmyslové závody a sklárny Horní Dolní <b>".to_owned(),
                    account: super::chrome::HOSTILE.to_owned(),
                    ..plain.clone()
                },
            ),
            (
                "hosted",
                Self {
                    chrome: Chrome::sample_hosted(language, "set-up", false),
                    purpose: Purpose::TurnOn { sign_out_after: false },
                    ..plain
                },
            ),
        ]
    }
}

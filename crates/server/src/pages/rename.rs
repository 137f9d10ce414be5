//! `/account/two-factor/authenticators/{id}/rename`.

use askama::Template;

use super::{Chrome, Field, html};
use crate::l10n::{Language, Words};

/// Renaming an authenticator. Form: POST `/account/two-factor/authenticators/{id}/rename` with `name`.
#[derive(Clone, Debug, Template)]
#[template(path = "rename.html")]
pub struct Rename {
    /// The frame.
    pub chrome: Chrome,
    /// The authenticator's id, as in its address.
    pub id: String,
    /// Its name.
    pub name: Field,
}

impl Rename {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.rename_title()
    }

    fn is_wrong(&self) -> bool {
        self.name.error.is_some()
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let path = "/account/two-factor/authenticators/7/rename";
        let chrome = Chrome::sample_signed_in(language, path, true);
        let plain = Self { chrome, id: "7".to_owned(), name: Field::of("Telefon") };
        let wrong = Field::wrong(super::chrome::HOSTILE, Words::of(language).error_name_long(100));
        let hostile = Self { chrome: Chrome::sample_hostile(language, path), name: wrong, ..plain.clone() };
        vec![("typical", plain), ("hostile", hostile)]
    }
}

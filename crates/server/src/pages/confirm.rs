//! Pages that ask once more who is there before something changes: new recovery codes, another authenticator, one
//! authenticator less.

use askama::Template;

use super::{Chrome, focus, html};
use crate::l10n::{Language, Words};

/// A step-up page. Form: POST `action` with `password` and, when asked for, `code`. The constructors know the words;
/// fill in `ask_code` and the errors afterwards.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// The frame.
    pub chrome: Chrome,
    /// The heading.
    pub title: String,
    /// What will happen.
    pub explanation: String,
    /// Path the form is sent to.
    pub action: String,
    /// The words on the button.
    pub button: String,
    /// Whether something is lost, which makes the button red.
    pub danger: bool,
    /// The recovery code set that is to be replaced (hidden field `set`): a form that is sent twice replaces once.
    pub set: Option<String>,
    /// Whether a code is asked for as well.
    pub ask_code: bool,
    /// Why the password was refused.
    pub password_error: Option<String>,
    /// Why the code was refused.
    pub code_error: Option<String>,
    /// Why the whole form was refused, where no field is to blame.
    pub error: Option<String>,
}

impl Confirm {
    /// Replacing the recovery code set: POST `/account/two-factor/recovery-codes`.
    #[must_use]
    pub fn new_recovery_codes(chrome: Chrome, set: Option<String>) -> Self {
        let words = chrome.words;
        let (action, count) = (format!("{}/recovery-codes", chrome.two_factor()), chrome.recovery_codes());
        let page = Self::asking(
            chrome,
            words.replace_codes_title().to_owned(),
            &words.replace_codes_text(count),
            action,
            words.replace_codes_button(),
        );
        Self { set, ..page }
    }

    /// Adding another authenticator: POST `/account/two-factor/authenticators/add`.
    #[must_use]
    pub fn add_authenticator(chrome: Chrome) -> Self {
        let words = chrome.words;
        let action = format!("{}/authenticators/add", chrome.two_factor());
        Self::asking(
            chrome,
            words.add_authenticator_title().to_owned(),
            words.add_authenticator_text(),
            action,
            words.add_authenticator_button(),
        )
    }

    /// Removing one authenticator of several: POST `/account/two-factor/authenticators/{id}/remove`.
    #[must_use]
    pub fn remove_authenticator(chrome: Chrome, id: &str, name: &str) -> Self {
        let words = chrome.words;
        let title = words.remove_authenticator_title(name);
        let action = format!("{}/authenticators/{id}/remove", chrome.two_factor());
        let page = Self::asking(
            chrome,
            title,
            words.remove_authenticator_text(),
            action,
            words.remove_authenticator_button(),
        );
        Self { danger: true, ..page }
    }

    fn asking(chrome: Chrome, title: String, explanation: &str, action: String, button: &str) -> Self {
        Self {
            chrome,
            title,
            explanation: explanation.to_owned(),
            action,
            button: button.to_owned(),
            danger: false,
            set: None,
            ask_code: false,
            password_error: None,
            code_error: None,
            error: None,
        }
    }

    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn focus(&self) -> &'static str {
        let fields = [("password", self.password_error.as_ref()), ("code", self.code_error.as_ref())];
        focus(self.error.as_ref(), &fields, if self.chrome.asks_password() { "password" } else { "code" })
    }

    fn is_wrong(&self) -> bool {
        [&self.password_error, &self.code_error, &self.error].into_iter().any(Option::is_some)
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let words = Words::of(language);
        let chrome = |path: &str| Chrome::sample_signed_in(language, path, true);
        let codes =
            Self::new_recovery_codes(chrome("/account/two-factor/recovery-codes"), Some("7".to_owned()));
        let add = Self::add_authenticator(chrome("/account/two-factor/authenticators/add"));
        let remove =
            Self::remove_authenticator(chrome("/account/two-factor/authenticators/7/remove"), "7", "Tablet");
        let hostile = Self::remove_authenticator(
            Chrome::sample_hostile(language, "/account/two-factor/authenticators/7/remove"),
            "7",
            super::chrome::HOSTILE,
        );
        vec![
            ("new_recovery_codes", Self { ask_code: true, ..codes.clone() }),
            ("error", Self { password_error: Some(words.error_password_wrong().to_owned()), ..codes }),
            ("add_authenticator", add),
            ("remove_authenticator", remove),
            ("hostile", Self { ask_code: true, ..hostile }),
            (
                "hosted",
                Self {
                    ask_code: true,
                    ..Self::remove_authenticator(
                        Chrome::sample_hosted(language, "authenticators/7/remove", true),
                        "7",
                        "Tablet",
                    )
                },
            ),
            (
                "hosted_fresh",
                Self::new_recovery_codes(
                    Chrome::sample_hosted(language, "recovery-codes", true),
                    Some("7".to_owned()),
                ),
            ),
        ]
    }
}

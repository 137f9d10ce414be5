//! What every page shares: the operator's name, the account menu, the notice after a redirect, the language choice.

use countersign::recovery::CODES_IN_A_SET;

use super::Host;
use crate::l10n::{Language, Words};
use crate::static_files;

/// The frame around a page. The layout (`templates/layout.html`) draws it.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// The words of the page's language.
    pub words: Words,
    /// The operator's name (`name` of the configuration).
    pub brand: String,
    /// Whoever is signed in; `None` draws no account menu.
    pub user: Option<UserMenu>,
    /// The application whose user sees the page; `None`: the page is the portal's.
    pub host: Option<Host>,
    /// What happened before a redirect led here.
    pub notice: Option<Notice>,
    /// Path and query of this page, for the way back after choosing a language. For an answer to a POST, the page
    /// whose form was sent. Must begin with `/`.
    pub path: String,
    /// Name of the zone that moments on this page are in, for example "UTC" or "Europe/Prague".
    pub time_zone: String,
}

/// The account menu at the top right.
#[derive(Clone, Debug)]
pub struct UserMenu {
    /// The account's name.
    pub name: String,
    /// The account's email.
    pub email: String,
    /// One or two letters for the avatar.
    pub initials: String,
    /// Whether 2FA is on; while it is off the menu offers to turn it on.
    pub two_factor_on: bool,
}

/// A message about what has just happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It worked.
    Done(String),
    /// Something to know, neither good nor bad, for example that a page is seen only after signing in.
    Told(String),
    /// Something wants the reader's attention, for example that few recovery codes are left.
    Warning(String),
}

impl Notice {
    /// The message.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Done(text) | Self::Told(text) | Self::Warning(text) => text,
        }
    }

    /// How the style sheet calls it.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Told(_) => "told",
            Self::Warning(_) => "warning",
        }
    }
}

impl UserMenu {
    /// The menu of an account; the initials come from the name, or from the email when the name has no letters.
    pub fn of(name: impl Into<String>, email: impl Into<String>, two_factor_on: bool) -> Self {
        let (name, email) = (name.into(), email.into());
        let initials = match initials(&name) {
            letters if letters.is_empty() => initials(&email),
            letters => letters,
        };
        Self { name, email, initials, two_factor_on }
    }
}

/// First letters of the first and the last word, in capitals.
fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = letters.next();
    let last = letters.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

impl Chrome {
    /// The frame of a page for somebody who is not signed in, without a notice.
    pub fn new(words: Words, brand: impl Into<String>, path: impl Into<String>) -> Self {
        let (brand, path) = (brand.into(), path.into());
        Self { words, brand, user: None, host: None, notice: None, path, time_zone: "UTC".to_owned() }
    }

    /// Where the pages of the second step are.
    pub(crate) fn second_step(&self) -> &str {
        self.host.as_ref().map_or("/sign-in", |host| &host.base)
    }

    /// Where the pages of the second factor are.
    pub(crate) fn two_factor(&self) -> &str {
        self.host.as_ref().map_or("/account/two-factor", |host| &host.base)
    }

    /// The page with everything, if there is one to go back to.
    pub(crate) fn home(&self) -> Option<String> {
        match &self.host {
            None => Some("/account".to_owned()),
            Some(host) => host.manages.then(|| format!("{}/manage", host.base)),
        }
    }

    /// Its name on a button.
    pub(crate) fn back_home(&self) -> &'static str {
        match self.host {
            None => self.words.back_to_profile(),
            Some(_) => self.words.hosted_back_to_settings(),
        }
    }

    /// Whether a password is asked for: an application's own is not ours to ask for.
    pub(crate) fn asks_password(&self) -> bool {
        self.host.is_none()
    }

    /// What may be typed where a code is asked for.
    pub(crate) fn code_hint(&self) -> &'static str {
        if self.recovery_codes() > 0 { self.words.confirm_code_hint() } else { "" }
    }

    /// How many recovery codes a set has.
    pub(crate) fn recovery_codes(&self) -> usize {
        self.host.as_ref().map_or(CODES_IN_A_SET, |host| host.recovery_codes)
    }

    /// The languages to choose from, in the order of the page's foot.
    pub(crate) fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    /// Address of the style sheet, with the hash of its content.
    pub(crate) fn css(&self) -> &'static str {
        static_files::css_url()
    }

    /// Address of the script, with the hash of its content.
    pub(crate) fn js(&self) -> &'static str {
        static_files::js_url()
    }

    /// Address of the icon, with the hash of its content.
    pub(crate) fn icon(&self) -> &'static str {
        static_files::icon_url()
    }

    /// A frame for samples: nobody signed in.
    pub(crate) fn sample(language: Language, path: &str) -> Self {
        Self::new(Words::of(language), "Acme Mail", path)
    }

    /// A frame for samples: Jana signed in.
    pub(crate) fn sample_signed_in(language: Language, path: &str, two_factor_on: bool) -> Self {
        let user = Some(UserMenu::of("Jana Nováková", "jana@example.com", two_factor_on));
        Self { user, ..Self::sample(language, path) }
    }

    /// A frame for samples: a user of an application.
    pub(crate) fn sample_hosted(language: Language, page: &str, manages: bool) -> Self {
        Host::sample(manages).frame(Self::sample(language, &format!("/hosted/7/{page}")))
    }

    /// A frame for samples: somebody whose name is long and hostile.
    pub(crate) fn sample_hostile(language: Language, path: &str) -> Self {
        let user = Some(UserMenu::of(
            HOSTILE,
            "a.very.long.address.that.never.ends.and.never.breaks@subdomain.of.a.long.domain.example",
            true,
        ));
        let brand = "Průmyslové závody a sklárny Horní Dolní, akciová společnost <b>&amp;".to_owned();
        Self { user, brand, ..Self::sample(language, path) }
    }
}

/// A name that wants to be markup, to turn the line around, and to burst every box.
pub(crate) const HOSTILE: &str = "<script>alert('1')</script>\"><img src=x onerror=alert(1)> \u{202e}gnihtemos Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_and_the_last_name() {
        assert_eq!(UserMenu::of("Jana Marie Nováková", "j@example.com", false).initials, "JN");
        assert_eq!(UserMenu::of("čeněk", "c@example.com", false).initials, "Č");
        assert_eq!(UserMenu::of("<b>", "c@example.com", false).initials, "B");
    }

    #[test]
    fn a_name_without_letters_borrows_from_the_email() {
        assert_eq!(UserMenu::of(" \u{202e} ", "zoe@example.com", false).initials, "Z");
        assert_eq!(UserMenu::of("", "", false).initials, "");
    }
}

//! The application whose user sees a page: its name, its logo, its colour, and where its pages are.

use super::Chrome;

/// An application on a page of ours.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name, as authenticator apps show it.
    pub name: String,
    /// The account, as its owner knows it.
    pub account: String,
    /// Where the pages of this errand are: a path without a slash at its end.
    pub base: String,
    /// The style sheet with its colour.
    pub css: Option<String>,
    /// Its logo.
    pub logo: Option<String>,
    /// Whether the errand has a page with everything.
    pub manages: bool,
    /// How many recovery codes a set has; zero: there are none.
    pub recovery_codes: usize,
}

impl Host {
    /// The frame of a page of its own.
    pub(crate) fn frame(self, chrome: Chrome) -> Chrome {
        Chrome { brand: self.name.clone(), user: None, host: Some(self), ..chrome }
    }

    /// An application for samples.
    pub(crate) fn sample(manages: bool) -> Self {
        Self {
            name: "Hrnčířství Nováková".to_owned(),
            account: "jana@example.com".to_owned(),
            base: "/hosted/7".to_owned(),
            css: Some("/hosted/colour/7a2e1f.css".to_owned()),
            logo: Some("/hosted/logo/0123456789abcdef.png".to_owned()),
            manages,
            recovery_codes: 10,
        }
    }
}

//! `/hosted/{errand}/manage`: all there is of an account's second factor, for the user of an application.

use askama::Template;

use super::profile::{Authenticator, Device, Profile, RecoveryCodesLeft, TwoFactor};
use super::{Chrome, html};
use crate::l10n::Language;

/// The second factor of an application's user: the cards of My profile that are about it.
#[derive(Clone, Debug, Template)]
#[template(path = "manage.html")]
pub struct Manage {
    /// The frame.
    pub chrome: Chrome,
    /// Whether 2FA is on.
    pub two_factor: TwoFactor,
    /// The authenticators in use (only shown while 2FA is on).
    pub authenticators: Vec<Authenticator>,
    /// What is left of the recovery code set (only shown while 2FA is on).
    pub recovery_codes: Option<RecoveryCodesLeft>,
    /// Days a device is remembered; 0 means never.
    pub remember_days: u16,
    /// The remembered devices.
    pub devices: Vec<Device>,
}

impl Manage {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.hosted_manage_title()
    }

    fn is_wrong(&self) -> bool {
        false
    }

    fn on(&self) -> bool {
        matches!(self.two_factor, TwoFactor::On { .. })
    }

    /// Whether an authenticator may go: the last one only goes by turning 2FA off.
    fn removable(&self) -> bool {
        self.authenticators.len() > 1
    }

    /// The page in its states, for tests and pictures.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let profiles = Profile::samples(language).into_iter();
        let of = |(name, profile): (&'static str, Profile)| {
            let view = Self {
                chrome: Chrome::sample_hosted(language, "manage", true),
                two_factor: profile.two_factor,
                authenticators: profile.authenticators,
                recovery_codes: profile.recovery_codes,
                remember_days: profile.remember_days,
                devices: profile.devices,
            };
            (name, view)
        };
        profiles.filter(|(name, _)| ["off", "on", "hostile"].contains(name)).map(of).collect()
    }
}

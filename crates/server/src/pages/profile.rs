//! `/account`: My profile, one card a subject.

use askama::Template;

use super::{ActivityEntry, Chrome, Field, Moment, focus, html};
use crate::l10n::Language;

/// My profile.
#[derive(Clone, Debug, Template)]
#[template(path = "profile.html")]
pub struct Profile {
    /// The frame.
    pub chrome: Chrome,
    /// The account's name. Form: POST `/account/name` with `name`.
    pub name: Field,
    /// The account's email.
    pub email: String,
    /// Whether 2FA is on. The switch leads to `/account/two-factor/turn-on` or `…/turn-off`.
    pub two_factor: TwoFactor,
    /// The authenticators in use (only shown while 2FA is on).
    pub authenticators: Vec<Authenticator>,
    /// What is left of the recovery code set (only shown while 2FA is on).
    pub recovery_codes: Option<RecoveryCodesLeft>,
    /// Days a device is remembered; 0 means never.
    pub remember_days: u16,
    /// The remembered devices.
    pub devices: Vec<Device>,
    /// The sessions, this one first.
    pub sessions: Vec<Session>,
    /// The newest events.
    pub activity: Vec<ActivityEntry>,
}

/// Whether 2FA is on.
#[derive(Clone, Debug)]
pub enum TwoFactor {
    /// It is off.
    Off,
    /// It is on.
    On {
        /// Since when.
        since: Moment,
    },
}

/// One authenticator in a list.
#[derive(Clone, Debug)]
pub struct Authenticator {
    /// Its id, as in `/account/two-factor/authenticators/{id}/…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was added.
    pub added: Moment,
    /// When it last made a code that was accepted.
    pub last_used: Option<Moment>,
}

/// What is left of a recovery code set.
#[derive(Clone, Debug)]
pub struct RecoveryCodesLeft {
    /// How many are unused.
    pub left: usize,
    /// How many there were.
    pub of: usize,
    /// When they were made.
    pub made: Moment,
    /// Whether they are switched off, because an older backup was restored.
    pub doubted: bool,
}

/// One remembered device in a list.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id, as in POST `/account/two-factor/devices/{id}/forget`.
    pub id: String,
    /// A name a person recognises, for example "Firefox on Linux".
    pub name: String,
    /// When it was remembered.
    pub since: Moment,
    /// When it is forgotten by itself.
    pub until: Moment,
    /// When it last stood in for a code.
    pub last_used: Option<Moment>,
    /// Whether the reader is using it now.
    pub this_one: bool,
}

/// One session in a list.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id, as in POST `/account/sessions/{id}/end`.
    pub id: String,
    /// The browser, for example "Firefox on Linux".
    pub browser: String,
    /// When it was opened.
    pub signed_in: Moment,
    /// When it was last used.
    pub last_seen: Moment,
    /// How its owner signed in.
    pub how: How,
    /// Whether it is the reader's own.
    pub this_one: bool,
}

/// How somebody signed in, and why a code was or was not asked for, as far as that is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Password and authentication code.
    PasswordAndCode,
    /// Password and two codes in a row.
    PasswordAndTwoCodes,
    /// Password and recovery code.
    PasswordAndRecoveryCode {
        /// How many were left after it.
        left: Option<u32>,
    },
    /// Password, on a remembered device.
    PasswordOnRememberedDevice {
        /// The name it had, and until which day it was remembered.
        device: Option<(String, String)>,
    },
    /// Password alone.
    Password {
        /// Whether that was because 2FA was off.
        off: bool,
    },
}

/// Recovery codes left at which the page warns.
const FEW_CODES: usize = 3;

impl Profile {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(self)
    }

    fn title(&self) -> &'static str {
        self.chrome.words.profile_title()
    }

    fn focus(&self) -> &'static str {
        focus(None, &[("name", self.name.error.as_ref())], "")
    }

    fn is_wrong(&self) -> bool {
        self.name.error.is_some()
    }

    fn on(&self) -> bool {
        matches!(self.two_factor, TwoFactor::On { .. })
    }

    /// Whether an authenticator may go: the last one only goes by turning 2FA off.
    fn removable(&self) -> bool {
        self.authenticators.len() > 1
    }

    fn others_signed_in(&self) -> bool {
        self.sessions.iter().any(|session| !session.this_one)
    }

    fn how(&self, session: &Session) -> String {
        let words = self.chrome.words;
        match &session.how {
            How::PasswordAndCode => words.how_password_and_code().to_owned(),
            How::PasswordAndTwoCodes => words.how_password_and_two_codes().to_owned(),
            How::PasswordAndRecoveryCode { left: Some(left) } => {
                words.how_password_and_recovery_code_left(*left)
            }
            How::PasswordAndRecoveryCode { left: None } => words.how_password_and_recovery_code().to_owned(),
            How::PasswordOnRememberedDevice { device: Some((device, until)) } => {
                words.how_not_asked_remembered(device, until)
            }
            How::PasswordOnRememberedDevice { device: None } => {
                words.how_password_on_remembered_device().to_owned()
            }
            How::Password { off: true } => words.how_not_asked_off().to_owned(),
            How::Password { off: false } => words.how_password().to_owned(),
        }
    }
}

impl RecoveryCodesLeft {
    pub(super) fn few(&self) -> bool {
        !self.doubted && self.left <= FEW_CODES
    }
}

mod samples {
    use super::super::chrome::HOSTILE;
    use super::super::moment::sample;
    use super::*;
    use crate::l10n::Words;
    use crate::pages::Notice;

    impl Profile {
        /// The page in its states, for tests and pictures.
        #[must_use]
        pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
            let words = Words::of(language);
            let off = off(language);
            let on = on(language);
            let few = Self {
                chrome: Chrome {
                    notice: Some(Notice::Warning(words.notice_few_codes(1))),
                    ..on.chrome.clone()
                },
                recovery_codes: Some(RecoveryCodesLeft {
                    left: 1,
                    of: 10,
                    made: sample::long_ago(language),
                    doubted: false,
                }),
                devices: Vec::new(),
                authenticators: on.authenticators.iter().take(1).cloned().collect(),
                ..on.clone()
            };
            let made = sample::long_ago(language);
            let doubted = Self {
                chrome: Chrome {
                    notice: Some(Notice::Warning(words.notice_codes_doubted().to_owned())),
                    ..on.chrome.clone()
                },
                recovery_codes: Some(RecoveryCodesLeft { left: 0, of: 10, made, doubted: true }),
                devices: Vec::new(),
                sessions: on.sessions.iter().take(1).cloned().collect(),
                ..on.clone()
            };
            let saved = Self {
                chrome: Chrome {
                    notice: Some(Notice::Done(words.notice_name_changed().to_owned())),
                    ..off.chrome.clone()
                },
                ..off.clone()
            };
            let error = Self { name: Field::wrong("", words.error_name_empty()), ..off.clone() };
            vec![
                ("off", off),
                ("on", on.clone()),
                ("few_codes", few),
                ("doubted_codes", doubted),
                ("saved", saved),
                ("error", error),
                ("hostile", hostile(on, language)),
            ]
        }
    }

    fn off(language: Language) -> Profile {
        Profile {
            chrome: Chrome::sample_signed_in(language, "/account", false),
            name: Field::of("Jana Nováková"),
            email: "jana@example.com".to_owned(),
            two_factor: TwoFactor::Off,
            authenticators: Vec::new(),
            recovery_codes: None,
            remember_days: 30,
            devices: Vec::new(),
            sessions: vec![Session {
                id: "s1".to_owned(),
                browser: "Firefox on Linux".to_owned(),
                signed_in: sample::now(language),
                last_seen: sample::now(language),
                how: How::Password { off: true },
                this_one: true,
            }],
            activity: ActivityEntry::samples(language),
        }
    }

    fn on(language: Language) -> Profile {
        let authenticator = |id: &str, name: &str, last_used: Option<Moment>| Authenticator {
            id: id.to_owned(),
            name: name.to_owned(),
            added: sample::long_ago(language),
            last_used,
        };
        let device = |id: &str, name: &str, this_one: bool| Device {
            id: id.to_owned(),
            name: name.to_owned(),
            since: sample::earlier(language),
            until: sample::ahead(language),
            last_used: this_one.then(|| sample::now(language)),
            this_one,
        };
        let session = |id: &str, browser: &str, how, this_one| Session {
            id: id.to_owned(),
            browser: browser.to_owned(),
            signed_in: sample::earlier(language),
            last_seen: sample::now(language),
            how,
            this_one,
        };
        let until = sample::ahead(language).text;
        let remembered =
            How::PasswordOnRememberedDevice { device: Some(("Safari on iPhone".to_owned(), until)) };
        Profile {
            chrome: Chrome::sample_signed_in(language, "/account", true),
            two_factor: TwoFactor::On { since: sample::long_ago(language) },
            authenticators: vec![
                authenticator("7", "Telefon", Some(sample::now(language))),
                authenticator("8", "Tablet", None),
            ],
            recovery_codes: Some(RecoveryCodesLeft {
                left: 9,
                of: 10,
                made: sample::long_ago(language),
                doubted: false,
            }),
            devices: vec![device("d1", "Firefox on Linux", true), device("d2", "Safari on iPhone", false)],
            sessions: vec![
                session("s1", "Firefox on Linux", How::PasswordAndCode, true),
                session("s2", "Chrome on Android", How::PasswordAndRecoveryCode { left: Some(9) }, false),
                session("s3", "Safari on iPhone", remembered, false),
            ],
            ..off(language)
        }
    }

    fn hostile(on: Profile, language: Language) -> Profile {
        let mut authenticators = on.authenticators.clone();
        let mut devices = on.devices.clone();
        let mut sessions = on.sessions.clone();
        authenticators.iter_mut().for_each(|one| one.name = HOSTILE.to_owned());
        devices.iter_mut().for_each(|one| one.name = HOSTILE.to_owned());
        sessions.iter_mut().for_each(|one| one.browser = HOSTILE.to_owned());
        let chrome = Chrome::sample_hostile(language, "/account?a=<script>&b=\"x\"");
        Profile {
            email: chrome.user.as_ref().map(|user| user.email.clone()).unwrap_or_default(),
            chrome: Chrome { notice: Some(Notice::Done(HOSTILE.to_owned())), ..chrome },
            name: Field::of(HOSTILE),
            authenticators,
            devices,
            sessions,
            activity: ActivityEntry::samples(language)
                .into_iter()
                .map(|entry| ActivityEntry {
                    sentence: HOSTILE.to_owned(),
                    browser: Some(HOSTILE.to_owned()),
                    ..entry
                })
                .collect(),
            ..on
        }
    }
}

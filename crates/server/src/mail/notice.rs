//! Notices in words: what happened to an account, when, from where, and what to do if it was somebody else.

use countersign::{event::Actor, notice::Notice};
use countersign_store::outbox::Recipient;

use super::letter::{Fact, Letter, Link, greeting, on_one_line};
use crate::agent;
use crate::l10n::{Language, Words};

/// What a notice is written from.
pub(super) struct Told<'a> {
    /// The words of its reader.
    pub(super) words: Words,
    /// The operator's name.
    pub(super) brand: &'a str,
    /// The address of My profile.
    pub(super) profile: String,
    /// To whom it goes.
    pub(super) to: &'a Recipient,
    /// What happened.
    pub(super) notice: &'a Notice,
    /// When, with the time zone.
    pub(super) when: String,
    /// Who did it.
    pub(super) actor: Option<Actor>,
    /// By which browser.
    pub(super) browser: Option<&'a str>,
    /// From which network address.
    pub(super) address: Option<&'a str>,
}

/// The letter of a notice.
pub(super) fn letter(told: Told<'_>) -> Letter {
    let Told { words, brand, profile, to, notice, when, actor, browser, address } = told;
    let (title, text) = said(words, notice);
    let mut facts = vec![
        Fact { label: words.letter_account(), value: on_one_line(&to.email) },
        Fact { label: words.letter_when(), value: when },
    ];
    match actor {
        // What was done from a terminal, or by Countersign itself, has no browser.
        Some(Actor::Administrator | Actor::System) => {
            facts.push(Fact { label: words.letter_who(), value: words.letter_by_administrator().to_owned() });
        }
        Some(Actor::Owner | Actor::Visitor | Actor::Application) | None => {
            let browser = browser.map(|browser| on_one_line(&agent::in_words(words, browser)));
            facts.extend(browser.map(|value| Fact { label: words.letter_browser(), value }));
            let address = address.map(on_one_line);
            facts.extend(address.map(|value| Fact { label: words.letter_address(), value }));
        }
    }
    Letter {
        words,
        brand: brand.to_owned(),
        title,
        greeting: greeting(words, to),
        text,
        facts,
        advice: Some(advice(words, brand, notice)),
        link: Some(Link { label: words.letter_open_profile(), address: profile }),
        why: words.letter_why(),
    }
}

/// The title, and what happened.
fn said(words: Words, notice: &Notice) -> (&'static str, String) {
    match notice {
        Notice::TwoFactorOn { authenticator } => {
            (words.letter_two_factor_on_title(), words.letter_two_factor_on(on_one_line(authenticator)))
        }
        Notice::TwoFactorOff => {
            (words.letter_two_factor_off_title(), words.letter_two_factor_off().to_owned())
        }
        Notice::TwoFactorReset { reason } => {
            (words.letter_two_factor_reset_title(), words.letter_two_factor_reset(on_one_line(reason)))
        }
        Notice::AuthenticatorAdded { authenticator } => (
            words.letter_authenticator_added_title(),
            words.letter_authenticator_added(on_one_line(authenticator)),
        ),
        Notice::AuthenticatorRemoved { authenticator } => (
            words.letter_authenticator_removed_title(),
            words.letter_authenticator_removed(on_one_line(authenticator)),
        ),
        Notice::RecoveryCodeUsed { left } => {
            (words.letter_recovery_code_used_title(), words.letter_recovery_code_used(*left))
        }
        Notice::RecoveryCodesReplaced => {
            (words.letter_recovery_codes_replaced_title(), words.letter_recovery_codes_replaced().to_owned())
        }
        Notice::DeviceRemembered => {
            (words.letter_device_remembered_title(), words.letter_device_remembered().to_owned())
        }
        Notice::DeviceForgotten => {
            (words.letter_device_forgotten_title(), words.letter_device_forgotten().to_owned())
        }
        Notice::DevicesForgotten => {
            (words.letter_devices_forgotten_title(), words.letter_devices_forgotten().to_owned())
        }
        Notice::DeviceCopied => (words.letter_device_copied_title(), words.letter_device_copied().to_owned()),
        Notice::SetUpLinkGiven => {
            (words.letter_set_up_link_given_title(), words.letter_set_up_link_given().to_owned())
        }
        Notice::SecondFactorMissing { wrong } => {
            (words.letter_second_factor_missing_title(), words.letter_second_factor_missing(*wrong))
        }
        Notice::TooManyWrongCodes => {
            (words.letter_too_many_wrong_codes_title(), words.letter_too_many_wrong_codes().to_owned())
        }
        Notice::PasswordChanged => {
            (words.letter_password_changed_title(), words.letter_password_changed().to_owned())
        }
        Notice::PasswordLinkHandedOut => (
            words.letter_password_link_handed_out_title(),
            words.letter_password_link_handed_out().to_owned(),
        ),
        Notice::PasswordReset => {
            (words.letter_password_reset_title(), words.letter_password_reset().to_owned())
        }
        Notice::AccountDisabled => {
            (words.letter_account_disabled_title(), words.letter_account_disabled().to_owned())
        }
        Notice::AccountEnabled => {
            (words.letter_account_enabled_title(), words.letter_account_enabled().to_owned())
        }
        Notice::SignedOutByAdministrator => {
            (words.letter_signed_out_title(), words.letter_signed_out().to_owned())
        }
        Notice::SignUpRepeated => {
            (words.letter_sign_up_repeated_title(), words.letter_sign_up_repeated().to_owned())
        }
    }
}

/// What to do about it.
fn advice(words: Words, brand: &str, notice: &Notice) -> String {
    match notice {
        Notice::TwoFactorOn { .. }
        | Notice::TwoFactorOff
        | Notice::AuthenticatorAdded { .. }
        | Notice::AuthenticatorRemoved { .. }
        | Notice::RecoveryCodeUsed { .. }
        | Notice::RecoveryCodesReplaced
        | Notice::DeviceRemembered
        | Notice::DeviceForgotten
        | Notice::DevicesForgotten
        | Notice::PasswordChanged => words.letter_advice_change(brand),
        Notice::DeviceCopied => words.letter_advice_device_copied().to_owned(),
        Notice::SecondFactorMissing { .. } | Notice::TooManyWrongCodes => {
            words.letter_advice_password().to_owned()
        }
        Notice::PasswordReset => words.letter_advice_mailbox(brand),
        Notice::TwoFactorReset { .. }
        | Notice::SetUpLinkGiven
        | Notice::PasswordLinkHandedOut
        | Notice::AccountDisabled
        | Notice::AccountEnabled
        | Notice::SignedOutByAdministrator => words.letter_advice_operator(brand),
        Notice::SignUpRepeated => words.letter_advice_sign_up().to_owned(),
    }
}

/// Every notice, and one to somebody whose names are hostile.
pub(super) fn samples(language: Language) -> Vec<(&'static str, Letter)> {
    let phone = || "Phone".to_owned();
    let notices = [
        ("two_factor_on", Notice::TwoFactorOn { authenticator: phone() }),
        ("two_factor_off", Notice::TwoFactorOff),
        ("two_factor_reset", Notice::TwoFactorReset { reason: "Lost the phone; asked in person".to_owned() }),
        ("authenticator_added", Notice::AuthenticatorAdded { authenticator: phone() }),
        ("authenticator_removed", Notice::AuthenticatorRemoved { authenticator: phone() }),
        ("recovery_code_used", Notice::RecoveryCodeUsed { left: 3 }),
        ("last_recovery_code_used", Notice::RecoveryCodeUsed { left: 0 }),
        ("recovery_codes_replaced", Notice::RecoveryCodesReplaced),
        ("device_remembered", Notice::DeviceRemembered),
        ("device_forgotten", Notice::DeviceForgotten),
        ("devices_forgotten", Notice::DevicesForgotten),
        ("device_copied", Notice::DeviceCopied),
        ("set_up_link_given", Notice::SetUpLinkGiven),
        ("second_factor_missing", Notice::SecondFactorMissing { wrong: 0 }),
        ("second_factor_wrong", Notice::SecondFactorMissing { wrong: 3 }),
        ("too_many_wrong_codes", Notice::TooManyWrongCodes),
        ("password_changed", Notice::PasswordChanged),
        ("password_link_handed_out", Notice::PasswordLinkHandedOut),
        ("password_reset", Notice::PasswordReset),
        ("account_disabled", Notice::AccountDisabled),
        ("account_enabled", Notice::AccountEnabled),
        ("signed_out_by_administrator", Notice::SignedOutByAdministrator),
        ("sign_up_repeated", Notice::SignUpRepeated),
        ("hostile", Notice::AuthenticatorAdded { authenticator: format!("{HOSTILE}\r\nBcc: x@example.com") }),
    ];
    let words = Words::of(language);
    let sample = |(name, notice): (&'static str, Notice)| {
        let hostile = name == "hostile";
        let to = Recipient {
            account: None,
            email: "jana@example.com".to_owned(),
            name: if hostile { HOSTILE } else { "Jana Nováková" }.to_owned(),
            language: None,
        };
        let by_hand = matches!(
            notice,
            Notice::TwoFactorReset { .. }
                | Notice::PasswordLinkHandedOut
                | Notice::AccountDisabled
                | Notice::AccountEnabled
                | Notice::SignedOutByAdministrator
        );
        let told = Told {
            words,
            brand: if hostile { "Horní <b>&amp; Dolní" } else { "Acme Mail" },
            profile: "https://sign-in.example.com/account".to_owned(),
            to: &to,
            notice: &notice,
            when: words.moment_on(words.moment_date(22, 11, 2026), "14:02") + " (UTC)",
            actor: Some(if by_hand { Actor::Administrator } else { Actor::Owner }),
            browser: Some(if hostile { HOSTILE } else { "Firefox on Linux" }),
            address: Some("192.0.2.7"),
        };
        (name, letter(told))
    };
    notices.into_iter().map(sample).collect()
}

/// A name that wants to be markup, to turn the line around, and to begin a line of its own.
const HOSTILE: &str =
    "<script>alert('1')</script>\"><img src=x onerror=alert(1)> \u{202e}gnihtemos\nSubject: won";

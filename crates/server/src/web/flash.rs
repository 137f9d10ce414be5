//! A message that an answer leaves for the next page: a word in a cookie, never a text in an address.

use data_encoding::BASE64URL_NOPAD;

use crate::l10n::Words;
use crate::pages::Notice;

/// What the next page says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flash {
    /// The account is made; sign in.
    AccountCreated,
    /// Signed out.
    SignedOut,
    /// The pending sign-in or the session is over.
    TimedOut,
    /// The session is over.
    SessionEnded,
    /// A page that needs a session.
    SignInFirst,
    /// 2FA is on; sign in again.
    SignInAgain,
    /// 2FA is on, and the session stays.
    TwoFactorOn,
    /// 2FA is off.
    TwoFactorOff,
    /// The form of replacing the recovery codes was sent twice.
    CodesReplacedAlready,
    /// Something changed while one was confirming: once more.
    ChangedMeanwhile,
    /// It was on already.
    AlreadyOn,
    /// It was off already.
    AlreadyOff,
    /// A recovery code was used; so many are left.
    RecoveryCodeUsed(usize),
    /// So many recovery codes are left, and they are few.
    FewRecoveryCodes(usize),
    /// The recovery codes are switched off, since an older backup was restored.
    RecoveryCodesDoubted,
    /// The QR code is too old.
    EnrolmentExpired,
    /// The account has as many authenticators as it may.
    AuthenticatorsMany,
    /// The last authenticator stays.
    AuthenticatorLast,
    /// The name is saved.
    NameChanged,
    /// The password is changed.
    PasswordChanged,
    /// A forgotten password is set anew; sign in.
    PasswordReset,
    /// A letter with a link that confirms the address is on its way.
    ConfirmationSent,
    /// The address is confirmed.
    AddressConfirmed,
    /// An authenticator of this name was added.
    AuthenticatorAdded(String),
    /// An authenticator got this name.
    AuthenticatorRenamed(String),
    /// An authenticator of this name was removed.
    AuthenticatorRemoved(String),
    /// A device was forgotten.
    DeviceForgotten,
    /// All devices were forgotten.
    DevicesForgotten,
    /// A session was ended.
    SessionEndedByOwner,
    /// All other sessions were ended.
    SessionsEnded,
}

impl Flash {
    /// The cookie's value.
    pub(super) fn to_cookie(&self) -> String {
        let named = |word: &str, name: &str| format!("{word}.{}", BASE64URL_NOPAD.encode(name.as_bytes()));
        match self {
            Self::RecoveryCodeUsed(left) => format!("recovery-code-used.{left}"),
            Self::FewRecoveryCodes(left) => format!("few-recovery-codes.{left}"),
            Self::AuthenticatorAdded(name) => named("authenticator-added", name),
            Self::AuthenticatorRenamed(name) => named("authenticator-renamed", name),
            Self::AuthenticatorRemoved(name) => named("authenticator-removed", name),
            plain => plain.word().to_owned(),
        }
    }

    /// Reads the cookie's value; anything else is no message.
    pub(super) fn from_cookie(value: &str) -> Option<Self> {
        let Some((word, rest)) = value.split_once('.') else {
            return PLAIN.iter().find(|flash| flash.word() == value).cloned();
        };
        let name = || {
            let bytes = BASE64URL_NOPAD.decode(rest.as_bytes()).ok()?;
            let name = countersign::name::Name::parse(&String::from_utf8(bytes).ok()?).ok()?;
            Some(name.as_str().to_owned())
        };
        match word {
            "recovery-code-used" => rest.parse().ok().map(Self::RecoveryCodeUsed),
            "few-recovery-codes" => rest.parse().ok().map(Self::FewRecoveryCodes),
            "authenticator-added" => name().map(Self::AuthenticatorAdded),
            "authenticator-renamed" => name().map(Self::AuthenticatorRenamed),
            "authenticator-removed" => name().map(Self::AuthenticatorRemoved),
            _ => None,
        }
    }

    /// The message in the words of a page.
    pub(super) fn notice(&self, words: Words) -> Notice {
        let done = |text: &str| Notice::Done(text.to_owned());
        let warning = |text: &str| Notice::Warning(text.to_owned());
        match self {
            Self::AccountCreated => done(words.sign_in_account_created()),
            Self::SignedOut => done(words.sign_in_signed_out()),
            Self::TimedOut => warning(words.sign_in_timed_out()),
            Self::SessionEnded => warning(words.sign_in_session_ended()),
            Self::SignInFirst => Notice::Told(words.sign_in_first().to_owned()),
            Self::SignInAgain => done(words.sign_in_two_factor_is_on()),
            Self::TwoFactorOn => done(words.notice_two_factor_on()),
            Self::TwoFactorOff => done(words.notice_two_factor_off()),
            Self::CodesReplacedAlready => warning(words.notice_codes_replaced_already()),
            Self::ChangedMeanwhile => warning(words.notice_changed_meanwhile()),
            Self::AlreadyOn => warning(words.notice_two_factor_already_on()),
            Self::AlreadyOff => warning(words.notice_two_factor_already_off()),
            Self::RecoveryCodeUsed(left) if *left > 0 => {
                Notice::Warning(words.notice_recovery_code_used(counted(*left)))
            }
            Self::RecoveryCodeUsed(_) => warning(words.notice_last_recovery_code_used()),
            Self::FewRecoveryCodes(left) => Notice::Warning(words.notice_few_codes(counted(*left))),
            Self::RecoveryCodesDoubted => warning(words.notice_codes_doubted()),
            Self::EnrolmentExpired => warning(words.error_enrolment_expired()),
            Self::AuthenticatorsMany => {
                let most = u32::try_from(countersign::enrolment::MOST_AUTHENTICATORS).unwrap_or(u32::MAX);
                Notice::Warning(words.error_authenticators_many(most))
            }
            Self::AuthenticatorLast => warning(words.error_authenticator_last()),
            Self::NameChanged => done(words.notice_name_changed()),
            Self::PasswordChanged => done(words.notice_password_changed()),
            Self::PasswordReset => done(words.reset_password_done()),
            Self::ConfirmationSent => done(words.address_first_sent()),
            Self::AddressConfirmed => done(words.confirm_address_done()),
            Self::AuthenticatorAdded(name) => Notice::Done(words.notice_authenticator_added(name)),
            Self::AuthenticatorRenamed(name) => Notice::Done(words.notice_authenticator_renamed(name)),
            Self::AuthenticatorRemoved(name) => Notice::Done(words.notice_authenticator_removed(name)),
            Self::DeviceForgotten => done(words.notice_device_forgotten()),
            Self::DevicesForgotten => done(words.notice_devices_forgotten()),
            Self::SessionEndedByOwner => done(words.notice_session_ended()),
            Self::SessionsEnded => done(words.notice_sessions_ended()),
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::AccountCreated => "account-created",
            Self::SignedOut => "signed-out",
            Self::TimedOut => "timed-out",
            Self::SessionEnded => "session-ended",
            Self::SignInFirst => "sign-in-first",
            Self::SignInAgain => "sign-in-again",
            Self::TwoFactorOn => "two-factor-on",
            Self::TwoFactorOff => "two-factor-off",
            Self::CodesReplacedAlready => "codes-replaced-already",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::AlreadyOn => "already-on",
            Self::AlreadyOff => "already-off",
            Self::RecoveryCodeUsed(_) => "recovery-code-used",
            Self::FewRecoveryCodes(_) => "few-recovery-codes",
            Self::RecoveryCodesDoubted => "recovery-codes-doubted",
            Self::EnrolmentExpired => "enrolment-expired",
            Self::AuthenticatorsMany => "authenticators-many",
            Self::AuthenticatorLast => "authenticator-last",
            Self::NameChanged => "name-changed",
            Self::PasswordChanged => "password-changed",
            Self::PasswordReset => "password-reset",
            Self::ConfirmationSent => "confirmation-sent",
            Self::AddressConfirmed => "address-confirmed",
            Self::AuthenticatorAdded(_) => "authenticator-added",
            Self::AuthenticatorRenamed(_) => "authenticator-renamed",
            Self::AuthenticatorRemoved(_) => "authenticator-removed",
            Self::DeviceForgotten => "device-forgotten",
            Self::DevicesForgotten => "devices-forgotten",
            Self::SessionEndedByOwner => "session-ended-by-owner",
            Self::SessionsEnded => "sessions-ended",
        }
    }
}

/// A number as messages take it.
fn counted(left: usize) -> u32 {
    u32::try_from(left).unwrap_or(u32::MAX)
}

/// The messages that are no more than their word.
const PLAIN: &[Flash] = &[
    Flash::AccountCreated,
    Flash::SignedOut,
    Flash::TimedOut,
    Flash::SessionEnded,
    Flash::SignInFirst,
    Flash::SignInAgain,
    Flash::TwoFactorOn,
    Flash::TwoFactorOff,
    Flash::CodesReplacedAlready,
    Flash::ChangedMeanwhile,
    Flash::AlreadyOn,
    Flash::AlreadyOff,
    Flash::RecoveryCodesDoubted,
    Flash::EnrolmentExpired,
    Flash::AuthenticatorsMany,
    Flash::AuthenticatorLast,
    Flash::NameChanged,
    Flash::PasswordChanged,
    Flash::PasswordReset,
    Flash::ConfirmationSent,
    Flash::AddressConfirmed,
    Flash::DeviceForgotten,
    Flash::DevicesForgotten,
    Flash::SessionEndedByOwner,
    Flash::SessionsEnded,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::l10n::Language;

    #[test]
    fn every_message_survives_its_cookie_and_has_words_in_every_language() {
        let name = "Telefon \"<b>;,=".to_owned();
        let with = [
            Flash::RecoveryCodeUsed(0),
            Flash::RecoveryCodeUsed(9),
            Flash::FewRecoveryCodes(2),
            Flash::AuthenticatorAdded(name.clone()),
            Flash::AuthenticatorRenamed(name.clone()),
            Flash::AuthenticatorRemoved(name),
        ];
        for flash in PLAIN.iter().chain(&with) {
            assert_eq!(Flash::from_cookie(&flash.to_cookie()).as_ref(), Some(flash));
            let [en, cs] = Language::ALL.map(|language| flash.notice(Words::of(language)).text().to_owned());
            assert!(!en.is_empty() && en != cs, "{flash:?}");
        }
    }

    #[test]
    fn a_cookie_that_somebody_else_wrote_says_nothing() {
        for bad in [
            "",
            "x",
            "authenticator-added",
            "authenticator-added.!!",
            "authenticator-added.4oCu",
            "recovery-code-used.-1",
        ] {
            assert_eq!(Flash::from_cookie(bad), None, "{bad}");
        }
    }
}

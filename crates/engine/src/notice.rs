//! Notices: what the owner of an account is told by mail, as far as it is decided from the event alone.
//!
//! NIST SP 800-63B-4 §4.1.2.1 and §4.2.3, ASVS 6.3.7: whoever binds a factor, or gets in without the usual one, is not
//! the only one to know of it.

use crate::{
    Span,
    event::{Event, Kind, Method},
};

/// How often an owner is told at most of what strangers can bring about, so that nobody can flood a mailbox.
pub const STRANGERS_EVERY: Span = Span::hours(1);

/// What one notice says. The moment, the browser and the place are said beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// 2FA was turned on with this authenticator.
    TwoFactorOn {
        /// Its name.
        authenticator: String,
    },
    /// 2FA was turned off.
    TwoFactorOff,
    /// 2FA was turned off by an administrator.
    TwoFactorReset {
        /// Why, in the administrator's words.
        reason: String,
    },
    /// An authenticator was added.
    AuthenticatorAdded {
        /// Its name.
        authenticator: String,
    },
    /// An authenticator was removed.
    AuthenticatorRemoved {
        /// Its name.
        authenticator: String,
    },
    /// A recovery code was used.
    RecoveryCodeUsed {
        /// How many are left.
        left: u32,
    },
    /// The recovery codes were replaced.
    RecoveryCodesReplaced,
    /// A device was remembered: it is not asked for a code for a while.
    DeviceRemembered,
    /// A device was forgotten: it is asked for a code again.
    DeviceForgotten,
    /// All devices were forgotten.
    DevicesForgotten,
    /// Somebody had a copy of what remembers this device.
    DeviceCopied,
    /// An administrator gave a link to set 2FA up again after a reset.
    SetUpLinkGiven,
    /// The password was right, and the sign-in ended without a second factor.
    SecondFactorMissing {
        /// How many wrong codes were typed.
        wrong: u32,
    },
    /// Too many wrong codes: a wait began.
    TooManyWrongCodes,
    /// The password was changed.
    PasswordChanged,
    /// An administrator made a link to set the password anew.
    PasswordLinkHandedOut,
    /// A forgotten password was set anew with a link.
    PasswordReset,
    /// An administrator disabled the account.
    AccountDisabled,
    /// An administrator enabled it again.
    AccountEnabled,
    /// An administrator signed it out everywhere.
    SignedOutByAdministrator,
    /// Somebody tried to make an account for the address.
    SignUpRepeated,
}

impl Notice {
    /// What its owner is told of an event; `None` of what is everyday, undoes nothing, or can be brought about by
    /// anybody who knows an address and nothing else.
    pub fn of(event: &Event) -> Option<Self> {
        let subject = || event.subject.clone().unwrap_or_default();
        let count = event.count.unwrap_or(0);
        match event.kind {
            Kind::TwoFactorOn => Some(Self::TwoFactorOn { authenticator: subject() }),
            Kind::TwoFactorOff => Some(Self::TwoFactorOff),
            Kind::TwoFactorReset => Some(Self::TwoFactorReset { reason: subject() }),
            Kind::AuthenticatorAdded => Some(Self::AuthenticatorAdded { authenticator: subject() }),
            Kind::AuthenticatorRemoved => Some(Self::AuthenticatorRemoved { authenticator: subject() }),
            Kind::RecoveryCodeUsed => Some(Self::RecoveryCodeUsed { left: count }),
            Kind::RecoveryCodesReplaced => Some(Self::RecoveryCodesReplaced),
            Kind::DeviceRemembered => Some(Self::DeviceRemembered),
            Kind::DeviceForgotten => Some(Self::DeviceForgotten),
            Kind::DevicesForgotten => Some(Self::DevicesForgotten),
            Kind::DeviceCopied => Some(Self::DeviceCopied),
            Kind::SetUpLinkGiven => Some(Self::SetUpLinkGiven),
            Kind::PasswordAccepted => Some(Self::SecondFactorMissing { wrong: count }),
            // Whoever types wrong codes knows the password. Whoever types wrong passwords knows an address, which
            // many do: that is not worth a letter, and its wait protects the account by itself.
            Kind::Locked => match event.method {
                Some(Method::Password) => None,
                _ => Some(Self::TooManyWrongCodes),
            },
            Kind::PasswordChanged => Some(Self::PasswordChanged),
            Kind::PasswordLinkHandedOut => Some(Self::PasswordLinkHandedOut),
            Kind::PasswordReset => Some(Self::PasswordReset),
            Kind::AccountDisabled => Some(Self::AccountDisabled),
            Kind::AccountEnabled => Some(Self::AccountEnabled),
            Kind::SignedOutByAdministrator => Some(Self::SignedOutByAdministrator),
            Kind::SignUpRepeated => Some(Self::SignUpRepeated),
            // Shown in the recent activity: made or ended by the owner, or worth a word only together with others.
            Kind::AccountCreated
            | Kind::TwoFactorImported
            | Kind::AccountRemoved
            | Kind::SignedIn
            | Kind::WrongPassword
            | Kind::WrongCode
            | Kind::WrongRecoveryCode
            | Kind::Unlocked
            | Kind::Verified
            | Kind::SignedOut
            | Kind::AuthenticatorRenamed
            | Kind::SessionEnded
            | Kind::SessionsEnded
            | Kind::AddressConfirmed
            | Kind::GroupsChanged
            | Kind::CodeGivenAgain
            | Kind::SiteEntered
            | Kind::SiteRefused
            | Kind::NameChanged => None,
            // The letter with the link says it.
            Kind::PasswordResetAsked => None,
            // Everybody at once, and of something the operator did: said at the next sign-in.
            Kind::RestoredFromBackup => None,
        }
    }

    /// Whether it is told when the event happens. A right password is told when the sign-in it began has ended without
    /// a second factor; of one that ends with it nobody is told.
    pub const fn is_told_at_once(&self) -> bool {
        !matches!(self, Self::SecondFactorMissing { .. })
    }

    /// How often its owner is told of it at most. What a stranger can bring about has a limit; what changed an account
    /// is told every time.
    pub const fn at_most_every(&self) -> Option<Span> {
        match self {
            Self::SecondFactorMissing { .. } | Self::TooManyWrongCodes | Self::SignUpRepeated => {
                Some(STRANGERS_EVERY)
            }
            Self::TwoFactorOn { .. }
            | Self::TwoFactorOff
            | Self::TwoFactorReset { .. }
            | Self::AuthenticatorAdded { .. }
            | Self::AuthenticatorRemoved { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::RecoveryCodesReplaced
            | Self::DeviceRemembered
            | Self::DeviceForgotten
            | Self::DevicesForgotten
            | Self::DeviceCopied
            | Self::SetUpLinkGiven
            | Self::PasswordChanged
            | Self::PasswordLinkHandedOut
            | Self::PasswordReset
            | Self::AccountDisabled
            | Self::AccountEnabled
            | Self::SignedOutByAdministrator => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h1_every_kind_of_event_is_told_or_not_told_on_purpose() {
        let told: Vec<&str> = Kind::ALL
            .iter()
            .filter(|kind| Notice::of(&Event::plain(**kind)).is_some())
            .map(|kind| kind.word())
            .collect();
        let expected = [
            "sign-up-repeated",
            "password-accepted",
            "locked",
            "two-factor-on",
            "two-factor-off",
            "two-factor-reset",
            "set-up-link-given",
            "authenticator-added",
            "authenticator-removed",
            "recovery-code-used",
            "recovery-codes-replaced",
            "device-remembered",
            "device-forgotten",
            "devices-forgotten",
            "device-copied",
            "signed-out-by-administrator",
            "password-changed",
            "password-link-handed-out",
            "password-reset",
            "account-disabled",
            "account-enabled",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_notice_keeps_the_name_the_reason_and_the_number_of_its_event() {
        let about = |kind| Notice::of(&Event::about(kind, "Phone"));
        assert_eq!(about(Kind::TwoFactorOn), Some(Notice::TwoFactorOn { authenticator: "Phone".to_owned() }));
        assert_eq!(about(Kind::TwoFactorReset), Some(Notice::TwoFactorReset { reason: "Phone".to_owned() }));
        let used = Event::counting(Kind::RecoveryCodeUsed, 9);
        assert_eq!(Notice::of(&used), Some(Notice::RecoveryCodeUsed { left: 9 }));
        let wrong = Event::counting(Kind::PasswordAccepted, 3);
        assert_eq!(Notice::of(&wrong), Some(Notice::SecondFactorMissing { wrong: 3 }));
    }

    #[test]
    fn wrong_passwords_send_nobody_letters_and_wrong_codes_do() {
        let locked = |method| Notice::of(&Event::plain(Kind::Locked).by(method));
        assert_eq!(locked(Method::Password), None);
        for method in [Method::Code, Method::TwoCodes, Method::RecoveryCode] {
            assert_eq!(locked(method), Some(Notice::TooManyWrongCodes));
        }
    }

    #[test]
    fn a_right_password_alone_is_told_when_its_sign_in_has_ended() {
        let later = Kind::ALL.iter().filter_map(|kind| Notice::of(&Event::plain(*kind)));
        let later: Vec<Notice> = later.filter(|notice| !notice.is_told_at_once()).collect();
        assert_eq!(later, [Notice::SecondFactorMissing { wrong: 0 }]);
    }

    #[test]
    fn what_a_stranger_brings_about_is_told_once_an_hour_and_what_changed_an_account_every_time() {
        let limited: Vec<&str> = Kind::ALL
            .iter()
            .filter(|kind| {
                Notice::of(&Event::plain(**kind)).is_some_and(|notice| notice.at_most_every().is_some())
            })
            .map(|kind| kind.word())
            .collect();
        assert_eq!(limited, ["sign-up-repeated", "password-accepted", "locked"]);
        assert_eq!(STRANGERS_EVERY, Span::hours(1));
    }
}

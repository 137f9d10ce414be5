//! Topics: what an application is told of by webhook as it happens. What it is not told stands in its feed of events.

use crate::event::Kind;

macro_rules! topics {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// What a message is about. The words are what applications read, and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Topic { $($(#[$doc])* $name,)+ }

        impl Topic {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The `type` of its messages.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
        }
    };
}

topics! {
    /// 2FA was turned on.
    TwoFactorEnabled = "two_factor.enabled",
    /// 2FA was carried over from another system, and is on.
    TwoFactorImported = "two_factor.imported",
    /// 2FA was turned off.
    TwoFactorDisabled = "two_factor.disabled",
    /// An authenticator was added.
    AuthenticatorAdded = "authenticator.added",
    /// An authenticator was removed.
    AuthenticatorRemoved = "authenticator.removed",
    /// A recovery code was used.
    RecoveryCodeUsed = "recovery_code.used",
    /// The recovery codes were replaced.
    RecoveryCodesReplaced = "recovery_codes.replaced",
    /// A device was remembered.
    DeviceRemembered = "device.remembered",
    /// A device was forgotten.
    DeviceForgotten = "device.forgotten",
    /// All devices were forgotten.
    DevicesForgotten = "devices.forgotten",
    /// There is a copy of a device's token; the device was forgotten.
    DeviceCopied = "device.copied",
    /// Too many wrong answers: a wait began.
    AccountLocked = "account.locked",
    /// The account was removed.
    AccountRemoved = "account.removed",
}

impl Topic {
    /// Reads what [`Topic::word`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.word() == word)
    }

    /// What an application is told of an event; nothing of what is so frequent that its own request said it already,
    /// and of what happens to accounts of the portal alone.
    pub const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::TwoFactorOn => Some(Self::TwoFactorEnabled),
            Kind::TwoFactorImported => Some(Self::TwoFactorImported),
            Kind::TwoFactorOff | Kind::TwoFactorReset => Some(Self::TwoFactorDisabled),
            Kind::AuthenticatorAdded => Some(Self::AuthenticatorAdded),
            Kind::AuthenticatorRemoved => Some(Self::AuthenticatorRemoved),
            Kind::RecoveryCodeUsed => Some(Self::RecoveryCodeUsed),
            Kind::RecoveryCodesReplaced => Some(Self::RecoveryCodesReplaced),
            Kind::DeviceRemembered => Some(Self::DeviceRemembered),
            Kind::DeviceForgotten => Some(Self::DeviceForgotten),
            Kind::DevicesForgotten => Some(Self::DevicesForgotten),
            Kind::DeviceCopied => Some(Self::DeviceCopied),
            Kind::Locked => Some(Self::AccountLocked),
            Kind::AccountRemoved => Some(Self::AccountRemoved),
            // Every sign-in, and every wrong code of one: the answer to the application's own request.
            Kind::Verified | Kind::WrongCode | Kind::WrongRecoveryCode => None,
            // The first step of turning 2FA on, which is told when it is done.
            Kind::AccountCreated => None,
            // Of everybody at once, and of something the operator did.
            Kind::RestoredFromBackup => None,
            // Of the portal alone.
            Kind::SignUpRepeated
            | Kind::SignedIn
            | Kind::PasswordAccepted
            | Kind::WrongPassword
            | Kind::Unlocked
            | Kind::SignedOut
            | Kind::SetUpLinkGiven
            | Kind::AuthenticatorRenamed
            | Kind::SessionEnded
            | Kind::SessionsEnded
            | Kind::SignedOutByAdministrator
            | Kind::PasswordChanged
            | Kind::PasswordResetAsked
            | Kind::PasswordLinkHandedOut
            | Kind::PasswordReset
            | Kind::AddressConfirmed
            | Kind::NameChanged
            | Kind::AccountDisabled
            | Kind::AccountEnabled
            | Kind::GroupsChanged
            | Kind::SiteEntered
            | Kind::SiteRefused
            | Kind::CodeGivenAgain => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h1_every_kind_of_event_is_told_to_applications_or_not_told_on_purpose() {
        let told: Vec<&str> =
            Kind::ALL.iter().filter(|kind| Topic::of(**kind).is_some()).map(|kind| kind.word()).collect();
        let expected = [
            "locked",
            "two-factor-on",
            "two-factor-imported",
            "two-factor-off",
            "two-factor-reset",
            "authenticator-added",
            "authenticator-removed",
            "recovery-code-used",
            "recovery-codes-replaced",
            "device-remembered",
            "device-forgotten",
            "devices-forgotten",
            "device-copied",
            "account-removed",
        ];
        assert_eq!(told, expected);
        assert_eq!(Topic::of(Kind::Verified), None, "a sign-in writes nothing for it");
    }

    #[test]
    fn a_topic_is_read_back_and_has_the_form_of_the_specification() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.word()), Some(*topic));
            let fits = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.';
            assert!(topic.word().chars().all(fits) && topic.word().split('.').count() == 2);
            assert!(
                Kind::ALL.iter().any(|kind| Topic::of(*kind) == Some(*topic)),
                "{topic:?} is told of something"
            );
        }
        assert_eq!(Topic::parse("two_factor"), None);
    }
}

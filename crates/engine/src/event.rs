//! Events: what the audit log says of an account. Nothing secret is ever in one.

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// What happened. The words are kept in the store and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word the store keeps.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Reads [`Kind::word`].
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// The account was made.
    AccountCreated = "account-created",
    /// Somebody tried to make an account for the address of this one.
    SignUpRepeated = "sign-up-repeated",
    /// Signed in; `subject` is the word of the methods.
    SignedIn = "signed-in",
    /// The password was right, and a code is awaited.
    PasswordAccepted = "password-accepted",
    /// A wrong password, once there is an account to tell.
    WrongPassword = "wrong-password",
    /// A wrong code after a right password.
    WrongCode = "wrong-code",
    /// A wrong recovery code after a right password.
    WrongRecoveryCode = "wrong-recovery-code",
    /// Too many wrong answers: a wait began.
    Locked = "locked",
    /// An administrator ended the waits.
    Unlocked = "unlocked",
    /// Signed out.
    SignedOut = "signed-out",
    /// 2FA was turned on; `subject` names the authenticator.
    TwoFactorOn = "two-factor-on",
    /// 2FA was turned off.
    TwoFactorOff = "two-factor-off",
    /// 2FA was turned off by an administrator; `subject` is the reason.
    TwoFactorReset = "two-factor-reset",
    /// An authenticator was added; `subject` names it.
    AuthenticatorAdded = "authenticator-added",
    /// An authenticator was removed; `subject` names it.
    AuthenticatorRemoved = "authenticator-removed",
    /// An authenticator got another name; `subject` is the new one.
    AuthenticatorRenamed = "authenticator-renamed",
    /// A recovery code was used; `count` is how many are left.
    RecoveryCodeUsed = "recovery-code-used",
    /// The recovery codes were replaced.
    RecoveryCodesReplaced = "recovery-codes-replaced",
    /// A device was remembered; `subject` names it.
    DeviceRemembered = "device-remembered",
    /// A device was forgotten; `subject` names it.
    DeviceForgotten = "device-forgotten",
    /// All devices were forgotten; `count` is how many.
    DevicesForgotten = "devices-forgotten",
    /// A session was ended by its owner; `subject` names its browser.
    SessionEnded = "session-ended",
    /// Sessions were ended by their owner; `count` is how many.
    SessionsEnded = "sessions-ended",
    /// An administrator signed the account out; `count` is how many sessions ended.
    SignedOutByAdministrator = "signed-out-by-administrator",
    /// The password was changed, and everything else signed out.
    PasswordChanged = "password-changed",
    /// The name of the account was changed.
    NameChanged = "name-changed",
    /// An administrator disabled the account; `subject` is the reason, if given.
    AccountDisabled = "account-disabled",
    /// An administrator enabled the account again.
    AccountEnabled = "account-enabled",
}

/// One event, about to be written. Who, when and from where are the store's to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// A name, where the kind has one.
    pub subject: Option<String>,
    /// A number, where the kind has one.
    pub count: Option<u32>,
}

impl Event {
    /// An event that needs no more than its kind.
    pub const fn plain(kind: Kind) -> Self {
        Self { kind, subject: None, count: None }
    }

    /// An event with a name in it.
    pub fn about(kind: Kind, subject: impl Into<String>) -> Self {
        Self { kind, subject: Some(subject.into()), count: None }
    }

    /// An event with a number in it.
    pub const fn counting(kind: Kind, count: u32) -> Self {
        Self { kind, subject: None, count: Some(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_words_the_store_keeps_are_distinct_and_read_back() {
        let words: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.word()), Some(*kind));
        }
        assert_eq!(Kind::parse("unheard-of"), None);
        let event = Event::counting(Kind::RecoveryCodeUsed, 9);
        assert_eq!((event.kind.word(), event.count), ("recovery-code-used", Some(9)));
    }
}

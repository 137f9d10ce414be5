//! Events: what the audit log says of an account: who did what, when, from where, by which method, with what
//! result. Nothing secret is ever in one.

use crate::{
    Timestamp,
    attempt::Guess,
    claim::FactorMethod,
    sign_in::{Methods, Terms},
};

macro_rules! words {
    ($(#[$of:meta])* $type:ident { $($(#[$doc:meta])* $name:ident = $word:literal,)+ }) => {
        $(#[$of])*
        ///
        /// The words are kept in the store and never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type { $($(#[$doc])* $name,)+ }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word the store keeps.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Reads what `word` wrote.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

pub(crate) use words;

words! {
/// What happened.
Kind {
    /// The account was made.
    AccountCreated = "account-created",
    /// Somebody tried to make an account for the address of this one.
    SignUpRepeated = "sign-up-repeated",
    /// Signed in; `subject` is the word of the methods, and the rest is the [receipt](crate::receipt).
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
    /// An application asked about a second factor, and it was right; the method says which.
    Verified = "verified",
    /// Signed out.
    SignedOut = "signed-out",
    /// 2FA was turned on; `subject` names the authenticator.
    TwoFactorOn = "two-factor-on",
    /// 2FA was carried over from another system; `subject` names the first authenticator, `count` is how many.
    TwoFactorImported = "two-factor-imported",
    /// 2FA was turned off.
    TwoFactorOff = "two-factor-off",
    /// 2FA was turned off by an administrator; `subject` is the reason.
    TwoFactorReset = "two-factor-reset",
    /// An administrator gave a link to set 2FA up anew after a reset.
    SetUpLinkGiven = "set-up-link-given",
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
    /// A token came that a device had before: there is a copy of it. The device, which `subject` names, was
    /// forgotten, and the sessions for which it had stood ended; `count` is how many.
    DeviceCopied = "device-copied",
    /// A session was ended by its owner; `subject` names its browser.
    SessionEnded = "session-ended",
    /// Sessions were ended by their owner; `count` is how many.
    SessionsEnded = "sessions-ended",
    /// An administrator signed the account out; `count` is how many sessions ended.
    SignedOutByAdministrator = "signed-out-by-administrator",
    /// The password was changed, and everything else signed out.
    PasswordChanged = "password-changed",
    /// Somebody asked for a link to set a forgotten password anew; it went to the account's address.
    PasswordResetAsked = "password-reset-asked",
    /// An administrator made a link to set a forgotten password anew.
    PasswordLinkHandedOut = "password-link-handed-out",
    /// A forgotten password was set anew by a one-time link, and everything signed out.
    PasswordReset = "password-reset",
    /// The address was shown to be its owner's.
    AddressConfirmed = "address-confirmed",
    /// The name of the account was changed.
    NameChanged = "name-changed",
    /// An administrator disabled the account; `subject` is the reason, if given.
    AccountDisabled = "account-disabled",
    /// An application removed the account of its user.
    AccountRemoved = "account-removed",
    /// An administrator enabled the account again.
    AccountEnabled = "account-enabled",
    /// An administrator put the account into groups or out of them; `subject` lists those it has now.
    GroupsChanged = "groups-changed",
    /// Somebody who is signed in gave a code again because a site asks for one; `subject` is the site.
    CodeGivenAgain = "code-given-again",
    /// A site was opened in a session; `subject` is the site. What is seen there afterwards is no event.
    SiteEntered = "site-entered",
    /// Somebody who is signed in may not see a site, or a part of it; `subject` is the site. Said once a session.
    SiteRefused = "site-refused",
    /// An older backup of the database was restored: codes, devices, sessions and recovery codes of before are
    /// dead; `count` is how many lines of the log are lost, and `until` when the last of them was written.
    RestoredFromBackup = "restored-from-backup",
}
}

words! {
/// Who did it.
Actor {
    /// Whoever is signed in, or has just shown all that a sign-in asks for.
    Owner = "owner",
    /// Somebody at the door, who may be the owner or anybody else.
    Visitor = "visitor",
    /// An application, for a user of its own.
    Application = "application",
    /// Somebody at the terminal of the server.
    Administrator = "administrator",
    /// Countersign itself.
    System = "system",
}
}

words! {
/// By which method: what was shown for it.
Method {
    /// A password.
    Password = "password",
    /// A code.
    Code = "code",
    /// Two codes in a row.
    TwoCodes = "two-codes",
    /// A recovery code.
    RecoveryCode = "recovery-code",
    /// A password and a code.
    PasswordAndCode = "password+code",
    /// A password and two codes in a row.
    PasswordAndTwoCodes = "password+two-codes",
    /// A password and a recovery code.
    PasswordAndRecoveryCode = "password+recovery-code",
    /// A password, on a trusted device.
    PasswordOnTrustedDevice = "password+trusted-device",
    /// A trusted device.
    TrustedDevice = "trusted-device",
    /// An application vouches for its user.
    Application = "application",
    /// A session: being signed in was enough.
    Session = "session",
    /// A one-time link.
    Link = "link",
    /// The terminal of the server.
    Terminal = "terminal",
}
}

words! {
/// With what result.
Outcome {
    /// It was done.
    Done = "done",
    /// The answer was wrong.
    Refused = "refused",
    /// No answer is looked at for a while.
    Blocked = "blocked",
}
}

impl Kind {
    /// With what result: a kind of event has one.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::WrongPassword
            | Self::WrongCode
            | Self::WrongRecoveryCode
            | Self::SignUpRepeated
            | Self::SiteRefused
            | Self::DeviceCopied => Outcome::Refused,
            Self::Locked => Outcome::Blocked,
            _ => Outcome::Done,
        }
    }

    /// Who did it, where `who` came through the door: until a sign-in is finished, an owner may be anybody.
    pub const fn actor(self, who: Actor) -> Actor {
        match (self, who) {
            (
                Self::WrongPassword
                | Self::WrongCode
                | Self::WrongRecoveryCode
                | Self::Locked
                | Self::SignUpRepeated
                | Self::DeviceCopied
                | Self::PasswordAccepted
                | Self::PasswordResetAsked
                | Self::PasswordReset
                | Self::AddressConfirmed,
                Actor::Owner,
            ) => Actor::Visitor,
            (_, who) => who,
        }
    }
}

impl Method {
    /// What a guess was made with.
    pub const fn of_guess(guess: Guess) -> Self {
        match guess {
            Guess::Password => Self::Password,
            Guess::Code => Self::Code,
            Guess::TwoCodes => Self::TwoCodes,
            Guess::RecoveryCode => Self::RecoveryCode,
        }
    }

    /// What stands beside the password where something is confirmed.
    pub const fn of_confirmation(factor: Option<Guess>) -> Self {
        match factor {
            Some(Guess::Code) => Self::PasswordAndCode,
            Some(Guess::TwoCodes) => Self::PasswordAndTwoCodes,
            Some(Guess::RecoveryCode) => Self::PasswordAndRecoveryCode,
            Some(Guess::Password) | None => Self::Password,
        }
    }

    /// By what somebody signed in: the session's terms, and the factor that was shown for them.
    pub const fn of_sign_in(terms: &Terms, factor: Option<FactorMethod>) -> Self {
        match (terms.methods, factor) {
            (_, Some(FactorMethod::TwoCodes)) => Self::PasswordAndTwoCodes,
            (Methods::Password, _) => Self::Password,
            (Methods::PasswordOnTrustedDevice, _) => Self::PasswordOnTrustedDevice,
            (Methods::PasswordAndCode, _) => Self::PasswordAndCode,
            (Methods::PasswordAndRecoveryCode, _) => Self::PasswordAndRecoveryCode,
        }
    }
}

/// One event. Who, when and from where are the store's to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// By which method, where that is known: not for lines from before methods were recorded.
    pub method: Option<Method>,
    /// A name, where the kind has one.
    pub subject: Option<String>,
    /// A number, where the kind has one.
    pub count: Option<u32>,
    /// A second name, where the kind has one: the trusted device that stood for a code.
    pub detail: Option<String>,
    /// A moment, where the kind has one: until when that device is remembered.
    pub until: Option<Timestamp>,
}

impl Event {
    /// An event that needs no more than its kind.
    pub const fn plain(kind: Kind) -> Self {
        Self { kind, method: None, subject: None, count: None, detail: None, until: None }
    }

    /// An event with a name in it.
    pub fn about(kind: Kind, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..Self::plain(kind) }
    }

    /// An event with a number in it.
    pub const fn counting(kind: Kind, count: u32) -> Self {
        let mut event = Self::plain(kind);
        event.count = Some(count);
        event
    }

    /// The same event, by this method.
    #[must_use]
    pub fn by(self, method: Method) -> Self {
        Self { method: Some(method), ..self }
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
        for actor in Actor::ALL {
            assert_eq!(Actor::parse(actor.word()), Some(*actor));
        }
        for method in Method::ALL {
            assert_eq!(Method::parse(method.word()), Some(*method));
        }
        let event = Event::counting(Kind::RecoveryCodeUsed, 9).by(Method::RecoveryCode);
        assert_eq!((event.kind.word(), event.count), ("recovery-code-used", Some(9)));
        assert_eq!(event.method.map(Method::word), Some("recovery-code"));
        let named = Event::about(Kind::DeviceForgotten, "Firefox on Linux");
        assert_eq!((named.kind, named.subject.as_deref()), (Kind::DeviceForgotten, Some("Firefox on Linux")));
    }

    #[test]
    fn nobody_is_called_the_owner_who_has_not_finished_signing_in() {
        for kind in [
            Kind::WrongPassword,
            Kind::WrongCode,
            Kind::PasswordAccepted,
            Kind::Locked,
            Kind::PasswordResetAsked,
            Kind::PasswordReset,
        ] {
            assert_eq!(kind.actor(Actor::Owner), Actor::Visitor);
            assert_eq!(kind.actor(Actor::Administrator), Actor::Administrator);
        }
        assert_eq!(Kind::SignedIn.actor(Actor::Owner), Actor::Owner);
        assert_eq!(Kind::WrongCode.outcome(), Outcome::Refused);
        assert_eq!(Kind::SiteRefused.outcome(), Outcome::Refused);
        assert_eq!(Kind::Locked.outcome(), Outcome::Blocked);
        assert_eq!(Kind::TwoFactorOff.outcome(), Outcome::Done);
    }
}

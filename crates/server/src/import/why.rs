//! Why something is not carried over, in words for the operator.

use countersign::application::NotAUserId;
use countersign::password::NotAHash;

/// Why an authenticator, or somebody, is not carried over. It names the field and never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// HOTP.
    #[error("the authenticator counts (HOTP), and only those that go by time are carried over")]
    Counter,
    /// Something that is no TOTP at all.
    #[error("the second factor is none that goes by time (TOTP)")]
    Kind,
    /// A hash that no code is made with here.
    #[error("the algorithm is none of SHA1, SHA256 and SHA512")]
    Algorithm,
    /// Digits outside 6 to 8.
    #[error("the codes have neither 6 nor 7 nor 8 digits")]
    Digits,
    /// A period outside 10 to 300 seconds.
    #[error("the period is not between 10 and 300 seconds")]
    Period,
    /// A secret of another length than 10 to 128 bytes.
    #[error("the secret has fewer than 10 bytes, or more than 128")]
    Length,
    /// Text that is not in its encoding.
    #[error("the field {0} cannot be read: it is not {1}")]
    Unreadable(&'static str, &'static str),
    /// A field that has to be there.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// Time that does not begin with 1970.
    #[error("its time does not begin with the year 1970 (t0)")]
    Epoch,
    /// Offered there, and never proven.
    #[error("it was never confirmed with a code there")]
    Unconfirmed,
    /// Switched off there.
    #[error("it is switched off there")]
    Off,
    /// Encrypted, and no key was given.
    #[error("it is encrypted, and --key-file gives no key for it")]
    NoKey,
    /// Encrypted with another key, or altered.
    #[error("it does not open with the key in --key-file")]
    WrongKey,
    /// The sixth authenticator.
    #[error("an account has at most five authenticators")]
    TooMany,
    /// The same secret again.
    #[error("the same authenticator is there twice")]
    SameSecret,
    /// A password that cannot be checked here.
    #[error("{0}")]
    Hash(#[from] NotAHash),
    /// A password that something else than a hash known here was made of.
    #[error("its hash is of a kind that is not known here ({0})")]
    HashKind(&'static str),
    /// Nobody's.
    #[error("it belongs to nobody")]
    Nobody,
    /// No address.
    #[error("there is no email address: --names gives one")]
    NoEmail,
    /// An address that is none.
    #[error("the email address is not valid: --names gives another")]
    Email,
    /// No user id of this kind.
    #[error("there is no {0} to be the user id")]
    NoUser(&'static str),
    /// A user id that is none.
    #[error("it cannot be the user id: {0}")]
    UserId(#[from] NotAUserId),
    /// Two people under one name.
    #[error("somebody else there has the same name ({0})")]
    Twice(String),
    /// Disabled there.
    #[error("the account is disabled there")]
    Closed,
    /// Disabled here.
    #[error("the account is disabled here")]
    Disabled,
    /// 2FA is on here.
    #[error("two-factor authentication is on here already, with another authenticator")]
    On,
    /// 2FA was on here.
    #[error("two-factor authentication was on here before and was turned off")]
    WasOn,
}

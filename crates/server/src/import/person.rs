//! Somebody as another system knew them.

use countersign::code::Digits;
use countersign::password::StoredPassword;
use countersign::totp::{Algorithm, Parameters, SharedSecret};
use zeroize::Zeroizing;

use super::Why;

/// Somebody as another system knew them.
#[derive(Default)]
pub struct Person {
    /// File, and line or record.
    pub place: String,
    /// The id that the other system gave them.
    pub id: Option<String>,
    /// The name they signed in with.
    pub username: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Whether the other system knew the address to be theirs.
    pub email_confirmed: bool,
    /// The name shown.
    pub name: Option<String>,
    /// Whether the other system let them in no more.
    pub closed: bool,
    /// Their password.
    pub password: Password,
    /// Their authenticators, those among them that cannot be carried over.
    pub tokens: Vec<Token>,
    /// Whether they had recovery codes there.
    pub recovery_codes: bool,
}

/// What can be kept of a password.
#[derive(Default)]
pub enum Password {
    /// None was exported.
    #[default]
    None,
    /// A hash that it can be checked with here.
    Kept(StoredPassword),
    /// None of that kind: a new password has to be set.
    Left(Why),
}

/// An authenticator as another system knew it.
pub struct Token {
    /// What its owner called it.
    pub label: Option<String>,
    /// What makes its codes.
    pub carried: Result<(SharedSecret, Parameters), Why>,
}

/// How another system says an authenticator makes its codes.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    /// In any of the spellings: `SHA1`, `sha256`, `HmacSHA512`, `SHA-1`.
    pub(crate) algorithm: &'a str,
    /// How many digits a code has.
    pub(crate) digits: i64,
    /// How long a step lasts, in seconds.
    pub(crate) period: i64,
}

impl Told<'_> {
    /// What holds where nothing is said.
    pub(crate) const USUAL: Self = Told { algorithm: "SHA1", digits: 6, period: 30 };

    fn parameters(&self) -> Result<Parameters, Why> {
        let word = self.algorithm.to_ascii_uppercase().replace(['-', '_'], "");
        let word = word.strip_prefix("HMAC").unwrap_or(&word);
        let algorithm = Algorithm::parse(word).ok_or(Why::Algorithm)?;
        let digits = u8::try_from(self.digits).ok().and_then(Digits::new).ok_or(Why::Digits)?;
        let period = u32::try_from(self.period).ok();
        period.and_then(|period| Parameters::new(algorithm, digits, period)).ok_or(Why::Period)
    }
}

impl Token {
    /// An authenticator that goes by time.
    pub(crate) fn of(label: Option<String>, secret: Result<Zeroizing<Vec<u8>>, Why>, told: Told<'_>) -> Self {
        let carried = told.parameters().and_then(|parameters| {
            let secret = SharedSecret::from_bytes(secret?).map_err(|_| Why::Length)?;
            Ok((secret, parameters))
        });
        Self { label, carried }
    }

    /// One that cannot be carried over.
    pub(crate) fn not(label: Option<String>, why: Why) -> Self {
        Self { label, carried: Err(why) }
    }
}

/// The same text, or nothing where there is none in it.
pub(crate) fn filled(text: impl Into<String>) -> Option<String> {
    Some(text.into()).filter(|text| !text.trim().is_empty())
}

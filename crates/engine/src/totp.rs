//! TOTP (RFC 6238) over HOTP (RFC 4226): shared secrets, time steps, codes, and the window.

use crate::{
    AccountId, AuthenticatorId, Timestamp,
    code::{Code, Digits},
    secret::{Keyring, OpenError, Place, Purpose, Sealed},
};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRng;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::{Choice, ConditionallySelectable as _};
use zeroize::Zeroizing;

/// How many steps before and after the present one are accepted: RFC 6238 §5.2 recommends one at most.
pub const STEPS_EITHER_SIDE: i64 = 1;
/// How many codes of one authenticator are right at one moment.
pub const RIGHT_AT_ONCE: u32 = 3;

/// The hash under the HMAC. SHA-1 by default: Google Authenticator honours nothing else, and HMAC does
/// not need the collision resistance that SHA-1 lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// The word of the key URI; also the word the store keeps.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// Reads [`Algorithm::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.word() == word)
    }
}

/// How one authenticator makes its codes. Kept with each, so a change of defaults breaks nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    algorithm: Algorithm,
    digits: Digits,
    period: u32,
}

impl Default for Parameters {
    /// SHA-1, six digits, 30 seconds.
    fn default() -> Self {
        Self { algorithm: Algorithm::Sha1, digits: Digits::SIX, period: 30 }
    }
}

impl Parameters {
    /// Parameters with a period of 10 to 300 seconds; `None` outside that.
    pub fn new(algorithm: Algorithm, digits: Digits, period: u32) -> Option<Self> {
        (10..=300).contains(&period).then_some(Self { algorithm, digits, period })
    }

    /// The hash under the HMAC.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// How many digits a code has.
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// How long a step lasts, in seconds.
    pub const fn period(&self) -> u32 {
        self.period
    }

    /// The step that `now` lies in. T0 = 0 (RFC 6238 §4.1).
    pub fn step(&self, now: Timestamp) -> Step {
        Step(now.seconds().div_euclid(i64::from(self.period)))
    }

    /// The last step that any code of which could have been accepted by `now`: where nobody knows any more which
    /// steps were spent, all of them up to this one count as spent.
    pub fn last_acceptable(&self, now: Timestamp) -> Step {
        self.step(now).plus(STEPS_EITHER_SIDE)
    }
}

/// A time step: the 64-bit counter of RFC 6238 §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(i64);

impl Step {
    /// Before every step there is: nothing has been spent.
    pub const NONE: Self = Self(-1);

    /// The step with this number.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The step `n` later (earlier, where `n` is negative).
    pub const fn plus(self, n: i64) -> Self {
        Self(self.0.saturating_add(n))
    }
}

/// The secret that an authenticator app and this account share.
///
/// It has no `Debug`, `Display`, `Clone` or `Serialize`, and its memory is wiped.
pub struct SharedSecret(Zeroizing<Vec<u8>>);

/// The bytes cannot be a shared secret: 10 to 128 bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shared secret has 10 to 128 bytes")]
pub struct NotASecret;

impl SharedSecret {
    /// A new secret of 20 bytes: RFC 4226 §4 R6 recommends 160 bits.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new(vec![0; 20]);
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// A secret that another system made.
    ///
    /// # Errors
    /// [`NotASecret`] for fewer than 10 bytes (80 bits, the shortest in real use) or more than 128.
    pub fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Result<Self, NotASecret> {
        if (10..=128).contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(NotASecret) }
    }

    /// RFC 4648 base 32 without padding, as key URIs and people who type it need it.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// Seals it for an authenticator or an enrolment of this account.
    pub fn seal(
        &self,
        keyring: &Keyring,
        account: AccountId,
        item: &str,
        rng: &mut impl CryptoRng,
    ) -> Sealed {
        keyring.seal(&Place { owner: account.into(), item, purpose: Purpose::SharedSecret }, &self.0, rng)
    }

    /// Opens what [`SharedSecret::seal`] sealed.
    ///
    /// # Errors
    /// [`OpenError`]; to be answered as "out of service", never as "2FA is off".
    pub fn open(
        keyring: &Keyring,
        account: AccountId,
        item: &str,
        sealed: &Sealed,
    ) -> Result<Self, OpenError> {
        let bytes =
            keyring.open(&Place { owner: account.into(), item, purpose: Purpose::SharedSecret }, sealed)?;
        Self::from_bytes(bytes).map_err(|NotASecret| OpenError::Damaged)
    }

    /// The code of one step.
    pub fn code(&self, parameters: &Parameters, step: Step) -> Zeroizing<String> {
        let width = usize::from(parameters.digits.get());
        Zeroizing::new(format!("{:0width$}", self.value(parameters, step)))
    }

    fn value(&self, parameters: &Parameters, step: Step) -> u32 {
        let message = step.0.to_be_bytes();
        match parameters.algorithm {
            Algorithm::Sha1 => truncate(
                &Hmac::<Sha1>::new_from_slice(&self.0)
                    .map(|m| m.chain_update(message).finalize().into_bytes()),
            ),
            Algorithm::Sha256 => truncate(
                &Hmac::<Sha256>::new_from_slice(&self.0)
                    .map(|m| m.chain_update(message).finalize().into_bytes()),
            ),
            Algorithm::Sha512 => truncate(
                &Hmac::<Sha512>::new_from_slice(&self.0)
                    .map(|m| m.chain_update(message).finalize().into_bytes()),
            ),
        }
        .checked_rem(parameters.digits.possibilities())
        .unwrap_or(0)
    }

    /// The latest step of `first..=last` whose code this is. Every step is computed and compared in
    /// constant time, whichever matches.
    pub(crate) fn matching(
        &self,
        parameters: &Parameters,
        code: Code,
        first: Step,
        last: Step,
    ) -> Option<Step> {
        if code.digits() != parameters.digits {
            return None;
        }
        let (mut found, mut at) = (Choice::from(0), first.0);
        for step in first.0..=last.0 {
            let right = code.is(self.value(parameters, Step(step)));
            at.conditional_assign(&step, right);
            found |= right;
        }
        bool::from(found).then_some(Step(at))
    }
}

/// RFC 4226 §5.3: the dynamic truncation to 31 bits. HMAC takes keys of every length, so `Err` never comes.
fn truncate<D: AsRef<[u8]>, E>(digest: &Result<D, E>) -> u32 {
    let bytes = digest.as_ref().map_or(&[][..], AsRef::as_ref);
    let offset = usize::from(bytes.last().copied().unwrap_or(0) & 0x0f);
    let four = bytes.get(offset..offset.saturating_add(4)).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_be_bytes) & 0x7fff_ffff
}

/// One authenticator of an account, with its secret in the clear: lives as long as one check.
pub struct Authenticator {
    /// Which.
    pub id: AuthenticatorId,
    /// The shared secret.
    pub secret: SharedSecret,
    /// How it makes its codes.
    pub parameters: Parameters,
    /// The last step that was spent; it and everything below is spent (RFC 6238 §5.2).
    pub last_step: Step,
}

impl Authenticator {
    /// The unspent step whose code this is, if it lies in the window around `now`.
    ///
    /// A right code of a spent step is `Err(Spent)`: the person is told to wait for the next code.
    pub(crate) fn check(&self, code: Code, now: Timestamp) -> Option<Result<Step, Spent>> {
        let present = self.parameters.step(now);
        let (first, last) = (present.plus(-STEPS_EITHER_SIDE), present.plus(STEPS_EITHER_SIDE));
        let step = self.secret.matching(&self.parameters, code, first, last)?;
        Some(if step > self.last_step { Ok(step) } else { Err(Spent) })
    }

    /// The later of two consecutive unspent steps whose codes these are. One step further back is
    /// accepted than for a single code, for typing two codes takes longer than typing one.
    pub(crate) fn check_two(&self, code: Code, next: Code, now: Timestamp) -> Option<Step> {
        let present = self.parameters.step(now);
        let (first, last) = (present.plus(-STEPS_EITHER_SIDE - 1), present.plus(STEPS_EITHER_SIDE - 1));
        let mut found = None;
        for number in first.0..=last.0 {
            let (this, after) = (Step(number), Step(number).plus(1));
            let one = self.secret.matching(&self.parameters, code, this, this);
            let two = self.secret.matching(&self.parameters, next, after, after);
            if one.is_some() & two.is_some() & (this > self.last_step) {
                found = Some(after);
            }
        }
        found
    }
}

/// The code was right, and its step is spent already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spent;

#[cfg(test)]
#[path = "totp_tests.rs"]
mod tests;

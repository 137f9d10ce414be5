//! Recovery codes: ten a set, each good once, for whoever lost the phone.
//!
//! A code is sixteen Crockford base-32 characters: fifteen random ones (75 bits, NIST SP 800-63B-4
//! §3.1.2 asks for 20 at least with throttling) and a check character that catches every single wrong
//! character and every two exchanged ones, so that a typo costs no guess.
//!
//! At rest a set has one salt, one pepper (sealed under the keyring) and ten Argon2id hashes: one hash
//! per attempt finds the code among the ten, and a database without its keyring cannot be guessed at.

use crate::{
    AccountId, RecoverySetId, Timestamp,
    password::{HashCost, HashFailed, Memory},
    secret::{Keyring, OpenError, Place, Purpose, Sealed},
};
use rand_core::CryptoRng;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How many codes a set has.
pub const CODES_IN_A_SET: usize = 10;
/// With this many left or fewer the person is told at sign-in.
pub const FEW_LEFT: usize = 3;
/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 16;

/// A recovery code in the clear. No `Debug`, `Display`, `Clone` or `Serialize`; its memory is wiped.
pub struct RecoveryCode(Zeroizing<[u8; LENGTH]>);

/// Why the text cannot be one of our recovery codes. It is told to the person and costs no guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARecoveryCode {
    /// Nothing was typed.
    #[error("no recovery code was typed")]
    Empty,
    /// A character that no recovery code has.
    #[error("recovery codes have only letters and digits")]
    Character,
    /// Not sixteen characters.
    #[error("a recovery code has 16 characters, not {found}")]
    Length {
        /// How many there were.
        found: usize,
    },
    /// The check character does not fit: a character is mistyped or two are exchanged.
    #[error("there is a typing mistake in the recovery code")]
    Typo,
}

/// Multiplication by x in GF(2⁵) with x⁵ + x² + 1.
const fn times_x(value: u8) -> u8 {
    let shifted = value << 1;
    if shifted & 0b10_0000 == 0 { shifted } else { shifted ^ 0b10_0101 }
}

/// Horner's rule in GF(2⁵): each place weighs another power of x, and the weighted sum of a whole code
/// is zero. One wrong character changes it; two exchanged ones do too, for their weights differ.
fn weighted_sum(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_x(sum) ^ value)
}

fn value_of(c: char) -> Option<u8> {
    let c = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    let c = u8::try_from(c).ok()?;
    ALPHABET.iter().position(|&letter| letter == c).and_then(|at| u8::try_from(at).ok())
}

impl RecoveryCode {
    /// A new code: 75 random bits and their check character.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        let mut values = Zeroizing::new([0; LENGTH]);
        rng.fill_bytes(&mut *values);
        values.iter_mut().for_each(|value| *value &= 31);
        if let Some((check, others)) = values.split_last_mut() {
            *check = times_x(weighted_sum(others));
        }
        Self(values)
    }

    /// Reads a code as typed: case, white space and hyphens do not matter; O is 0, and I and L are 1.
    ///
    /// # Errors
    /// [`NotARecoveryCode`], which says what is wrong and costs no guess.
    pub fn parse(text: &str) -> Result<Self, NotARecoveryCode> {
        let mut values = Zeroizing::new([0; LENGTH]);
        let mut found = 0_usize;
        for c in text.chars() {
            if c.is_ascii_whitespace() || matches!(c, '-' | '\u{a0}' | '\u{202f}') {
                continue;
            }
            let value = value_of(c).ok_or(NotARecoveryCode::Character)?;
            if let Some(place) = values.get_mut(found) {
                *place = value;
            }
            found = found.saturating_add(1);
        }
        match found {
            0 => Err(NotARecoveryCode::Empty),
            LENGTH if weighted_sum(&*values) == 0 => Ok(Self(values)),
            LENGTH => Err(NotARecoveryCode::Typo),
            found => Err(NotARecoveryCode::Length { found }),
        }
    }

    /// The code as a person reads it: `7QK2-M9TA-…`, four groups of four.
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH + 3));
        for (at, &value) in self.0.iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(ALPHABET.get(usize::from(value)).copied().map_or('?', char::from));
        }
        text
    }
}

/// What is secret about a set's hashes, opened for one attempt.
pub struct Pepper(Zeroizing<Vec<u8>>);

impl Pepper {
    /// A new pepper: 32 random bytes.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Seals it for the set it belongs to.
    pub fn seal(
        &self,
        keyring: &Keyring,
        account: AccountId,
        set: RecoverySetId,
        rng: &mut impl CryptoRng,
    ) -> Sealed {
        keyring.seal(
            &Place { owner: account.into(), item: &set.to_string(), purpose: Purpose::RecoveryPepper },
            &self.0,
            rng,
        )
    }

    /// Opens what [`Pepper::seal`] sealed.
    ///
    /// # Errors
    /// [`OpenError`]; to be answered as "out of service".
    pub fn open(
        keyring: &Keyring,
        account: AccountId,
        set: RecoverySetId,
        sealed: &Sealed,
    ) -> Result<Self, OpenError> {
        let place = Place { owner: account.into(), item: &set.to_string(), purpose: Purpose::RecoveryPepper };
        keyring.open(&place, sealed).map(Self)
    }
}

/// One code of a set as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    /// Argon2id under the set's salt and pepper.
    pub hash: [u8; 32],
    /// When it was spent.
    pub used_at: Option<Timestamp>,
}

/// A set as it is read for one attempt.
pub struct RecoverySet {
    /// Which.
    pub id: RecoverySetId,
    /// The salt of all its codes.
    pub salt: [u8; 16],
    /// The pepper of all its codes.
    pub pepper: Pepper,
    /// Its codes, spent ones among them.
    pub codes: Vec<StoredCode>,
}

/// A set just made: the codes to show once, and what to keep.
pub struct FreshSet {
    /// To be shown once and forgotten.
    pub codes: Vec<RecoveryCode>,
    /// To be kept.
    pub stored: RecoverySet,
}

/// What a recovery code turned out to be in one set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Unspent([u8; 32]),
    Spent(Timestamp),
    Nothing,
}

impl RecoverySet {
    /// Ten new codes under a new salt and a new pepper. Costs ten Argon2id hashes.
    ///
    /// # Errors
    /// [`HashFailed`].
    pub fn fresh(
        now: Timestamp,
        memory: &mut Memory,
        rng: &mut impl CryptoRng,
    ) -> Result<FreshSet, HashFailed> {
        Self::of(CODES_IN_A_SET, now, memory, rng)
    }

    /// The same with as many codes as an application wants. Costs an Argon2id hash for each.
    ///
    /// # Errors
    /// [`HashFailed`].
    pub fn of(
        codes: usize,
        now: Timestamp,
        memory: &mut Memory,
        rng: &mut impl CryptoRng,
    ) -> Result<FreshSet, HashFailed> {
        let codes: Vec<RecoveryCode> = (0..codes).map(|_| RecoveryCode::fresh(rng)).collect();
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let mut stored =
            Self { id: RecoverySetId::fresh(now, rng), salt, pepper: Pepper::fresh(rng), codes: Vec::new() };
        for code in &codes {
            let hash = stored.hash(code, memory)?;
            stored.codes.push(StoredCode { hash, used_at: None });
        }
        Ok(FreshSet { codes, stored })
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.codes.iter().filter(|code| code.used_at.is_none()).count()
    }

    pub(crate) fn find(&self, code: &RecoveryCode, memory: &mut Memory) -> Found {
        let Ok(hash) = self.hash(code, memory) else { return Found::Nothing };
        self.codes.iter().fold(Found::Nothing, |found, stored| match bool::from(stored.hash.ct_eq(&hash)) {
            true => stored.used_at.map_or(Found::Unspent(hash), Found::Spent),
            false => found,
        })
    }

    fn hash(&self, code: &RecoveryCode, memory: &mut Memory) -> Result<[u8; 32], HashFailed> {
        memory.argon2id(HashCost::LEAST, &*code.0, &self.salt, &self.pepper.0)
    }
}

#[cfg(test)]
#[path = "recovery_tests.rs"]
mod tests;

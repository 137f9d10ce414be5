//! Hashes that another system made: kept as they came, checked as it checked them, and replaced by one of ours at the
//! first right password.
//!
//! Each scheme has a file, which says what of it is read and how much work it may ask for. What is read here was written
//! by others: a hash is judged before it is obeyed, so that none holds a thread for longer than a second or two.

use std::fmt;

use super::argon2::Argon2;
use super::bcrypt::Bcrypt;
use super::pbkdf2::Pbkdf2;
use super::scrypt::Scrypt;
use super::sha_crypt::ShaCrypt;
use super::{HashFailed, Memory, Password};

/// The longest text that can be a hash. The longest that Keycloak wrote, PBKDF2 of 512 bytes, has some 700 letters.
const LONGEST_TEXT: usize = 1024;
/// The fewest bytes that a hash compares: with fewer, another password might do.
pub(super) const LEAST_OUTPUT: usize = 16;

/// How other systems hash passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Argon2id, Argon2i and Argon2d, with parameters of their own.
    Argon2,
    /// bcrypt, also over SHA-256.
    Bcrypt,
    /// PBKDF2 with HMAC-SHA-1, -256 or -512.
    Pbkdf2,
    /// scrypt.
    Scrypt,
    /// SHA-256-crypt and SHA-512-crypt.
    ShaCrypt,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argon2 => "Argon2",
            Self::Bcrypt => "bcrypt",
            Self::Pbkdf2 => "PBKDF2",
            Self::Scrypt => "scrypt",
            Self::ShaCrypt => "SHA-crypt",
        })
    }
}

/// Why a text is no hash that a password can be checked with. It names the scheme and never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAHash {
    /// No scheme of ours.
    #[error("its hash is of a kind that is not known here")]
    Kind,
    /// A scheme that is known, and something in it that is not, or is missing.
    #[error("its {0} hash cannot be read")]
    Broken(Scheme),
    /// More work than a stored hash may ask for; and how much that is.
    #[error("its {0} hash asks for more work than is done for one here: {1}")]
    TooDear(Scheme, &'static str),
    /// Fewer than 16 bytes to compare.
    #[error("its {0} hash has fewer than 16 bytes")]
    TooShort(Scheme),
}

/// A hash that another system made.
pub(super) enum Foreign {
    Argon2(Argon2),
    Bcrypt(Bcrypt),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
    ShaCrypt(ShaCrypt),
}

impl Foreign {
    /// Reads a hash in the form in which the systems of the world keep it.
    ///
    /// # Errors
    /// [`NotAHash`].
    pub(super) fn parse(text: &str) -> Result<Self, NotAHash> {
        let scheme = text.strip_prefix('$').unwrap_or(text).split('$').next().unwrap_or_default();
        if text.len() > LONGEST_TEXT {
            return Err(NotAHash::Kind);
        }
        match scheme {
            "argon2" => Argon2::parse(text).map(Self::Argon2),
            "2a" | "2b" | "2x" | "2y" | "bcrypt" | "bcrypt_sha256" | "bcrypt-sha256" => {
                Bcrypt::parse(text).map(Self::Bcrypt)
            }
            "pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512" | "pbkdf2_sha1" | "pbkdf2_sha256" => {
                Pbkdf2::parse(text).map(Self::Pbkdf2)
            }
            "scrypt" => Scrypt::parse(text).map(Self::Scrypt),
            "5" | "6" => ShaCrypt::parse(text).map(Self::ShaCrypt),
            _ => Err(NotAHash::Kind),
        }
    }

    pub(super) const fn scheme(&self) -> Scheme {
        match self {
            Self::Argon2(_) => Scheme::Argon2,
            Self::Bcrypt(_) => Scheme::Bcrypt,
            Self::Pbkdf2(_) => Scheme::Pbkdf2,
            Self::Scrypt(_) => Scheme::Scrypt,
            Self::ShaCrypt(_) => Scheme::ShaCrypt,
        }
    }

    /// Whether it is the hash of this password, as it was typed: no other system has read it as Unicode NFC.
    ///
    /// A password with a NUL fits none. Where one is hashed as text of C it ends there, and HMAC fills up with them, so
    /// that another text than the owner's would be right.
    ///
    /// # Errors
    /// [`HashFailed`].
    pub(super) fn fits(&self, password: &Password, memory: &mut Memory) -> Result<bool, HashFailed> {
        let typed = password.typed().as_bytes();
        if typed.contains(&0) {
            return Ok(false);
        }
        match self {
            Self::Argon2(hash) => hash.fits(typed, memory),
            Self::Bcrypt(hash) => hash.fits(typed),
            Self::Pbkdf2(hash) => Ok(hash.fits(typed)),
            Self::Scrypt(hash) => hash.fits(typed),
            Self::ShaCrypt(hash) => Ok(hash.fits(typed)),
        }
    }

    /// Whether the hash depends on all that was typed. Where it does not, what its owner has in mind may be another text
    /// with the same beginning, and a hash of this one would lock them out.
    pub(super) fn covers(&self, password: &Password) -> bool {
        match self {
            Self::Bcrypt(hash) => hash.covers(password.typed().as_bytes()),
            Self::Argon2(_) | Self::Pbkdf2(_) | Self::Scrypt(_) | Self::ShaCrypt(_) => true,
        }
    }

    /// About how long it takes, to find the one that takes longest: microseconds of some processor.
    pub(super) fn work(&self) -> u64 {
        match self {
            Self::Argon2(hash) => hash.work(),
            Self::Bcrypt(hash) => hash.work(),
            Self::Pbkdf2(hash) => hash.work(),
            Self::Scrypt(hash) => hash.work(),
            Self::ShaCrypt(hash) => hash.work(),
        }
    }
}

/// A number as it is written in a hash: up to nine decimal digits and nothing else.
pub(super) fn number(text: &str) -> Option<u32> {
    let is_one = (1..=9).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| is_one)
}

/// The parts of a hash between its dollar signs, if there are so many.
pub(super) fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split('$').collect::<Vec<_>>().try_into().ok()
}

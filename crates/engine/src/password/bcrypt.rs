//! bcrypt: `$2a$`, `$2b$`, `$2y$` (Laravel, devise, Authelia); `bcrypt$…` and `bcrypt_sha256$…` (Django);
//! `$bcrypt-sha256$v=2,…` (Authelia, passlib).

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::HashFailed;
use super::foreign::{NotAHash, Scheme, number};

/// Each one more is twice the work; 12 is usual.
const MOST_COST: u32 = 14;
const MOST: &str = "cost 14";
/// How many bytes of a password bcrypt looks at.
const REACH: usize = 72;
/// The letters of its own base 64, in the order of their values.
const LETTERS: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What is hashed in place of the password.
enum Before {
    /// Nothing: the password itself.
    Itself,
    /// The SHA-256 of it in hexadecimal digits.
    Sha256,
    /// The HMAC-SHA-256 of it in base 64; the key is the text of the salt.
    Hmac(String),
}

pub(super) struct Bcrypt {
    before: Before,
    cost: u32,
    salt: [u8; 16],
    output: [u8; 23],
}

impl Bcrypt {
    /// Reads one. `$2x$` marks hashes of a PHP that took letters beyond ASCII for others: they are not read.
    pub(super) fn parse(text: &str) -> Result<Self, NotAHash> {
        Self::read(text).unwrap_or(Err(NotAHash::Broken(Scheme::Bcrypt)))
    }

    fn read(text: &str) -> Option<Result<Self, NotAHash>> {
        let (before, cost, salt, output) = match text.strip_prefix("$bcrypt-sha256$v=2,t=2b,r=") {
            Some(rest) => {
                let (cost, rest) = rest.split_once('$')?;
                let (salt, output) = rest.split_once('$')?;
                (Before::Hmac(salt.to_owned()), cost, salt, output)
            }
            None => {
                let (before, crypt) = match text.strip_prefix("bcrypt_sha256$") {
                    Some(crypt) => (Before::Sha256, crypt),
                    None => (Before::Itself, text.strip_prefix("bcrypt$").unwrap_or(text)),
                };
                let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|version| crypt.strip_prefix(version))?;
                let (cost, rest) = rest.split_once('$').filter(|(cost, _)| cost.len() == 2)?;
                let (salt, output) = rest.split_at_checked(22)?;
                (before, cost, salt, output)
            }
        };
        let cost = number(cost).filter(|cost| (4..=31).contains(cost))?;
        let (salt, output) = (bytes(salt)?, bytes(output)?);
        if cost > MOST_COST {
            return Some(Err(NotAHash::TooDear(Scheme::Bcrypt, MOST)));
        }
        Some(Ok(Self { before, cost, salt, output }))
    }

    pub(super) fn fits(&self, typed: &[u8]) -> Result<bool, HashFailed> {
        let digest = |some: &[u8]| Zeroizing::new(HEXLOWER.encode(some).into_bytes());
        let text = match &self.before {
            Before::Itself => Zeroizing::new(typed.to_vec()),
            Before::Sha256 => digest(&Sha256::digest(typed)),
            Before::Hmac(salt) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes()).map_err(|_| HashFailed)?;
                mac.update(typed);
                Zeroizing::new(BASE64.encode(&mac.finalize().into_bytes()).into_bytes())
            }
        };
        // It ends with a NUL where there is room for one; what comes later is not looked at.
        let mut key = Zeroizing::new([0; REACH]);
        key.iter_mut().zip(text.iter()).for_each(|(place, byte)| *place = *byte);
        let length = text.len().saturating_add(1).min(REACH);
        let output = ::bcrypt::bcrypt(self.cost, self.salt, key.get(..length).ok_or(HashFailed)?);
        Ok(output.get(..self.output.len()).is_some_and(|output| bool::from(output.ct_eq(&self.output))))
    }

    pub(super) fn covers(&self, typed: &[u8]) -> bool {
        match self.before {
            Before::Itself => typed.len() < REACH,
            Before::Sha256 | Before::Hmac(_) => true,
        }
    }

    pub(super) const fn work(&self) -> u64 {
        (1 << self.cost) * 60
    }
}

/// What this text of bcrypt's base 64 stands for, if it is so many bytes. Bits that fill no byte are dropped.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut output = [0; N];
    let mut places = output.iter_mut();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let value = LETTERS.iter().position(|known| *known == letter)?;
        held = (held << 6 | u32::try_from(value).ok()?) & 0x3fff;
        bits = bits.wrapping_add(6);
        if bits >= 8 {
            bits = bits.wrapping_sub(8);
            *places.next()? = (held >> bits).to_be_bytes()[3];
        }
    }
    places.next().is_none().then_some(output)
}

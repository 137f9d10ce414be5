//! PBKDF2: `pbkdf2_sha256$…` and `pbkdf2_sha1$…` (Django); `$pbkdf2$…`, `$pbkdf2-sha256$…` and `$pbkdf2-sha512$…`
//! (Authelia, passlib), which is also how those of Keycloak are kept.

use data_encoding::{BASE64, BASE64_NOPAD};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::foreign::{LEAST_OUTPUT, NotAHash, Scheme, number, parts};

/// Django asks for 1,200,000 (6.0), Keycloak for 1,300,000 with SHA-1, and both for more each year.
const MOST_ROUNDS: u32 = 2_000_000;
const MOST: &str = "2,000,000 iterations";

enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

pub(super) struct Pbkdf2 {
    hash: Hash,
    rounds: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Pbkdf2 {
    pub(super) fn parse(text: &str) -> Result<Self, NotAHash> {
        let hash = Self::read(text).ok_or(NotAHash::Broken(Scheme::Pbkdf2))?;
        if hash.output.len() < LEAST_OUTPUT {
            return Err(NotAHash::TooShort(Scheme::Pbkdf2));
        }
        if hash.rounds > MOST_ROUNDS {
            return Err(NotAHash::TooDear(Scheme::Pbkdf2, MOST));
        }
        Ok(hash)
    }

    fn read(text: &str) -> Option<Self> {
        let (scheme, rounds, salt, output) = match text.strip_prefix('$') {
            Some(rest) => {
                let [scheme, rounds, salt, output] = parts(rest)?;
                // Base 64 in which a dot stands for the plus sign.
                let bytes = |text: &str| BASE64_NOPAD.decode(text.replace('.', "+").as_bytes()).ok();
                (scheme, rounds, bytes(salt)?, bytes(output)?)
            }
            None => {
                let [scheme, rounds, salt, output] = parts(text)?;
                (scheme, rounds, salt.as_bytes().to_vec(), BASE64.decode(output.as_bytes()).ok()?)
            }
        };
        let hash = match scheme {
            "pbkdf2" | "pbkdf2_sha1" => Hash::Sha1,
            "pbkdf2-sha256" | "pbkdf2_sha256" => Hash::Sha256,
            "pbkdf2-sha512" => Hash::Sha512,
            _ => return None,
        };
        let rounds = number(rounds).filter(|rounds| *rounds > 0)?;
        (!salt.is_empty()).then_some(Self { hash, rounds, salt, output })
    }

    /// One block of the output is compared: it takes a part of the work, and another password that had it in common
    /// would have to be found among 2¹²⁸.
    pub(super) fn fits(&self, typed: &[u8]) -> bool {
        let mut block = Zeroizing::new([0; 64]);
        let length = self.output.len().min(match self.hash {
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha512 => 64,
        });
        let (Some(block), Some(output)) = (block.get_mut(..length), self.output.get(..length)) else {
            return false;
        };
        let derive = match self.hash {
            Hash::Sha1 => ::pbkdf2::pbkdf2_hmac::<Sha1>,
            Hash::Sha256 => ::pbkdf2::pbkdf2_hmac::<Sha256>,
            Hash::Sha512 => ::pbkdf2::pbkdf2_hmac::<Sha512>,
        };
        derive(typed, &self.salt, self.rounds, block);
        block.ct_eq(output).into()
    }

    pub(super) fn work(&self) -> u64 {
        u64::from(self.rounds) / 2
    }
}

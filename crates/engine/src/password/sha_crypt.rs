//! SHA-256-crypt `$5$…` and SHA-512-crypt `$6$…`, as Unix keeps them (Authelia).

use sha_crypt::PasswordVerifier as _;

use super::foreign::{NotAHash, Scheme, number};

/// The default of passlib is 656,000.
const MOST_ROUNDS: u32 = 1_000_000;
const MOST: &str = "1,000,000 rounds";
/// What nothing is said about.
const USUAL_ROUNDS: u32 = 5_000;
/// The longest password that is checked, in bytes: the work grows with it, in every round.
const LONGEST: usize = 256;

pub(super) struct ShaCrypt {
    rounds: u32,
    text: String,
}

impl ShaCrypt {
    pub(super) fn parse(text: &str) -> Result<Self, NotAHash> {
        let hash = Self::read(text).ok_or(NotAHash::Broken(Scheme::ShaCrypt))?;
        if hash.rounds > MOST_ROUNDS {
            return Err(NotAHash::TooDear(Scheme::ShaCrypt, MOST));
        }
        Ok(hash)
    }

    fn read(text: &str) -> Option<Self> {
        let (letters, rest) = match text.strip_prefix("$6$") {
            Some(rest) => (86, rest),
            None => (43, text.strip_prefix("$5$")?),
        };
        let (rounds, rest) = match rest.strip_prefix("rounds=") {
            Some(rest) => {
                let (rounds, rest) = rest.split_once('$')?;
                (number(rounds).filter(|rounds| *rounds >= 1_000)?, rest)
            }
            None => (USUAL_ROUNDS, rest),
        };
        let (salt, output) = rest.split_once('$')?;
        let known = |text: &str| text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'/'));
        let whole = (1..=16).contains(&salt.len()) && output.len() == letters;
        (whole && known(salt) && known(output)).then(|| Self { rounds, text: text.to_owned() })
    }

    pub(super) fn fits(&self, typed: &[u8]) -> bool {
        typed.len() <= LONGEST
            && sha_crypt::ShaCrypt::default().verify_password(typed, self.text.as_str()).is_ok()
    }

    pub(super) fn work(&self) -> u64 {
        u64::from(self.rounds)
    }
}

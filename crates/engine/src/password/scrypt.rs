//! scrypt: `scrypt$N$salt$r$p$…` (Django); `$scrypt$ln=…,r=…,p=…$…$…` (Authelia, passlib).

use ::argon2::PasswordHash;
use ::scrypt::Params;
use data_encoding::BASE64;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::HashFailed;
use super::foreign::{LEAST_OUTPUT, NotAHash, Scheme, number, parts};

/// N · r, each of 128 bytes of memory: 128 MiB.
const MOST_MEMORY: u64 = 1 << 20;
/// N · r · p.
const MOST_WORK: u64 = 1 << 21;
const MOST: &str = "128 MiB of memory, and N · r · p of 2,097,152";

pub(super) struct Scrypt {
    params: Params,
    work: u64,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Scrypt {
    pub(super) fn parse(text: &str) -> Result<Self, NotAHash> {
        let broken = NotAHash::Broken(Scheme::Scrypt);
        let (ln, r, p, salt, output) = match text.starts_with('$') {
            true => Self::of_phc(text),
            false => Self::of_django(text),
        }
        .ok_or(broken)?;
        if output.len() < LEAST_OUTPUT {
            return Err(NotAHash::TooShort(Scheme::Scrypt));
        }
        if !(1..=63).contains(&ln) || r == 0 || p == 0 || salt.is_empty() {
            return Err(broken);
        }
        let memory = (1_u64 << ln).saturating_mul(r.into());
        let work = memory.saturating_mul(p.into());
        // What is mixed lies there p times over, whatever N is.
        if memory > MOST_MEMORY || work > MOST_WORK || r > 64 || p > 64 {
            return Err(NotAHash::TooDear(Scheme::Scrypt, MOST));
        }
        let params = u8::try_from(ln).ok().and_then(|ln| Params::new(ln, r, p).ok()).ok_or(broken)?;
        Ok(Self { params, work, salt, output })
    }

    fn of_django(text: &str) -> Option<(u32, u32, u32, Vec<u8>, Vec<u8>)> {
        let [_, n, salt, r, p, output] = parts(text)?;
        let n = number(n).filter(|n| n.is_power_of_two())?;
        let output = BASE64.decode(output.as_bytes()).ok()?;
        Some((n.trailing_zeros(), number(r)?, number(p)?, salt.as_bytes().to_vec(), output))
    }

    fn of_phc(text: &str) -> Option<(u32, u32, u32, Vec<u8>, Vec<u8>)> {
        let phc = PasswordHash::new(text).ok().filter(|phc| phc.version.is_none())?;
        let given: Vec<_> =
            phc.params.iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect();
        let [(ln, first), (r, second), (p, third)] = given.as_slice() else { return None };
        let known = ln == "ln" && r == "r" && p == "p";
        let number = |value: &::argon2::password_hash::phc::Value<'_>| number(value.as_str());
        let (salt, output) = (phc.salt?.to_vec(), phc.hash?.as_bytes().to_vec());
        known.then_some((number(first)?, number(second)?, number(third)?, salt, output))
    }

    pub(super) fn fits(&self, typed: &[u8]) -> Result<bool, HashFailed> {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        ::scrypt::scrypt(typed, &self.salt, &self.params, &mut output).map_err(|_| HashFailed)?;
        Ok(output.ct_eq(&self.output).into())
    }

    pub(super) const fn work(&self) -> u64 {
        self.work / 2
    }
}

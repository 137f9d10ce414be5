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

/// What a hash says, before it is judged.
struct Said {
    log_n: u32,
    r: u32,
    p: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Scrypt {
    pub(super) fn parse(text: &str) -> Result<Self, NotAHash> {
        let broken = NotAHash::Broken(Scheme::Scrypt);
        let said = if text.starts_with('$') { Said::in_phc(text) } else { Said::by_django(text) };
        let Said { log_n, r, p, salt, output } = said.ok_or(broken)?;
        if output.len() < LEAST_OUTPUT {
            return Err(NotAHash::TooShort(Scheme::Scrypt));
        }
        if !(1..=63).contains(&log_n) || r == 0 || p == 0 || salt.is_empty() {
            return Err(broken);
        }
        let memory = (1_u64 << log_n).saturating_mul(r.into());
        let work = memory.saturating_mul(p.into());
        // What is mixed lies there p times over, whatever N is.
        if memory > MOST_MEMORY || work > MOST_WORK || r > 64 || p > 64 {
            return Err(NotAHash::TooDear(Scheme::Scrypt, MOST));
        }
        let log_n = u8::try_from(log_n).ok();
        let params = log_n.and_then(|log_n| Params::new(log_n, r, p).ok()).ok_or(broken)?;
        Ok(Self { params, work, salt, output })
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

impl Said {
    fn by_django(text: &str) -> Option<Self> {
        let [_, n, salt, r, p, output] = parts(text)?;
        let log_n = number(n).filter(|n| n.is_power_of_two())?.trailing_zeros();
        let (r, p, salt) = (number(r)?, number(p)?, salt.as_bytes().to_vec());
        Some(Self { log_n, r, p, salt, output: BASE64.decode(output.as_bytes()).ok()? })
    }

    fn in_phc(text: &str) -> Option<Self> {
        let phc = PasswordHash::new(text).ok().filter(|phc| phc.version.is_none())?;
        let given: Vec<_> =
            phc.params.iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect();
        let [(ln, log_n), (r, block), (p, lanes)] = given.as_slice() else { return None };
        if ln != "ln" || r != "r" || p != "p" {
            return None;
        }
        let (log_n, r, p) = (number(log_n.as_str())?, number(block.as_str())?, number(lanes.as_str())?);
        Some(Self { log_n, r, p, salt: phc.salt?.to_vec(), output: phc.hash?.as_bytes().to_vec() })
    }
}

//! Argon2 of other systems: `argon2$argon2id$v=…$m=…,t=…,p=…$…$…`, as Django writes it. Without the word in front it is
//! one of ours, which is made of the password in another Unicode form.

use ::argon2::{Algorithm, PasswordHash, Version};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::foreign::{LEAST_OUTPUT, NotAHash, Scheme, number};
use super::{HashCost, HashFailed, Memory};

const MOST_MEMORY_KIB: u32 = 256 * 1024;
/// Memory times passes.
const MOST_WORK: u64 = 1024 * 1024;
const MOST_LANES: u32 = 16;
const MOST: &str = "256 MiB of memory, 1 GiB over all passes, and 16 lanes";

pub(super) struct Argon2 {
    algorithm: Algorithm,
    version: Version,
    cost: HashCost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Argon2 {
    pub(super) fn parse(text: &str) -> Result<Self, NotAHash> {
        let hash = Self::read(text).ok_or(NotAHash::Broken(Scheme::Argon2))?;
        let HashCost { memory_kib, lanes, .. } = hash.cost;
        if hash.output.len() < LEAST_OUTPUT {
            return Err(NotAHash::TooShort(Scheme::Argon2));
        }
        if memory_kib > MOST_MEMORY_KIB || hash.work_kib() > MOST_WORK || lanes > MOST_LANES {
            return Err(NotAHash::TooDear(Scheme::Argon2, MOST));
        }
        Ok(hash)
    }

    fn read(text: &str) -> Option<Self> {
        let phc = PasswordHash::new(text.strip_prefix("argon2")?).ok()?;
        let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok()?;
        let version = match phc.version {
            // From before versions were written down.
            None | Some(16) => Version::V0x10,
            Some(19) => Version::V0x13,
            Some(_) => return None,
        };
        let given: Vec<_> =
            phc.params.iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect();
        // A key or data besides would be somewhere else.
        let [(m, memory), (t, passes), (p, lanes)] = given.as_slice() else { return None };
        if m != "m" || t != "t" || p != "p" {
            return None;
        }
        let cost = HashCost {
            memory_kib: number(memory.as_str())?,
            passes: number(passes.as_str()).filter(|passes| *passes > 0)?,
            lanes: number(lanes.as_str()).filter(|lanes| *lanes > 0)?,
        };
        if cost.memory_kib < cost.lanes.saturating_mul(8) {
            return None;
        }
        let (salt, output) = (phc.salt?.to_vec(), phc.hash?.as_bytes().to_vec());
        Some(Self { algorithm, version, cost, salt, output })
    }

    pub(super) fn fits(&self, typed: &[u8], memory: &mut Memory) -> Result<bool, HashFailed> {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        memory.argon2((self.algorithm, self.version), self.cost, typed, &self.salt, &[], &mut output)?;
        Ok(output.ct_eq(&self.output).into())
    }

    fn work_kib(&self) -> u64 {
        u64::from(self.cost.memory_kib).saturating_mul(self.cost.passes.into())
    }

    pub(super) fn work(&self) -> u64 {
        self.work_kib() / 2
    }
}

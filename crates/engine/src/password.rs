//! Passwords: hashed with Argon2id, and what a right one proves. Hashes of other systems are checked as those did, until
//! their owners sign in.

mod argon2;
mod bcrypt;
mod foreign;
mod pbkdf2;
mod scrypt;
mod sha_crypt;

pub use foreign::{NotAHash, Scheme};

use crate::{
    AccountId, Attempt, Timestamp,
    attempt::{Guess, Wrong},
};
use ::argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHash, Version};
use data_encoding::BASE64_NOPAD;
use foreign::Foreign;
use rand_core::CryptoRng;
use std::fmt;
use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

/// A password as typed: read as Unicode NFC (NIST SP 800-63B-4 §3.1.1.2), at most 1024 characters.
///
/// No `Debug`, `Display`, `Clone` or `Serialize`; its memory is wiped.
pub struct Password {
    read: Zeroizing<String>,
    /// As it was typed, where that is another text.
    typed: Option<Zeroizing<String>>,
}

/// The longest password that is read, in characters. Beyond it the text is refused, not cut.
pub const LONGEST: usize = 1024;

/// More than [`LONGEST`] characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has at most {LONGEST} characters")]
pub struct TooLong;

impl Password {
    /// Reads a password; white space is part of it.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn parse(text: &str) -> Result<Self, TooLong> {
        // Counted as it is hashed: NFC makes two or three characters of some.
        let length = text.nfc().take(LONGEST + 1).count();
        if length > LONGEST {
            return Err(TooLong);
        }
        // Room for all of it from the start: a string that grows leaves copies of itself behind.
        let mut password = Zeroizing::new(String::with_capacity(length.saturating_mul(4)));
        password.extend(text.nfc());
        let typed = (password.as_str() != text).then(|| Zeroizing::new(text.to_owned()));
        Ok(Self { read: password, typed })
    }

    /// The text, for a blocklist to look at.
    pub fn reveal(&self) -> &str {
        &self.read
    }

    /// The text before it was read as NFC, for a hash of a system that did not.
    fn typed(&self) -> &str {
        self.typed.as_ref().unwrap_or(&self.read)
    }
}

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    memory_kib: u32,
    passes: u32,
    /// One of ours has one. Lanes of others are computed one after the other: they cost no more.
    lanes: u32,
}

impl HashCost {
    /// OWASP's least for Argon2id: 19 MiB, two passes, one lane.
    pub const LEAST: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// What a stored hash may ask for at most. A hostile import must not take the machine down.
    const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

    /// A cost; `None` when it is below [`HashCost::LEAST`] or beyond 1 GiB or 16 passes.
    pub fn new(memory_kib: u32, passes: u32) -> Option<Self> {
        let cost = Self { memory_kib, passes, lanes: 1 };
        (cost.covers(Self::LEAST) && Self::MOST.covers(cost)).then_some(cost)
    }

    const fn covers(self, other: Self) -> bool {
        self.memory_kib >= other.memory_kib && self.passes >= other.passes && self.lanes >= other.lanes
    }

    /// What is still to be done after a hash of cost `done`, so that both together take as long as one of this cost.
    fn beyond(self, done: Self) -> Option<Self> {
        let work = |cost: Self| u64::from(cost.memory_kib) * u64::from(cost.passes);
        let missing = work(self).checked_sub(work(done))? / u64::from(self.passes.max(1));
        let memory_kib = u32::try_from(missing).ok().filter(|kib| *kib >= Params::MIN_M_COST)?;
        Some(Self { memory_kib, passes: self.passes, lanes: 1 })
    }
}

/// The memory of one hashing thread, kept between hashes: allocating and freeing it for each would make
/// the process grow to many times its need.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// Argon2id v1.3, 32 bytes of output.
    pub(crate) fn argon2id(
        &mut self,
        cost: HashCost,
        input: &[u8],
        salt: &[u8],
        pepper: &[u8],
    ) -> Result<[u8; 32], HashFailed> {
        let mut output = [0; 32];
        self.argon2((Algorithm::Argon2id, Version::V0x13), cost, input, salt, pepper, &mut output)?;
        Ok(output)
    }

    /// Argon2 of any kind, as long as `output` is.
    fn argon2(
        &mut self,
        (algorithm, version): (Algorithm, Version),
        cost: HashCost,
        input: &[u8],
        salt: &[u8],
        pepper: &[u8],
        output: &mut [u8],
    ) -> Result<(), HashFailed> {
        let HashCost { memory_kib, passes, lanes } = cost;
        let params = Params::new(memory_kib, passes, lanes, Some(output.len())).map_err(|_| HashFailed)?;
        self.0.resize(params.block_count().max(self.0.len()), Block::default());
        Argon2::new_with_secret(pepper, algorithm, version, params)
            .and_then(|argon2| argon2.hash_password_into_with_memory(input, salt, output, &mut self.0))
            .map_err(|_| HashFailed)
    }
}

/// Argon2 refused its input. With the costs and lengths of this crate it does not happen; should it, it
/// is an error and never a hash that something could match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hash could not be computed")]
pub struct HashFailed;

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|block| block.as_mut().zeroize());
    }
}

/// A stored password hash: one of ours, `$argon2id$v=19$m=19456,t=2,p=1$…$…`, or one that another system made, in the
/// form in which it came.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPassword(String);

/// What a stored hash says.
enum Kept {
    Ours { cost: HashCost, salt: Vec<u8>, output: Vec<u8> },
    Foreign(Foreign),
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredPassword")
    }
}

impl StoredPassword {
    /// Hashes a password under a new salt.
    ///
    /// # Errors
    /// [`HashFailed`].
    pub fn hash(
        password: &Password,
        cost: HashCost,
        memory: &mut Memory,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, HashFailed> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let output = memory.argon2id(cost, password.read.as_bytes(), &salt, &[])?;
        Ok(Self(format!(
            "$argon2id$v=19$m={},t={},p=1${}${}",
            cost.memory_kib,
            cost.passes,
            BASE64_NOPAD.encode(&salt),
            BASE64_NOPAD.encode(&output)
        )))
    }

    /// How the hash of a system begins that is none of ours, and is Argon2 all the same.
    pub const FOREIGN_ARGON2: &str = "argon2$argon2";
    /// How all hashes begin that are made here.
    pub const OURS: &str = "$argon2id$";

    /// Takes back what the store kept, or takes over what another system did.
    ///
    /// # Errors
    /// [`NotAHash`] for schemes that are not known, and for parameters that are refused before they are obeyed.
    pub fn parse(text: String) -> Result<Self, NotAHash> {
        let stored = Self(text);
        stored.read()?;
        Ok(stored)
    }

    /// The text to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How another system made it; `None` for one of ours.
    pub fn foreign(&self) -> Option<Scheme> {
        self.read_foreign().map(|foreign| foreign.scheme())
    }

    /// About how long it takes to check, so that the hash of another system can be found which takes longest.
    pub fn work(&self) -> u64 {
        self.read_foreign().map_or(0, |foreign| foreign.work())
    }

    /// Does the work of checking a password, and answers nothing: for somebody who wants to know how long it takes.
    pub fn rehearse(&self, cost: HashCost, memory: &mut Memory) {
        let nobodys = Password { read: Zeroizing::new(String::new()), typed: None };
        if let Ok(Kept::Foreign(foreign)) = self.read() {
            let _ = std::hint::black_box(foreign.fits(&nobodys, memory));
        }
        let _ = std::hint::black_box(memory.argon2id(cost, &[], &[0; 16], &[]));
    }

    /// Whether it was made here with this very cost; otherwise it is to be hashed anew at the next sign-in. A dearer one,
    /// too: how long it takes tells that somebody has this address.
    pub fn is_of(&self, cost: HashCost) -> bool {
        self.read().is_ok_and(|kept| matches!(kept, Kept::Ours { cost: own, .. } if own == cost))
    }

    fn read_foreign(&self) -> Option<Foreign> {
        match self.read() {
            Ok(Kept::Foreign(foreign)) => Some(foreign),
            Ok(Kept::Ours { .. }) | Err(_) => None,
        }
    }

    fn read(&self) -> Result<Kept, NotAHash> {
        match self.0.starts_with(Self::OURS) {
            true => self.read_ours().ok_or(NotAHash::Broken(Scheme::Argon2)),
            false => Foreign::parse(&self.0).map(Kept::Foreign),
        }
    }

    fn read_ours(&self) -> Option<Kept> {
        let phc = PasswordHash::new(&self.0).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let cost = HashCost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        // The crate takes defaults for what is not given, and the last of what is given twice: no hash is read so.
        let once = |name: &str| phc.params.iter().filter(|(given, _)| given.as_str() == name).count() == 1;
        let usable = phc.algorithm == ARGON2ID_IDENT
            && ["m", "t", "p"].into_iter().all(once)
            && phc.version.is_none_or(|version| version == 19)
            && HashCost::MOST.covers(cost);
        let (salt, output) = (phc.salt?, phc.hash?);
        let (salt, output) = (salt.to_vec(), output.as_bytes().to_vec());
        (usable && output.len() == 32).then_some(Kept::Ours { cost, salt, output })
    }

    /// Checks a password. `None` for the stored hash means that there is no such account, or that it has
    /// no password: the same work is done, and the answer is wrong. So it is after a hash that cost less than `cost`,
    /// whatever the answer: until its owner signs in it would tell who has an account.
    ///
    /// After the hash of another system all of that work is done, right or wrong: it is the hash that takes its place if
    /// the answer is right, and the time must not tell that before the budget has accepted the attempt.
    pub fn check(
        account: Option<(AccountId, &Self)>,
        password: &Password,
        now: Timestamp,
        cost: HashCost,
        memory: &mut Memory,
        rng: &mut impl CryptoRng,
    ) -> Attempt<PasswordProof> {
        let input = password.read.as_bytes();
        let kept = account.and_then(|(id, stored)| Some((id, stored, stored.read().ok()?)));
        let right = match kept {
            Some((account, _, Kept::Ours { cost: own, salt, output: kept })) => {
                let output = memory.argon2id(own, input, &salt, &[]);
                if let Some(missing) = cost.beyond(own) {
                    let _ = std::hint::black_box(memory.argon2id(missing, input, &salt, &[]));
                }
                let right = output.is_ok_and(|output| bool::from(output.ct_eq(&kept)));
                right.then_some((account, None))
            }
            Some((account, old, Kept::Foreign(foreign))) => {
                let right = foreign.fits(password, memory).unwrap_or(false);
                let new = std::hint::black_box(Self::hash(password, cost, memory, rng));
                let new = new.ok().filter(|_| foreign.covers(password));
                right.then(|| (account, new.map(|new| Renewal { old: old.clone(), new })))
            }
            None => {
                let _ = std::hint::black_box(memory.argon2id(cost, input, &[0; 16], &[]));
                None
            }
        };
        let answer = right.map(|(account, renewal)| PasswordProof { account, at: now, renewal });
        Attempt::sealed(Guess::Password, answer.ok_or(Wrong::Password))
    }
}

/// A hash of ours for a password that has one of another system.
#[derive(Debug)]
pub struct Renewal {
    /// The hash that it was checked with.
    pub old: StoredPassword,
    /// The hash that takes its place, unless the password was changed meanwhile.
    pub new: StoredPassword,
}

/// The password of this account was right, at this moment.
#[derive(Debug)]
pub struct PasswordProof {
    pub(crate) account: AccountId,
    pub(crate) at: Timestamp,
    pub(crate) renewal: Option<Renewal>,
}

impl PasswordProof {
    /// Whose password it was.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The hash that takes the place of another system's, for the script that settles the attempt.
    pub fn renewal(&self) -> Option<&Renewal> {
        self.renewal.as_ref()
    }
}

#[cfg(test)]
mod tests;

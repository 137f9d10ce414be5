//! Passwords: hashed with Argon2id, and what a right one proves.

use crate::{
    AccountId, Attempt, Timestamp,
    attempt::{Guess, Wrong},
};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use data_encoding::BASE64_NOPAD;
use rand_core::CryptoRng;
use std::fmt;
use subtle::ConstantTimeEq as _;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

/// A password as typed: read as Unicode NFC (NIST SP 800-63B-4 §3.1.1.2), at most 1024 characters.
///
/// No `Debug`, `Display`, `Clone` or `Serialize`; its memory is wiped.
pub struct Password(Zeroizing<String>);

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
        Ok(Self(password))
    }

    /// The text, for a blocklist to look at.
    pub fn reveal(&self) -> &str {
        &self.0
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
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(|_| HashFailed)?;
        self.0.resize(params.block_count().max(self.0.len()), Block::default());
        let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params);
        argon2
            .and_then(|argon2| argon2.hash_password_into_with_memory(input, salt, &mut output, &mut self.0))
            .map_err(|_| HashFailed)?;
        Ok(output)
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

/// A stored password hash: a PHC string such as `$argon2id$v=19$m=19456,t=2,p=1$…$…`.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPassword(String);

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredPassword")
    }
}

/// The text is no Argon2id PHC string, or asks for more than a stored hash may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a usable Argon2id hash")]
pub struct NotAHash;

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
        let output = memory.argon2id(cost, password.0.as_bytes(), &salt, &[])?;
        Ok(Self(format!(
            "$argon2id$v=19$m={},t={},p=1${}${}",
            cost.memory_kib,
            cost.passes,
            BASE64_NOPAD.encode(&salt),
            BASE64_NOPAD.encode(&output)
        )))
    }

    /// Takes back what the store kept.
    ///
    /// # Errors
    /// [`NotAHash`] for other schemes, and for parameters that are refused before they are obeyed.
    pub fn from_phc(text: String) -> Result<Self, NotAHash> {
        let stored = Self(text);
        stored.read().ok_or(NotAHash)?;
        Ok(stored)
    }

    /// The PHC string to keep.
    pub fn as_phc(&self) -> &str {
        &self.0
    }

    /// Whether it was made with this very cost; otherwise it is to be hashed anew at the next sign-in. A dearer one,
    /// too: how long it takes tells that somebody has this address.
    pub fn is_of(&self, cost: HashCost) -> bool {
        self.read().is_some_and(|(own, _, _)| own == cost)
    }

    fn read(&self) -> Option<(HashCost, Vec<u8>, Vec<u8>)> {
        let phc = PasswordHash::new(&self.0).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let cost = HashCost { memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        // The crate takes defaults for what is not given, and the last of what is given twice: no hash is read so.
        let once = |name: &str| phc.params.iter().filter(|(given, _)| given.as_str() == name).count() == 1;
        let usable = phc.algorithm == argon2::ARGON2ID_IDENT
            && ["m", "t", "p"].into_iter().all(once)
            && phc.version.is_none_or(|version| version == 19)
            && HashCost::MOST.covers(cost);
        let (salt, output) = (phc.salt?, phc.hash?);
        (usable && output.as_bytes().len() == 32).then(|| (cost, salt.to_vec(), output.as_bytes().to_vec()))
    }

    /// Checks a password. `None` for the stored hash means that there is no such account, or that it has
    /// no password: the same work is done, and the answer is wrong. So it is after a hash that cost less than `cost`,
    /// whatever the answer: until its owner signs in it would tell who has an account.
    pub fn check(
        account: Option<(AccountId, &Self)>,
        password: &Password,
        now: Timestamp,
        cost: HashCost,
        memory: &mut Memory,
    ) -> Attempt<PasswordProof> {
        let input = password.0.as_bytes();
        let answer = match account.and_then(|(id, stored)| stored.read().map(|read| (id, read))) {
            Some((account, (own, salt, kept))) => {
                let output = memory.argon2id(own, input, &salt, &[]);
                if let Some(missing) = cost.beyond(own) {
                    let _ = std::hint::black_box(memory.argon2id(missing, input, &salt, &[]));
                }
                match output {
                    Ok(output) if bool::from(output.ct_eq(&kept)) => Ok(PasswordProof { account, at: now }),
                    Ok(_) | Err(HashFailed) => Err(Wrong::Password),
                }
            }
            None => {
                let _ = std::hint::black_box(memory.argon2id(cost, input, &[0; 16], &[]));
                Err(Wrong::Password)
            }
        };
        Attempt::sealed(Guess::Password, answer)
    }
}

/// The password of this account was right, at this moment.
#[derive(Debug)]
pub struct PasswordProof {
    pub(crate) account: AccountId,
    pub(crate) at: Timestamp,
}

impl PasswordProof {
    /// Whose password it was.
    pub fn account(&self) -> AccountId {
        self.account
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    const NOW: Timestamp = Timestamp::from_seconds(5);

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    #[test]
    fn the_right_password_proves_its_own_account_and_no_other_text_does() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut memory = Memory::default();
        let id = AccountId::fresh(NOW, &mut rng);
        let stored =
            StoredPassword::hash(&password("kůň ve sklepě 1"), HashCost::LEAST, &mut memory, &mut rng)
                .unwrap();
        let mut check = |text: &str| {
            StoredPassword::check(Some((id, &stored)), &password(text), NOW, HashCost::LEAST, &mut memory)
                .open_after_the_budget_accepted()
        };
        assert_eq!(check("kůň ve sklepě 1").unwrap().account(), id);
        assert_eq!(
            check("ku\u{30a}n\u{30c} ve sklepe\u{30c} 1").unwrap().account(),
            id,
            "NFC and NFD are one password"
        );
        for wrong in ["", " ", "kůň ve sklepě 1 ", "KŮŇ VE SKLEPĚ 1", "kůň ve sklepě 2"] {
            assert_eq!(check(wrong).unwrap_err(), Wrong::Password, "{wrong:?}");
        }
    }

    #[test]
    fn g2_an_unknown_account_costs_a_hash_and_is_as_wrong() {
        let mut memory = Memory::default();
        let attempt = StoredPassword::check(None, &password("x"), NOW, HashCost::LEAST, &mut memory);
        assert_eq!(attempt.open_after_the_budget_accepted().unwrap_err(), Wrong::Password);
        assert_eq!(memory.0.len(), 19 * 1024, "the hash was computed");
    }

    #[test]
    fn g2_a_hash_that_cost_less_is_checked_with_the_work_of_the_present_cost() {
        let cost = |memory, passes| HashCost::new(memory, passes).unwrap();
        let missing = |memory_kib, passes| Some(HashCost { memory_kib, passes, lanes: 1 });
        assert_eq!(cost(64 * 1024, 2).beyond(HashCost::LEAST), missing(45 * 1024, 2));
        assert_eq!(cost(19 * 1024, 4).beyond(HashCost::LEAST), missing(19 * 1024 / 2, 4));
        assert_eq!(cost(64 * 1024, 3).beyond(HashCost::LEAST), missing((192 - 38) * 1024 / 3, 3));
        assert_eq!(HashCost::LEAST.beyond(HashCost::LEAST), None);
        assert_eq!(HashCost::LEAST.beyond(cost(64 * 1024, 2)), None);

        let mut rng = StdRng::seed_from_u64(3);
        let id = AccountId::fresh(NOW, &mut rng);
        let stored =
            StoredPassword::hash(&password("x"), HashCost::LEAST, &mut Memory::default(), &mut rng).unwrap();
        for (typed, right) in [("x", true), ("y", false)] {
            let mut memory = Memory::default();
            let cost = cost(64 * 1024, 2);
            let attempt =
                StoredPassword::check(Some((id, &stored)), &password(typed), NOW, cost, &mut memory);
            assert_eq!(attempt.open_after_the_budget_accepted().is_ok(), right);
            assert_eq!(memory.0.len(), 45 * 1024, "what was missing was computed");
        }
    }

    #[test]
    fn a_hostile_hash_is_refused_before_it_is_obeyed() {
        let tail = "$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let phc = |scheme: &str, parameters: &str| {
            StoredPassword::from_phc(format!("${scheme}$v=19${parameters}{tail}"))
        };
        assert!(phc("argon2id", "m=19456,t=2,p=1").is_ok());
        for bad in [
            "m=4194304,t=100,p=1",
            "m=19456,t=17,p=1",
            "m=19456,t=2,p=17",
            "m=0,t=2,p=1",
            "m=19456,t=2,p=1,x=1",
            "m=19456,t=2,t=2,p=1",
            "m=19456,m=4194304,t=2,p=1",
            "m=19456,t=2",
            "t=2,p=1",
        ] {
            assert_eq!(phc("argon2id", bad), Err(NotAHash), "{bad}");
        }
        assert_eq!(phc("argon2i", "m=19456,t=2,p=1"), Err(NotAHash));
        for bad in ["", "plain", "$2b$12$abc"] {
            assert_eq!(StoredPassword::from_phc(bad.to_owned()), Err(NotAHash), "{bad}");
        }
    }

    #[test]
    fn a_hash_of_another_cost_asks_to_be_made_anew_whether_it_was_less_or_more() {
        let mut rng = StdRng::seed_from_u64(2);
        let mut hash =
            |cost| StoredPassword::hash(&password("x"), cost, &mut Memory::default(), &mut rng).unwrap();
        let stored = hash(HashCost::LEAST);
        assert_ne!(stored.as_phc(), hash(HashCost::LEAST).as_phc(), "one password under two salts");
        assert!(stored.is_of(HashCost::LEAST));
        let dearer = HashCost::new(20 * 1024, 2).unwrap();
        assert!(!stored.is_of(HashCost::new(19 * 1024, 3).unwrap()) && !stored.is_of(dearer));
        let other = hash(dearer);
        assert!(other.is_of(dearer) && !other.is_of(HashCost::LEAST));
        assert_eq!(HashCost::new(19 * 1024, 1), None);
        assert_eq!(HashCost::new(19 * 1024 - 1, 2), None);
        assert_eq!(HashCost::new(u32::MAX, 2), None);
        assert!(stored.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(StoredPassword::from_phc(stored.as_phc().to_owned()), Ok(stored.clone()));
        assert_eq!(format!("{stored:?}"), "StoredPassword");
    }

    #[test]
    fn a_hash_of_another_system_with_more_lanes_is_checked_and_asks_to_be_made_anew() {
        // What Authelia makes: argon2-cffi, m=65536, t=3, p=4.
        let stored = "$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$zB5MXXHIFdlv58MUr4tSFOp7TJqmsH2qyr1CX/attks";
        let stored = StoredPassword::from_phc(stored.to_owned()).unwrap();
        let id = AccountId::fresh(NOW, &mut StdRng::seed_from_u64(4));
        for (typed, right) in [("seven quiet otters cross at dusk", true), ("nine loud herons", false)] {
            let mut memory = Memory::default();
            let whose = Some((id, &stored));
            let attempt = StoredPassword::check(whose, &password(typed), NOW, HashCost::LEAST, &mut memory);
            assert_eq!(attempt.open_after_the_budget_accepted().is_ok(), right, "{typed}");
        }
        assert!(!stored.is_of(HashCost::new(65536, 3).unwrap()));
    }

    #[test]
    fn a_blocklist_sees_the_password_as_it_is_hashed() {
        assert_eq!(
            password(" ku\u{30a}n\u{30c} ").reveal(),
            " kůň ",
            "NFC, with the white space that is part of it"
        );
    }

    #[test]
    fn a_very_long_password_is_refused_and_not_cut() {
        assert!(Password::parse(&"ř".repeat(1024)).is_ok());
        assert_eq!(Password::parse(&"ř".repeat(1025)).err(), Some(TooLong));
        // U+0958 is two characters under NFC.
        assert_eq!(Password::parse(&"\u{958}".repeat(513)).err(), Some(TooLong));
        let longest = Password::parse(&"\u{958}".repeat(512)).unwrap();
        assert_eq!(Password::parse(longest.reveal()).unwrap().reveal(), longest.reveal());
    }
}

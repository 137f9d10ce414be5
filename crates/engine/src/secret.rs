//! Secrets at rest: sealed under a keyring, bound to the place they are kept in.
//!
//! Every sealed value is XChaCha20-Poly1305 with a random 192-bit nonce. Its associated data names the
//! account, the item and the purpose, so a value moved to another row or another use does not open.

use crate::AccountId;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

/// The first byte of every sealed value: the layout that follows it.
const LAYOUT: u8 = 1;
const NONCE: usize = 24;

/// What a sealed value is for. It is part of the associated data, so the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The shared secret of an authenticator or of an enrolment.
    SharedSecret,
    /// The pepper of a recovery code set.
    RecoveryPepper,
    /// The recovery codes that a page just showed, on their way to the `.txt`.
    RecoveryTicket,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::SharedSecret => "shared-secret",
            Self::RecoveryPepper => "recovery-pepper",
            Self::RecoveryTicket => "recovery-ticket",
        }
    }
}

/// Where a sealed value belongs: whose it is, which item, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Whose it is.
    pub account: AccountId,
    /// The id of the authenticator, enrolment or recovery set.
    pub item: &'a str,
    /// What for.
    pub purpose: Purpose,
}

impl Place<'_> {
    /// Length-prefixed, so that no two places share their bytes ("ab","c" and "a","bc").
    fn associated_data(&self) -> Vec<u8> {
        let account = self.account.to_string();
        let mut data = Vec::new();
        for field in ["countersign", self.purpose.word(), &account, self.item] {
            data.extend_from_slice(&(field.len() as u64).to_be_bytes());
            data.extend_from_slice(field.as_bytes());
        }
        data
    }
}

/// The name of a key in the keyring: 1 to 32 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// Reads a key id; `None` when it is empty, too long, or has other characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=32).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

struct Key {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
}

/// The keys that seal and open: the first seals, all of them open.
pub struct Keyring {
    sealing: Key,
    retired: Vec<Key>,
}

/// Why a keyring cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// No key at all.
    #[error("the keyring has no key")]
    Empty,
    /// Two keys with one id.
    #[error("the keyring has the key id {0} twice")]
    Twice(String),
}

/// Why a sealed value does not open. Never to be read as "there is no secret".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It was sealed with a key that the keyring does not have.
    #[error("sealed with key {0}, which the keyring does not have")]
    UnknownKey(String),
    /// It was altered, cut short, moved from another place, or sealed with another key of the same id.
    #[error("the sealed value is damaged or belongs elsewhere")]
    Damaged,
}

/// A value under seal, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes back what [`Sealed::as_bytes`] gave to the store.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

impl Keyring {
    /// A keyring whose first key seals.
    ///
    /// # Errors
    /// [`KeyringError`] when there is no key, or two of the same id.
    pub fn new(keys: impl IntoIterator<Item = (KeyId, Zeroizing<[u8; 32]>)>) -> Result<Self, KeyringError> {
        let mut keys = keys.into_iter().map(|(id, bytes)| Key { id, bytes });
        let sealing = keys.next().ok_or(KeyringError::Empty)?;
        let mut retired: Vec<Key> = Vec::new();
        for key in keys {
            if key.id == sealing.id || retired.iter().any(|other| other.id == key.id) {
                return Err(KeyringError::Twice(key.id.0));
            }
            retired.push(key);
        }
        Ok(Self { sealing, retired })
    }

    /// Seals `secret` for `place` with the first key.
    ///
    /// Layout: `1`, length of the key id, key id, nonce (24 bytes), ciphertext and tag.
    pub fn seal(&self, place: &Place<'_>, secret: &[u8], rng: &mut impl CryptoRng) -> Sealed {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let aad = place.associated_data();
        let cipher = XChaCha20Poly1305::new((&*self.sealing.bytes).into());
        // The cipher refuses only messages beyond 256 GiB. Should it ever refuse, the empty ciphertext never opens.
        let sealed =
            cipher.encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: &aad }).unwrap_or_default();
        let id = self.sealing.id.as_str().as_bytes();
        let mut bytes = vec![LAYOUT, u8::try_from(id.len()).unwrap_or(u8::MAX)];
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        Sealed(bytes)
    }

    /// Opens what was sealed for exactly this `place`.
    ///
    /// # Errors
    /// [`OpenError`]: the key is missing, or the value is not what was sealed here.
    pub fn open(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (id, nonce, ciphertext) = parts(&sealed.0).ok_or(OpenError::Damaged)?;
        let key = std::iter::once(&self.sealing)
            .chain(&self.retired)
            .find(|key| key.id.as_str().as_bytes() == id)
            .ok_or_else(|| OpenError::UnknownKey(String::from_utf8_lossy(id).into_owned()))?;
        let cipher = XChaCha20Poly1305::new((&*key.bytes).into());
        let nonce = XNonce::try_from(nonce).map_err(|_| OpenError::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: &place.associated_data() };
        cipher.decrypt(&nonce, payload).map(Zeroizing::new).map_err(|_| OpenError::Damaged)
    }
}

fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (&layout, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(length))?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
    (layout == LAYOUT).then_some((id, nonce, ciphertext))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use rand::{RngExt as _, SeedableRng, rngs::StdRng};

    fn key(name: &str, byte: u8) -> (KeyId, Zeroizing<[u8; 32]>) {
        (KeyId::parse(name).unwrap(), Zeroizing::new([byte; 32]))
    }

    fn place(account: AccountId, item: &str, purpose: Purpose) -> Place<'_> {
        Place { account, item, purpose }
    }

    #[test]
    fn h5_a_sealed_secret_opens_only_in_its_own_place() {
        let mut rng = StdRng::seed_from_u64(7);
        let now = Timestamp::from_seconds(1);
        let (a, b) = (AccountId::fresh(now, &mut rng), AccountId::fresh(now, &mut rng));
        let ring = Keyring::new([key("k1", 1)]).unwrap();
        let sealed = ring.seal(&place(a, "x", Purpose::SharedSecret), b"seed", &mut rng);
        assert_eq!(&**ring.open(&place(a, "x", Purpose::SharedSecret), &sealed).unwrap(), b"seed");
        for elsewhere in [
            place(b, "x", Purpose::SharedSecret),
            place(a, "y", Purpose::SharedSecret),
            place(a, "x", Purpose::RecoveryPepper),
        ] {
            assert_eq!(ring.open(&elsewhere, &sealed).unwrap_err(), OpenError::Damaged);
        }
        assert!(!sealed.as_bytes().windows(4).any(|w| w == b"seed"));
        assert_eq!(format!("{sealed:?}"), format!("Sealed({} bytes)", sealed.as_bytes().len()));
    }

    #[test]
    fn a_retired_key_opens_and_the_first_key_seals() {
        let mut rng = StdRng::seed_from_u64(8);
        let a = AccountId::fresh(Timestamp::from_seconds(1), &mut rng);
        let here = place(a, "x", Purpose::SharedSecret);
        let old = Keyring::new([key("k1", 1)]).unwrap().seal(&here, b"seed", &mut rng);
        let both = Keyring::new([key("k2", 2), key("k1", 1)]).unwrap();
        assert_eq!(&**both.open(&here, &old).unwrap(), b"seed");
        let new = both.seal(&here, b"seed", &mut rng);
        let only_new = Keyring::new([key("k2", 2)]).unwrap();
        assert!(only_new.open(&here, &new).is_ok());
        assert_eq!(only_new.open(&here, &old).unwrap_err(), OpenError::UnknownKey("k1".into()));
        let impostor = Keyring::new([key("k1", 9)]).unwrap();
        assert_eq!(impostor.open(&here, &old).unwrap_err(), OpenError::Damaged);
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_refused() {
        let mut rng = StdRng::seed_from_u64(9);
        let a = AccountId::fresh(Timestamp::from_seconds(1), &mut rng);
        let here = place(a, "x", Purpose::SharedSecret);
        let ring = Keyring::new([key("k1", 1)]).unwrap();
        let sealed = ring.seal(&here, b"seed", &mut rng);
        for end in 0..sealed.as_bytes().len() {
            assert!(
                ring.open(&here, &Sealed::from_bytes(sealed.as_bytes()[..end].to_vec())).is_err(),
                "cut at {end}"
            );
        }
        for at in 0..sealed.as_bytes().len() {
            let mut bytes = sealed.as_bytes().to_vec();
            bytes[at] ^= 1 << rng.random_range(0..8);
            assert!(ring.open(&here, &Sealed::from_bytes(bytes)).is_err(), "flipped at {at}");
        }
    }

    #[test]
    fn a_keyring_needs_keys_with_names_of_their_own() {
        assert_eq!(Keyring::new([]).err(), Some(KeyringError::Empty));
        assert_eq!(Keyring::new([key("k", 1), key("k", 2)]).err(), Some(KeyringError::Twice("k".into())));
        let three = [key("a", 1), key("k", 2), key("k", 3)];
        assert_eq!(Keyring::new(three).err(), Some(KeyringError::Twice("k".into())));
        for bad in ["", "K1", "a b", "ключ", &"a".repeat(33)] {
            assert_eq!(KeyId::parse(bad), None, "{bad}");
        }
        assert_eq!(KeyId::parse(&"a".repeat(32)).unwrap().as_str().len(), 32);
    }
}

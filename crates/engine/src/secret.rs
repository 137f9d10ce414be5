//! Secrets at rest: sealed under a keyring, bound to the place they are kept in.
//!
//! Every sealed value is XChaCha20-Poly1305 with a random 192-bit nonce. Its associated data names the
//! owner, the item and the purpose, so a value moved to another row or another use does not open.

use crate::{AccountId, ApplicationId};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac as _};
use rand_core::CryptoRng;
use sha2::Sha256;
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// The first byte of every sealed value: the layout that follows it.
const LAYOUT: u8 = 1;
const NONCE: usize = 24;
/// The purpose of a [`Keyring::mark`]. No [`Purpose`] has this word.
const KEY_MARK: &str = "key-mark";

/// What a sealed value is for. It is part of the associated data, so the words never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The shared secret of an authenticator or of an enrolment.
    SharedSecret,
    /// The pepper of a recovery code set.
    RecoveryPepper,
    /// The recovery codes that a page just showed, on their way to the `.txt`.
    RecoveryTicket,
    /// What messages to an application are signed with.
    SigningKey,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::SharedSecret => "shared-secret",
            Self::RecoveryPepper => "recovery-pepper",
            Self::RecoveryTicket => "recovery-ticket",
            Self::SigningKey => "signing-key",
        }
    }
}

/// Whose a sealed value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Somebody who signs in.
    Account(AccountId),
    /// A product with users of its own.
    Application(ApplicationId),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => account.fmt(f),
            Self::Application(application) => application.fmt(f),
        }
    }
}

impl From<AccountId> for Owner {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

impl From<ApplicationId> for Owner {
    fn from(application: ApplicationId) -> Self {
        Self::Application(application)
    }
}

/// Where a sealed value belongs: whose it is, which item, and what for. A purpose is of one kind of owner.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Whose it is.
    pub owner: Owner,
    /// The id of the authenticator, enrolment, recovery set or signing key.
    pub item: &'a str,
    /// What for.
    pub purpose: Purpose,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        associated_data(self.purpose.word(), &self.owner.to_string(), self.item)
    }
}

/// Length-prefixed, so that no two places share their bytes ("ab","c" and "a","bc").
fn associated_data(purpose: &str, owner: &str, item: &str) -> Vec<u8> {
    let mut data = Vec::new();
    for field in ["countersign", purpose, owner, item] {
        data.extend_from_slice(&(field.len() as u64).to_be_bytes());
        data.extend_from_slice(field.as_bytes());
    }
    data
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

    /// A new id: `k-` and eight random digits.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        let mut tag = [0; 4];
        rng.fill_bytes(&mut tag);
        Self(format!("k-{}", HEXLOWER.encode(&tag)))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

struct Key {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
}

/// The keys that seal and open: the first seals, all of them open.
pub struct Keyring {
    sealing: Arc<Key>,
    others: Vec<Arc<Key>>,
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

    /// The key it names, whether or not that key would open it; `None` when it is damaged.
    pub fn key(&self) -> Option<KeyId> {
        let (id, _, _) = parts(&self.0)?;
        std::str::from_utf8(id).ok().and_then(KeyId::parse)
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
        let mut keys = keys.into_iter().map(|(id, bytes)| Arc::new(Key { id, bytes }));
        let sealing = keys.next().ok_or(KeyringError::Empty)?;
        let mut others: Vec<Arc<Key>> = Vec::new();
        for key in keys {
            if key.id == sealing.id || others.iter().any(|other| other.id == key.id) {
                return Err(KeyringError::Twice(key.id.0.clone()));
            }
            others.push(key);
        }
        Ok(Self { sealing, others })
    }

    /// The ids of its keys, that of the sealing one first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys().map(|key| &key.id)
    }

    /// The id of the key that seals.
    pub fn sealing(&self) -> &KeyId {
        &self.sealing.id
    }

    /// The same keys, of which this one seals; `None` where it is not among them.
    pub fn sealing_with(&self, id: &KeyId) -> Option<Self> {
        let sealing = Arc::clone(self.keys().find(|key| key.id == *id)?);
        let others = self.keys().filter(|key| key.id != *id).map(Arc::clone).collect();
        Some(Self { sealing, others })
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
        let mut bytes = head(&self.sealing.id);
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
        let key = self
            .keys()
            .find(|key| key.id.as_str().as_bytes() == id)
            .ok_or_else(|| OpenError::UnknownKey(String::from_utf8_lossy(id).into_owned()))?;
        let cipher = XChaCha20Poly1305::new((&*key.bytes).into());
        let nonce = XNonce::try_from(nonce).map_err(|_| OpenError::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: &place.associated_data() };
        cipher.decrypt(&nonce, payload).map(Zeroizing::new).map_err(|_| OpenError::Damaged)
    }

    /// A mark that only the very key of this id makes; `None` where the keyring has none. Kept beside what the key
    /// seals, it tells the key from another one of the same id before a single secret is touched. It is no secret,
    /// and gives none away: HMAC-SHA-256 of the key over its id.
    pub fn mark(&self, id: &KeyId) -> Option<[u8; 32]> {
        let key = self.keys().find(|key| key.id == *id)?;
        let mac = Hmac::<Sha256>::new_from_slice(&*key.bytes).ok()?;
        let mac = mac.chain_update(associated_data(KEY_MARK, "", id.as_str()));
        Some(mac.finalize().into_bytes().into())
    }

    fn keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        std::iter::once(&self.sealing).chain(&self.others)
    }
}

/// The bytes with which everything begins that is sealed with the key `id`, and nothing else does: the store
/// finds by them what a key has sealed, without opening it.
pub fn head(id: &KeyId) -> Vec<u8> {
    let id = id.as_str().as_bytes();
    let mut head = vec![LAYOUT, u8::try_from(id.len()).unwrap_or(u8::MAX)];
    head.extend_from_slice(id);
    head
}

fn parts(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (&layout, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (id, rest) = rest.split_at_checked(usize::from(length))?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
    (layout == LAYOUT).then_some((id, nonce, ciphertext))
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;

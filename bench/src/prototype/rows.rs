//! What stands in the prototype's tables.

use countersign::secret::{KeyId, Keyring};
use countersign::totp::SharedSecret;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::accounts::{self, Chance, Ids};

/// Bound to the seal beside the account.
pub(super) const ITEM: &str = "prototype";
/// How many sessions there are.
pub(super) const SESSIONS: u64 = 1_000;

/// The same at every start: it protects nothing.
pub(super) fn keyring() -> anyhow::Result<Keyring> {
    let id = KeyId::parse("k-prototype").ok_or_else(|| anyhow::anyhow!("no key id"))?;
    Ok(Keyring::new([(id, Zeroizing::new([7; 32]))])?)
}

/// The sealed secret of the n-th account.
pub(super) fn secret(keyring: &Keyring, nth: u64) -> anyhow::Result<Vec<u8>> {
    let secret = SharedSecret::from_bytes(accounts::secret(nth))?;
    let sealed = secret.seal(keyring, Ids::of(nth).account, ITEM, &mut Chance::of(nth));
    Ok(sealed.as_bytes().to_vec())
}

/// What is kept of a key or a token.
pub(super) fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

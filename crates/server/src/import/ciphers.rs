//! What other systems seal their secrets with: AES and PBKDF2, from the provider that TLS brings along.

use std::num::NonZeroU32;

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2};
use zeroize::Zeroizing;

/// The hash under PBKDF2.
#[derive(Clone, Copy)]
pub(crate) enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

/// AES-CBC with the padding of PKCS #7 and a key of 16 or 32 bytes. Whoever calls has checked the message's MAC.
pub(crate) fn cbc(key: &[u8], iv: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let algorithm = match key.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return None,
    };
    if sealed.is_empty() || !sealed.len().is_multiple_of(16) {
        return None;
    }
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key).ok()?).ok()?;
    let context = DecryptionContext::Iv128(FixedLength::try_from(iv).ok()?);
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let length = key.decrypt(&mut buffer, context).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// AES-GCM with a nonce of 12 bytes, no associated data, and the tag at the end.
pub(crate) fn gcm(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let algorithm = match key.len() {
        16 => &AES_128_GCM,
        32 => &AES_256_GCM,
        _ => return None,
    };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let length = key.open_in_place(nonce, Aad::empty(), &mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// Whether this is the HMAC-SHA-256 of the message; compared in constant time.
pub(crate) fn is_mac_sha256(key: &[u8], message: &[u8], mac: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), message, mac).is_ok()
}

/// Whether this is the HMAC-SHA-1 of the message.
pub(crate) fn is_mac_sha1(key: &[u8], message: &[u8], mac: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key), message, mac).is_ok()
}

/// A key of 32 bytes by PBKDF2.
pub(crate) fn derived(hash: Hash, rounds: NonZeroU32, salt: &[u8], secret: &[u8]) -> Zeroizing<[u8; 32]> {
    let algorithm = match hash {
        Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
        Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
    };
    let mut key = Zeroizing::new([0; 32]);
    pbkdf2::derive(algorithm, rounds, salt, secret, key.as_mut_slice());
    key
}

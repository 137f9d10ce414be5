//! Kept answers: what an application was told, for when it asks the very same again because the answer was lost.
//!
//! An answer may hold recovery codes or a shared secret. It is sealed with a key made from the API key and the
//! idempotency key, which come with each request and are kept nowhere: a database alone opens none.

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::token::{ApiKey, Token};

/// The longest idempotency key, in characters.
pub const LONGEST_KEY: usize = 255;
const NONCE: usize = 24;

/// The key that an application gave to one request, and what was asked with it.
pub struct Asked {
    seal: Zeroizing<[u8; 32]>,
    name: [u8; 32],
    request: [u8; 32],
}

impl Asked {
    /// `request` is all that makes two requests the same one: method, path and body.
    pub fn new<'a>(api_key: &Token<ApiKey>, key: &str, request: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in request {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        // The API key has 256 random bits and always the same length: a plain hash is a key derivation here.
        let seal = Sha256::new()
            .chain_update(b"countersign kept answer")
            .chain_update(api_key.reveal().as_bytes())
            .chain_update(key.as_bytes())
            .finalize();
        Self {
            seal: Zeroizing::new(seal.into()),
            name: Sha256::digest(key.as_bytes()).into(),
            request: digest.finalize().into(),
        }
    }

    /// What the answer is found by.
    pub fn name(&self) -> &[u8; 32] {
        &self.name
    }

    /// What tells this request from another that has the same key by mistake.
    pub fn request(&self) -> &[u8; 32] {
        &self.request
    }

    /// Seals an answer.
    pub fn seal(&self, answer: &[u8], rng: &mut impl CryptoRng) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        let cipher = XChaCha20Poly1305::new((&*self.seal).into());
        let payload = Payload { msg: answer, aad: &self.request };
        let sealed = cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens an answer; `None`: it was sealed for another API key or another request.
    pub fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let cipher = XChaCha20Poly1305::new((&*self.seal).into());
        let payload = Payload { msg: sealed, aad: &self.request };
        cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn an_answer_opens_for_who_asked_and_for_the_same_request_alone() {
        let mut rng = StdRng::seed_from_u64(1);
        let (key, other) = (Token::fresh(&mut rng), Token::fresh(&mut rng));
        let request = [b"POST".as_slice(), b"/verify", b"{}"];
        let asked = Asked::new(&key, "a", request);
        let sealed = asked.seal(b"an answer", &mut rng);
        assert!(!sealed.windows(9).any(|bytes| bytes == b"an answer"));
        assert_eq!(asked.open(&sealed).unwrap().as_slice(), b"an answer");
        assert_eq!(Asked::new(&key, "a", request).open(&sealed).unwrap().as_slice(), b"an answer");
        assert!(Asked::new(&other, "a", request).open(&sealed).is_none());
        assert!(Asked::new(&key, "b", request).open(&sealed).is_none());
        let moved = [b"POST/".as_slice(), b"verify", b"{}"];
        assert_ne!(Asked::new(&key, "a", moved).request(), asked.request(), "parts keep their borders");
        assert!(Asked::new(&key, "a", moved).open(&sealed).is_none());
        assert!(asked.open(&sealed[..20]).is_none());
        assert!(asked.open(&[]).is_none());
    }
}

//! Signing keys: what an application knows our messages by. A message is signed as Standard Webhooks 1.0 says, so that
//! the libraries which it has in many languages check it.

use crate::{
    ApplicationId, SigningKeyId, Timestamp,
    secret::{Keyring, OpenError, Place, Purpose, Sealed},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRng;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How many bytes a key has; the specification asks for 24 to 64.
const BYTES: usize = 32;
/// What the text of a key begins with.
const BEGINS: &str = "whsec_";

/// `{"alg":"HS256","typ":"JWT"}`
const JWS_HEAD: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// A key that signs messages to one application, which has it as well.
pub struct SigningKey(Zeroizing<[u8; BYTES]>);

impl SigningKey {
    /// A new one: 32 random bytes.
    pub fn fresh(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rng.fill_bytes(&mut *bytes);
        Self(bytes)
    }

    /// The text that the application gets: `whsec_` and the bytes in base64.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{BEGINS}{}", Zeroizing::new(BASE64.encode(&*self.0)).as_str()))
    }

    /// Seals it for the application it belongs to.
    pub fn seal(
        &self,
        keyring: &Keyring,
        application: ApplicationId,
        key: SigningKeyId,
        rng: &mut impl CryptoRng,
    ) -> Sealed {
        let item = key.to_string();
        let place = Place { owner: application.into(), item: &item, purpose: Purpose::SigningKey };
        keyring.seal(&place, &*self.0, rng)
    }

    /// Opens what [`SigningKey::seal`] sealed.
    ///
    /// # Errors
    /// [`OpenError`]; a message is then not sent, and never sent unsigned.
    pub fn open(
        keyring: &Keyring,
        application: ApplicationId,
        key: SigningKeyId,
        sealed: &Sealed,
    ) -> Result<Self, OpenError> {
        let item = key.to_string();
        let place = Place { owner: application.into(), item: &item, purpose: Purpose::SigningKey };
        let bytes = keyring.open(&place, sealed)?;
        let bytes = <[u8; BYTES]>::try_from(bytes.as_slice()).map_err(|_| OpenError::Damaged)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The signature of a message of this id, sent at this moment: `v1,` and HMAC-SHA-256 in base64. The id may have no
    /// full stop in it, which is what stands between the parts.
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let head = format!("{id}.{}.", at.seconds());
        self.mac(&[head.as_bytes(), body])
            .map(|mac| format!("v1,{}", BASE64.encode(&mac)))
            .unwrap_or_default()
    }

    /// The JWS of a payload, in the compact form (RFC 7515 §3.1) with HS256 (RFC 7518 §3.2). No message of
    /// [`SigningKey::sign`] is one: that begins with an id, and has a point more.
    pub fn jws(&self, payload: &[u8]) -> String {
        let signed = format!("{JWS_HEAD}.{}", BASE64URL_NOPAD.encode(payload));
        let mac = self.mac(&[signed.as_bytes()]).unwrap_or_default();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac))
    }

    /// The payload of a JWS that [`SigningKey::jws`] made with this key, and of no other: the head is compared and not
    /// believed, so that none says with which algorithm it is to be checked.
    pub fn payload_of(&self, jws: &str) -> Option<Vec<u8>> {
        let (signed, signature) = jws.rsplit_once('.')?;
        let (head, payload) = signed.split_once('.')?;
        let found = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
        let right = self.mac(&[signed.as_bytes()])?;
        let is_ours = bool::from(found.ct_eq(&right)) && head == JWS_HEAD;
        BASE64URL_NOPAD.decode(payload.as_bytes()).ok().filter(|_| is_ours)
    }

    /// HMAC takes keys of every length. Should it ever refuse one, there is no signature.
    fn mac(&self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        let mac = Hmac::<Sha256>::new_from_slice(&*self.0).ok()?;
        let mac = parts.iter().fold(mac, |mac, part| mac.chain_update(part));
        Some(mac.finalize().into_bytes().to_vec())
    }
}

/// The signatures of a message by each of these keys, one after the other: who has any of them can check it, so a key
/// can be replaced on both sides at different times.
pub fn signatures<'a>(
    keys: impl IntoIterator<Item = &'a SigningKey>,
    id: &str,
    at: Timestamp,
    body: &[u8],
) -> String {
    let all: Vec<String> = keys.into_iter().map(|key| key.sign(id, at, body)).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::KeyId;
    use rand::{SeedableRng as _, rngs::StdRng};

    /// The key, message and signature that the specification's own libraries are tested with.
    #[test]
    fn i11_a_message_is_signed_as_the_specification_signs_it() {
        let mut bytes = [0; BYTES];
        let known = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        bytes[..24].copy_from_slice(&known);
        // HMAC fills a short key with zeros, so that these 32 bytes are the same key as the 24.
        let key = SigningKey(Zeroizing::new(bytes));
        let at = Timestamp::from_seconds(1_614_265_330);
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(key.sign(id, at, br#"{"test": 2432232314}"#), signed);
        assert_ne!(key.sign(id, at, br#"{"test": 2432232315}"#), signed);
        assert_ne!(key.sign(id, Timestamp::from_seconds(1_614_265_331), br#"{"test": 2432232314}"#), signed);
        assert_ne!(key.sign("msg_other", at, br#"{"test": 2432232314}"#), signed);
    }

    #[test]
    fn a_key_is_handed_out_in_the_form_that_the_libraries_read() {
        let mut rng = StdRng::seed_from_u64(1);
        let (one, other) = (SigningKey::fresh(&mut rng), SigningKey::fresh(&mut rng));
        let text = one.reveal();
        assert_eq!(BASE64.decode(text.strip_prefix("whsec_").unwrap().as_bytes()).unwrap(), *one.0);
        assert_ne!(*one.reveal(), *other.reveal());
        let at = Timestamp::from_seconds(1);
        let both = signatures([&one, &other], "msg_1", at, b"{}");
        assert_eq!(both, format!("{} {}", one.sign("msg_1", at, b"{}"), other.sign("msg_1", at, b"{}")));
    }

    #[test]
    fn e1_only_what_this_key_signed_unaltered_is_a_payload() {
        let mut rng = StdRng::seed_from_u64(3);
        let (ours, other) = (SigningKey::fresh(&mut rng), SigningKey::fresh(&mut rng));
        let jws = ours.jws(br#"{"sub":"jana"}"#);
        assert_eq!(ours.payload_of(&jws).as_deref(), Some(&br#"{"sub":"jana"}"#[..]));
        assert_eq!(other.payload_of(&jws), None);
        assert_eq!(BASE64URL_NOPAD.decode(JWS_HEAD.as_bytes()).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
        let parts: Vec<&str> = jws.split('.').collect();
        let none = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
        let forged = BASE64URL_NOPAD.encode(br#"{"sub":"eve"}"#);
        for bad in [
            String::new(),
            "..".to_owned(),
            format!("{}.{}", parts[0], parts[1]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{forged}.{}", parts[0], parts[2]),
            format!("{jws}."),
            format!("{jws}="),
            format!("{jws}A"),
            jws.replace('.', ".."),
        ] {
            assert_eq!(ours.payload_of(&bad), None, "{bad}");
        }
        // A head of another shape is none of ours, however well it is signed.
        let signed = format!("{none}.{}", parts[1]);
        let mac = BASE64URL_NOPAD.encode(&ours.mac(&[signed.as_bytes()]).unwrap());
        assert_eq!(ours.payload_of(&format!("{signed}.{mac}")), None);
    }

    #[test]
    fn h5_a_sealed_key_opens_for_its_application_alone() {
        let mut rng = StdRng::seed_from_u64(2);
        let now = Timestamp::from_seconds(1);
        let keyring = Keyring::new([(KeyId::parse("k1").unwrap(), [1; 32].into())]).unwrap();
        let (shop, other) = (ApplicationId::fresh(now, &mut rng), ApplicationId::fresh(now, &mut rng));
        let (id, next) = (SigningKeyId::fresh(now, &mut rng), SigningKeyId::fresh(now, &mut rng));
        let key = SigningKey::fresh(&mut rng);
        let sealed = key.seal(&keyring, shop, id, &mut rng);
        assert_eq!(*SigningKey::open(&keyring, shop, id, &sealed).ok().unwrap().0, *key.0);
        for (application, id) in [(other, id), (shop, next)] {
            assert_eq!(SigningKey::open(&keyring, application, id, &sealed).err(), Some(OpenError::Damaged));
        }
        assert!(!sealed.as_bytes().windows(BYTES).any(|bytes| bytes == key.0.as_slice()));
    }
}

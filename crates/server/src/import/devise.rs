//! devise-two-factor: the users table. From version 5 on, `otp_secret` is an encrypted attribute of Rails; up to
//! version 4, three columns are what `attr_encrypted` wrote. Where Rails itself exported it, the secret is in the
//! clear.

use std::num::NonZeroU32;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::ciphers::{Hash, derived, gcm};
use super::keys::Keys;
use super::own::is_yes;
use super::person::{Person, Token, Told};
use super::table::{self, Row};
use super::{NotRead, Source, Why, encoding, password};

/// What says whether a code is asked for.
const SWITCH: &str = "otp_required_for_login";
/// `ActiveSupport::KeyGenerator`.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add((1 << 16) - 1);
/// The default of the `encryptor` gem.
const OLD_ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(1_999);

/// The message of a Rails encrypted attribute.
#[derive(Deserialize)]
struct Message {
    p: String,
    h: Headers,
}

#[derive(Deserialize)]
struct Headers {
    iv: String,
    at: String,
}

/// What opens the secrets: derived once, for it takes its time.
struct Opener<'a> {
    /// From version 5 on. Rails 7.1 changed the hash, so there are two of each key.
    rails: Vec<Zeroizing<[u8; 32]>>,
    /// Up to version 4.
    old: Option<&'a str>,
}

/// The users of a table.
///
/// # Errors
/// [`NotRead`].
pub fn read(source: &Source, keys: &Keys) -> Result<Vec<Person>, NotRead> {
    let rows = table::read(source)?;
    if !["otp_secret", "encrypted_otp_secret"].iter().any(|column| table::has(&rows, column)) {
        return Err(source.wrong("it has neither a column otp_secret nor encrypted_otp_secret"));
    }
    let rails = keys.only("key_derivation_salt").into_iter().flat_map(|salt| {
        keys.each("primary_key").flat_map(move |key| {
            [Hash::Sha256, Hash::Sha1].map(|hash| derived(hash, ROUNDS, salt.as_bytes(), key.as_bytes()))
        })
    });
    let opener = Opener { rails: rails.collect(), old: keys.only("otp_secret_encryption_key") };
    let switched = table::has(&rows, SWITCH);
    Ok(rows.iter().map(|row| person_of(row, switched, &opener)).collect())
}

fn person_of(row: &Row, switched: bool, opener: &Opener<'_>) -> Person {
    let secret = match (row.get("otp_secret"), row.get("encrypted_otp_secret")) {
        (Some(text), _) if text.starts_with('{') => Some(opener.opened(text)),
        (Some(text), _) => Some(encoding::base32("otp_secret", text)),
        (None, Some(sealed)) => Some(opener.opened_old(sealed, row)),
        (None, None) => None,
    };
    // A secret is made when the QR code is shown: where nobody has said that it is required, it is not.
    let off = switched && !row.get(SWITCH).is_some_and(is_yes);
    let token = secret.map(|secret| match off {
        true => Token::not(None, Why::Off),
        false => Token::of(None, secret, Told::USUAL),
    });
    Person {
        place: row.place.clone(),
        id: row.owned("id"),
        username: row.owned("username"),
        email: row.owned("email"),
        email_confirmed: row.get("confirmed_at").is_some(),
        name: row.owned("name"),
        password: password::of(row.get("encrypted_password")),
        tokens: token.into_iter().collect(),
        recovery_codes: row.get("otp_backup_codes").is_some_and(|codes| !matches!(codes, "[]" | "{}")),
        ..Person::default()
    }
}

impl Opener<'_> {
    fn opened(&self, text: &str) -> Result<Zeroizing<Vec<u8>>, Why> {
        const FIELD: &str = "otp_secret";
        let message: Message =
            serde_json::from_str(text).map_err(|_| Why::Unreadable(FIELD, "what Rails encrypts"))?;
        if self.rails.is_empty() {
            return Err(Why::NoKey);
        }
        let (payload, iv) = (encoding::base64(FIELD, &message.p)?, encoding::base64(FIELD, &message.h.iv)?);
        let tag = encoding::base64(FIELD, &message.h.at)?;
        if tag.len() != 16 {
            return Err(Why::WrongKey);
        }
        let sealed = [payload.as_slice(), tag.as_slice()].concat();
        let plain =
            self.rails.iter().find_map(|key| gcm(key.as_slice(), &iv, &sealed)).ok_or(Why::WrongKey)?;
        in_base32(FIELD, &plain)
    }

    fn opened_old(&self, sealed: &str, row: &Row) -> Result<Zeroizing<Vec<u8>>, Why> {
        const FIELD: &str = "encrypted_otp_secret";
        let key = self.old.ok_or(Why::NoKey)?;
        let sealed = encoding::base64(FIELD, sealed)?;
        let iv = row.get("encrypted_otp_secret_iv").ok_or(Why::Missing("encrypted_otp_secret_iv"))?;
        let iv = encoding::base64("encrypted_otp_secret_iv", iv)?;
        let salt = row.get("encrypted_otp_secret_salt").ok_or(Why::Missing("encrypted_otp_secret_salt"))?;
        // The gem marks a salt that it has encoded.
        let salt = encoding::base64("encrypted_otp_secret_salt", salt.strip_prefix('_').unwrap_or(salt))?;
        let key = derived(Hash::Sha1, OLD_ROUNDS, &salt, key.as_bytes());
        in_base32(FIELD, &gcm(key.as_slice(), &iv, &sealed).ok_or(Why::WrongKey)?)
    }
}

fn in_base32(field: &'static str, plain: &[u8]) -> Result<Zeroizing<Vec<u8>>, Why> {
    let text = std::str::from_utf8(plain).map_err(|_| Why::Unreadable(field, "base 32"))?;
    encoding::base32(field, text)
}

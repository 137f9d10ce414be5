//! Laravel Fortify: the users table. The secret is sealed by Laravel's encrypter with the `APP_KEY`: AES-CBC with an
//! HMAC over IV and text, or AES-GCM; inside is a serialised PHP string with base 32.

use data_encoding::HEXLOWER;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::keys::Keys;
use super::person::{Person, Token, Told};
use super::table::{self, Row};
use super::{NotRead, Source, Why, ciphers, encoding, password};

#[derive(Deserialize)]
struct Payload {
    iv: String,
    value: String,
    #[serde(default)]
    mac: String,
    #[serde(default)]
    tag: Option<String>,
}

/// The users of a table.
///
/// # Errors
/// [`NotRead`].
pub fn read(source: &Source, keys: &Keys) -> Result<Vec<Person>, NotRead> {
    let rows = table::read(source)?;
    if !table::has(&rows, "two_factor_secret") {
        return Err(source.wrong("it has no column two_factor_secret"));
    }
    // Where confirmation is switched off, the table has no such column.
    let confirms = table::has(&rows, "two_factor_confirmed_at");
    Ok(rows.iter().map(|row| person_of(row, confirms, keys)).collect())
}

fn person_of(row: &Row, confirms: bool, keys: &Keys) -> Person {
    let unconfirmed = confirms && row.get("two_factor_confirmed_at").is_none();
    let token = row.get("two_factor_secret").map(|sealed| match unconfirmed {
        true => Token::not(None, Why::Unconfirmed),
        false => Token::of(None, secret_of(sealed, keys), Told::USUAL),
    });
    Person {
        place: row.place.clone(),
        id: row.owned("id"),
        username: row.owned("username"),
        email: row.owned("email"),
        email_confirmed: row.get("email_verified_at").is_some(),
        name: row.owned("name"),
        password: password::of(row.get("password")),
        tokens: token.into_iter().collect(),
        recovery_codes: row.get("two_factor_recovery_codes").is_some(),
        ..Person::default()
    }
}

fn secret_of(sealed: &str, keys: &Keys) -> Result<Zeroizing<Vec<u8>>, Why> {
    const FIELD: &str = "two_factor_secret";
    let unreadable = || Why::Unreadable(FIELD, "what Laravel's encrypter writes");
    let payload = encoding::base64(FIELD, sealed)?;
    let payload: Payload = serde_json::from_slice(&payload).map_err(|_| unreadable())?;
    let mut why = Why::NoKey;
    let all = keys
        .named("app_key")
        .chain(keys.only("app_previous_keys").into_iter().flat_map(|all| all.split(',')));
    for key in all {
        why = Why::WrongKey;
        let key = match key.trim().strip_prefix("base64:") {
            Some(text) => encoding::base64("APP_KEY", text),
            None => Ok(Zeroizing::new(key.trim().as_bytes().to_vec())),
        };
        if let Some(plain) = key.ok().and_then(|key| opened(&key, &payload)) {
            let text = unserialised(&plain).ok_or_else(unreadable)?;
            return encoding::base32(FIELD, text);
        }
    }
    Err(why)
}

fn opened(key: &[u8], payload: &Payload) -> Option<Zeroizing<Vec<u8>>> {
    let iv = encoding::base64("iv", &payload.iv).ok()?;
    let value = encoding::base64("value", &payload.value).ok()?;
    if let Some(tag) = payload.tag.as_deref().filter(|tag| !tag.is_empty()) {
        let tag = encoding::base64("tag", tag).ok().filter(|tag| tag.len() == 16)?;
        return ciphers::gcm(key, &iv, &[value.as_slice(), tag.as_slice()].concat());
    }
    let mac = HEXLOWER.decode(payload.mac.as_bytes()).ok()?;
    let message = [payload.iv.as_bytes(), payload.value.as_bytes()].concat();
    if ciphers::is_mac_sha256(key, &message, &mac) { ciphers::cbc(key, &iv, &value) } else { None }
}

/// The text in `s:16:"…";`, or all of it where it was sealed without being serialised.
fn unserialised(plain: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(plain).ok()?;
    let Some(rest) = text.strip_prefix("s:") else { return Some(text) };
    rest.split_once(":\"").and_then(|(_, rest)| rest.strip_suffix("\";"))
}

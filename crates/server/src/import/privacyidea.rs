//! privacyIDEA: `pi-tokenjanitor find export`, in its own form (JSON that Fernet seals) or as PSKC.
//!
//! Its CSV is refused: it does not say which hash a token uses, and whoever has another than SHA-1 would find out at
//! their first sign-in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::keys::Keys;
use super::person::{Person, Token, Told, filled};
use super::{NotRead, Source, Why, ciphers, encoding, json, pskc};

#[derive(Deserialize)]
struct Exported {
    serial: Option<String>,
    r#type: Option<String>,
    otpkey: Option<Zeroizing<String>>,
    description: Option<String>,
    #[serde(default)]
    otplen: Value,
    active: Option<bool>,
    revoked: Option<bool>,
    #[serde(default)]
    info_list: BTreeMap<String, Value>,
    user: Option<Owner>,
}

#[derive(Deserialize)]
struct Owner {
    login: Option<String>,
    realm: Option<String>,
    resolver: Option<String>,
    uid: Option<Value>,
}

/// The owners of the tokens of an export.
///
/// # Errors
/// [`NotRead`].
pub fn read(source: &Source, keys: &Keys) -> Result<Vec<Person>, NotRead> {
    let text = source.text()?.trim();
    match text.bytes().next() {
        Some(b'<') => pskc::read(source, keys),
        Some(b'[') => tokens(source),
        // Version 128, and the first bytes of a time that is not in the far future.
        Some(_) if text.starts_with("gAAAA") => tokens(&opened(source, text, keys)?),
        _ => Err(source.wrong(
            "it is neither the form `pi` nor `pskc` of pi-tokenjanitor (`csv` does not say which hash a token uses)",
        )),
    }
}

/// What a Fernet token holds: version, time, IV, AES-128-CBC, HMAC-SHA-256.
fn opened(source: &Source, text: &str, keys: &Keys) -> Result<Source, NotRead> {
    let sealed = encoding::base64("the export", text).map_err(|why| source.wrong(why.to_string()))?;
    let mut tried = false;
    for key in keys.named("key") {
        tried = true;
        let Some(key) = encoding::base64("key", key).ok().filter(|key| key.len() == 32) else { continue };
        let (signing, encrypting) = key.split_at(16);
        let Some((message, mac)) = sealed.split_last_chunk::<32>() else { break };
        if !ciphers::is_mac_sha256(signing, message, mac) {
            continue;
        }
        let parts = message.get(9..25).zip(message.get(25..));
        if let Some(plain) = parts.and_then(|(iv, body)| ciphers::cbc(encrypting, iv, body)) {
            return Ok(Source::new(source.name.clone(), plain.to_vec()));
        }
    }
    let why = if tried { Why::WrongKey } else { Why::NoKey };
    Err(source.wrong(why.to_string()))
}

fn tokens(source: &Source) -> Result<Vec<Person>, NotRead> {
    let tokens: Vec<Exported> = json::whole(source, "it is no list of tokens")?;
    let mut people: Vec<Person> = Vec::new();
    let mut known = BTreeMap::new();
    for (token, nth) in tokens.into_iter().zip(1_u64..) {
        let place = format!("{} token {nth}", source.name);
        let owner = token.user.as_ref();
        let Some(owner) = owner.filter(|owner| owner.login.is_some() || owner.uid.is_some()) else {
            // Somebody may be named for it by its serial number.
            let id = token.serial.clone();
            let tokens = vec![token_of(&token)];
            people.push(Person { place, id: None, username: id, tokens, ..Person::default() });
            continue;
        };
        let uid = owner.uid.as_ref().and_then(json::text).map(|uid| uid.to_string());
        let whose = (owner.login.clone(), owner.realm.clone(), owner.resolver.clone(), uid.clone());
        let at = *known.entry(whose).or_insert(people.len());
        if at == people.len() {
            let username = owner.login.clone();
            let email = username.clone().filter(|name| name.contains('@'));
            people.push(Person { place, id: uid, username, email, ..Person::default() });
        }
        if let Some(person) = people.get_mut(at) {
            person.tokens.push(token_of(&token));
        }
    }
    Ok(people)
}

fn token_of(token: &Exported) -> Token {
    let label = token.description.as_deref().and_then(filled).or_else(|| token.serial.clone());
    match token.r#type.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("totp") => {}
        Some("hotp") => return Token::not(label, Why::Counter),
        _ => return Token::not(label, Why::Kind),
    }
    if token.active == Some(false) || token.revoked == Some(true) {
        return Token::not(label, Why::Off);
    }
    let secret = token.otpkey.as_deref().ok_or(Why::Missing("otpkey"));
    let secret = secret.and_then(|text| encoding::hex("otpkey", text));
    let info = |name: &str| token.info_list.get(name);
    let told = Told {
        algorithm: info("hashlib").and_then(Value::as_str).unwrap_or(Told::USUAL.algorithm),
        digits: json::number(&token.otplen).unwrap_or(Told::USUAL.digits),
        period: info("timeStep").map_or(Some(Told::USUAL.period), json::number).unwrap_or(-1),
    };
    Token::of(label, secret, told)
}

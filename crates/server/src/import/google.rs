//! Google Authenticator: the texts of its export QR codes (`otpauth-migration://offline?data=…`), one a line, all of a
//! batch; and `otpauth://` URIs, as other apps and Authelia write them.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::person::{Person, Token, Told, filled};
use super::protobuf::{Broken, Field, Fields};
use super::{NotRead, Source, Why, encoding};

/// One QR code.
struct Payload {
    accounts: Vec<(String, Token)>,
    /// Which of how many, and of which batch.
    part: (u64, u64, u64),
}

/// One person for each name that an account has in the app.
///
/// # Errors
/// [`NotRead`]: a line is no such text, or a QR code of a batch is missing.
pub fn read(sources: &[Source]) -> Result<Vec<Person>, NotRead> {
    let mut people: BTreeMap<String, Person> = BTreeMap::new();
    let mut batches: BTreeMap<u64, (u64, BTreeSet<u64>)> = BTreeMap::new();
    let mut last = None;
    for source in sources {
        last = Some(source);
        for (line, nth) in source.text()?.lines().zip(1_u64..) {
            let line = line.trim();
            let accounts = if line.is_empty() || line.starts_with('#') {
                continue;
            } else if let Some(query) = line.strip_prefix("otpauth-migration://offline?") {
                let payload = payload_of(query).map_err(|what| source.at(nth, what))?;
                let (part, size, batch) = payload.part;
                let known = batches.entry(batch).or_insert((size, BTreeSet::new()));
                if known.0 != size || !known.1.insert(part) {
                    return Err(source.at(nth, "the same QR code is there twice"));
                }
                payload.accounts
            } else if let Some(rest) = line.strip_prefix("otpauth://") {
                vec![account_of_uri(rest).ok_or_else(|| source.at(nth, "it is no otpauth URI"))?]
            } else {
                return Err(source.at(nth, "a line begins with otpauth-migration:// or otpauth://"));
            };
            for (name, token) in accounts {
                let person = people.entry(name.clone()).or_insert_with(|| Person {
                    place: format!("{} line {nth}", source.name),
                    email: Some(name.clone()).filter(|name| name.contains('@')),
                    username: filled(name),
                    ..Person::default()
                });
                person.tokens.push(token);
            }
        }
    }
    for (size, parts) in batches.values() {
        let there = u64::try_from(parts.len()).unwrap_or(u64::MAX);
        if let Some(source) = last.filter(|_| there < *size) {
            return Err(source.wrong(format!("{there} of {size} QR codes of an export are there")));
        }
    }
    Ok(people.into_values().collect())
}

fn payload_of(query: &str) -> Result<Payload, &'static str> {
    let data = query.split('&').find_map(|part| part.strip_prefix("data="));
    let data = data.ok_or("the QR code has no data")?;
    let data = Zeroizing::new(percent_decode_str(data).collect::<Vec<u8>>());
    let data = std::str::from_utf8(&data).map_err(|_| "the data is not base 64")?;
    let data = encoding::base64("data", data).map_err(|_| "the data is not base 64")?;
    let mut payload = Payload { accounts: Vec::new(), part: (0, 1, 0) };
    for field in Fields(&data) {
        let broken = "the data is no export of Google Authenticator";
        match field.map_err(|Broken| broken)? {
            Field::Bytes(1, account) => payload.accounts.push(account_of(account).map_err(|Broken| broken)?),
            Field::Number(3, size) => payload.part.1 = size,
            Field::Number(4, part) => payload.part.0 = part,
            Field::Number(5, batch) => payload.part.2 = batch,
            Field::Number(..) | Field::Bytes(..) => {}
        }
    }
    Ok(payload)
}

fn account_of(message: &[u8]) -> Result<(String, Token), Broken> {
    let (mut secret, mut name, mut issuer) = (&[][..], String::new(), String::new());
    let (mut algorithm, mut digits, mut kind) = (0, 0, 0);
    for field in Fields(message) {
        match field? {
            Field::Bytes(1, bytes) => secret = bytes,
            Field::Bytes(2, bytes) => name = String::from_utf8_lossy(bytes).into_owned(),
            Field::Bytes(3, bytes) => issuer = String::from_utf8_lossy(bytes).into_owned(),
            Field::Number(4, number) => algorithm = number,
            Field::Number(5, number) => digits = number,
            Field::Number(6, number) => kind = number,
            Field::Number(..) | Field::Bytes(..) => {}
        }
    }
    let told = Told {
        // Nothing said is the default.
        algorithm: ["SHA1", "SHA1", "SHA256", "SHA512"].get(small(algorithm)).copied().unwrap_or_default(),
        digits: [6, 6, 8].get(small(digits)).copied().unwrap_or(-1),
        period: 30,
    };
    let label = filled(issuer);
    let token = match kind {
        0 | 2 => Token::of(label, Ok(Zeroizing::new(secret.to_vec())), told),
        1 => Token::not(label, Why::Counter),
        _ => Token::not(label, Why::Kind),
    };
    Ok((bare(&name).to_owned(), token))
}

fn small(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The name of the account without the issuer in front.
fn bare(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, name)| name).trim()
}

fn account_of_uri(rest: &str) -> Option<(String, Token)> {
    let (kind, rest) = rest.split_once('/')?;
    let (name, query) = rest.split_once('?')?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).ok();
    let mut fields = BTreeMap::new();
    for (field, value) in query.split('&').filter_map(|part| part.split_once('=')) {
        // Some write a space as a plus sign.
        if fields.insert(field, Zeroizing::new(plain(&value.replace('+', "%20"))?)).is_some() {
            return None;
        }
    }
    let number = |field: &str, usual: i64| {
        fields.get(field).map_or(Some(usual), |text| text.parse().ok()).unwrap_or(-1)
    };
    let told = Told {
        algorithm: fields.get("algorithm").map_or(Told::USUAL.algorithm, |text| text.as_str()),
        digits: number("digits", Told::USUAL.digits),
        period: number("period", Told::USUAL.period),
    };
    let label = fields.get("issuer").and_then(|issuer| filled(issuer.as_str()));
    let secret = fields.get("secret").ok_or(Why::Missing("secret"));
    let secret = secret.and_then(|text| encoding::base32("secret", text));
    let token = match kind {
        "totp" => Token::of(label, secret, told),
        "hotp" => Token::not(label, Why::Counter),
        _ => Token::not(label, Why::Kind),
    };
    Some((bare(&plain(name)?).to_owned(), token))
}

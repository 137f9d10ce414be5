//! PSKC (RFC 6030) as privacyIDEA writes it: names of elements in any case, keys in the clear or sealed with AES-CBC
//! under a key that was agreed upon.
//!
//! It names no people: each token is called by its serial number, and `--names` says whose it is.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zeroize::Zeroizing;

use super::keys::Keys;
use super::person::{Person, Token, Told, filled};
use super::{NotRead, Source, Why, ciphers, encoding};

/// A key package, as far as it has been read.
#[derive(Default)]
struct Package {
    id: String,
    kind: String,
    digits: Option<i64>,
    algorithm: Option<String>,
    period: Option<i64>,
    plain: Option<Zeroizing<String>>,
    sealed: Option<Zeroizing<String>>,
    mac: Option<String>,
}

/// One person for each token of a container.
pub(crate) fn read(source: &Source, keys: &Keys) -> Result<Vec<Person>, NotRead> {
    let mut reader = Reader::from_str(source.text()?);
    let (mut path, mut people, mut mac_key) = (Vec::<String>::new(), Vec::new(), None);
    let (mut package, mut whole) = (Package::default(), Zeroizing::new(String::new()));
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|_| source.at(source.line_of(at), "it is not XML"))?;
        match event {
            Event::Start(element) => {
                let name = element.local_name().as_ref().to_ascii_lowercase();
                begin(&mut package, &name, &element);
                path.push(name);
                whole.clear();
                if path.len() > 32 {
                    return Err(source.at(source.line_of(at), "elements lie too deep in each other"));
                }
            }
            Event::Empty(element) => {
                begin(&mut package, &element.local_name().as_ref().to_ascii_lowercase(), &element);
            }
            // A text may come in pieces, with comments between them: the last of them alone would be another secret.
            Event::Text(text) => whole.push_str(&text),
            Event::CData(text) => whole.push_str(&text),
            // A letter that no base 64 has: what it stood in is unreadable, and not another secret.
            Event::GeneralRef(_) => whole.push('&'),
            Event::End(_) => {
                let text = Zeroizing::new(whole.trim().to_owned());
                whole.clear();
                if !text.is_empty() {
                    keep(&mut package, &mut mac_key, &path, text);
                }
                let ended = path.pop();
                if ended.as_deref() == Some("keypackage") {
                    let package = std::mem::take(&mut package);
                    let place = format!("{} line {}", source.name, source.line_of(at));
                    people.push(person_of(place, &package, mac_key.as_ref(), keys));
                }
            }
            Event::DocType(_) => {
                return Err(source.at(source.line_of(at), "a document type is not read"));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if people.is_empty() { Err(source.wrong("there is no key package in it")) } else { Ok(people) }
}

/// The text of an element, by where it lies.
fn keep(
    package: &mut Package,
    mac_key: &mut Option<Zeroizing<String>>,
    path: &[String],
    text: Zeroizing<String>,
) {
    let tail: Vec<&str> = path.iter().rev().take(4).map(String::as_str).collect();
    match tail.as_slice() {
        ["ciphervalue", "cipherdata", "mackey", ..] => *mac_key = Some(text),
        // Time and counter may be sealed, too.
        ["ciphervalue", "cipherdata", "encryptedvalue", "secret"] => package.sealed = Some(text),
        ["valuemac", "secret", ..] => package.mac = Some(text.to_string()),
        ["plainvalue", "secret", ..] => package.plain = Some(text),
        ["plainvalue", "timeinterval", ..] => package.period = Some(text.parse().unwrap_or(-1)),
        ["suite", ..] => package.algorithm = Some(text.to_string()),
        _ => {}
    }
}

/// The attributes of an element.
fn begin(package: &mut Package, name: &str, element: &BytesStart<'_>) {
    for attribute in element.attributes().with_checks(false).flatten() {
        let value = attribute.value.into_owned();
        match (name, attribute.key.as_ref().to_ascii_lowercase().as_str()) {
            ("key", "id") => package.id = value,
            ("key", "algorithm") => {
                package.kind = value.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
            }
            ("responseformat", "length") => package.digits = Some(value.parse().unwrap_or(-1)),
            ("suite", "hashalgo") => package.algorithm = Some(value),
            _ => {}
        }
    }
}

fn person_of(place: String, package: &Package, mac_key: Option<&Zeroizing<String>>, keys: &Keys) -> Person {
    let label = filled(package.id.as_str());
    let token = match package.kind.as_str() {
        "totp" => {
            let told = Told {
                algorithm: package.algorithm.as_deref().unwrap_or(Told::USUAL.algorithm),
                digits: package.digits.unwrap_or(Told::USUAL.digits),
                period: package.period.unwrap_or(Told::USUAL.period),
            };
            Token::of(label.clone(), secret_of(package, mac_key, keys), told)
        }
        "hotp" => Token::not(label.clone(), Why::Counter),
        _ => Token::not(label.clone(), Why::Kind),
    };
    Person { place, username: label, tokens: vec![token], ..Person::default() }
}

/// The secret, in the clear or out of its seal. A sealed one has to have a MAC: CBC alone shows no alteration.
fn secret_of(
    package: &Package,
    mac_key: Option<&Zeroizing<String>>,
    keys: &Keys,
) -> Result<Zeroizing<Vec<u8>>, Why> {
    if let Some(plain) = &package.plain {
        return encoding::base64("Secret", plain);
    }
    let sealed = encoding::base64("CipherValue", package.sealed.as_ref().ok_or(Why::Missing("Secret"))?)?;
    let mac = encoding::base64("ValueMAC", package.mac.as_ref().ok_or(Why::Missing("ValueMAC"))?)?;
    let mac_key = encoding::base64("MACKey", mac_key.ok_or(Why::Missing("MACKey"))?)?;
    let mut why = Why::NoKey;
    for key in keys.named("key").filter_map(|key| encoding::hex("key", key).ok()) {
        why = Why::WrongKey;
        let Some(mac_key) = opened(&key, &mac_key) else { continue };
        if ciphers::is_mac_sha1(&mac_key, &sealed, &mac) {
            return opened(&key, &sealed).ok_or(Why::WrongKey);
        }
    }
    Err(why)
}

/// AES-CBC with the IV in front.
fn opened(key: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (iv, body) = sealed.split_at_checked(16)?;
    ciphers::cbc(key, iv, body)
}

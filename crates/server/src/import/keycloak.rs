//! Keycloak: a realm export with its users and their credentials, as `kc.sh export` writes it.
//!
//! A credential holds JSON within JSON. The secret of an authenticator is text whose very letters are the key, unless
//! `secretEncoding` says base 32 (`OTPCredentialModel.getDecodedSecret`).

use data_encoding::BASE64_NOPAD;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::person::{Password, Person, Token, Told, filled};
use super::{NotRead, Source, Why, encoding, json, password};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Realm {
    users: Option<Vec<User>>,
    /// Whoever a directory keeps without a copy in Keycloak: id and credentials alone.
    federated_users: Option<Vec<User>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Option<String>,
    username: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    enabled: Option<bool>,
    #[serde(default)]
    credentials: Vec<Credential>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    r#type: Option<String>,
    user_label: Option<String>,
    secret_data: Option<String>,
    credential_data: Option<String>,
}

/// The users of a realm.
///
/// # Errors
/// [`NotRead`].
pub fn read(source: &Source) -> Result<Vec<Person>, NotRead> {
    let expected = "it is no realm export with users: `kc.sh export --users same_file` makes one";
    let realm: Realm = json::whole(source, expected)?;
    if realm.users.is_none() && realm.federated_users.is_none() {
        return Err(source.at(1, expected));
    }
    let users = realm.users.into_iter().flatten().zip(1_u64..);
    let users = users.map(|(user, nth)| person_of(format!("{} user {nth}", source.name), user));
    let federated = realm.federated_users.into_iter().flatten().zip(1_u64..);
    let federated = federated.map(|(user, nth)| {
        let mut person = person_of(format!("{} federated user {nth}", source.name), user);
        person.username = person.username.take().or_else(|| person.id.as_deref().and_then(federated_name));
        person
    });
    Ok(users.chain(federated).collect())
}

/// The name in the id of somebody whom a directory keeps: `f:` the directory `:` their id there, which mostly is it.
fn federated_name(id: &str) -> Option<String> {
    filled(id.strip_prefix("f:")?.split_once(':')?.1)
}

fn person_of(place: String, user: User) -> Person {
    let given = [user.first_name, user.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let mut person = Person {
        place,
        id: user.id,
        username: user.username,
        email: user.email,
        email_confirmed: user.email_verified,
        name: filled(given),
        closed: user.enabled == Some(false),
        ..Person::default()
    };
    for credential in user.credentials {
        match credential.r#type.as_deref() {
            Some("otp") => person.tokens.push(token_of(&credential)),
            // From before Keycloak 8: the fields lie elsewhere.
            Some("totp" | "hotp") => {
                person.tokens.push(Token::not(credential.user_label, Why::Missing("credentialData")));
            }
            Some("password") => person.password = password_of(&credential).unwrap_or_else(password::left),
            Some("recovery-authn-codes") => person.recovery_codes = true,
            _ => person.tokens.push(Token::not(credential.user_label, Why::Kind)),
        }
    }
    person
}

fn token_of(credential: &Credential) -> Token {
    let label = credential.user_label.as_deref().and_then(filled);
    let inner = |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let Some(data): Option<Value> = inner(&credential.credential_data) else {
        return Token::not(label, Why::Unreadable("credentialData", "JSON"));
    };
    let Some(kept): Option<Value> = inner(&credential.secret_data) else {
        return Token::not(label, Why::Unreadable("secretData", "JSON"));
    };
    let word = |name: &str| data.get(name).and_then(Value::as_str);
    match word("subType") {
        Some("totp") => {}
        Some("hotp") => return Token::not(label, Why::Counter),
        _ => return Token::not(label, Why::Kind),
    }
    let value = kept.get("value").and_then(Value::as_str);
    let secret = value.ok_or(Why::Missing("secretData")).and_then(|value| match word("secretEncoding") {
        None => Ok(Zeroizing::new(value.as_bytes().to_vec())),
        Some(encoding) if encoding.eq_ignore_ascii_case("base32") => encoding::base32("secretData", value),
        Some(_) => Err(Why::Unreadable("secretData", "in an encoding that is known")),
    });
    let number = |name: &str| data.get(name).and_then(json::number).unwrap_or(-1);
    let told = Told {
        algorithm: word("algorithm").unwrap_or_default(),
        digits: number("digits"),
        period: number("period"),
    };
    Token::of(label, secret, told)
}

/// The hash as text: Argon2, the default since version 24, as Django writes it, and PBKDF2 as passlib does.
fn password_of(credential: &Credential) -> Result<Password, Why> {
    let inner = |text: &Option<String>| text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let data: Value = inner(&credential.credential_data).ok_or(Why::Unreadable("credentialData", "JSON"))?;
    let kept: Value = inner(&credential.secret_data).ok_or(Why::Unreadable("secretData", "JSON"))?;
    let bytes = |name: &str| {
        let text = kept.get(name).and_then(Value::as_str).ok_or(Why::Missing("secretData"))?;
        encoding::base64("secretData", text).map(|bytes| BASE64_NOPAD.encode(&bytes))
    };
    let rounds = data.get("hashIterations").and_then(json::number).unwrap_or(-1);
    let (salt, hash) = (bytes("salt")?, bytes("value")?);
    let text = match data.get("algorithm").and_then(Value::as_str) {
        Some("argon2") => {
            let more = |name: &str| {
                let value = data.pointer(&format!("/additionalParameters/{name}/0")).and_then(Value::as_str);
                value.ok_or(Why::Missing("additionalParameters"))
            };
            let version = match more("version")? {
                "1.0" => 16,
                "1.3" => 19,
                _ => return Err(Why::HashKind("version")),
            };
            let (kind, memory, lanes) = (more("type")?, more("memory")?, more("parallelism")?);
            format!("argon2$argon2{kind}$v={version}$m={memory},t={rounds},p={lanes}${salt}${hash}")
        }
        Some(name @ ("pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512")) => {
            format!("${name}${rounds}${salt}${hash}").replace('+', ".")
        }
        _ => return Err(Why::HashKind("algorithm")),
    };
    Ok(password::of(Some(&text)))
}

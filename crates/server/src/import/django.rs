//! Django: `manage.py dumpdata` of the users with django-otp, django-allauth, or both.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::person::{Person, Token, Told, filled};
use super::{NotRead, Source, Why, encoding, json, password};

#[derive(Deserialize)]
struct Object {
    model: String,
    #[serde(default)]
    pk: Value,
    fields: BTreeMap<String, Value>,
}

/// The users of all files together.
///
/// # Errors
/// [`NotRead`].
pub fn read(sources: &[Source]) -> Result<Vec<Person>, NotRead> {
    let mut objects = Vec::new();
    for source in sources {
        let found: Vec<Object> = json::whole(source, "it is no output of dumpdata")?;
        objects.extend(found.into_iter().zip(1_u64..).map(|(object, nth)| (source, nth, object)));
    }
    let mut people: Vec<Person> = Vec::new();
    let mut known = HashMap::new();
    let users = user_model(sources, &objects)?;
    for (source, nth, object) in &objects {
        let text = |name: &str| object.fields.get(name).and_then(Value::as_str);
        let Some(hash) = text("password").filter(|_| Some(object.model.as_str()) == users) else { continue };
        let given = [text("first_name"), text("last_name")].map(Option::unwrap_or_default).join(" ");
        let id = json::text(&object.pk).map(|id| id.to_string());
        let name = filled(given.trim()).or_else(|| text("name").and_then(filled));
        let person = Person {
            place: format!("{} object {nth}", source.name),
            id: id.clone(),
            username: text("username").and_then(filled),
            email: text("email").and_then(filled),
            name,
            closed: object.fields.get("is_active") == Some(&Value::Bool(false)),
            password: password::of(Some(hash)),
            ..Person::default()
        };
        // With natural keys, devices name their users by a list with the username.
        let natural = Value::from(vec![person.username.clone().or_else(|| person.email.clone())]).to_string();
        known.insert(natural, people.len());
        known.extend(id.map(|id| (id, people.len())));
        people.push(person);
    }
    for (source, nth, object) in &objects {
        let Some(user) = object.fields.get("user").filter(|_| concerns(&object.model)) else { continue };
        let user = json::text(user).map(|user| user.to_string()).unwrap_or_default();
        let at = *known.entry(user.clone()).or_insert(people.len());
        if at == people.len() {
            let place = format!("{} object {nth}", source.name);
            people.push(Person { place, id: filled(user), ..Person::default() });
        }
        if let Some(person) = people.get_mut(at) {
            add(person, object);
        }
    }
    Ok(people)
}

/// The model of the users; one's own has another name. It has passwords and moments of the last login, as everything that
/// Django signs in has. Others may have passwords, too: of mail servers, or those that somebody had before. Their keys
/// are numbers like those of users, so that they would get the authenticators of somebody.
fn user_model<'a>(
    sources: &[Source],
    objects: &'a [(&Source, u64, Object)],
) -> Result<Option<&'a str>, NotRead> {
    let with = |fields: &[&str]| {
        let has =
            |object: &&(&Source, u64, Object)| fields.iter().all(|one| object.2.fields.contains_key(*one));
        let objects = objects.iter().filter(has).map(|(.., object)| object.model.as_str());
        objects.filter(|model| !model.starts_with("otp_")).collect::<BTreeSet<_>>()
    };
    let mut models = with(&["password", "last_login"]);
    if models.is_empty() {
        models = with(&["password"]);
    }
    match (models.pop_first(), models.pop_first(), sources.first()) {
        (Some(one), Some(other), Some(source)) => {
            let what =
                format!("passwords are in {one} and in {other}: give dumpdata the model of the users alone");
            Err(source.wrong(what))
        }
        (users, ..) => Ok(users),
    }
}

fn concerns(model: &str) -> bool {
    model.starts_with("otp_") || matches!(model, "mfa.authenticator" | "account.emailaddress")
}

fn add(person: &mut Person, object: &Object) {
    let fields = &object.fields;
    let label = fields.get("name").and_then(Value::as_str).and_then(filled);
    let said = |name: &str| fields.get(name) == Some(&Value::Bool(true));
    let word = |name: &str| fields.get(name).and_then(Value::as_str);
    match (object.model.as_str(), word("type")) {
        ("otp_totp.totpdevice", _) => person.tokens.push(device(label, fields)),
        ("otp_hotp.hotpdevice", _) => person.tokens.push(Token::not(label, Why::Counter)),
        ("otp_static.staticdevice", _) | ("mfa.authenticator", Some("recovery_codes")) => {
            person.recovery_codes = true;
        }
        ("mfa.authenticator", Some("totp")) => {
            let secret = fields.get("data").and_then(within).ok_or(Why::Missing("data"));
            let secret = secret.and_then(|text| encoding::base32("data", &text));
            person.tokens.push(Token::of(None, secret, Told::USUAL));
        }
        ("account.emailaddress", _) if said("primary") => {
            person.email = word("email").and_then(filled).or_else(|| person.email.take());
            person.email_confirmed = said("verified");
        }
        ("account.emailaddress", _) => {}
        _ => person.tokens.push(Token::not(label, Why::Kind)),
    }
}

fn device(label: Option<String>, fields: &BTreeMap<String, Value>) -> Token {
    if fields.get("confirmed") == Some(&Value::Bool(false)) {
        return Token::not(label, Why::Unconfirmed);
    }
    let number = |name: &str, usual: i64| fields.get(name).map_or(Some(usual), json::number).unwrap_or(-1);
    if number("t0", 0) != 0 {
        return Token::not(label, Why::Epoch);
    }
    let key = fields.get("key").and_then(Value::as_str).ok_or(Why::Missing("key"));
    let secret = key.and_then(|text| encoding::hex("key", text));
    let (digits, period) = (number("digits", 6), number("step", 30));
    Token::of(label, secret, Told { digits, period, ..Told::USUAL })
}

/// The secret of allauth, whose data is an object, or the text of one.
fn within(data: &Value) -> Option<Zeroizing<String>> {
    match data {
        Value::String(text) => within(&serde_json::from_str::<Value>(text).ok()?),
        Value::Object(fields) => {
            fields.get("secret").and_then(Value::as_str).map(|text| text.to_owned().into())
        }
        _ => None,
    }
}

//! The documented form of our own (docs/import.md): CSV or JSON Lines, one authenticator a line.

use std::collections::HashMap;

use super::person::{Password, Person, Token, Told};
use super::table::{self, Row};
use super::{NotRead, Source, Why, encoding, password};

/// The columns there are. Another one is a mistake: a misspelt `algorithm` must not become the default.
const COLUMNS: &[&str] = &[
    "user",
    "email",
    "email_confirmed",
    "name",
    "password_hash",
    "type",
    "secret",
    "secret_encoding",
    "algorithm",
    "digits",
    "period",
    "label",
];

/// The people of a file. Lines that say the same `user` and `email` are one person with several authenticators.
///
/// # Errors
/// [`NotRead`].
pub fn read(source: &Source) -> Result<Vec<Person>, NotRead> {
    let mut people: Vec<Person> = Vec::new();
    let mut known = HashMap::new();
    for row in table::read(source)? {
        if row.columns().any(|column| !COLUMNS.contains(&column)) {
            let what = format!("there is a column that is none of {}", COLUMNS.join(", "));
            return Err(NotRead { place: row.place, what: what.into() });
        }
        let whose = (row.owned("user"), row.owned("email"));
        let nth = *known.entry(whose.clone()).or_insert(people.len());
        if nth == people.len() {
            let (id, email) = whose;
            people.push(Person {
                place: row.place.clone(),
                id,
                email,
                email_confirmed: row.get("email_confirmed").is_some_and(is_yes),
                name: row.owned("name"),
                password: password::of(row.get("password_hash")),
                ..Person::default()
            });
        }
        let token = token_of(&row)?;
        if let Some(person) = people.get_mut(nth) {
            // Whatever is said once of somebody is said, on whichever of their lines.
            person.name = person.name.take().or_else(|| row.owned("name"));
            if matches!(person.password, Password::None) {
                person.password = password::of(row.get("password_hash"));
            }
            person.tokens.extend(token);
        }
    }
    Ok(people)
}

fn token_of(row: &Row) -> Result<Option<Token>, NotRead> {
    let Some(secret) = row.get("secret") else { return Ok(None) };
    let label = row.owned("label");
    match row.get("type").map(str::to_ascii_lowercase).as_deref() {
        None | Some("totp") => {}
        Some("hotp") => return Ok(Some(Token::not(label, Why::Counter))),
        Some(_) => return Ok(Some(Token::not(label, Why::Kind))),
    }
    let secret = match row.get("secret_encoding") {
        None | Some("base32") => encoding::base32("secret", secret),
        Some("hex") => encoding::hex("secret", secret),
        Some("base64") => encoding::base64("secret", secret),
        Some(_) => {
            let what = "secret_encoding is one of base32, hex and base64".into();
            return Err(NotRead { place: row.place.clone(), what });
        }
    };
    let number = |column: &'static str, usual: i64| match row.get(column) {
        None => Ok(usual),
        Some(text) => text.trim().parse().map_err(|_| Why::Unreadable(column, "a number")),
    };
    let (digits, period) = (number("digits", Told::USUAL.digits), number("period", Told::USUAL.period));
    Ok(Some(match (digits, period) {
        (Err(why), _) | (_, Err(why)) => Token::not(label, why),
        (Ok(digits), Ok(period)) => {
            let algorithm = row.get("algorithm").unwrap_or(Told::USUAL.algorithm);
            Token::of(label, secret, Told { algorithm, digits, period })
        }
    }))
}

/// Yes, as the databases of the world write it.
pub(crate) fn is_yes(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "true" | "t" | "yes" | "1")
}

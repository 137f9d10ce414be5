//! Authelia: `authelia storage user totp export` (YAML) or `… export csv`, and the users of its file backend.
//!
//! The store keeps the base 32 text of a secret. CSV has that text; YAML has it in base 64 once more
//! (`TOTPConfiguration.ToData`).

use std::collections::BTreeMap;

use super::own::is_yes;
use super::person::{Person, Token, Told};
use super::table::{self, Row};
use super::yaml::{self, Yaml};
use super::{NotRead, Source, Why, encoding, password};

/// The people of all files together: those of the users' file, and their authenticators from the export.
///
/// # Errors
/// [`NotRead`].
pub fn read(sources: &[Source]) -> Result<Vec<Person>, NotRead> {
    let mut people = BTreeMap::new();
    for source in sources {
        if source.text()?.trim_start().starts_with("issuer,") {
            for row in table::read(source)? {
                let username = row.get("username").unwrap_or_default().to_owned();
                known(&mut people, &username, &row.place).tokens.push(token_of_row(&row));
            }
            continue;
        }
        let file = yaml::read(source)?;
        match (file.get("totp_configurations"), file.get("users")) {
            (Some(Yaml::List(tokens)), _) => {
                for token in tokens {
                    let place = format!("{} line {}", source.name, token.line());
                    let username = token.field("username").unwrap_or_default();
                    known(&mut people, username, &place).tokens.push(token_of(token));
                }
            }
            (_, Some(Yaml::Map(users, _))) => {
                for (username, user) in users {
                    let place = format!("{} line {}", source.name, user.line());
                    let person = known(&mut people, username, &place);
                    person.email = user.field("email").map(str::to_owned);
                    person.name = user.field("displayname").map(str::to_owned);
                    person.password = password::of(user.field("password"));
                    person.closed = user.field("disabled").is_some_and(is_yes);
                }
            }
            _ => return Err(source.wrong("it has neither `totp_configurations` nor `users`")),
        }
    }
    Ok(people.into_values().collect())
}

/// The person of this name, in whichever file they come first.
fn known<'a>(people: &'a mut BTreeMap<String, Person>, username: &str, place: &str) -> &'a mut Person {
    people.entry(username.to_owned()).or_insert_with(|| Person {
        place: place.to_owned(),
        username: Some(username.to_owned()).filter(|name| !name.is_empty()),
        ..Person::default()
    })
}

fn token_of(token: &Yaml) -> Token {
    let secret = token.field("secret").ok_or(Why::Missing("secret")).and_then(|text| {
        let text = encoding::base64("secret", text)?;
        let text = std::str::from_utf8(&text).map_err(|_| Why::Unreadable("secret", "base 32 in base 64"))?;
        encoding::base32("secret", text)
    });
    let number = |name: &str| token.field(name).and_then(|text| text.parse().ok()).unwrap_or(-1);
    let told = Told {
        algorithm: token.field("algorithm").unwrap_or_default(),
        digits: number("digits"),
        period: number("period"),
    };
    Token::of(None, secret, told)
}

fn token_of_row(row: &Row) -> Token {
    let secret = row.get("secret").ok_or(Why::Missing("secret"));
    let secret = secret.and_then(|text| encoding::base32("secret", text));
    let number = |name: &str| row.get(name).and_then(|text| text.parse().ok()).unwrap_or(-1);
    let told = Told {
        algorithm: row.get("algorithm").unwrap_or_default(),
        digits: number("digits"),
        period: number("period"),
    };
    Token::of(None, secret, told)
}

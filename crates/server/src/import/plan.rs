//! What is to become of each person of an export, before anybody has looked at what is here.

use std::collections::HashMap;

use clap::ValueEnum;
use countersign::ApplicationId;
use countersign::application::UserId;
use countersign::email::Email;
use countersign::enrolment::MOST_AUTHENTICATORS;
use countersign::name::Name;
use countersign_store::accounts::NewAccount;
use countersign_store::imports::{Carried, Newcomer, Whose};

use super::names::Names;
use super::person::{Password, Person, Token};
use super::why::Why;

/// What of a person becomes the user id of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UserBy {
    /// The id that the other system gave them
    Id,
    /// The name they signed in with
    Username,
    /// Their email address
    Email,
}

impl UserBy {
    const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Username => "username",
            Self::Email => "email",
        }
    }

    fn of(self, person: &Person) -> Option<&str> {
        match self {
            Self::Id => person.id.as_deref(),
            Self::Username => person.username.as_deref(),
            Self::Email => person.email.as_deref(),
        }
    }
}

/// Where people are carried to.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// The portal: an account by its address.
    Portal,
    /// An application, and what its user ids are.
    Application(ApplicationId, UserBy),
}

/// What is to become of a person.
pub struct Planned {
    /// File, and line or record.
    pub place: String,
    /// Who it is, as far as that is known.
    pub who: String,
    /// The account to be carried over, or why there is none.
    pub newcomer: Result<Newcomer, Why>,
    /// The authenticators that are left behind, by what their owner called them.
    pub left: Vec<(String, Why)>,
    /// Why a new password has to be set, if it has to.
    pub new_password: Option<Why>,
    /// Whether there are recovery codes that are left behind.
    pub recovery_codes: bool,
}

impl Planned {
    /// Whether a password comes with the account.
    pub fn brings_a_password(&self) -> bool {
        let whose = self.newcomer.as_ref().map(|newcomer| &newcomer.whose);
        matches!(whose, Ok(Whose::Portal { account, .. }) if account.password.is_some())
    }
}

/// What is to become of each.
pub fn plan(people: Vec<Person>, target: Target, names: &Names) -> Vec<Planned> {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut plans: Vec<Planned> = Vec::with_capacity(people.len());
    for person in people {
        let mut planned = planned(person, target, names);
        if let Some(key) = planned.newcomer.as_ref().ok().map(|newcomer| key_of(&newcomer.whose)) {
            // Whose phone it would be nobody can tell: neither of them is carried over.
            match first.get(&key).copied() {
                None => {
                    first.insert(key, plans.len());
                }
                Some(at) => {
                    if let Some(other) = plans.get_mut(at) {
                        planned.newcomer = Err(Why::Twice(other.place.clone()));
                        other.newcomer = Err(Why::Twice(planned.place.clone()));
                    }
                }
            }
        }
        plans.push(planned);
    }
    plans
}

fn key_of(whose: &Whose) -> String {
    match whose {
        Whose::Portal { account, .. } => account.email.key().to_owned(),
        Whose::Application(_, user) => user.as_str().to_owned(),
    }
}

fn planned(person: Person, target: Target, names: &Names) -> Planned {
    let there = [person.id.as_deref(), person.username.as_deref(), person.email.as_deref()];
    let here = names.here(there.into_iter().flatten()).map(str::to_owned);
    let whose = whose(&person, target, here.as_deref());
    let who =
        here.or_else(|| [&person.email, &person.username, &person.id].into_iter().flatten().next().cloned());
    let (authenticators, left) = sorted(person.tokens);
    let new_password = match (target, &person.password) {
        (Target::Portal, Password::Left(why)) => Some(why.clone()),
        (Target::Portal, Password::None | Password::Kept(_)) | (Target::Application(..), _) => None,
    };
    Planned {
        place: person.place,
        who: who.map_or_else(|| "somebody without a name".to_owned(), |who| shown(&who)),
        newcomer: whose.map(|whose| Newcomer { whose, authenticators }),
        left,
        new_password,
        recovery_codes: person.recovery_codes,
    }
}

fn whose(person: &Person, target: Target, here: Option<&str>) -> Result<Whose, Why> {
    if person.closed {
        return Err(Why::Closed);
    }
    match target {
        Target::Portal => {
            let email = here.or(person.email.as_deref()).ok_or(Why::NoEmail)?;
            let email = Email::parse(email).map_err(|_| Why::Email)?;
            let fallback = email.as_str().split('@').next().unwrap_or_default();
            let name = person.name.as_deref().and_then(|name| Name::parse(name).ok());
            let name = name.or_else(|| Name::parse(fallback).ok()).ok_or(Why::Email)?;
            let password = match &person.password {
                Password::Kept(stored) => Some(stored.clone()),
                Password::None | Password::Left(_) => None,
            };
            // The other system knew the address that it had, and no other.
            let same = person.email.as_deref().is_some_and(|theirs| Email::key_of(theirs) == email.key());
            let confirmed = person.email_confirmed && same;
            let account = NewAccount { email, name, language: None, administrator: false, password };
            Ok(Whose::Portal { account, confirmed })
        }
        Target::Application(application, by) => {
            let user = here.or_else(|| by.of(person)).ok_or(Why::NoUser(by.word()))?;
            Ok(Whose::Application(application, UserId::parse(user)?))
        }
    }
}

/// What can be carried over, and what is left behind.
fn sorted(tokens: Vec<Token>) -> (Vec<Carried>, Vec<(String, Why)>) {
    let (mut carried, mut left, mut secrets) = (Vec::new(), Vec::new(), Vec::new());
    for (token, nth) in tokens.into_iter().zip(1_u32..) {
        let name = token.label.as_deref().and_then(|label| Name::parse(label).ok());
        // As people find it in the app: what it is called is told apart by a number alone.
        let called = name.as_ref().map_or_else(|| nth.to_string(), |name| format!("\"{}\"", name.as_str()));
        let fallback =
            if nth == 1 { "Authenticator app".to_owned() } else { format!("Authenticator app {nth}") };
        match token.carried {
            Err(why) => left.push((called, why)),
            Ok(_) if carried.len() >= MOST_AUTHENTICATORS => left.push((called, Why::TooMany)),
            Ok((secret, _)) if secrets.contains(&secret.to_base32()) => left.push((called, Why::SameSecret)),
            Ok((secret, parameters)) => match name.or_else(|| Name::parse(&fallback).ok()) {
                Some(name) => {
                    secrets.push(secret.to_base32());
                    carried.push(Carried { name, secret, parameters });
                }
                None => left.push((called, Why::Missing("label"))),
            },
        }
    }
    (carried, left)
}

/// A name of somebody else's making, fit for one line of a terminal.
fn shown(who: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain = |c: char| if c.is_control() || turns(c) { '\u{fffd}' } else { c };
    who.chars().take(120).map(plain).collect()
}

//! A letter in words: plain values in, a subject, a text and an HTML part out. Both parts say the same.

use std::fmt;

use askama::Template;
use countersign::key_uri::is_formatting;
use countersign_store::outbox::Recipient;

use crate::l10n::{Language, Words};

/// One letter, ready to be written out.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The words of its language.
    pub words: Words,
    /// The operator's name.
    pub brand: String,
    /// The subject, and the heading.
    pub title: &'static str,
    /// To whom it speaks.
    pub greeting: Option<String>,
    /// What happened.
    pub text: String,
    /// When, by which browser, from where.
    pub facts: Vec<Fact>,
    /// What to do.
    pub advice: Option<String>,
    /// Where to do it.
    pub link: Option<Link>,
    /// Why it comes, and what nobody ever asks for in answer to it.
    pub why: &'static str,
}

/// One line of the facts.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// How it is.
    pub value: String,
}

/// A page of ours to go on to. Its address may hold the secret of a one-time link, so nothing shows it.
#[derive(Clone)]
pub struct Link {
    /// What is done there.
    pub label: &'static str,
    /// Its whole address.
    pub address: String,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("label", &self.label).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Plain<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// The subject: what happened, and where.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{} · {}", self.title, self.brand)
    }

    /// The `text/html` part. Whatever people wrote is escaped in it.
    #[must_use]
    pub fn html(&self) -> String {
        Html { letter: self }.render().unwrap_or_else(|_| self.title.to_owned())
    }

    /// The `text/plain` part.
    #[must_use]
    pub fn plain(&self) -> String {
        Plain { letter: self }.render().unwrap_or_else(|_| self.title.to_owned())
    }

    /// What `countersign mail test` sends.
    #[must_use]
    pub fn test(words: Words, brand: &str) -> Self {
        Self {
            words,
            brand: brand.to_owned(),
            title: words.letter_test_title(),
            greeting: None,
            text: words.letter_test().to_owned(),
            facts: Vec::new(),
            advice: None,
            link: None,
            why: words.letter_why(),
        }
    }

    /// Every letter, for tests and reviewers.
    #[must_use]
    pub fn samples(language: Language) -> Vec<(&'static str, Self)> {
        let mut samples = super::notice::samples(language);
        samples.extend(super::link::samples(language));
        samples.push(("test", Self::test(Words::of(language), "Acme Mail")));
        samples
    }
}

/// To whom a letter speaks; to nobody where the address may be somebody else's than the account.
pub(super) fn greeting(words: Words, to: &Recipient) -> Option<String> {
    let name = on_one_line(&to.name);
    (!name.trim().is_empty()).then(|| words.letter_greeting(name))
}

/// What somebody wrote, on one line of a letter: no line ends and nothing hides or turns it around.
pub(super) fn on_one_line(text: &str) -> String {
    text.chars().filter(|c| !is_formatting(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

//! The file with the settings: TOML, every key known, every problem with its line.

use super::{
    Origin, Problem, SECTIONS, Wrong,
    literal::{Literal, quoted},
    settings,
};
use std::path::Path;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// What the file says.
pub(super) struct Page {
    pub(super) given: Vec<(&'static str, Origin, Literal)>,
    pub(super) problems: Vec<Problem>,
}

struct Reading<'a> {
    path: &'a Path,
    text: &'a str,
    page: Page,
}

/// Reads `path`. What cannot be read or is not known becomes a problem.
pub(super) fn read(path: &Path) -> Page {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) => {
            let problem = Problem {
                origin: Origin::File { path: path.to_owned(), line: 0 },
                key: String::new(),
                what: format!("the file cannot be read: {error}"),
                advice: "Name a TOML file that this user may read".to_owned(),
            };
            Page { given: Vec::new(), problems: vec![problem] }
        }
    }
}

pub(super) fn parse(path: &Path, text: &str) -> Page {
    let mut reading = Reading { path, text, page: Page { given: Vec::new(), problems: Vec::new() } };
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        reading.top(document.get_ref());
    }
    // What a half-read document seems to say is not judged: it would only add noise.
    for error in errors {
        let start = error.span().map_or(0, |span| span.start);
        let wrong = Wrong::new(
            format!("this is not TOML: {}", error.message().trim_end_matches('.')),
            "A line is `key = value`, a section is `[name]`, text stands between quotation marks",
        );
        reading.refuse(start, "", wrong);
    }
    reading.page
}

impl Reading<'_> {
    fn origin(&self, start: usize) -> Origin {
        let before = self.text.as_bytes().get(..start).unwrap_or_default();
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        Origin::File { path: self.path.to_owned(), line }
    }

    fn refuse(&mut self, start: usize, key: &str, wrong: Wrong) {
        let origin = self.origin(start);
        let Wrong { what, advice } = wrong;
        self.page.problems.push(Problem { origin, key: key.to_owned(), what, advice });
    }

    fn top(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let is_section =
                SECTIONS.iter().any(|section| !section.name.is_empty() && section.name == key.get_ref());
            match value.get_ref() {
                DeValue::Table(section) if is_section => {
                    for (inner, value) in section {
                        self.setting(
                            &format!("{}.{}", key.get_ref(), inner.get_ref()),
                            inner.span().start,
                            value,
                        );
                    }
                }
                _ if is_section => {
                    let advice =
                        format!("Write [{}] on a line of its own, and its settings below", key.get_ref());
                    self.refuse(
                        key.span().start,
                        key.get_ref(),
                        Wrong::new("this is a section, not a setting", advice),
                    );
                }
                _ => self.setting(key.get_ref(), key.span().start, value),
            }
        }
    }

    fn setting(&mut self, key: &str, start: usize, value: &Spanned<DeValue<'_>>) {
        match settings().find(|setting| setting.key == key) {
            Some(setting) => {
                let origin = self.origin(start);
                let literal = Literal::from_toml(value, &|start| self.origin(start));
                self.page.given.push((setting.key, origin, literal));
            }
            None => {
                let advice = match nearest(key, settings().map(|setting| setting.key.to_owned())) {
                    Some(near) => format!("Did you mean {near}?"),
                    None => "docs/configuration.md lists every setting".to_owned(),
                };
                self.refuse(
                    start,
                    &key.escape_debug().to_string(),
                    Wrong::new(format!("no setting is called {}", quoted(key)), advice),
                );
            }
        }
    }
}

/// The known name that `name` was probably meant to be.
pub(super) fn nearest(name: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let short = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    known
        // The right key in the wrong section is as near as can be.
        .map(|known| (if short(&known) == short(name) { 0 } else { distance(name, &known) }, known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= 1 + known.len() / 6)
        .map(|(_, known)| known)
}

/// How many letters have to be added, dropped or exchanged (Levenshtein). Long names are nobody's neighbours.
fn distance(one: &str, other: &str) -> usize {
    if one.len() > 100 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above, a) in one.chars().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        let mut next = vec![left];
        for (b, &up) in other.chars().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(a != b)).min(left + 1).min(up + 1);
            diagonal = up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}

//! Reads settings from everybody who may say something, and collects what is wrong.

use super::{
    Origin, PREFIX, Problem, Sources, Wrong, file,
    literal::Literal,
    setting::{Accepts, Default, Setting},
    settings,
};
use std::collections::HashMap;
use toml::de::DeValue;

/// What was said, the weightiest word for each key, and what is wrong with it.
pub(super) struct Reader {
    said: HashMap<&'static str, (Origin, Literal)>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

impl Reader {
    /// Hears all sources: a variable outweighs the file, a flag outweighs both.
    pub(super) fn of(sources: &Sources) -> Self {
        let mut reader = Self { said: HashMap::new(), problems: Vec::new(), warnings: Vec::new() };
        if let Some(path) = sources.config_file() {
            let page = file::read(&path);
            reader.problems = page.problems;
            reader.said.extend(page.given.into_iter().map(|(key, origin, value)| (key, (origin, value))));
        }
        reader.hear_environment(sources);
        for (key, value) in &sources.flags {
            let origin = settings().find(|setting| setting.key == *key).and_then(|setting| setting.flag);
            if let Some(flag) = origin {
                reader.said.insert(key, (Origin::Flag(flag), Literal::Typeless(value.trim().to_owned())));
            }
        }
        reader
    }

    fn hear_environment(&mut self, sources: &Sources) {
        let known: HashMap<String, &'static str> = settings().map(|s| (s.variable(), s.key)).collect();
        for (name, value) in &sources.environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            let origin = Origin::Variable(name.to_owned());
            match (known.get(name), value.to_str()) {
                // Compose files and shells hand over empty variables for what nobody has set.
                (Some(_), Some(text)) if text.trim().is_empty() => {}
                (Some(key), Some(text)) => {
                    self.said.insert(key, (origin, Literal::Typeless(text.trim().to_owned())));
                }
                (Some(key), None) => {
                    let wrong = Wrong::new("the value is not UTF-8", "Write it in UTF-8");
                    self.refuse_at(origin, key, wrong);
                }
                // A mistake for sure only in the file: Kubernetes, for one, makes up variables for a service of our name.
                (None, _) => {
                    let near = file::nearest(name, known.keys().cloned());
                    self.warnings
                        .extend(near.map(|near| format!("{origin} is not a setting. Did you mean {near}?")));
                }
            }
        }
        self.warnings.sort();
    }

    /// Everything is read: what was wrong, and what should be said aloud though it is not wrong.
    pub(super) fn finish(self) -> (Vec<Problem>, Vec<String>) {
        (self.problems, self.warnings)
    }

    pub(super) fn whole(&mut self, setting: &'static Setting) -> Option<u32> {
        self.read(setting, Literal::whole)
    }

    pub(super) fn whole_or(&mut self, setting: &'static Setting, derived: u32) -> Option<u32> {
        if self.is_said(setting) { self.whole(setting) } else { Some(derived) }
    }

    pub(super) fn fraction(&mut self, setting: &'static Setting) -> Option<f64> {
        self.read(setting, Literal::fraction)
    }

    pub(super) fn switch(&mut self, setting: &'static Setting) -> Option<bool> {
        self.read(setting, Literal::switch)
    }

    /// The value that stands at the same place as the word in [`Accepts::OneOf`].
    pub(super) fn choice<T: Clone>(&mut self, setting: &'static Setting, values: &[T]) -> Option<T> {
        self.read(setting, |literal, accepts| {
            let text = literal.text(accepts)?;
            let Accepts::OneOf(words) = accepts else { return Err(literal.unfit(accepts)) };
            let chosen = words.iter().zip(values).find(|(word, _)| **word == text);
            chosen.map(|(_, value)| value.clone()).ok_or_else(|| literal.unfit(accepts))
        })
    }

    pub(super) fn text<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        self.read(setting, |literal, accepts| parse(literal.text(accepts)?))
    }

    /// As [`Reader::text`]; `Some(None)` when nobody said anything and the value follows from another.
    pub(super) fn said_text<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<Option<T>> {
        if self.is_said(setting) { self.text(setting, parse).map(Some) } else { Some(None) }
    }

    pub(super) fn list<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<Vec<T>> {
        self.read(setting, |literal, accepts| literal.list(accepts)?.into_iter().map(parse).collect())
    }

    /// Tables in the file, each still to be read.
    pub(super) fn tables(&mut self, setting: &'static Setting) -> Option<Vec<Literal>> {
        self.read(setting, Literal::tables)
    }

    /// Refuses a value that is well-formed and yet does not go with another.
    pub(super) fn refuse(&mut self, setting: &'static Setting, wrong: Wrong) {
        let origin = self.said.get(setting.key).map_or(Origin::Default, |(origin, _)| origin.clone());
        self.refuse_at(origin, setting.key, wrong);
    }

    pub(super) fn refuse_at(&mut self, origin: Origin, key: &str, Wrong { what, advice }: Wrong) {
        self.problems.push(Problem { origin, key: key.to_owned(), what, advice });
    }

    fn is_said(&self, setting: &Setting) -> bool {
        self.said.contains_key(setting.key)
    }

    fn read<T>(
        &mut self,
        setting: &'static Setting,
        judge: impl FnOnce(&Literal, &Accepts) -> Result<T, Wrong>,
    ) -> Option<T> {
        let (origin, literal) = match (self.said.get(setting.key), setting.default) {
            (Some((origin, literal)), _) => (origin.clone(), literal.clone()),
            (None, Default::Toml(text)) => (Origin::Default, default(text)),
            (None, Default::Derived(_)) => (Origin::Default, Literal::Other("nothing")),
        };
        match judge(&literal, &setting.accepts) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.refuse_at(origin, setting.key, wrong);
                None
            }
        }
    }
}

/// Defaults go the same way as what people write, so the documentation shows what really holds.
fn default(text: &str) -> Literal {
    DeValue::parse(text)
        .map_or(Literal::Other("a broken default"), |value| Literal::from_toml(&value, &|_| Origin::Default))
}

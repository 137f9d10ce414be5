//! As much YAML as the files of others use: mappings, lists and plain values, to a depth of sixteen.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};
use zeroize::Zeroizing;

use super::{NotRead, Source};

/// How deep mappings and lists may lie in each other.
const DEEPEST: usize = 16;

/// A value, and the line where it begins.
pub enum Yaml {
    /// A value: `null` and nothing at all are empty text.
    Scalar(Zeroizing<String>, u64),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping from names to values, in their order.
    Map(BTreeMap<String, Yaml>, u64),
}

impl Yaml {
    /// A value of a mapping.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(fields, _) => fields.get(name),
            Self::Scalar(..) | Self::List(_) => None,
        }
    }

    /// The text of a value that has any.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text, _) => Some(text.as_str()).filter(|text| !text.is_empty()),
            Self::List(_) | Self::Map(..) => None,
        }
    }

    /// The text of a value of a mapping.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::text)
    }

    /// The line where it begins, where that is known.
    pub(crate) fn line(&self) -> u64 {
        match self {
            Self::Scalar(_, line) | Self::Map(_, line) => *line,
            Self::List(items) => items.first().map_or(0, Self::line),
        }
    }
}

/// What is being put together: a list, or a mapping with the name whose value is to come.
enum Open {
    List(Vec<Yaml>),
    Map(BTreeMap<String, Yaml>, Option<String>, u64),
}

/// Reads the first document of a file. Anchors and aliases are refused: a few lines of them could stand for
/// gigabytes.
///
/// # Errors
/// [`NotRead`].
pub fn read(source: &Source) -> Result<Yaml, NotRead> {
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(source.text()?) {
        let (event, span) = event.map_err(|broken| {
            source.at(u64::try_from(broken.marker().line()).unwrap_or(0), "it is not YAML")
        })?;
        let line = u64::try_from(span.start.line()).unwrap_or(0);
        let done = match event {
            Event::Alias(_)
            | Event::Scalar(_, _, 1.., _)
            | Event::SequenceStart(1.., _)
            | Event::MappingStart(1.., _) => return Err(source.at(line, "anchors and aliases are not read")),
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEEPEST => {
                return Err(source.at(line, "mappings and lists lie too deep in each other"));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(BTreeMap::new(), None, line));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|closed| match closed {
                Open::List(items) => Yaml::List(items),
                Open::Map(fields, _, line) => Yaml::Map(fields, line),
            }),
            Event::Scalar(text, style, ..) => {
                let plain = style == saphyr_parser::ScalarStyle::Plain;
                let empty = plain && matches!(&*text, "~" | "null" | "Null" | "NULL");
                let text = if empty { String::new() } else { text.into_owned() };
                Some(Yaml::Scalar(Zeroizing::new(text), line))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => None,
        };
        let Some(done) = done else { continue };
        match open.last_mut() {
            None => return Ok(done),
            Some(Open::List(items)) => items.push(done),
            Some(Open::Map(fields, name, _)) => match (name.take(), done) {
                (None, Yaml::Scalar(text, _)) => *name = Some(text.to_string()),
                (None, _) => return Err(source.at(line, "a name in a mapping is no text")),
                (Some(name), value) => {
                    if fields.insert(name, value).is_some() {
                        return Err(source.at(line, "a mapping has one name twice"));
                    }
                }
            },
        }
    }
    Err(source.wrong("it is empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Yaml, NotRead> {
        read(&Source::new("file", text.into()))
    }

    #[test]
    fn mappings_lists_and_values_are_read_as_people_write_them() {
        let read = of(
            "# people\nusers:\n  jana: {email: 'jana@example.org', groups: [a, b]}\n  karel:\n    name: ~\n    x: \"null\"\n",
        );
        let users = read.unwrap();
        let users = users.get("users").unwrap();
        assert_eq!(users.get("jana").unwrap().field("email"), Some("jana@example.org"));
        assert_eq!(users.get("karel").unwrap().field("name"), None);
        assert_eq!(users.get("karel").unwrap().field("x"), Some("null"));
        assert_eq!(users.get("karel").unwrap().line(), 5);
    }

    #[test]
    fn what_could_grow_without_end_is_refused() {
        for text in [
            "a: &x hunter2\nb: *x\n",
            &"[".repeat(40),
            "a: hunter2\na: b\n",
            "? [hunter2]\n: b\n",
            "a: 'hunter2",
            "",
        ] {
            let Err(wrong) = of(text) else { panic!("{text} is read") };
            assert!(!wrong.to_string().contains("hunter2"), "{wrong}");
        }
    }
}

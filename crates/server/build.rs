//! Turns the FTL files in `locales/` into one typed method per message on `l10n::Words`.
//!
//! A message or an argument that one language has and another lacks fails the build and is named, so no reader ever
//! meets a missing text. A message without arguments becomes a `&'static str`; one with arguments is formatted by
//! Fluent, which knows each language's plural forms.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};

/// The languages, and the plural categories that whole numbers have in each. (Czech `many` is for fractions, and no
/// message takes one; where a file has it anyway, that is fine.)
const LANGUAGES: [(&str, &[&str]); 2] = [("en", &["one", "other"]), ("cs", &["one", "few", "other"])];

/// Every category of CLDR: a selector with one of these among its keys counts something.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Text,
    Number,
}

struct Message {
    file: String,
    /// The text, where it is nothing but text.
    text: Option<String>,
    /// In the order in which the text first uses them.
    arguments: Vec<(String, Kind)>,
}

type Locale = BTreeMap<String, Message>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut problems = Vec::new();
    let mut locales = Vec::new();
    let mut sources = String::new();
    for (language, categories) in LANGUAGES {
        let (locale, text) = read(language, categories, &mut problems)?;
        locales.push((language, locale));
        writeln!(sources, "const {}: &str = {text:?};", language.to_uppercase())?;
    }
    compare(&locales, &mut problems);

    let mut out = std::io::stdout().lock();
    writeln!(out, "cargo::rerun-if-changed=locales")?;
    for problem in &problems {
        writeln!(out, "cargo::error={problem}")?;
    }
    if problems.is_empty() {
        let directory = std::env::var("OUT_DIR")?;
        std::fs::write(Path::new(&directory).join("words.rs"), sources + &methods(&locales)?)?;
    }
    Ok(())
}

/// Reads one language's files, in the order of their names: the messages, and the text they are formatted from.
fn read(
    language: &str,
    categories: &[&str],
    problems: &mut Vec<String>,
) -> Result<(Locale, String), Box<dyn std::error::Error>> {
    let directory = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("locales").join(language);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ftl"));
    files.sort();

    let mut locale = Locale::new();
    let mut texts = Vec::new();
    for path in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = format!("locales/{language}/{name}");
        let text = std::fs::read_to_string(path)?;
        let text = if language == "cs" { tie(&text) } else { text };
        let resource = fluent_syntax::parser::parse(text.clone()).unwrap_or_else(|(resource, errors)| {
            problems.extend(errors.iter().map(|error| format!("{file}: {error}")));
            resource
        });
        texts.push(text);
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let id = message.id.name;
            let Some(pattern) = message.value else {
                problems.push(format!("{file}: message `{id}` has no text"));
                continue;
            };
            let mut reading = Reading { categories, arguments: Vec::new(), complaints: Vec::new() };
            reading.pattern(&pattern);
            problems.extend(
                reading.complaints.iter().map(|complaint| format!("{file}: message `{id}`: {complaint}")),
            );
            let entry = Message { file: file.clone(), text: plain(&pattern), arguments: reading.arguments };
            if let Some(earlier) = locale.insert(id.clone(), entry) {
                problems.push(format!("{file}: message `{id}` is already in {}", earlier.file));
            }
        }
    }
    Ok((locale, texts.join("\n")))
}

/// Czech typography: a preposition or conjunction of one letter never ends a line, so a no-break space follows it.
/// Done here, so that whoever writes a message need not see what cannot be seen.
fn tie(text: &str) -> String {
    let mut tied = String::with_capacity(text.len());
    let (mut before, mut last) = ('\n', '\n');
    for letter in text.chars() {
        let alone = before.is_whitespace() || "„(]".contains(before);
        let space = letter == ' ' && alone && "kosuvzaiKOSUVZAI".contains(last);
        tied.push(if space { '\u{a0}' } else { letter });
        (before, last) = (last, letter);
    }
    tied
}

/// The text of a pattern that is nothing but text.
fn plain(pattern: &Pattern<String>) -> Option<String> {
    pattern
        .elements
        .iter()
        .map(|element| match element {
            PatternElement::TextElement { value } => Some(value.as_str()),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::StringLiteral { value }),
            } if !value.contains('\\') => Some(value.as_str()),
            PatternElement::Placeable { .. } => None,
        })
        .collect()
}

/// What one message takes, gathered by walking through it.
struct Reading<'a> {
    categories: &'a [&'a str],
    arguments: Vec<(String, Kind)>,
    complaints: Vec<String>,
}

impl Reading<'_> {
    fn pattern(&mut self, pattern: &Pattern<String>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<String>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline, Kind::Text),
            Expression::Select { selector, variants } => {
                let kind = self.selector(variants);
                self.inline(selector, kind);
                variants.iter().for_each(|variant| self.pattern(&variant.value));
            }
        }
    }

    /// Whether a selector counts, and if it does, whether it knows every plural category of the language.
    fn selector(&mut self, variants: &[Variant<String>]) -> Kind {
        let mut names = BTreeSet::new();
        let mut numbers = false;
        for variant in variants {
            match &variant.key {
                VariantKey::Identifier { name } => drop(names.insert(name.as_str())),
                VariantKey::NumberLiteral { .. } => numbers = true,
            }
        }
        let plural = names.iter().any(|name| *name != "other" && CATEGORIES.contains(name));
        if plural {
            for category in self.categories {
                if !names.contains(category) {
                    self.complaints.push(format!("the plural form [{category}] is missing"));
                }
            }
        }
        if plural || numbers { Kind::Number } else { Kind::Text }
    }

    fn inline(&mut self, inline: &InlineExpression<String>, kind: Kind) {
        match inline {
            InlineExpression::VariableReference { id } => note(&mut self.arguments, &id.name, kind),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            // NUMBER($x) marks a number that no plural form depends on.
            InlineExpression::FunctionReference { id, arguments } if id.name == "NUMBER" => {
                arguments.positional.iter().for_each(|argument| self.inline(argument, Kind::Number));
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            _ => self.complaints.push("only texts, arguments and plural forms may stand here".to_owned()),
        }
    }
}

/// Adds an argument, or learns that a known one is a number after all.
fn note(arguments: &mut Vec<(String, Kind)>, name: &str, kind: Kind) {
    match arguments.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = (*known).max(kind),
        None => arguments.push((name.to_owned(), kind)),
    }
}

/// Names whatever one language has and another lacks.
fn compare(locales: &[(&str, Locale)], problems: &mut Vec<String>) {
    for (language, locale) in locales {
        for (other_language, other) in locales {
            for (id, message) in locale {
                let Some(theirs) = other.get(id) else {
                    problems
                        .push(format!("message `{id}` ({}) is missing in `{other_language}`", message.file));
                    continue;
                };
                for (argument, _) in &message.arguments {
                    if theirs.arguments.iter().any(|(name, _)| name == argument) {
                        continue;
                    }
                    problems.push(format!(
                        "{}: message `{id}` does not use `${argument}`, which `{language}` does",
                        theirs.file
                    ));
                }
            }
        }
    }
}

/// The generated `impl Words`.
fn methods(locales: &[(&str, Locale)]) -> Result<String, std::fmt::Error> {
    let mut code = String::from("impl Words {\n");
    let Some((_, first)) = locales.first() else { return Ok(code) };
    for id in first.keys() {
        let all: Vec<&Message> = locales.iter().filter_map(|(_, locale)| locale.get(id)).collect();
        let mut arguments = Vec::new();
        for (name, kind) in all.iter().flat_map(|message| &message.arguments) {
            note(&mut arguments, name, *kind);
        }
        let name = id.replace('-', "_");
        let texts: Option<Vec<&str>> = all.iter().map(|message| message.text.as_deref()).collect();
        if let (Some(texts), true) = (texts, arguments.is_empty()) {
            let doc = texts.first().copied().unwrap_or_default().replace('\n', " ");
            writeln!(code, "    #[doc = {:?}]", format!("\u{201c}{doc}\u{201d}"))?;
            writeln!(code, "    #[must_use]\n    pub fn {name}(self) -> &'static str {{")?;
            writeln!(code, "        match self.language {{")?;
            for ((language, _), text) in locales.iter().zip(texts) {
                writeln!(code, "            Language::{} => {text:?},", variant(language))?;
            }
            writeln!(code, "        }}\n    }}\n")?;
            continue;
        }
        let parameters: String = arguments
            .iter()
            .map(|(name, kind)| match kind {
                Kind::Text => format!(", {}: impl AsRef<str>", name.replace('-', "_")),
                Kind::Number => format!(", {}: impl Number", name.replace('-', "_")),
            })
            .collect();
        let values: String = arguments
            .iter()
            .map(|(name, kind)| match kind {
                Kind::Text => format!("({name:?}, {}.as_ref().into()), ", name.replace('-', "_")),
                Kind::Number => format!("({name:?}, {}.number().into()), ", name.replace('-', "_")),
            })
            .collect();
        writeln!(code, "    /// The message `{id}`.\n    #[must_use]")?;
        writeln!(code, "    pub fn {name}(self{parameters}) -> String {{")?;
        writeln!(code, "        self.format({id:?}, &[{values}])\n    }}\n")?;
    }
    code.push_str("}\n");
    Ok(code)
}

/// `en` → `En`.
fn variant(language: &str) -> String {
    let mut letters = language.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

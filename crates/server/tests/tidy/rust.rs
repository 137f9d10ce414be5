//! Rust sources, taken apart far enough to tell code from comments and from text.

use super::files;

/// One source file.
pub(crate) struct Source {
    /// From the root of the repository.
    pub(crate) path: String,
    /// The code, without comments, and with every literal of text empty.
    pub(crate) code: String,
    /// The literals of text, as they are written.
    pub(crate) texts: Vec<String>,
}

/// Every Rust source below `folder`.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    files::below(folder, &[".rs"]).into_iter().map(|path| take_apart(&files::read(&path), path)).collect()
}

fn take_apart(text: &str, path: String) -> Source {
    let (mut code, mut texts) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw(rest, code.chars().last()) {
            let start = 1 + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            let length = rest[start..].find(&end).unwrap_or(rest.len() - start);
            texts.push(rest[start..start + length].to_owned());
            code.push_str("\"\"");
            (start + length + end.len()).min(rest.len())
        } else if first == '"' {
            let length = quoted(&rest[1..]);
            texts.push(rest[1..=length].to_owned());
            code.push_str("\"\"");
            (length + 2).min(rest.len())
        } else if let Some(length) = character(rest) {
            code.push_str("' '");
            length
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    Source { path, code, texts }
}

/// How many hashes a raw literal begins with, if this is the start of one and not the end of a name.
fn raw(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c != 'b' && (c.is_alphanumeric() || c == '_')) {
        return None;
    }
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// How long the text is up to its closing quote.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// How long a character literal is; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let first = escape.chars().next()?.len_utf8();
        return Some(2 + first + escape[first..].find('\'')? + 1);
    }
    let c = inside.chars().next()?;
    inside[c.len_utf8()..].starts_with('\'').then_some(1 + c.len_utf8() + 1)
}

#[test]
fn code_comments_and_text_are_told_apart() {
    let source = take_apart(
        "let a = \"x \\\" // no\"; // comment \"\nlet b = r#\"raw \" text\"#; let c = '\"'; let d: &'a str = br\"z\"; /* e */ var\"\"",
        String::new(),
    );
    assert_eq!(source.texts, ["x \\\" // no", "raw \" text", "z", ""]);
    assert_eq!(source.code, "let a = \"\"; \nlet b = \"\"; let c = ' '; let d: &'a str = b\"\";  var\"\"");
}

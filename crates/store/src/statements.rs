//! The text of statements: named in one place each, written once for every database.

#[cfg(test)]
mod tests;

/// Names the statements of a file, and lists them so that a test can prepare every one on a database:
///
/// ```ignore
/// statements! {
///     /// A step is spent once, and everything at or below it with it (RFC 6238 §5.2).
///     pub(crate) SPEND_STEP = "UPDATE authenticators SET last_step = $2 WHERE id = $1 AND last_step < $2";
/// }
/// ```
macro_rules! statements {
    ($($(#[$meta:meta])* $visibility:vis $name:ident = $sql:expr;)+) => {
        $($(#[$meta])* $visibility const $name: &str = $sql;)+

        /// Every statement of this file, with its name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}
pub(crate) use statements;

/// The same statement for SQLite, with `$N` written `?N`. SQLite takes `$2` for a *name* and numbers names
/// by first appearance, so that parameters would be swapped without a word.
pub(crate) fn for_sqlite(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Parameter(digits) => {
                text.push('?');
                text.push_str(digits);
            }
            Piece::Plain(plain) => text.push_str(plain),
        }
    }
    text
}

/// The same statement behind others: each parameter counts on from `before`, and is written as `name` writes its number.
/// With it goes how many parameters the statement has.
pub(crate) fn renumbered(sql: &str, before: usize, name: impl Fn(usize) -> String) -> (String, usize) {
    let (mut text, mut most) = (String::with_capacity(sql.len()), 0);
    for piece in pieces(sql) {
        match piece {
            Piece::Parameter(digits) => {
                let number: usize = digits.parse().unwrap_or(0);
                most = most.max(number);
                text.push_str(&name(number.saturating_add(before)));
            }
            Piece::Plain(plain) => text.push_str(plain),
        }
    }
    (text, most)
}

/// The numbers of the parameters of a statement, in the order they are written.
#[cfg(test)]
pub(crate) fn parameter_numbers(sql: &str) -> Vec<usize> {
    pieces(sql)
        .filter_map(|piece| match piece {
            Piece::Parameter(digits) => digits.parse().ok(),
            Piece::Plain(_) => None,
        })
        .collect()
}

enum Piece<'a> {
    /// The digits after a `$`.
    Parameter(&'a str),
    /// Anything else, quotes and comments whole.
    Plain(&'a str),
}

fn pieces(sql: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = sql;
    let mut inside_word = false;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let parameter = if first == '$' && !inside_word { digits_after_dollar(rest) } else { None };
        let length = match parameter {
            Some(digits) => 1 + digits.len(),
            None => plain_length(rest, first),
        };
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        inside_word = first.is_alphanumeric() || first == '_' || first == '$';
        Some(parameter.map_or(Piece::Plain(piece), Piece::Parameter))
    })
}

fn digits_after_dollar(text: &str) -> Option<&str> {
    let after = text.strip_prefix('$')?;
    let end = after.find(|character: char| !character.is_ascii_digit()).unwrap_or(after.len());
    after.get(..end).filter(|digits| !digits.is_empty())
}

/// How many bytes belong together at the start of `text`: a quoted piece, a comment, or one character.
fn plain_length(text: &str, first: char) -> usize {
    let through = |mark: &str, from: usize| {
        let end = text.get(from..).and_then(|after| after.find(mark));
        end.map_or(text.len(), |end| from + end + mark.len())
    };
    match first {
        // A doubled quote inside ends one piece and begins the next: the same bytes pass either way.
        '\'' => through("'", 1),
        '"' => through("\"", 1),
        '-' if text.starts_with("--") => through("\n", 2),
        '/' if text.starts_with("/*") => through("*/", 2),
        character => character.len_utf8(),
    }
}

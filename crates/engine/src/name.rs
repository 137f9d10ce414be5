//! Names that people give: to themselves, to an authenticator, to a device.

use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in characters.
pub const LONGEST: usize = 100;

/// A name fit to be shown: 1 to 100 characters on one line, none of which reorders the text around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why the text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    /// Nothing was typed.
    #[error("a name is needed")]
    Empty,
    /// More than [`LONGEST`] characters.
    #[error("a name has at most {LONGEST} characters")]
    TooLong,
    /// A control character, or one that changes the direction of text.
    #[error("a name has no control or text-direction characters")]
    Character,
}

impl Name {
    /// Reads a name; space around it is dropped. HTML is text like any other: pages escape it.
    ///
    /// # Errors
    /// [`NotAName`].
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        // Counted as it is kept: NFC makes two or three characters of some.
        let name: String = text.trim().nfc().take(LONGEST + 1).collect();
        if name.chars().count() > LONGEST {
            return Err(NotAName::TooLong);
        }
        match name.chars().find(|&c| c.is_control() || turns(c)) {
            Some(_) => Err(NotAName::Character),
            None if name.is_empty() => Err(NotAName::Empty),
            None => Ok(Self(name)),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, and line separators.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i7_html_is_a_name_and_what_reorders_text_is_none() {
        assert_eq!(Name::parse(" \"><img onerror=alert(1)> ").unwrap().as_str(), "\"><img onerror=alert(1)>");
        assert_eq!(Name::parse("محمد").unwrap().as_str(), "محمد", "a right-to-left script is fine");
        for bad in ["a\u{202e}b", "a\nb", "a\u{200f}b", "\0", "a\u{1b}[31m"] {
            assert_eq!(Name::parse(bad), Err(NotAName::Character), "{bad:?}");
        }
        assert_eq!(Name::parse(" \u{3000} "), Err(NotAName::Empty));
        assert!(Name::parse(&"ř".repeat(100)).is_ok());
        assert_eq!(Name::parse(&"x".repeat(10_000)), Err(NotAName::TooLong));
    }

    #[test]
    fn a_name_that_was_read_reads_again_as_itself() {
        // U+0958 is two characters under NFC: a hundred of them would be kept as two hundred, and not read again.
        assert_eq!(Name::parse(&"\u{958}".repeat(100)), Err(NotAName::TooLong));
        let name = Name::parse(&"\u{958}".repeat(50)).unwrap();
        assert_eq!(name.as_str().chars().count(), 100);
        assert_eq!(Name::parse(name.as_str()), Ok(name));
    }
}

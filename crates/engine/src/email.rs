//! Email addresses: one account however an address is typed.

use crate::key_uri::is_formatting;
use unicode_normalization::UnicodeNormalization as _;

/// An email address: as it was typed, and the key that finds its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    shown: String,
    key: String,
}

/// The text is no email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an email address")]
pub struct NotAnEmail;

impl Email {
    /// Reads an address. Space around it is dropped; case and Unicode form (NFKC) do not matter.
    ///
    /// Only what could never be delivered is refused: whether an address exists, mail has to show.
    ///
    /// # Errors
    /// [`NotAnEmail`]: not one `@` with something on both sides, white space or control characters
    /// inside, or more than 254 bytes (RFC 5321 §4.5.3.1.3).
    pub fn parse(text: &str) -> Result<Self, NotAnEmail> {
        let shown: String = text.trim().nfc().take(255).collect();
        let key = Self::key_of(&shown);
        // The key says whose account it is, so it has to be an address too: NFKC makes points, spaces and whole
        // words of single characters, and a key that was cut would be that of several addresses.
        if is_address(&shown) && is_address(&key) { Ok(Self { shown, key }) } else { Err(NotAnEmail) }
    }

    /// The address as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The key that finds the account.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key of any text: for counting failures of addresses that are none.
    pub fn key_of(text: &str) -> String {
        // Character by character: for a whole text, a sigma at the end of a word is lowered to another letter.
        let folded = text.trim().nfkc().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c });
        // Lowering can leave a form that is not normal; a second pass makes it stable.
        // No address has a NUL in it, and not every database keeps one in a text.
        folded.nfkc().map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).take(255).collect()
    }
}

fn is_address(text: &str) -> bool {
    let bad = |c: char| {
        c.is_whitespace() || c.is_control() || is_formatting(c) || matches!(c, '<' | '>' | '"' | ',' | ';')
    };
    let Some((local, domain)) = text.split_once('@') else { return false };
    let halves = !local.is_empty() && !domain.is_empty() && !domain.contains('@');
    let dots = !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains("..");
    halves && dots && text.len() <= 254 && !text.chars().any(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn i10_case_spaces_and_unicode_form_make_no_other_account() {
        let key = Email::parse("zofie@example.org").unwrap().key().to_owned();
        for text in
            [" zofie@example.org ", "ZOFIE@EXAMPLE.ORG", "Zofie@Example.Org\r\n", "ｚｏｆｉｅ@example.org"]
        {
            assert_eq!(Email::parse(text).unwrap().key(), key, "{text:?}");
        }
        assert_eq!(Email::parse("z\u{30c}ofie@x.cz").unwrap(), Email::parse("žofie@x.cz").unwrap());
        let greek = Email::key_of("νίκοσ@example.gr");
        assert_eq!(Email::key_of("ΝΊΚΟΣ@example.gr"), greek, "capitals have one sigma");
        assert_eq!(Email::key_of("νίκος@example.gr"), greek, "small letters have two");
        let email = Email::parse(" Zofie@Example.org ").unwrap();
        assert_eq!((email.as_str(), email.key()), ("Zofie@Example.org", "zofie@example.org"));
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a\u{202e}@b.c",
            "a\0@b",
            "<a@b.c>",
            "a@.b",
            "a@b.",
            "a@b..c",
            "a＠b",
            "a@b＠c",
            "\"a\"@b.c",
            &format!("{}@b.c", "a".repeat(254)),
        ] {
            assert_eq!(Email::parse(text), Err(NotAnEmail), "{text:?}");
        }
    }

    #[test]
    fn i10_an_address_whose_key_is_none_is_refused() {
        // One dot leader, ellipsis: points only under NFKC.
        for text in ["a@b\u{2024}", "a@b\u{2026}c", "a@\u{ff0e}b"] {
            assert_eq!(Email::parse(text), Err(NotAnEmail), "{text:?}");
        }
        // Each is four letters under NFKC. Cut after 255, the keys of these two would be one.
        let words = "\u{3300}".repeat(63);
        assert!(words.len() + "@example.org".len() <= 254);
        assert_eq!(Email::parse(&format!("{words}@example.org")), Err(NotAnEmail));
        assert_eq!(Email::parse(&format!("{words}@exit.example")), Err(NotAnEmail));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in ".{0,80}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::key_of(email.key()), email.key());
            }
        }
    }
}

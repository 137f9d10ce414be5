//! The digits somebody typed: one reading of them for every door.

use subtle::{Choice, ConstantTimeEq as _};

/// How many digits an authenticator shows: 6, 7 or 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digits(u8);

impl Digits {
    /// What every authenticator app shows by default.
    pub const SIX: Self = Self(6);
    /// What a few hardware tokens and imports show.
    pub const EIGHT: Self = Self(8);

    /// `n` digits; `None` outside 6 to 8 (RFC 4226 §5.3 asks for six at least).
    pub const fn new(n: u8) -> Option<Self> {
        if n >= 6 && n <= 8 { Some(Self(n)) } else { None }
    }

    /// The number of digits.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// How many codes there are of this length.
    pub const fn possibilities(self) -> u32 {
        10_u32.pow(self.0 as u32)
    }
}

/// A code as it was typed, with its digits read: nothing says yet whether it is right.
///
/// It has no `Debug` or `Display`: a right code is a secret until it is spent.
#[derive(Clone, Copy)]
pub struct Code {
    value: u32,
    digits: Digits,
}

/// Why the text cannot be a code. It is told to the person and costs no guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACode {
    /// Nothing was typed.
    #[error("no code was typed")]
    Empty,
    /// Something other than ASCII digits was typed: letters, or digits of another script.
    #[error("a code has only the digits 0 to 9")]
    NotDigits,
    /// Only digits, but not as many as a code has.
    #[error("a code has {expected} digits, not {found}")]
    Length {
        /// How many digits were typed.
        found: usize,
        /// How many a code has.
        expected: u8,
    },
}

impl Code {
    /// Reads a code of `digits` digits.
    ///
    /// The one rule of every door: ASCII white space, hyphens and no-break spaces (U+00A0, U+202F) are
    /// dropped, as apps and keyboards put them in; what remains must be exactly that many ASCII digits.
    ///
    /// # Errors
    /// [`NotACode`]; digits of other scripts are refused, not converted.
    pub fn parse(text: &str, digits: Digits) -> Result<Self, NotACode> {
        let mut value: u32 = 0;
        let mut found: usize = 0;
        for c in text.chars() {
            if c.is_ascii_whitespace() || matches!(c, '-' | '\u{a0}' | '\u{202f}') {
                continue;
            }
            let digit = c.to_digit(10).ok_or(NotACode::NotDigits)?;
            value = value.wrapping_mul(10).wrapping_add(digit);
            found = found.saturating_add(1);
        }
        match found {
            0 => Err(NotACode::Empty),
            n if n == usize::from(digits.get()) => Ok(Self { value, digits }),
            found => Err(NotACode::Length { found, expected: digits.get() }),
        }
    }

    /// How many digits it has.
    pub const fn digits(self) -> Digits {
        self.digits
    }

    /// Whether it is the code `value`, compared in constant time.
    pub(crate) fn is(self, value: u32) -> Choice {
        self.value.ct_eq(&value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<u32, NotACode> {
        Code::parse(text, Digits::SIX).map(|code| code.value)
    }

    #[test]
    fn i5_spaces_and_hyphens_are_dropped_and_other_scripts_are_refused() {
        for text in [
            "123456",
            "123 456",
            "123-456",
            " 1 2 3 4 5 6 ",
            "123\u{a0}456",
            "123\u{202f}456",
            "123456\r\n",
            "\t123456",
        ] {
            assert_eq!(read(text), Ok(123_456), "{text:?}");
        }
        for text in [
            "１２３４５６",
            "١٢٣٤٥٦",
            "¹²³⁴⁵⁶",
            "12345a",
            "+123456",
            "123.456",
            "123\u{2011}456",
            "12345६",
            "\u{200b}123456",
        ] {
            assert_eq!(read(text), Err(NotACode::NotDigits), "{text:?}");
        }
    }

    #[test]
    fn i2_only_exactly_six_digits_are_a_code() {
        assert_eq!(read(""), Err(NotACode::Empty));
        assert_eq!(read(" - "), Err(NotACode::Empty));
        for n in [1, 2, 3, 4, 5, 7, 8, 100, 10_000_000] {
            assert_eq!(read(&"0".repeat(n)), Err(NotACode::Length { found: n, expected: 6 }), "{n}");
        }
        assert_eq!(read("000000"), Ok(0));
        assert!(Code::parse("12345678", Digits::EIGHT).is_ok());
        assert_eq!((Digits::new(5), Digits::new(9)), (None, None));
        assert_eq!(Digits::new(7).map(Digits::possibilities), Some(10_000_000));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = read(&text);
        }

        #[test]
        fn six_digits_survive_any_grouping(value in 0_u32..1_000_000, at in 0_usize..=6, gap in "[ \\-\u{a0}\t]{0,3}") {
            let mut text = format!("{value:06}");
            text.insert_str(at, &gap);
            prop_assert_eq!(read(&text), Ok(value));
        }
    }
}

//! Codes: exactly so many ASCII digits, once white space and hyphens are gone (I2, I5).

use countersign::code::{Code, Digits, NotACode};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let dropped = |c: &char| c.is_ascii_whitespace() || matches!(c, '-' | '\u{a0}' | '\u{202f}');
    let kept: String = text.chars().filter(|c| !dropped(c)).collect();
    let all_digits = kept.bytes().all(|byte| byte.is_ascii_digit());
    for digits in [6, 7, 8].map(|n| Digits::new(n).unwrap()) {
        let length = usize::from(digits.get());
        match Code::parse(text, digits) {
            Ok(code) => assert!(all_digits && kept.len() == length && code.digits() == digits),
            Err(NotACode::Empty) => assert!(kept.is_empty()),
            Err(NotACode::NotDigits) => assert!(!all_digits),
            Err(NotACode::Length { found, expected }) => {
                assert!(all_digits && found == kept.len() && found != length && expected == digits.get());
            }
        }
    }
}

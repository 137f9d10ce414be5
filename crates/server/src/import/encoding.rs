//! Secrets in text: base 32, base 64 and hexadecimal, as leniently as the systems that wrote them read them.

use data_encoding::{BASE64_NOPAD, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use super::Why;

/// Base 32 (RFC 4648) in either case, with or without padding, spaces and hyphens. Bits that fill no byte are dropped,
/// as authenticator apps drop them: the bytes are those that the app has.
pub(crate) fn base32(field: &'static str, text: &str) -> Result<Zeroizing<Vec<u8>>, Why> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut held, mut bits) = (0_u32, 0_u32);
    for letter in text.bytes().filter(|letter| !matches!(letter, b' ' | b'-' | b'=' | b'\r' | b'\n')) {
        let value = match letter {
            b'A'..=b'Z' => letter.wrapping_sub(b'A'),
            b'a'..=b'z' => letter.wrapping_sub(b'a'),
            b'2'..=b'7' => letter.wrapping_sub(b'2').wrapping_add(26),
            _ => return Err(Why::Unreadable(field, "base 32")),
        };
        held = (held << 5 | u32::from(value)) & 0xfff;
        bits = bits.wrapping_add(5);
        if bits >= 8 {
            bits = bits.wrapping_sub(8);
            bytes.push((held >> bits).to_be_bytes()[3]);
        }
    }
    Ok(bytes)
}

/// Hexadecimal digits in either case.
pub(crate) fn hex(field: &'static str, text: &str) -> Result<Zeroizing<Vec<u8>>, Why> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
    bytes.map(Zeroizing::new).map_err(|_| Why::Unreadable(field, "hexadecimal"))
}

/// Base 64 with either alphabet, with or without padding and line ends.
pub(crate) fn base64(field: &'static str, text: &str) -> Result<Zeroizing<Vec<u8>>, Why> {
    let letters = text.bytes().filter(|letter| !letter.is_ascii_whitespace() && *letter != b'=');
    let letters = letters.map(|letter| match letter {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    });
    let letters = Zeroizing::new(letters.collect::<Vec<u8>>());
    BASE64_NOPAD.decode(&letters).map(Zeroizing::new).map_err(|_| Why::Unreadable(field, "base 64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_in_every_spelling_that_people_and_programs_use() {
        for text in
            ["GEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq", "GEZD-GNBV-GY3T-QOJQ", "GEZDGNBVGY3TQOJQ======"]
        {
            assert_eq!(base32("secret", text).unwrap().as_slice(), b"1234567890", "{text}");
        }
        assert_eq!(hex("otpkey", "31323334AbaB").unwrap().as_slice(), b"1234\xab\xab");
        for text in ["MTIz/Pz8", "MTIz_Pz8", "MTIz\n/Pz8\n"] {
            assert_eq!(base64("secret", text).unwrap().as_slice(), b"123\xfc\xfc\xfc", "{text}");
        }
    }

    #[test]
    fn bits_that_fill_no_byte_are_dropped_as_the_app_drops_them() {
        assert_eq!(base32("secret", "GEZDGNBVGY3TQOJQA").unwrap().as_slice(), b"1234567890");
        assert_eq!(base32("secret", "").unwrap().as_slice(), b"");
    }

    #[test]
    fn what_is_in_another_encoding_is_said_by_field_and_never_by_value() {
        for (said, value) in [
            (base32("secret", "0189").unwrap_err(), "0189"),
            (hex("otpkey", "xyz").unwrap_err(), "xyz"),
            (base64("secret", "%%%").unwrap_err(), "%%%"),
        ] {
            assert!(matches!(said, Why::Unreadable(..)) && !said.to_string().contains(value), "{said}");
        }
    }
}

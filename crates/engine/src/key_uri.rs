//! The key URI that a QR code carries: `otpauth://totp/Issuer:account?secret=…&issuer=…`.
//!
//! Apps read it with parsers of all ages, so it keeps to the narrowest common form: RFC 3986 percent
//! encoding (a space is `%20`, never `+`), the issuer both as prefix and as parameter, no colon inside
//! either, the secret in upper case without padding.

use crate::totp::{Parameters, SharedSecret};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The most characters an issuer or an account keeps in the label: beyond that the QR code gets too dense to scan.
const LONGEST: usize = 64;

/// A name fit for a label: no colon (it separates issuer from account), no control or direction
/// characters, at most 64 characters; `fallback` if nothing is left.
pub fn label<'a>(name: &str, fallback: &'a str) -> std::borrow::Cow<'a, str> {
    let plain = |c: &char| *c != ':' && !c.is_control() && !is_formatting(*c);
    let kept: String = name.chars().filter(plain).take(LONGEST).collect();
    let kept = kept.trim();
    if kept.is_empty() { fallback.into() } else { kept.to_owned().into() }
}

/// Invisible characters that reorder or hide text (Unicode general category Cf, as far as it matters here).
pub fn is_formatting(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The key URI of `secret`. It holds the secret, so it is wiped like one and goes only into a QR code.
pub fn key_uri(
    issuer: &str,
    account: &str,
    secret: &SharedSecret,
    parameters: &Parameters,
) -> Zeroizing<String> {
    let issuer_label = label(issuer, "Countersign");
    let account_label = label(account, "account");
    let issuer = utf8_percent_encode(&issuer_label, RESERVED);
    let account = utf8_percent_encode(&account_label, RESERVED);
    Zeroizing::new(format!(
        "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm={}&digits={}&period={}",
        *secret.to_base32(),
        parameters.algorithm().word(),
        parameters.digits().get(),
        parameters.period(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret() -> SharedSecret {
        SharedSecret::from_bytes(Zeroizing::new(b"12345678901234567890".to_vec())).unwrap()
    }

    #[test]
    fn it_reads_as_the_authenticator_apps_want_it() {
        assert_eq!(
            *key_uri("Big Corp", "žofie+test@example.org", &secret(), &Parameters::default()),
            "otpauth://totp/Big%20Corp:%C5%BEofie%2Btest%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Big%20Corp&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn i7_hostile_names_cannot_leave_their_place() {
        let uri =
            key_uri("A:B", "x?secret=AAAA&issuer=evil\u{202e}\r\n:y", &secret(), &Parameters::default());
        assert_eq!(uri.matches("secret=").count(), 1);
        assert_eq!(uri.matches("issuer=").count(), 1);
        assert!(uri.starts_with("otpauth://totp/AB:x%3Fsecret%3DAAAA%26issuer%3Devily?"), "{}", *uri);
        assert!(
            key_uri("", "\u{202e}", &secret(), &Parameters::default())
                .starts_with("otpauth://totp/Countersign:account?")
        );
        assert_eq!(label(&"ř".repeat(10_000), "x").chars().count(), 64);
    }

    proptest! {
        #[test]
        fn it_is_always_ascii_with_one_query(issuer in ".*", account in ".*") {
            let uri = key_uri(&issuer, &account, &secret(), &Parameters::default());
            prop_assert!(uri.is_ascii());
            prop_assert_eq!(uri.matches('?').count(), 1);
            prop_assert_eq!(uri.matches(':').count(), 2);
            prop_assert!(!uri.contains(['+', ' ', '<', '"', '\'']));
        }
    }
}

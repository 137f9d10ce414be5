//! Tokens: what parses is 32 bytes in the one spelling that was handed out, and of one kind alone (E1, A24).

use countersign::token::{Device, Session, Token};
use data_encoding::BASE64URL_NOPAD;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(token) = Token::<Session>::parse(text) else { return };
    assert_eq!(token.reveal(), text);
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    assert!(bytes.len() == 32 && BASE64URL_NOPAD.encode(&bytes) == text, "{text} is a second spelling");
    let other_kind = Token::<Device>::parse(text).unwrap();
    assert_ne!(token.hash().as_bytes(), other_kind.hash().as_bytes());
}

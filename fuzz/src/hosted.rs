//! Hosted pages: where people are sent back to is the host that the address names, however it is read; a colour is written
//! one way and can be read in both themes, or is refused; a logo is an image of a kind that runs nothing.

use countersign::return_address::{ReturnAddress, way_back};
use countersign_server::{colour::Colour, logo};

pub(crate) fn run(data: &[u8]) {
    if let Ok(name) = logo::name_of(data) {
        assert!(data.starts_with(b"\x89PNG") || data.starts_with(b"RIFF"));
        assert!(logo::content_type(&name).is_some_and(|kind| ["image/png", "image/webp"].contains(&kind)));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    assert!(
        logo::content_type(text).is_none_or(|_| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'))
    );
    if let Ok(colour) = Colour::parse(text) {
        let digits = colour.digits();
        assert_eq!(Colour::parse(&digits), Ok(colour));
        assert_eq!(digits, text.trim_start_matches('#').to_ascii_lowercase());
        if let Ok(sheet) = colour.sheet() {
            let inside = |c: char| c.is_ascii_alphanumeric() || "-:#;{}() @\n".contains(c);
            assert!(
                sheet.chars().all(inside) && sheet.matches('{').count() == sheet.matches('}').count(),
                "{sheet}"
            );
        }
    }
    let Ok(address) = ReturnAddress::parse(text) else { return };
    assert_eq!(address.as_str(), text, "it is kept as it is");
    let (scheme, rest) = text.split_once("://").unwrap();
    let end = rest.find(['/', '?', '#', '\\']).unwrap();
    let authority = &rest[..end];
    assert!(rest[end..].starts_with('/') && !authority.contains(['@', '%']), "{text}");
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap(),
        None => authority.split(':').next().unwrap(),
    };
    let here = host == "localhost" || host.ends_with(".localhost");
    let here = here || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    assert!(scheme == "https" || here, "{text}");
    let back = way_back(text, "a.b-c_d", Some("#?&= \r\né"));
    assert!(back.starts_with(text) && back.bytes().all(|b| b.is_ascii_graphic()), "{back}");
    assert_eq!(back.matches("countersign_result=").count(), 1 + text.matches("countersign_result=").count());
    assert!(!back.contains('#'), "{back}");
}

//! Addresses of endpoints: one spelling, nothing in it that is never sent or that signs somebody in, and of a host that
//! is written as an address it is known which one that is (I11).

use countersign_server::webhooks::addresses::closed;
use countersign_server::webhooks::target::Target;
use std::net::IpAddr;

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(target) = Target::parse(text) else { return };
    let whole = target.as_str();
    assert_eq!(Target::parse(whole).as_ref(), Ok(&target), "{whole} is its own spelling");
    assert!(whole.is_ascii() && whole.len() <= 1000 && !whole.contains(['#', ' ', '\n', '\r']), "{whole}");
    let (scheme, rest) = whole.split_once("://").unwrap();
    assert_eq!(scheme, if target.is_protected() { "https" } else { "http" });
    let (authority, _) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    assert!(!authority.contains('@'), "{whole}");
    assert_eq!(target.to_string(), format!("{scheme}://{authority}"), "nothing else is shown");
    let bare = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
    });
    let bare = bare.trim_start_matches('[').trim_end_matches(']');
    // What a resolver would take for an address is judged as one, never asked for as a name.
    if let Ok(address) = bare.parse::<IpAddr>() {
        assert!(!matches!(target.host(), Some(url::Host::Domain(_)) | None), "{whole}");
        let own = address.to_canonical();
        assert!(
            !(own.is_loopback() || own.is_unspecified() || own.is_multicast()) || closed(address).is_some()
        );
    }
}

//! The public address: what is accepted is an origin as browsers write it, for forms are compared with it.

use countersign_server::config::PublicUrl;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(url) = PublicUrl::parse(text) else { return };
    let origin = url.origin();
    assert_eq!(PublicUrl::parse(origin).as_ref(), Ok(&url), "an origin is its own origin");
    let (scheme, rest) = origin.split_once("://").unwrap();
    assert_eq!(scheme, if url.is_https() { "https" } else { "http" });
    let (host, port) =
        match rest.rsplit_once(':').filter(|(host, _)| !host.starts_with('[') || host.ends_with(']')) {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        };
    assert!(
        port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port)),
        "{origin}"
    );
    assert_ne!(port, Some(if url.is_https() { "443" } else { "80" }));
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        // WHATWG URL, "IPv6 serializer": hexadecimal pieces alone.
        Some(v6) => assert!(v6.parse::<Ipv6Addr>().is_ok() && !v6.contains('.'), "{origin}"),
        // WHATWG URL, "ends in a number": browsers read such a host as an IPv4 address, or not at all.
        None => {
            let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap();
            let hex = last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
            let number = hex || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
            assert!(!number || host.parse::<Ipv4Addr>().is_ok_and(|v4| v4.to_string() == host), "{origin}");
            assert!(
                host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
            );
        }
    }
    assert!(
        url.is_https() || host == "localhost" || host.ends_with(".localhost") || is_loopback(host),
        "{origin}"
    );
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

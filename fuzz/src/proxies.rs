//! `X-Forwarded-For`: only a trusted proxy is believed, and a visitor cannot choose an address (A19).

use std::ffi::OsString;
use std::net::IpAddr;

use countersign_server::config::{Config, Network, Sources, TrustedProxies};

/// Lines: the trusted proxies as the setting has them, the peer, and the values of the header.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let (setting, peer) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    for entry in setting.split(',') {
        network(entry);
    }
    let (Some(trusted), Ok(peer)) = (proxies(setting), peer.parse::<IpAddr>()) else { return };
    let values: Vec<&str> = lines.collect();
    let visitor = trusted.visitor(peer, values.iter().copied());
    let peer = peer.to_canonical();
    assert!(trusted.contains(peer) || visitor == peer, "a stranger chose {visitor}");
    let named = values.iter().flat_map(|value| value.split(',')).any(|entry| {
        let bare =
            entry.trim().parse().or_else(|_| entry.trim().parse().map(|at: std::net::SocketAddr| at.ip()));
        bare.is_ok_and(|ip: IpAddr| ip.to_canonical() == visitor)
    });
    assert!(visitor == peer || named, "{visitor} comes from nowhere");
    // Whoever is no proxy may have written whatever stands in front of what the first proxy saw.
    if !trusted.contains(visitor) {
        for forged in ["203.0.113.66", "unknown", ",,"] {
            let with: Vec<&str> = [forged].into_iter().chain(values.iter().copied()).collect();
            assert_eq!(trusted.visitor(peer, with.into_iter()), visitor, "{forged} in front changes it");
        }
    }
}

fn network(text: &str) {
    let Some(network) = Network::parse(text) else { return };
    let own: IpAddr = text.split('/').next().unwrap().parse().unwrap();
    assert!(network.contains(own), "{text} does not hold its own address");
    assert!(network.contains(own.to_canonical()));
}

fn proxies(setting: &str) -> Option<TrustedProxies> {
    let named = (OsString::from("COUNTERSIGN_TRUSTED_PROXIES"), OsString::from(setting));
    let sources = Sources { file: None, environment: vec![named], flags: Vec::new() };
    Config::load(&sources).ok().map(|config| config.service.trusted_proxies)
}

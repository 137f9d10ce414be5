//! Proxies in front of the service, whose word about the visitor's address is believed.

use super::{Wrong, literal::quoted};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// All addresses as IPv6, IPv4 inside `::ffff:0:0/96`, so that one comparison does for both.
    bits: u128,
    /// Leading bits that count, of 128.
    prefix: u32,
}

/// The proxies that are believed; usually none or one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl Network {
    /// Reads `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`. `None` when it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then(|| Self { bits: as_bits(address), prefix: prefix + 128 - width })
    }

    /// Whether `address` lies in this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differ = self.bits ^ as_bits(address);
        differ.checked_shr(128 - self.prefix).unwrap_or(0) == 0
    }

    /// All of IPv4 or all of IPv6: then every visitor could write the header.
    pub(super) fn is_everybody(&self) -> bool {
        let all_of_v4 = [Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST];
        self.prefix == 0 || all_of_v4.into_iter().all(|end| self.contains(end.into()))
    }
}

fn as_bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl TrustedProxies {
    pub(super) fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether nobody is believed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `address` is one of the proxies.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The visitor's address: the last one that no trusted proxy vouches beyond.
    ///
    /// `peer` is who opened the connection; `forwarded` are the values of `X-Forwarded-For` in the order in
    /// which they stand. From anybody but a trusted proxy they change nothing (A19). For logs and the list of
    /// sessions; no guess budget looks at it.
    pub fn visitor<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut visitor = peer.to_canonical();
        // From the right: each proxy appends whom it saw, so only the tail was written by those we trust.
        for entry in forwarded.rev().flat_map(|value| value.rsplit(',')) {
            let entry = entry.trim();
            let address = entry.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|at| at.ip()));
            match address {
                Ok(address) if self.contains(visitor) => visitor = address.to_canonical(),
                _ => break,
            }
        }
        visitor
    }
}

/// Reads one entry of the setting.
pub(super) fn parse(text: &str) -> Result<Network, Wrong> {
    const ADVICE: &str =
        "Give the addresses your proxy connects from, such as \"127.0.0.1\" or \"10.0.0.0/8\"";
    let network = Network::parse(text)
        .ok_or_else(|| Wrong::new(format!("{} is no address and no network", quoted(text)), ADVICE))?;
    if network.is_everybody() {
        return Err(Wrong::new(
            format!("{} is everybody, so anybody could forge an address", quoted(text)),
            ADVICE,
        ));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn visitor(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let trusted = TrustedProxies::new(trusted.iter().map(|text| parse(text).unwrap()).collect());
        trusted.visitor(ip(peer), forwarded.iter().copied()).to_string()
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let cases = [
            ("10.0.0.0/8", "10.255.255.255", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.1.2.3/8", "10.9.9.9", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::1", "::1", true),
            ("::1", "127.0.0.1", false),
            ("128.0.0.0/1", "255.0.0.1", true),
            ("128.0.0.0/1", "127.0.0.1", false),
        ];
        for (network, address, inside) in cases {
            assert_eq!(
                Network::parse(network).unwrap().contains(ip(address)),
                inside,
                "{address} in {network}"
            );
        }
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0",
            "proxy.example",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn everybody_is_no_proxy() {
        for text in ["0.0.0.0/0", "::/0", "::ffff:0:0/96", "::/64"] {
            assert!(parse(text).unwrap_err().what.contains("everybody"), "{text}");
        }
    }

    #[test]
    fn a19_a_stranger_cannot_choose_an_address() {
        assert_eq!(visitor(&[], "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(visitor(&["10.0.0.0/8"], "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        // The visitor wrote the first entry; the proxy appended what it saw.
        assert_eq!(visitor(&["10.0.0.1"], "10.0.0.1", &["6.6.6.6, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(visitor(&["10.0.0.1"], "10.0.0.1", &["6.6.6.6", "203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_followed_to_its_end() {
        let trusted = ["10.0.0.0/8", "::1"];
        assert_eq!(visitor(&trusted, "::1", &["203.0.113.9, 10.1.1.1,10.2.2.2"]), "203.0.113.9");
        assert_eq!(visitor(&trusted, "::ffff:10.0.0.1", &["[2001:db8::7]:5050"]), "2001:db8::7");
        assert_eq!(visitor(&trusted, "10.0.0.1", &["203.0.113.9:1234"]), "203.0.113.9");
        assert_eq!(visitor(&trusted, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(visitor(&trusted, "10.0.0.1", &["6.6.6.6, unknown"]), "10.0.0.1");
        assert_eq!(visitor(&trusted, "10.0.0.1", &["10.0.0.2"]), "10.0.0.2");
    }
}

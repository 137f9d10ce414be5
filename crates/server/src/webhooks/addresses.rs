//! Addresses that messages do not go to unless the operator allows it: this machine, the networks around it, and
//! whatever else is no public address (the special-purpose registries of IANA, RFC 6890). Anything that leads to an
//! address of the one family by an address of the other is closed as well, since what it leads to is decided elsewhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is closed of IPv4: the network, how many of its leading bits count, and what it is.
const CLOSED_V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "an address of this host"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([100, 64, 0, 0], 10, "an address behind a carrier's NAT"),
    ([127, 0, 0, 0], 8, "an address of this machine"),
    ([169, 254, 0, 0], 16, "a link-local address"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 0, 0, 0], 24, "a reserved address"),
    ([192, 0, 2, 0], 24, "an address for documentation"),
    ([192, 88, 99, 0], 24, "a 6to4 relay"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([198, 18, 0, 0], 15, "an address for benchmarks"),
    ([198, 51, 100, 0], 24, "an address for documentation"),
    ([203, 0, 113, 0], 24, "an address for documentation"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
];

/// What is closed of the IPv6 addresses that are given out, 2000::/3. Whatever is outside is closed in any case.
const CLOSED_V6: &[([u16; 3], u32, &str)] = &[
    ([0x2001, 0, 0], 23, "a reserved address"),
    ([0x2001, 0xdb8, 0], 32, "an address for documentation"),
    ([0x2002, 0, 0], 16, "a 6to4 address"),
    ([0x3fff, 0, 0], 20, "an address for documentation"),
];

/// The same of what is outside, for the sake of its name.
const NAMED_V6: &[([u16; 3], u32, &str)] = &[
    ([0x64, 0xff9b, 0], 32, "a NAT64 address"),
    ([0xfc00, 0, 0], 7, "a private address"),
    ([0xfe80, 0, 0], 10, "a link-local address"),
    ([0xff00, 0, 0], 8, "a multicast address"),
];

/// What an address is that no message goes to; nothing for a public one.
pub fn closed(address: IpAddr) -> Option<&'static str> {
    // An IPv4 address written as IPv6 is that IPv4 address (RFC 4291 §2.5.5.2).
    match address.to_canonical() {
        IpAddr::V4(address) => closed_v4(address),
        IpAddr::V6(address) => closed_v6(address),
    }
}

fn closed_v4(address: Ipv4Addr) -> Option<&'static str> {
    let within = |network: [u8; 4], prefix: u32| {
        let differ = Ipv4Addr::from(network).to_bits() ^ address.to_bits();
        differ.leading_zeros() >= prefix
    };
    CLOSED_V4.iter().find(|(network, prefix, _)| within(*network, *prefix)).map(|(.., what)| *what)
}

fn closed_v6(address: Ipv6Addr) -> Option<&'static str> {
    let within = |network: [u16; 3], prefix: u32| {
        let [a, b, c] = network;
        let differ = Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_bits() ^ address.to_bits();
        differ.leading_zeros() >= prefix
    };
    let found = |table: &[([u16; 3], u32, &'static str)]| {
        table.iter().find(|(network, prefix, _)| within(*network, *prefix)).map(|(.., what)| *what)
    };
    if within([0x2000, 0, 0], 3) {
        return found(CLOSED_V6);
    }
    let own = address.is_loopback() || address.is_unspecified();
    Some(found(NAMED_V6).unwrap_or(if own { "an address of this machine" } else { "no public address" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Option<&'static str> {
        closed(text.parse().unwrap())
    }

    #[test]
    fn i11_no_address_of_our_own_is_open_in_any_form() {
        let shut = [
            // This machine and this host.
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "::1",
            "::",
            // Networks of one's own.
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "fc00::",
            "fdff:ffff::1",
            // The metadata services of clouds, and other neighbours.
            "169.254.169.254",
            "169.254.0.0",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "192.0.0.192",
            "100.100.100.200",
            // Nobody's, everybody's, and for books.
            "192.0.2.1",
            "198.51.100.255",
            "203.0.113.0",
            "2001:db8::1",
            "3fff:fff::1",
            "198.18.0.1",
            "198.19.255.255",
            "192.88.99.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "ff02::1",
            "ff0e::1",
            // One family by way of the other.
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "::10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::5db8:d822",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:20::1",
            "2001:2::1",
            // Given out to nobody.
            "fec0::1",
            "4000::1",
            "100::1",
            "5f00::1",
            "::2",
        ];
        for address in shut {
            assert!(what(address).is_some(), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_open_up_to_the_very_edge_of_those_that_are_not() {
        let open = [
            "93.184.216.34",
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:93.184.216.34",
            "2606:2800:220:1:248:1893:25c8:1946",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2003::1",
            "2a00::1",
            "3ffe::1",
            "3fff:1000::1",
        ];
        for address in open {
            assert_eq!(what(address), None, "{address}");
        }
    }
}

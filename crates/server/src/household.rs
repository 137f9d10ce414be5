//! A household: by whom a fair share is measured.
//!
//! One IPv4 address, or one /64 network of IPv6, which is the least that a provider gives to a customer: whoever has one
//! has all its 2^64 addresses. The address is the one behind trusted proxies, which nobody can forge.

use std::net::{IpAddr, Ipv6Addr};

/// Whoever shares an address with somebody. The default is for whatever has none, such as the service itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Household(Option<IpAddr>);

impl Household {
    /// The household that this address belongs to.
    pub fn of(address: IpAddr) -> Self {
        Self(Some(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Household {
        Household::of(text.parse().unwrap())
    }

    #[test]
    fn an_address_of_ipv4_is_a_household_and_a_network_of_ipv6_is_one() {
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
        assert_eq!(
            of("192.0.2.7"),
            of("::ffff:192.0.2.7"),
            "the same address, as a listener on [::] sees it"
        );
        assert_eq!(of("2001:db8:1:2::7"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::7"), of("2001:db8:1:3::7"));
        assert_ne!(of("::"), Household::default());
    }
}

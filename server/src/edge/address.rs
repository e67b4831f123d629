//! The address that a client is counted by.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, or the first half of an IPv6 address: a home or a phone has at least that /64 to itself and
/// changes the rest as it likes (RFC 6177, RFC 8981).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientAddress(IpAddr);

/// What of an IPv6 address counts.
const SUBNET: u128 = !0 << 64;

impl ClientAddress {
    /// What `address` is counted as; nothing if it is the machine's own: whoever comes from there may be a proxy
    /// with everybody behind it, and has other ways to do harm.
    pub(crate) fn of(address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        if address.is_loopback() {
            return None;
        }
        Some(Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(whole) => IpAddr::V6(Ipv6Addr::from_bits(whole.to_bits() & SUBNET)),
        }))
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{address}"),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(address: &str) -> Option<String> {
        ClientAddress::of(address.parse().unwrap()).map(|address| address.to_string())
    }

    #[test]
    fn addresses_of_one_household_are_one() {
        assert_eq!(counted("203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(counted("::ffff:203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(counted("2001:db8:1:2:aaaa::1").as_deref(), Some("2001:db8:1:2::/64"));
        assert_eq!(counted("2001:db8:1:2::"), counted("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
    }

    #[test]
    fn the_machines_own_say_nothing() {
        for own in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(counted(own), None, "{own}");
        }
    }
}

//! Whom to believe when they say for whom they speak.
//!
//! Anybody can send `X-Forwarded-For`; from a proxy that the operator named it is worth something, and there only
//! what that proxy added itself: the entries from the right.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies that an operator named.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies(Vec<Network>);

/// An address, or all that begin alike (CIDR, RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl TrustedProxies {
    pub(crate) fn new(named: Vec<Network>) -> Self {
        Self(named)
    }

    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }

    /// Who is behind `peer`: the rightmost in `X-Forwarded-For` that is no proxy itself. `peer`, if it is none of
    /// these proxies, or names nobody, or what it says is no list of addresses.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.has(peer) {
            return peer;
        }
        // Several lines are one list (RFC 9110 section 5.3).
        let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
        for line in lines {
            // Each entry by itself: bytes that are no text on the left are the client's and spoil nothing.
            for entry in line.as_bytes().rsplit(|byte| *byte == b',') {
                let entry = std::str::from_utf8(entry).ok();
                match entry.and_then(|entry| parse_entry(entry.trim())) {
                    Some(address) if self.has(address) => {}
                    Some(address) => return address,
                    None => return peer,
                }
            }
        }
        peer
    }
}

/// An entry is an address; some proxies add the port.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse().ok();
    let with_port = || entry.parse().ok().map(|address: std::net::SocketAddr| address.ip());
    address.or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

impl Network {
    /// Reads `ADDRESS` or `ADDRESS/BITS`.
    ///
    /// # Errors
    /// The rule, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "a proxy is an address or a network, such as 10.0.0.1 or 10.0.0.0/8";
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| form)?;
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|prefix| *prefix <= bits).ok_or(form)?,
            None => bits,
        };
        Ok(Self { address, prefix })
    }

    fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differs = own.to_bits() ^ other.to_bits();
                differs.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differs = own.to_bits() ^ other.to_bits();
                differs.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client<T: AsRef<[u8]>>(trusted: &[&str], peer: &str, lines: &[T]) -> String {
        let named = trusted.iter().map(|text| Network::parse(text).unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_ref()).unwrap());
        }
        TrustedProxies::new(named).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_named_proxy_is_believed() {
        let says = ["203.0.113.7"];
        assert_eq!(client(&[], "10.0.0.1", &says), "10.0.0.1");
        assert_eq!(client(&["10.0.0.2"], "10.0.0.1", &says), "10.0.0.1");
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &says), "203.0.113.7");
        assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.9.9.9", &says), "203.0.113.7");
        assert_eq!(client(&["::1"], "::1", &["2001:db8::5"]), "2001:db8::5");
    }

    #[test]
    fn what_the_client_made_up_itself_stands_on_the_left_and_is_not_read() {
        let trusted = ["127.0.0.1", "10.0.0.0/8"];
        let client = |lines: &[&str]| client(&trusted, "127.0.0.1", lines);
        assert_eq!(client(&["1.1.1.1, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(client(&["1.1.1.1, 203.0.113.7, 10.1.2.3"]), "203.0.113.7");
        assert_eq!(client(&["1.1.1.1", "203.0.113.7,10.1.2.3"]), "203.0.113.7");
        assert_eq!(client(&["nonsense, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(client(&["127.0.0.1, 203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(client(&["[2001:db8::5]:4711, 10.1.2.3"]), "2001:db8::5");
        assert_eq!(client(&["[2001:db8::5]"]), "2001:db8::5");
        let bytes = super::tests::client(&trusted, "127.0.0.1", &[b"\xff, 203.0.113.7"]);
        assert_eq!(bytes, "203.0.113.7", "no text at all");
    }

    #[test]
    fn without_an_answer_the_peer_counts() {
        let client = |lines: &[&str]| client(&["127.0.0.1"], "127.0.0.1", lines);
        for lines in
            [&[][..], &[""], &["unknown"], &["203.0.113.7, "], &["203.0.113.7, x", "127.0.0.1"]]
        {
            assert_eq!(client(lines), "127.0.0.1", "{lines:?}");
        }
    }

    #[test]
    fn a_network_is_an_address_and_its_leading_bits() {
        let has = |network: &str, address: &str| {
            Network::parse(network).unwrap().has(address.parse().unwrap())
        };
        assert!(has("10.1.2.3/8", "10.9.9.9") && !has("10.0.0.0/8", "11.0.0.0"));
        assert!(has("0.0.0.0/0", "203.0.113.7") && !has("0.0.0.0/0", "2001:db8::1"));
        assert!(has("2001:db8::/32", "2001:db8:1::1") && !has("2001:db8::/32", "2001:db9::1"));
        assert!(has("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(has("192.0.2.1", "192.0.2.1") && !has("192.0.2.1", "192.0.2.2"));
        for text in [
            "",
            "proxy.example",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.1:80",
        ] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }
}

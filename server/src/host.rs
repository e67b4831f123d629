//! Under which hosts the relay answers.
//!
//! A page of somebody else's can have its own name resolve to this relay's address once it is loaded (DNS
//! rebinding). To the browser the relay is then that page's own server, so `Origin` says nothing; but `Host`
//! still has the page's name. A proof of a name is for one host, too: a relay that answered to any would take what
//! was signed for another one.

use std::fmt;
use std::net::IpAddr;

use axum::http::Uri;
use axum::http::header::{HOST, HeaderMap};

use crate::shown::shown;

/// The rule of one relay.
#[derive(Debug)]
pub struct HostRule {
    named: Vec<String>,
}

/// A request to a host that is not this relay; `Display` says what would make it so.
#[derive(Debug)]
pub struct WrongHost(String);

impl HostRule {
    /// Answers to the hosts in `named`, and to the address that a request came to.
    pub fn new(named: Vec<String>) -> Self {
        Self { named }
    }

    /// Decides about a request that came to the relay at this address of its own.
    ///
    /// # Errors
    /// [`WrongHost`].
    pub fn check(&self, headers: &HeaderMap, came_to: IpAddr) -> Result<(), WrongHost> {
        let authority = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let is_ours = bare(authority)
            .is_some_and(|host| self.named.contains(&host) || is_address(&host, came_to));
        if is_ours { Ok(()) } else { Err(WrongHost(shown(authority))) }
    }

    /// Whether an operator has named any.
    pub(crate) fn has_names(&self) -> bool {
        !self.named.is_empty()
    }
}

/// Whether a host is this address of the relay's machine, or, for one that only the machine itself can reach, any of
/// its names for itself.
fn is_address(host: &str, own: IpAddr) -> bool {
    let own = own.to_canonical();
    let ip = host.parse::<IpAddr>().map(|ip| ip.to_canonical());
    // Where the relay listens on all addresses, it says so in its log, and such an address is the machine itself.
    let is_itself = is_loopback(host) || ip.as_ref().is_ok_and(IpAddr::is_unspecified);
    ip == Ok(own) || (own.is_loopback() && is_itself)
}

/// Whether an authority (`HOST` or `HOST:PORT`) is one of a machine's names for itself.
pub fn is_loopback_authority(authority: &str) -> bool {
    bare(authority).is_some_and(|host| is_loopback(&host))
}

/// Reads a host for `--host`: a name or an address, without a port.
///
/// # Errors
/// The rule, in words.
pub fn parse(text: &str) -> Result<String, String> {
    let form = "a host is a name or an address without a port, such as chat.example";
    let host = bare(text).ok_or(form)?;
    let is_whole = host == text.to_ascii_lowercase().trim_matches(['[', ']']);
    if is_whole { Ok(host) } else { Err(form.into()) }
}

/// The host of an authority, in lower case, an IPv6 address without its brackets.
fn bare(authority: &str) -> Option<String> {
    // A bare IPv6 address is no authority, and is what `--host ::1` says.
    if authority.parse::<IpAddr>().is_ok() {
        return Some(authority.to_ascii_lowercase());
    }
    let uri: Uri = authority.parse().ok()?;
    let host = uri.authority()?.host();
    (!authority.contains(['@', '/'])).then(|| host.trim_matches(['[', ']']).to_ascii_lowercase())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for WrongHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(host) = self;
        write!(f, "this relay is not {host:?}: if it is, start it with --host {host}")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const HERE: &str = "127.0.0.1";
    const NETWORK: &str = "192.168.1.5";

    fn answers(named: &[&str], came_to: &str, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        let named = named.iter().map(|host| parse(host).unwrap()).collect();
        HostRule::new(named).check(&headers, came_to.parse().unwrap()).is_ok()
    }

    #[test]
    fn from_its_own_machine_a_relay_has_that_machines_names() {
        for host in [
            "localhost",
            "LOCALHOST:9000",
            "127.0.0.1:9000",
            "127.9.9.9",
            "[::1]:80",
            "a.localhost",
            "0.0.0.0:9000",
        ] {
            for here in [HERE, "::1", "::ffff:127.0.0.1"] {
                assert!(answers(&[], here, host), "{host}");
            }
            assert!(!answers(&[], NETWORK, host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:9000",
            "localhost.evil",
            NETWORK,
            "",
            "x@localhost",
            "a b",
        ] {
            assert!(!answers(&[], HERE, host), "{host}");
        }
        // Behind a proxy on the same machine.
        assert!(answers(&["Chat.example"], HERE, "chat.example:443"));
        assert!(answers(&["chat.example"], HERE, "localhost:9000"));
    }

    #[test]
    fn from_the_network_it_has_its_address_and_the_names_that_its_operator_gave() {
        assert!(answers(&[], NETWORK, "192.168.1.5:9000"));
        assert!(answers(&[], "::ffff:192.168.1.5", "192.168.1.5:9000"));
        assert!(answers(&[], "2001:db8::1", "[2001:db8::1]:9000"));
        assert!(answers(&["chat.example"], NETWORK, "chat.example:9000"));
        assert!(answers(&["203.0.113.7"], NETWORK, "203.0.113.7"), "behind a translated address");
        // Somebody else's relay, to whom a person proves their name: it would pass the proof on.
        for host in ["evil.example", "203.0.113.66", "chat.example.evil", "[2001:db8::1]"] {
            assert!(!answers(&[], NETWORK, host), "{host}");
            assert!(!answers(&["chat.example"], NETWORK, host), "{host}");
        }
        assert!(!answers(&[], NETWORK, "chat.example"), "nobody named it");
    }

    #[test]
    fn no_host_is_no_host() {
        assert!(HostRule::new(Vec::new()).check(&HeaderMap::new(), HERE.parse().unwrap()).is_err());
    }

    #[test]
    fn a_host_for_the_flag_has_no_port_and_no_path() {
        assert_eq!(parse("Chat.Example").as_deref(), Ok("chat.example"));
        assert_eq!(parse("[::1]").as_deref(), Ok("::1"));
        for text in ["chat.example:443", "https://chat.example", "a/b", "", "a b", "x@y"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

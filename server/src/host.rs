//! Under which hosts the relay answers.
//!
//! A page of somebody else's can have its own name resolve to this relay's address once it is loaded (DNS
//! rebinding). To the browser the relay is then that page's own server, so `Origin` says nothing; but `Host`
//! still has the page's name.

use std::fmt;
use std::net::IpAddr;

use axum::http::Uri;
use axum::http::header::{HOST, HeaderMap};

/// The rule of one relay.
#[derive(Debug)]
pub struct HostRule {
    named: Vec<String>,
    is_loopback: bool,
}

/// A request to a host that is not this relay; `Display` says what would make it so.
#[derive(Debug)]
pub struct WrongHost(String);

impl HostRule {
    /// Answers to the hosts in `named`. Beside them a relay that only its own machine can reach
    /// (`is_loopback`) answers to that machine's names for itself; any other one to addresses, which nobody
    /// can rebind, and if none is named to every name, since it can't know its own.
    pub fn new(named: Vec<String>, is_loopback: bool) -> Self {
        Self { named, is_loopback }
    }

    /// Decides about a request.
    ///
    /// # Errors
    /// [`WrongHost`].
    pub fn check(&self, headers: &HeaderMap) -> Result<(), WrongHost> {
        let authority = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let host = bare(authority);
        let is_ours = match &host {
            Some(host) if self.named.contains(host) => true,
            Some(host) if self.is_loopback => is_loopback(host),
            Some(host) => self.named.is_empty() || host.parse::<IpAddr>().is_ok(),
            None => false,
        };
        if is_ours { Ok(()) } else { Err(WrongHost(authority.to_owned())) }
    }
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

    fn answers(named: &[&str], is_loopback: bool, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        let named = named.iter().map(|host| parse(host).unwrap()).collect();
        HostRule::new(named, is_loopback).check(&headers).is_ok()
    }

    #[test]
    fn a_relay_of_its_own_machine_has_that_machines_names() {
        for host in [
            "localhost",
            "LOCALHOST:9000",
            "127.0.0.1:9000",
            "127.9.9.9",
            "[::1]:80",
            "a.localhost",
        ] {
            assert!(answers(&[], true, host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:9000",
            "localhost.evil",
            "192.168.1.5",
            "",
            "x@localhost",
            "a b",
        ] {
            assert!(!answers(&[], true, host), "{host}");
        }
        // Behind a proxy on the same machine.
        assert!(answers(&["Chat.example"], true, "chat.example:443"));
        assert!(answers(&["chat.example"], true, "localhost:9000"));
    }

    #[test]
    fn a_relay_of_the_network_knows_its_name_only_from_its_operator() {
        assert!(answers(&[], false, "chat.example"));
        assert!(answers(&["chat.example"], false, "chat.example:9000"));
        assert!(answers(&["chat.example"], false, "192.168.1.5:9000"));
        assert!(answers(&["chat.example"], false, "[2001:db8::1]:9000"));
        assert!(!answers(&["chat.example"], false, "evil.example"));
        assert!(!answers(&["chat.example"], false, "chat.example.evil"));
    }

    #[test]
    fn no_host_is_no_host() {
        assert!(HostRule::new(Vec::new(), false).check(&HeaderMap::new()).is_err());
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

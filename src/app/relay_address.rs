//! Where the relay is: what the person typed, else what whoever deployed the page wrote into
//! `index.html`, else where the page itself came from.

use std::fmt;

/// The address of a relay: `ws://` or `wss://`, a host, perhaps a port and a path, without a `/` at the
/// end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayAddress(String);

/// Why a text is no relay's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAddress;

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a relay's address looks like wss://chat.example.org or localhost:9000")
    }
}

impl RelayAddress {
    /// Takes what a person would type: `http` means `ws`; without a scheme it is `ws` for this machine
    /// and `wss` for any other.
    ///
    /// # Errors
    /// [`InvalidAddress`], which says what an address looks like.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some(("ws" | "http", rest)) => ("ws", rest),
            Some(("wss" | "https", rest)) => ("wss", rest),
            Some(_) => return Err(InvalidAddress),
            None if is_this_machine(text) => ("ws", text),
            None => ("wss", text),
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let authority = rest.split('/').next().unwrap_or_default();
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@\\\"<>".contains(c);
        let host_ends_well = authority
            .rsplit_once(':')
            .is_none_or(|(_, port)| port.ends_with(']') || port.parse::<u16>().is_ok());
        if authority.is_empty()
            || authority.starts_with(':')
            || !host_ends_well
            || !rest.chars().all(plain)
        {
            return Err(InvalidAddress);
        }
        Ok(Self(format!("{scheme}://{rest}")))
    }

    /// The relay beside a page: `base_url` is the page's address, whose last path segment doesn't
    /// count. `None` for a page that no server sent.
    pub fn beside(base_url: &str) -> Option<Self> {
        if !base_url.starts_with("http") {
            return None;
        }
        let page = base_url.split(['?', '#']).next().unwrap_or_default();
        let after_scheme = page.find("://")? + 3;
        let folder = match page.rfind('/') {
            Some(slash) if slash >= after_scheme => &page[..slash],
            _ => page,
        };
        Self::parse(folder).ok()
    }

    /// The first usable one of what was typed, what was configured and the page's own address.
    pub fn resolve(typed: Option<&str>, configured: Option<&str>, base_url: &str) -> Option<Self> {
        let parse = |text: &str| Self::parse(text).ok();
        typed
            .and_then(parse)
            .or_else(|| configured.and_then(parse))
            .or_else(|| Self::beside(base_url))
    }

    /// The same address for requests over HTTP: `http://` or `https://`.
    pub fn http_url(&self) -> String {
        self.0.replacen("ws", "http", 1)
    }

    /// The WebSocket endpoint of v1.
    pub fn websocket_url(&self) -> String {
        format!("{}/v1/ws", self.0)
    }
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_this_machine(address: &str) -> bool {
    ["localhost", "127.", "[::1]"].iter().any(|host| address.starts_with(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> String {
        RelayAddress::parse(text).unwrap().to_string()
    }

    #[test]
    fn people_may_type_it_in_many_ways() {
        assert_eq!(parsed("wss://chat.example.org/"), "wss://chat.example.org");
        assert_eq!(parsed(" https://example.org/chat/ "), "wss://example.org/chat");
        assert_eq!(parsed("http://10.0.0.2:9000"), "ws://10.0.0.2:9000");
        let address = RelayAddress::parse("wss://wss.example.org/chat").unwrap();
        assert_eq!(address.http_url(), "https://wss.example.org/chat");
        assert_eq!(parsed("localhost:9000"), "ws://localhost:9000");
        assert_eq!(parsed("[::1]:9000"), "ws://[::1]:9000");
        assert_eq!(parsed("chat.example.org"), "wss://chat.example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "  ", "ftp://x", "ws://", "ws://:9000", "a b", "ws://h:99999", "ws://h:x", "u@h"]
        {
            assert_eq!(RelayAddress::parse(text), Err(InvalidAddress), "{text}");
        }
    }

    #[test]
    fn the_relay_is_beside_the_page() {
        let beside = |base: &str| RelayAddress::beside(base).map(|a| a.websocket_url());
        assert_eq!(beside("http://127.0.0.1:9000/").unwrap(), "ws://127.0.0.1:9000/v1/ws");
        assert_eq!(beside("https://e.org/chat/index.html#/x").unwrap(), "wss://e.org/chat/v1/ws");
        assert_eq!(beside("https://e.org").unwrap(), "wss://e.org/v1/ws");
        assert_eq!(beside("file:///tmp/index.html"), None);
    }

    #[test]
    fn typed_comes_before_configured_and_that_before_the_pages_own() {
        let resolve = |typed, configured| {
            RelayAddress::resolve(typed, configured, "http://page.example/").unwrap().to_string()
        };
        assert_eq!(resolve(Some("wss://typed"), Some("wss://set")), "wss://typed");
        assert_eq!(resolve(Some("not one"), Some("wss://set")), "wss://set");
        assert_eq!(resolve(None, None), "ws://page.example");
    }
}

//! Which pages may open a WebSocket here.
//!
//! A browser lets any page connect anywhere and says in `Origin` which page it was: without this
//! check, every page that a person visits could speak to a relay on that person's own machine.

use std::fmt;
use std::net::IpAddr;

use axum::http::Uri;
use axum::http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};

use crate::shown::shown;

/// The rule of one relay.
#[derive(Debug)]
pub struct OriginRule {
    allowed: Vec<AllowedOrigin>,
    is_private: bool,
}

/// An origin that a flag named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// A scheme, host and port.
    Site(Site),
    /// `null`: a page without an origin of its own, such as one opened as a file.
    Null,
}

/// A scheme, host and port in their canonical form: lower case, the scheme's own port left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// A page that may not connect; `Display` says what would let it.
#[derive(Debug)]
pub struct Forbidden {
    /// What the browser gave, as it is shown.
    origin: String,
}

impl OriginRule {
    /// Lets in what is in `allowed`, the relay's own page, and, where the relay is for its own machine alone
    /// (`is_private`), every page that this machine serves.
    pub fn new(allowed: Vec<AllowedOrigin>, is_private: bool) -> Self {
        Self { allowed, is_private }
    }

    /// Decides about a request.
    ///
    /// # Errors
    /// [`Forbidden`] for a page that is not let in.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Forbidden> {
        // Browsers always say who they come from: this is a program, which could say what it likes.
        let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
        let forbidden = || Forbidden { origin: shown(&String::from_utf8_lossy(origin.as_bytes())) };
        let origin = origin
            .to_str()
            .ok()
            .and_then(|text| AllowedOrigin::parse(text).ok())
            .ok_or_else(forbidden)?;
        let named = self.allowed.contains(&origin);
        let ours = matches!(&origin, AllowedOrigin::Site(site)
            if site.is_host(headers.get(HOST)) || (self.is_private && site.is_loopback()));
        if named || ours { Ok(()) } else { Err(forbidden()) }
    }
}

impl AllowedOrigin {
    /// Reads `SCHEME://HOST[:PORT]` or `null`.
    ///
    /// # Errors
    /// The rule that the text breaks, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "null" {
            return Ok(Self::Null);
        }
        let form = "an origin is SCHEME://HOST or SCHEME://HOST:PORT, such as https://chat.example";
        let (scheme, authority) = text.split_once("://").ok_or(form)?;
        if authority.contains(['/', '?', '#', '@']) {
            return Err(format!("{form}, without a path"));
        }
        let uri: Uri = text.parse().map_err(|_| form)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(form)?;
        // `https://a:` and `https://a:99999` have a host and no port: the rest has to be a number.
        let port = match authority.get(host.len()..) {
            None | Some("") => None,
            Some(rest) => {
                let digits = rest.strip_prefix(':').ok_or(form)?;
                Some(digits.parse::<u16>().map_err(|_| form)?)
            }
        };
        let scheme = scheme.to_ascii_lowercase();
        let port = port.filter(|port| Some(*port) != default_port(&scheme));
        Ok(Self::Site(Site { host: host.to_ascii_lowercase(), scheme, port }))
    }
}

impl Site {
    /// Whether `host` is this site. The scheme is not compared: before a TLS proxy it is another one.
    fn is_host(&self, host: Option<&HeaderValue>) -> bool {
        let Some(host) = host.and_then(|host| host.to_str().ok()) else { return false };
        let own = format!("{}://{host}", self.scheme);
        AllowedOrigin::parse(&own).is_ok_and(|own| own == AllowedOrigin::Site(self.clone()))
    }

    fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = &self.origin;
        write!(f, "pages of {origin} may not connect: start the relay with --allow-origin {origin}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(rule: &OriginRule, origin: &'static str, host: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static(origin));
        headers.insert(HOST, HeaderValue::from_static(host));
        rule.check(&headers).is_ok()
    }

    fn rule(named: &[&str], loopback: bool) -> OriginRule {
        let named = named.iter().map(|text| AllowedOrigin::parse(text).unwrap()).collect();
        OriginRule::new(named, loopback)
    }

    #[test]
    fn what_is_no_browser_may_connect() {
        assert!(rule(&[], false).check(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn the_relays_own_page_may_connect() {
        let rule = rule(&[], false);
        assert!(allowed(&rule, "http://chat.example:9000", "chat.example:9000"));
        assert!(allowed(&rule, "https://chat.example", "Chat.example"));
        assert!(allowed(&rule, "https://chat.example", "chat.example:443"));
        assert!(!allowed(&rule, "http://chat.example:9000", "chat.example:9001"));
        assert!(!allowed(&rule, "http://evil.example", "chat.example"));
        assert!(!allowed(&rule, "null", "null"));
    }

    #[test]
    fn named_pages_may_connect() {
        let rule = rule(&["https://Chat.example:443", "null", "tauri://localhost"], false);
        assert!(allowed(&rule, "https://chat.example", "relay.example"));
        assert!(allowed(&rule, "null", "relay.example"));
        assert!(allowed(&rule, "tauri://localhost", "relay.example"));
        assert!(!allowed(&rule, "http://chat.example", "relay.example"));
        assert!(!allowed(&rule, "https://chat.example.evil", "relay.example"));
        assert!(!allowed(&rule, "https://chat.example:444", "relay.example"));
    }

    #[test]
    fn pages_of_this_machine_may_connect_to_a_relay_that_only_it_can_reach() {
        for origin in [
            "http://localhost:8080",
            "http://LOCALHOST",
            "http://app.localhost:3000",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:8080",
        ] {
            assert!(allowed(&rule(&[], true), origin, "127.0.0.1:9000"), "{origin}");
            assert!(!allowed(&rule(&[], false), origin, "0.0.0.0:9000"), "{origin}");
        }
        for origin in ["http://localhost.evil", "http://127.0.0.1.evil", "http://evillocalhost"] {
            assert!(!allowed(&rule(&[], true), origin, "127.0.0.1:9000"), "{origin}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused_in_words() {
        for text in [
            "chat.example",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "https://user@a.example",
            "https://a.example:",
            "https://a.example:99999",
            "https://a b",
            "*",
            "",
        ] {
            assert!(AllowedOrigin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_refusal_names_the_flag_that_would_help() {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static("https://a.example"));
        let refusal = rule(&[], true).check(&headers).unwrap_err().to_string();
        assert!(refusal.contains("--allow-origin https://a.example"), "{refusal}");
    }
}

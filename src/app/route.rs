//! What the address bar asks for. The route stands after `#`, so that any static host can serve the
//! page from any path.

use duologue_protocol::UserId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What JavaScript's `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// A place in the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// `#/`: the list of conversations.
    #[default]
    Home,
    /// `#/with/NAME`: the conversation with one person. As a link, an invitation to it.
    With {
        /// The other one.
        peer: UserId,
        /// A name to suggest to whoever opens the link (`#/as/NAME/with/NAME`).
        suggested_name: Option<UserId>,
    },
}

impl Route {
    /// The conversation with `peer`.
    pub fn with(peer: UserId) -> Self {
        Self::With { peer, suggested_name: None }
    }

    /// Reads a hash without its `#`. Anything that is not a route is home.
    pub fn parse(hash: &str) -> Self {
        let parts: Vec<&str> = split_panel(hash).0.split('/').collect();
        match parts[..] {
            ["with", peer] => name(peer).map_or(Self::Home, Self::with),
            ["as", me, "with", peer] => name(peer).map_or(Self::Home, |peer| Self::With {
                suggested_name: name(me).filter(|me| *me != peer),
                peer,
            }),
            _ => Self::Home,
        }
    }

    /// The same with the names as `form` has them; home if that leaves no name.
    #[must_use]
    pub fn in_form(self, form: impl Fn(&str) -> String) -> Self {
        let form = |name: &UserId| UserId::parse(form(name.as_str())).ok();
        match self {
            Self::Home => Self::Home,
            Self::With { peer, suggested_name } => match form(&peer) {
                Some(peer) => {
                    Self::With { suggested_name: suggested_name.and_then(|name| form(&name)), peer }
                }
                None => Self::Home,
            },
        }
    }

    /// The hash of this route, without `#`.
    pub fn to_hash(&self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::With { peer, .. } => {
                format!("/with/{}", utf8_percent_encode(peer.as_str(), COMPONENT))
            }
        }
    }
}

/// What a hash ends with while the connection panel is open beside the route.
const PANEL: &str = "connection";

/// Whether the connection panel is open at this hash.
pub fn has_panel(hash: &str) -> bool {
    split_panel(hash).1
}

/// The hash of `route`, with the connection panel or without.
pub fn hash_of(route: &Route, has_panel: bool) -> String {
    let hash = route.to_hash();
    if has_panel { format!("{}/{PANEL}", hash.trim_end_matches('/')) } else { hash }
}

/// The route's part of a hash, and whether the panel's is behind it. Of `with/connection` there is none:
/// that is somebody's name.
fn split_panel(hash: &str) -> (&str, bool) {
    let hash = hash.trim_matches('/');
    let before = match hash.strip_suffix(PANEL) {
        Some("") => return ("", true),
        Some(before) => before.strip_suffix('/'),
        None => None,
    };
    // A route's parts come in pairs.
    match before.filter(|before| before.split('/').count() % 2 == 0) {
        Some(before) => (before, true),
        None => (hash, false),
    }
}

fn name(part: &str) -> Option<UserId> {
    UserId::parse(percent_decode_str(part).decode_utf8().ok()?.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    #[test]
    fn names_can_be_brought_to_a_form() {
        let lower = |name: &str| name.to_lowercase();
        let route = Route::parse("/as/Ben/with/ANN").in_form(lower);
        assert_eq!(route, Route::parse("/as/ben/with/ann"));
        assert_eq!(Route::parse("/with/ann").in_form(|_| String::new()), Route::Home);
    }

    #[test]
    fn every_name_survives_the_address_bar() {
        for name in ["ann", "小秋", "a/b", "Ann Lee", "50% #1?&", "مريم", "a+b"] {
            let route = Route::with(user(name));
            assert_eq!(Route::parse(&route.to_hash()), route, "{name}");
        }
    }

    #[test]
    fn a_link_may_suggest_a_name_that_is_not_the_peers() {
        let suggested_name = Some(user("ann"));
        let route = Route::With { peer: user("ben"), suggested_name };
        assert_eq!(Route::parse("/as/ann/with/ben"), route);
        assert_eq!(Route::parse("/as/ben/with/ben"), Route::with(user("ben")));
    }

    #[test]
    fn the_panel_stands_beside_every_route() {
        for route in [Route::Home, Route::with(user("ben")), Route::with(user("connection"))] {
            for panel in [false, true] {
                let hash = hash_of(&route, panel);
                assert_eq!(
                    (Route::parse(&hash), has_panel(&hash)),
                    (route.clone(), panel),
                    "{hash}"
                );
            }
        }
        let suggested_name = Some(user("ann"));
        let route = Route::With { peer: user("connection"), suggested_name };
        assert_eq!(Route::parse("/as/ann/with/connection"), route);
        assert!(!has_panel("/as/ann/with/connection") && !has_panel("/with/disconnection"));
    }

    #[test]
    fn what_is_no_route_is_home() {
        for hash in ["", "/", "/with", "/with/", "/with/%FF", "/with/%00", "/else/x", "/with/a/b"] {
            assert_eq!(Route::parse(hash), Route::Home, "{hash}");
        }
    }
}

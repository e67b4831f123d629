//! What the address bar asks for. The route stands after `#`, so that any static host can serve the
//! page from any path.

use duologue_protocol::{Fingerprint, UserId};
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
        /// The fingerprint of the other one's key (`#/with/NAME/key/FINGERPRINT`).
        key: Option<Fingerprint>,
    },
}

impl Route {
    /// The conversation with `peer`.
    pub fn with(peer: UserId) -> Self {
        Self::With { peer, suggested_name: None, key: None }
    }

    /// An invitation to talk to `me`, whose key is this one, as far as it is known.
    pub fn invitation(me: UserId, key: Option<Fingerprint>) -> Self {
        Self::With { peer: me, suggested_name: None, key }
    }

    /// Reads a hash without its `#`. Anything that is not a route is home.
    pub fn parse(hash: &str) -> Self {
        let parts: Vec<&str> = split_panel(hash).0.split('/').collect();
        let (me, parts) = match &parts[..] {
            ["as", me, parts @ ..] => (name(me), parts),
            parts => (None, parts),
        };
        let (peer, key) = match *parts {
            ["with", peer] => (name(peer), None),
            // A key that can't be read is no reason to do without one.
            ["with", peer, "key", key] => match Fingerprint::parse(key) {
                Ok(key) => (name(peer), Some(key)),
                Err(_) => (None, None),
            },
            _ => (None, None),
        };
        peer.map_or(Self::Home, |peer| Self::With {
            suggested_name: me.filter(|me| *me != peer),
            peer,
            key,
        })
    }

    /// The same with the names as `form` has them; home if that leaves no name.
    #[must_use]
    pub fn in_form(self, form: impl Fn(&str) -> String) -> Self {
        let form = |name: &UserId| UserId::parse(form(name.as_str())).ok();
        match self {
            Self::Home => Self::Home,
            Self::With { peer, suggested_name, key } => match form(&peer) {
                Some(peer) => {
                    let suggested_name = suggested_name.and_then(|name| form(&name));
                    Self::With { peer, suggested_name, key }
                }
                None => Self::Home,
            },
        }
    }

    /// The hash of this route, without `#`.
    pub fn to_hash(&self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::With { peer, key, .. } => {
                let key = key.map(|key| format!("/key/{key}")).unwrap_or_default();
                format!("/with/{}{key}", utf8_percent_encode(peer.as_str(), COMPONENT))
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
        let route = Route::With { peer: user("ben"), suggested_name, key: None };
        assert_eq!(Route::parse("/as/ann/with/ben"), route);
        assert_eq!(Route::parse("/as/ben/with/ben"), Route::with(user("ben")));
    }

    #[test]
    fn an_invitation_names_a_key_and_a_bad_one_leads_nowhere() {
        let key = Fingerprint::parse("b3dSBoj2z-2E_CquZ3ep0Q").unwrap();
        let route = Route::invitation(user("ann"), Some(key));
        assert_eq!(route.to_hash(), "/with/ann/key/b3dSBoj2z-2E_CquZ3ep0Q");
        assert_eq!(Route::parse(&route.to_hash()), route);
        let suggested_name = Some(user("ben"));
        let both = Route::With { peer: user("ann"), suggested_name, key: Some(key) };
        assert_eq!(Route::parse("/as/ben/with/ann/key/b3dSBoj2z-2E_CquZ3ep0Q"), both);
        for bad in ["/with/ann/key/", "/with/ann/key/b3dS", "/with/ann/key/connection"] {
            assert_eq!(Route::parse(bad), Route::Home, "{bad}");
        }
    }

    #[test]
    fn the_panel_stands_beside_every_route() {
        let key = Fingerprint::parse("b3dSBoj2z-2E_CquZ3ep0Q").ok();
        let invited = Route::invitation(user("ben"), key);
        let named_so = Route::with(user("connection"));
        for route in [Route::Home, Route::with(user("ben")), invited, named_so] {
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
        let route = Route::With { peer: user("connection"), suggested_name, key: None };
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

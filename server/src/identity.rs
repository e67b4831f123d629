//! Whether whoever opens a connection is who they say: the form of the name, and the signature by its key.
//! Whose key a name belongs to is the hub's business.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{HOST, HeaderMap, HeaderName, VIA};
use duologue_protocol::identity::{Proof, PublicKey, signed_text};
use duologue_protocol::{ErrorCode, Nonce, Rejection, UserId};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::edge::Edge;
use crate::host::is_loopback_authority;
use crate::names;
use crate::shown::shown;

/// What says that a request came by way of a proxy (RFC 7239, RFC 9110 section 7.6.3, and by custom).
const OF_PROXIES: [HeaderName; 3] =
    [HeaderName::from_static("forwarded"), HeaderName::from_static("x-forwarded-for"), VIA];

/// What one connection is let in by.
#[derive(Clone, Debug, Default)]
pub struct Door {
    /// The host that its request named, in lower case.
    host: Option<String>,
    /// Whether it came from this machine itself, and not by way of a proxy on it.
    is_local: bool,
    /// Whether clients without keys are taken.
    allows_keyless: bool,
    /// Who knocks, and what counts the names that they take.
    counted: Option<(Arc<Edge>, IpAddr)>,
}

impl Door {
    /// The door for a request with these headers. `is_private`: whether the relay is for its own machine alone.
    /// Even then there may be a proxy before it, and the world behind that, whom the operator forgot to mention:
    /// such a request names another host, or says where it comes from.
    pub fn new(headers: &HeaderMap, is_private: bool, allows_keyless: bool) -> Self {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.map(str::to_ascii_lowercase);
        let is_local = is_private
            && host.as_deref().is_some_and(is_loopback_authority)
            && !OF_PROXIES.iter().any(|name| headers.contains_key(name));
        Self { host, is_local, allows_keyless: allows_keyless || is_local, counted: None }
    }

    /// The same for a client whose address takes a bounded number of names.
    pub(crate) fn counting_names(self, edge: Arc<Edge>, client: IpAddr) -> Self {
        Self { counted: Some((edge, client)), ..self }
    }

    /// A door that lets in clients without keys: of a relay among friends, or a test's.
    pub fn open() -> Self {
        Self { host: None, is_local: true, allows_keyless: true, counted: None }
    }

    /// Checks what `open` says, for a connection that was given `nonce`. Returns the key that the client
    /// has proved to have, if it has one.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidName`], [`ErrorCode::KeyRequired`], [`ErrorCode::BadProof`].
    pub fn check(
        &self,
        nonce: &Nonce,
        user: &UserId,
        proof: Option<&Proof>,
    ) -> Result<Option<PublicKey>, Rejection> {
        canonical_only(user)?;
        let Some(proof) = proof else {
            return self.check_keyless(user).map(|()| None);
        };
        if user.is_throwaway() {
            let rule = "names that begin with ~ are throwaway names: they belong to no key";
            return Err(Rejection::new(ErrorCode::InvalidName, rule));
        }
        if !self.is_here(&proof.relay) {
            let host = self.host.as_deref().unwrap_or("another one");
            let (theirs, host) = (shown(&proof.relay), shown(host));
            let rule = format!("the proof is for the relay \"{theirs}\", and this is {host}");
            return Err(Rejection::new(ErrorCode::BadProof, rule));
        }
        let text = signed_text(&proof.relay, nonce, user);
        let key = VerifyingKey::from_bytes(proof.key.as_bytes());
        let signature = Signature::from_bytes(proof.signature.as_bytes());
        // Strict: no key of small order, under which one signature would hold for many texts.
        let is_theirs = key.is_ok_and(|key| key.verify_strict(text.as_bytes(), &signature).is_ok());
        if is_theirs {
            return Ok(Some(proof.key));
        }
        let rule = "the signature is not by this key, or not for this connection and name";
        Err(Rejection::new(ErrorCode::BadProof, rule))
    }

    /// Whether clients without keys may have this name, as far as the door knows.
    fn check_keyless(&self, user: &UserId) -> Result<(), Rejection> {
        if user.is_throwaway() { Ok(()) } else { self.check_classic() }
    }

    /// Whether classic pages, which never have keys, are let in.
    ///
    /// # Errors
    /// [`ErrorCode::KeyRequired`].
    pub fn check_classic(&self) -> Result<(), Rejection> {
        if self.allows_keyless {
            return Ok(());
        }
        let rule = "this relay takes no clients without keys (--allow-keyless would let them in)";
        Err(Rejection::new(ErrorCode::KeyRequired, rule))
    }

    /// Lets the client take one more name that was nobody's.
    ///
    /// # Errors
    /// [`ErrorCode::NamesFull`].
    pub(crate) fn take_name(&self) -> Result<(), Rejection> {
        let Some((edge, client)) = &self.counted else { return Ok(()) };
        edge.name(*client).map_err(Rejection::from)
    }

    /// Whether a relay that a client calls by this host is this one. Where only this machine can reach
    /// the relay, a page's own server may stand in between, under any of the machine's names.
    fn is_here(&self, relay: &str) -> bool {
        let relay = relay.to_ascii_lowercase();
        self.host.as_ref() == Some(&relay) || (self.is_local && is_loopback_authority(&relay))
    }
}

/// The rule for names in frames.
///
/// # Errors
/// [`ErrorCode::InvalidName`], with the form that would do.
pub fn canonical_only(user: &UserId) -> Result<(), Rejection> {
    if names::is_canonical(user) {
        return Ok(());
    }
    let rule = match names::canonical(user) {
        Some(form) => format!("this name is written {form} here"),
        None => names::RULE.to_owned(),
    };
    Err(Rejection::new(ErrorCode::InvalidName, rule))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn door(host: &'static str, is_loopback: bool) -> Door {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        Door::new(&headers, is_loopback, false)
    }

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn nonce(byte: u8) -> Nonce {
        Nonce::from_random([byte; 16])
    }

    fn proof(signer: u8, relay: &str, text: &str) -> Proof {
        let key = SigningKey::from_bytes(&[signer; 32]);
        let signature = key.sign(text.as_bytes());
        Proof {
            key: PublicKey::from_bytes(key.verifying_key().to_bytes()),
            relay: relay.to_owned(),
            signature: duologue_protocol::identity::Signature::from_bytes(signature.to_bytes()),
        }
    }

    fn code(result: Result<Option<PublicKey>, Rejection>) -> ErrorCode {
        result.unwrap_err().code
    }

    #[test]
    fn a_signature_opens_its_own_name_on_its_own_relay_and_connection() {
        let door = door("Chat.example", false);
        let good = signed_text("chat.example", &nonce(1), &user("ann"));
        let proof = proof(7, "chat.example", &good);
        assert_eq!(door.check(&nonce(1), &user("ann"), Some(&proof)), Ok(Some(proof.key)));
    }

    #[test]
    fn a_signature_for_anything_else_opens_nothing() {
        let door = door("chat.example", false);
        let sign = |relay: &str, nonce: &Nonce, name: &str| {
            proof(7, "chat.example", &signed_text(relay, nonce, &user(name)))
        };
        for stolen in [
            // Replayed: it was made for another connection.
            sign("chat.example", &nonce(2), "ann"),
            // Made for another relay, which passes it on as if it were for this one.
            sign("evil.example", &nonce(1), "ann"),
            // Made for another name of the same person.
            sign("chat.example", &nonce(1), "ben"),
            // Something else that the key has signed.
            proof(7, "chat.example", "hello"),
        ] {
            assert_eq!(
                code(door.check(&nonce(1), &user("ann"), Some(&stolen))),
                ErrorCode::BadProof
            );
        }
        // Made for another relay, and saying so.
        let honest =
            proof(7, "evil.example", &signed_text("evil.example", &nonce(1), &user("ann")));
        assert_eq!(code(door.check(&nonce(1), &user("ann"), Some(&honest))), ErrorCode::BadProof);
        // By another key than the one that it comes with.
        let mut swapped = sign("chat.example", &nonce(1), "ann");
        swapped.key = proof(8, "", "").key;
        assert_eq!(code(door.check(&nonce(1), &user("ann"), Some(&swapped))), ErrorCode::BadProof);
    }

    #[test]
    fn a_refusal_is_short_whatever_the_client_calls_the_relay() {
        let long = "\u{200b}".repeat(20_000);
        let elsewhere = proof(7, &long, &signed_text(&long, &nonce(1), &user("ann")));
        let result = door("chat.example", false).check(&nonce(1), &user("ann"), Some(&elsewhere));
        let refused = result.unwrap_err();
        assert!(refused.message.len() < 500, "{} bytes", refused.message.len());
        assert!(refused.message.ends_with("and this is chat.example"), "{refused}");
    }

    #[test]
    fn a_key_of_small_order_proves_nothing() {
        let door = door("chat.example", false);
        // The neutral element: with it, an all-zero `s` and `R` equal to it satisfy the plain equation
        // for every text.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        let forged = Proof {
            key: PublicKey::from_bytes(neutral),
            relay: "chat.example".into(),
            signature: duologue_protocol::identity::Signature::from_bytes(signature),
        };
        assert_eq!(code(door.check(&nonce(1), &user("ann"), Some(&forged))), ErrorCode::BadProof);
    }

    #[test]
    fn a_machine_has_many_names_for_itself() {
        let here = door("127.0.0.1:9000", true);
        for relay in ["localhost:8080", "127.0.0.1:8080", "[::1]:9000", "app.localhost"] {
            let proof = proof(7, relay, &signed_text(relay, &nonce(1), &user("ann")));
            assert!(here.check(&nonce(1), &user("ann"), Some(&proof)).is_ok(), "{relay}");
            let elsewhere = door("chat.example", false);
            assert!(elsewhere.check(&nonce(1), &user("ann"), Some(&proof)).is_err(), "{relay}");
        }
        for relay in ["localhost.evil", "evil.example", ""] {
            let proof = proof(7, relay, &signed_text(relay, &nonce(1), &user("ann")));
            assert!(here.check(&nonce(1), &user("ann"), Some(&proof)).is_err(), "{relay}");
        }
    }

    #[test]
    fn behind_a_proxy_on_its_machine_a_relay_is_open_to_the_world() {
        let proxied = door("chat.example", true);
        assert_eq!(code(proxied.check(&nonce(1), &user("ann"), None)), ErrorCode::KeyRequired);
        assert_eq!(door("[::1]:9000", true).check(&nonce(1), &user("ann"), None), Ok(None));
        let here = proof(7, "localhost", &signed_text("localhost", &nonce(1), &user("ann")));
        assert_eq!(code(proxied.check(&nonce(1), &user("ann"), Some(&here))), ErrorCode::BadProof);
        // A proxy that passes on whatever host it was asked for, or none.
        for header in ["x-forwarded-for", "forwarded", "via"] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("localhost"));
            headers.insert(header, HeaderValue::from_static("203.0.113.7"));
            let proxied = Door::new(&headers, true, false);
            let refused = proxied.check(&nonce(1), &user("ann"), None);
            assert_eq!(code(refused), ErrorCode::KeyRequired, "{header}");
            assert!(proxied.check_classic().is_err(), "{header}");
        }
    }

    #[test]
    fn names_have_one_form_and_throwaway_ones_no_key() {
        let open = Door::open();
        assert_eq!(open.check(&nonce(1), &user("ann"), None), Ok(None));
        let refused = open.check(&nonce(1), &user("Ann"), None).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidName);
        assert!(refused.message.contains("ann"), "{refused}");
        let closed = door("chat.example", false);
        assert_eq!(code(closed.check(&nonce(1), &user("ann"), None)), ErrorCode::KeyRequired);
        assert_eq!(closed.check(&nonce(1), &user("~x"), None), Ok(None));
        let text = signed_text("chat.example", &nonce(1), &user("~x"));
        let claims = proof(7, "chat.example", &text);
        assert_eq!(
            code(closed.check(&nonce(1), &user("~x"), Some(&claims))),
            ErrorCode::InvalidName
        );
    }
}

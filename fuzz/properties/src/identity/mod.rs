//! Who gets through the door: nobody without a signature by their key, for this connection, this relay and this
//! name. Whose key a name belongs to is the hub's business, and no part of this. What is tried is in `case`.

mod case;
mod forgery;

use arbitrary::{Arbitrary as _, Unstructured};
use axum::http::header::{HOST, HeaderMap, HeaderValue};
use duologue_protocol::identity::{Proof, signed_text};
use duologue_protocol::{ErrorCode, Nonce, Rejection, UserId};
use duologue_server::host::is_loopback_authority;
use duologue_server::identity::Door;
use duologue_server::names::is_canonical;
use ed25519_dalek::{Signer as _, SigningKey};

use self::case::{Case, Said};

/// The longest rule, in words: it goes to a person.
const RULE_MAX_BYTES: usize = 512;

/// A client gets in with a key exactly if it signed for this connection, relay and name, and without one exactly
/// where that is allowed.
pub fn identity(data: &[u8]) {
    let Ok(case) = Case::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let Ok(host) = HeaderValue::from_bytes(case.host.text().as_bytes()) else { return };
    let key = SigningKey::from_bytes(&case.seed);
    let Some(Said { nonce, name, proof }) = case.said(&key) else { return };

    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.clone());
    let door = Door::new(&headers, case.is_private, case.allows_keyless);
    let result = door.check(&nonce, &name, proof.as_ref());

    let host = host.to_str().ok();
    let is_local = case.is_private && host.is_some_and(is_loopback_authority);
    let is_here = |relay: &str| {
        host.is_some_and(|host| relay.eq_ignore_ascii_case(host))
            || (is_local && is_loopback_authority(relay))
    };
    let is_throwaway = name.as_str().starts_with('~');
    let (gets_in, by) = match &proof {
        Some(proof) => {
            let is_theirs = is_signed(&key, proof, &nonce, &name);
            (is_theirs && is_here(&proof.relay) && !is_throwaway, Some(proof.key))
        }
        None => (is_throwaway || is_local || case.allows_keyless, None),
    };
    let expected = (gets_in && is_canonical(&name)).then_some(&by);
    assert_eq!(result.as_ref().ok(), expected, "{case:?}");
    if let Err(rejection) = &result {
        is_told(rejection);
    }
}

/// Whether this is the one signature that this key makes. Not by verifying it: that is what is looked at.
fn is_signed(key: &SigningKey, proof: &Proof, nonce: &Nonce, name: &UserId) -> bool {
    let text = signed_text(&proof.relay, nonce, name);
    let (relay, shown) = (proof.relay.as_str(), nonce.to_string());
    // A part that holds a line's end would let one text stand for two.
    let is_unambiguous =
        text.split('\n').eq(["duologue v1 open", relay, &shown, name.as_str(), ""]);
    is_unambiguous
        && *proof.key.as_bytes() == key.verifying_key().to_bytes()
        && *proof.signature.as_bytes() == key.sign(text.as_bytes()).to_bytes()
}

fn is_told(rejection: &Rejection) {
    let known = matches!(
        rejection.code,
        ErrorCode::InvalidName | ErrorCode::KeyRequired | ErrorCode::BadProof
    );
    assert!(known, "{rejection:?}");
    let length = rejection.message.len();
    assert!(length <= RULE_MAX_BYTES, "a rule of {length} bytes");
}

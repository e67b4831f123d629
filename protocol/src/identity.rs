//! Who somebody is: a key pair that a client makes, and what it signs to prove that it has it. Making keys
//! and signing are the client's, checking is the relay's; what both have to agree on is here.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::id::{Nonce, UserId};

/// An Ed25519 public key (RFC 8032): 32 bytes, on the wire as base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

/// An Ed25519 signature (RFC 8032): 64 bytes, on the wire as base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Signature([u8; 64]);

/// Why a text is not a key or a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidProof {
    /// Not the base64url text of 32 bytes.
    Key,
    /// Not the base64url text of 64 bytes.
    Signature,
}

/// What `open` carries beside the name, and with what it is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The person's public key.
    pub key: PublicKey,
    /// The relay that this is meant for: host, and port if it is not the scheme's own, as in its address.
    pub relay: String,
    /// Over [`signed_text`], by that key.
    pub signature: Signature,
}

/// The first line of what is signed. Whatever else the key will sign begins otherwise, so that nothing
/// can be passed off as this.
const OPEN_DOMAIN: &str = "duologue v1 open";

/// The text that is signed to open a connection. None of its parts can hold a line's end, so no two
/// sets of parts make the same text.
pub fn signed_text(relay: &str, nonce: &Nonce, user: &UserId) -> String {
    format!("{OPEN_DOMAIN}\n{relay}\n{nonce}\n{user}\n")
}

impl PublicKey {
    /// A key from its bytes. Whether they are a point on the curve shows when something is verified.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes `text` for a key.
    ///
    /// # Errors
    /// [`InvalidProof::Key`].
    pub fn parse(text: &str) -> Result<Self, InvalidProof> {
        decode(text).map(Self).ok_or(InvalidProof::Key)
    }
}

impl Signature {
    /// A signature from its bytes.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The signature's bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// Takes `text` for a signature.
    ///
    /// # Errors
    /// [`InvalidProof::Signature`].
    pub fn parse(text: &str) -> Result<Self, InvalidProof> {
        decode(text).map(Self).ok_or(InvalidProof::Signature)
    }
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

macro_rules! text_conversions {
    ($($proof:ident),*) => {$(
        impl TryFrom<String> for $proof {
            type Error = InvalidProof;
            fn try_from(text: String) -> Result<Self, InvalidProof> {
                Self::parse(&text)
            }
        }
        impl From<$proof> for String {
            fn from(proof: $proof) -> String {
                proof.to_string()
            }
        }
        impl fmt::Display for $proof {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }
        impl fmt::Debug for $proof {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($proof), "({})"), self)
            }
        }
    )*};
}
text_conversions!(PublicKey, Signature);

impl fmt::Display for InvalidProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "a key is 32 bytes as base64url without padding",
            Self::Signature => "a signature is 64 bytes as base64url without padding",
        })
    }
}

impl std::error::Error for InvalidProof {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_signatures_survive_their_text() {
        let key = PublicKey::from_bytes([0xfe; 32]);
        assert_eq!(PublicKey::parse(&key.to_string()), Ok(key));
        let signature = Signature::from_bytes([0xfd; 64]);
        assert_eq!(Signature::parse(&signature.to_string()), Ok(signature));
        for text in ["", "AAAA", "not base64!", &"A".repeat(10_000)] {
            assert_eq!(PublicKey::parse(text), Err(InvalidProof::Key));
            assert_eq!(Signature::parse(text), Err(InvalidProof::Signature));
        }
    }

    #[test]
    fn what_is_signed_differs_with_each_of_its_parts() {
        let nonce = |byte| Nonce::from_random([byte; 16]);
        let user = |name: &str| UserId::parse(name).unwrap();
        let text = signed_text("chat.example", &nonce(1), &user("ann"));
        assert_eq!(text, format!("duologue v1 open\nchat.example\n{}\nann\n", nonce(1)));
        for other in [
            signed_text("chat.example:81", &nonce(1), &user("ann")),
            signed_text("chat.example", &nonce(2), &user("ann")),
            signed_text("chat.example", &nonce(1), &user("ben")),
        ] {
            assert_ne!(text, other);
        }
    }
}

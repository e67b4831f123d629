//! A key's fingerprint: short enough to stand in a link and to be compared by two people, long enough that
//! nobody makes another key to it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::identity::PublicKey;

/// How many bytes it has: 128 bits, of which no second key can be found (NIST SP 800-107 section 5.1:
/// a hash that is cut to L bits resists a second preimage by L bits).
const BYTES: usize = 16;

/// What is hashed before the key, so that this hash is no other one's.
const DOMAIN: &[u8] = b"duologue v1 fingerprint\n";

/// The first 16 bytes of the SHA-256 (FIPS 180-4) of a line that says what this is and the key's 32
/// bytes. As text, 22 characters of base64url; for people, eight groups of five digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; BYTES]);

/// A text that is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidFingerprint;

impl Fingerprint {
    /// The fingerprint of `key`.
    pub fn of(key: &PublicKey) -> Self {
        let hash = Sha256::new().chain_update(DOMAIN).chain_update(key.as_bytes()).finalize();
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&hash[..BYTES]);
        Self(bytes)
    }

    /// Takes `text` for a fingerprint.
    ///
    /// # Errors
    /// [`InvalidFingerprint`].
    pub fn parse(text: &str) -> Result<Self, InvalidFingerprint> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidFingerprint)?;
        bytes.try_into().map(Self).map_err(|_| InvalidFingerprint)
    }

    /// What two people compare: eight groups of five digits, each two bytes as a number.
    pub fn digits(&self) -> String {
        let group = |pair: &[u8]| match pair {
            [high, low] => format!("{:05}", u16::from_be_bytes([*high, *low])),
            // The length is even.
            _ => String::new(),
        };
        self.0.chunks(2).map(group).collect::<Vec<_>>().join(" ")
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = InvalidFingerprint;

    fn try_from(text: String) -> Result<Self, InvalidFingerprint> {
        Self::parse(&text)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl fmt::Display for InvalidFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint is 16 bytes as base64url without padding")
    }
}

impl std::error::Error for InvalidFingerprint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_keys_and_survives_its_text() {
        let key = PublicKey::from_bytes([7; 32]);
        let print = Fingerprint::of(&key);
        assert_eq!(Fingerprint::parse(&print.to_string()), Ok(print));
        assert_eq!(print.to_string().len(), 22);
        assert_ne!(Fingerprint::of(&PublicKey::from_bytes([8; 32])), print);
        for text in ["", "AAAA", "no base64!", &"A".repeat(10_000)] {
            assert_eq!(Fingerprint::parse(text), Err(InvalidFingerprint), "{text}");
        }
    }

    #[test]
    fn people_compare_eight_groups_of_five_digits() {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&[0xff, 0xff, 0, 1, 1, 0]);
        let digits = Fingerprint(bytes).digits();
        assert_eq!(digits, "65535 00001 00256 00000 00000 00000 00000 00000");
    }
}

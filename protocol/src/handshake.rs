//! The WebSocket handshake, for whoever wants to see it: what was said, and its one computation worked
//! out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

/// A handshake as the relay saw it: behind a proxy, the proxy's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handshake {
    /// The request's headers that matter for it, names in lower case. Nothing secret is among them.
    pub request: Vec<(String, String)>,
    /// The length of the request's head, in bytes.
    pub request_bytes: u32,
    /// The response's headers.
    pub response: Vec<(String, String)>,
    /// The length of the response's head, in bytes.
    pub response_bytes: u32,
}

/// The fixed text that a server appends to the client's key (RFC 6455 section 1.3).
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`: `base64(sha1(key + GUID))`
/// (RFC 6455 section 4.2.2, step 5.4).
pub fn accept_value(key: &str) -> String {
    STANDARD.encode(digest(key))
}

/// The step before the last: `sha1(key + GUID)`.
pub fn digest(key: &str) -> [u8; 20] {
    let mut sha1 = Sha1::new();
    sha1.update(key);
    sha1.update(GUID);
    sha1.finalize().into()
}

/// Whether this can be a `Sec-WebSocket-Key`: 16 bytes in base64 (RFC 6455 section 4.2.1, item 5).
pub fn is_key(key: &str) -> bool {
    // The length first: a header may be long, and what it decodes to is not needed.
    key.len() == 24 && STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16)
}

#[cfg(test)]
mod tests {
    use super::is_key;

    #[test]
    fn the_example_of_rfc_6455_section_1_3() {
        assert_eq!(super::accept_value("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_key_is_sixteen_bytes_in_base64() {
        assert!(is_key("dGhlIHNhbXBsZSBub25jZQ=="));
        for broken in [
            "",
            "x",
            // 15, 17 and 18 bytes.
            "dGhlIHNhbXBsZSBub25j",
            "dGhlIHNhbXBsZSBub25jZWU=",
            "dGhlIHNhbXBsZSBub25jZWVl",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhl HNhbXBsZSBub25jZQ==",
            "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==",
        ] {
            assert!(!is_key(broken), "{broken}");
        }
    }
}

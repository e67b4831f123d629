//! v1 over HTTP: what requests and answers carry beside the frames, which are the same as over a
//! WebSocket. `docs/protocol.md` says which request is answered how.
//!
//! Frames are numbered from 1 in both directions, for each connection anew. So an answer that got lost is
//! asked for again, and a post that came twice is taken once.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::close::CloseCode;

/// Where a connection is opened (`POST`), polled (`GET`) and closed (`DELETE`).
pub const PATH: &str = "/v1/poll";

/// Where frames are posted.
pub const FRAMES_PATH: &str = "/v1/poll/frames";

/// The response header in which the relay says how many bytes the request and its answer have, heads
/// and bodies, as they pass its own socket: two decimal numbers with a space between.
pub const BYTES_HEADER: &str = "duologue-bytes";

/// Proves that a request belongs to a connection: 32 random bytes, on the wire as base64url without
/// padding (RFC 4648 section 5), in the header `Authorization: Bearer TOKEN` (RFC 6750 section 2.1).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

/// A text that is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidToken;

/// The answer to the request that opens a connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// What every further request of this connection carries.
    pub token: Token,
    /// The first frames from the relay: those numbered from 1 on.
    pub frames: Vec<Box<RawValue>>,
}

/// The answer to a poll.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Polled {
    /// The number of the frame before the first one here: what the poll asked for.
    pub after: u64,
    /// The frames from the relay that come after it; none if nothing came in time.
    pub frames: Vec<Box<RawValue>>,
    /// Set if the relay has ended the connection; nothing comes after these frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Closing>,
}

/// How the relay ended a connection, as a WebSocket's close frame would say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// The close code.
    pub code: u16,
    /// The same in words.
    pub reason: String,
}

/// What a client posts: frames, all of which are taken or none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Posted {
    /// The number of the first one.
    pub from: u64,
    /// The frames, in their order.
    pub frames: Vec<Box<RawValue>>,
}

/// The answer to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// The number of the last frame that the relay took.
    pub taken: u64,
}

impl Token {
    /// A token from 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Takes `text` for a token.
    ///
    /// # Errors
    /// [`InvalidToken`].
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidToken> {
        let text = text.into();
        match URL_SAFE_NO_PAD.decode(&text) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(text)),
            _ => Err(InvalidToken),
        }
    }

    /// The value of the `Authorization` header that carries this token.
    pub fn to_header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Reads the value of an `Authorization` header. The scheme's case doesn't matter (RFC 9110
    /// section 11.1).
    ///
    /// # Errors
    /// [`InvalidToken`].
    pub fn from_header(value: &str) -> Result<Self, InvalidToken> {
        match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Self::parse(token.trim())
            }
            _ => Err(InvalidToken),
        }
    }
}

impl TryFrom<String> for Token {
    type Error = InvalidToken;
    fn try_from(text: String) -> Result<Self, InvalidToken> {
        Self::parse(text)
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.0
    }
}

/// Without the token: whoever has it can speak for its owner, and this may go into a log.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a token is 32 bytes as base64url without padding")
    }
}

impl std::error::Error for InvalidToken {}

impl From<CloseCode> for Closing {
    fn from(code: CloseCode) -> Self {
        Self { code: code.code(), reason: code.reason().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_header_and_is_not_printed() {
        let token = Token::from_random([0xfe; 32]);
        assert_eq!(Token::from_header(&token.to_header()), Ok(token.clone()));
        let lower = token.to_header().replace("Bearer", "bearer");
        assert_eq!(Token::from_header(&lower), Ok(token.clone()));
        assert!(!format!("{token:?}").contains(&token.0));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for value in ["", "Bearer", "Bearer ", "Bearer AAAA", "Basic AAAA", "AAAA"] {
            assert_eq!(Token::from_header(value), Err(InvalidToken), "{value}");
        }
    }
}

//! Identifiers, parsed once at the edge: a value of these types obeys its rule.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::{MESSAGE_ID_MAX_CHARS, USER_ID_MAX_CHARS};

/// Why a text is not an id; `Display` gives the rule in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidId {
    /// Not 1 to [`USER_ID_MAX_CHARS`] characters; holds how many there were.
    UserIdLength(usize),
    /// White space at an end, or a control character anywhere.
    UserIdCharacters,
    /// Not 1 to [`MESSAGE_ID_MAX_CHARS`] of `A-Z a-z 0-9 - _`.
    MessageId,
    /// Not the base64url text of 16 bytes.
    Nonce,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserIdLength(n) => {
                write!(f, "a user id has 1 to {USER_ID_MAX_CHARS} characters, this one has {n}")
            }
            Self::UserIdCharacters => {
                f.write_str("a user id has no white space at its ends and no control characters")
            }
            Self::MessageId => {
                write!(f, "a message id is 1 to {MESSAGE_ID_MAX_CHARS} of A-Z a-z 0-9 - _")
            }
            Self::Nonce => f.write_str("a nonce is 16 bytes as base64url without padding"),
        }
    }
}

impl std::error::Error for InvalidId {}

/// A person's name on the relay: 1 to [`USER_ID_MAX_CHARS`] characters, none of them a control
/// character, with no white space at the ends. Compared as it is written. Clones share the text: a relay
/// holds the names of each message in several places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Arc<str>);

impl UserId {
    /// Takes `text` for a user id.
    ///
    /// # Errors
    /// [`InvalidId::UserIdLength`] or [`InvalidId::UserIdCharacters`].
    pub fn parse(text: impl Into<Arc<str>> + AsRef<str>) -> Result<Self, InvalidId> {
        Self::check(text.as_ref())?;
        Ok(Self(text.into()))
    }

    fn check(text: &str) -> Result<(), InvalidId> {
        let chars = text.chars().count();
        if chars == 0 || chars > USER_ID_MAX_CHARS {
            return Err(InvalidId::UserIdLength(chars));
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            return Err(InvalidId::UserIdCharacters);
        }
        Ok(())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a throwaway name: one that nobody can claim, for two who exist for a moment and talk
    /// to nobody but each other.
    pub fn is_throwaway(&self) -> bool {
        self.0.starts_with('~')
    }
}

/// A message's name, chosen by its sender: unique among that sender's messages.
/// 1 to [`MESSAGE_ID_MAX_CHARS`] of `A-Z a-z 0-9 - _`. Clones share the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(Arc<str>);

impl MessageId {
    /// Takes `text` for a message id.
    ///
    /// # Errors
    /// [`InvalidId::MessageId`].
    pub fn parse(text: impl Into<Arc<str>> + AsRef<str>) -> Result<Self, InvalidId> {
        let length = 1..=MESSAGE_ID_MAX_CHARS;
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if length.contains(&text.as_ref().len()) && text.as_ref().bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId::MessageId)
        }
    }

    /// An id from 16 random bytes: 128 bits, so that two never meet.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The relay's challenge to one connection: 16 random bytes, on the wire as base64url without padding
/// (RFC 4648 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nonce(String);

impl Nonce {
    /// A nonce from 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Takes `text` for a nonce.
    ///
    /// # Errors
    /// [`InvalidId::Nonce`].
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        match URL_SAFE_NO_PAD.decode(&text) {
            Ok(bytes) if bytes.len() == 16 => Ok(Self(text)),
            _ => Err(InvalidId::Nonce),
        }
    }
}

macro_rules! text_conversions {
    ($($id:ident),*) => {$(
        impl TryFrom<String> for $id {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }
        impl From<$id> for String {
            fn from(id: $id) -> String {
                String::from(id.0.as_ref() as &str)
            }
        }
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
text_conversions!(UserId, MessageId, Nonce);

/// To and from JSON without a text in between: every message has three of them.
macro_rules! read_in_place {
    ($($id:ident),*) => {$(
        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Read;
                impl de::Visitor<'_> for Read {
                    type Value = $id;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$id, E> {
                        $id::parse(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Read)
            }
        }
    )*};
}
read_in_place!(UserId, MessageId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_are_counted_in_characters_not_bytes() {
        assert_eq!(UserId::parse("小秋").unwrap().as_str(), "小秋");
        assert!(UserId::parse("秋".repeat(64)).is_ok());
        assert_eq!(UserId::parse("秋".repeat(65)), Err(InvalidId::UserIdLength(65)));
        assert_eq!(UserId::parse(""), Err(InvalidId::UserIdLength(0)));
    }

    #[test]
    fn user_ids_have_no_hidden_ends_or_controls() {
        for text in [" ann", "ann ", "ann\n", "a\u{0}b", "a\u{7f}b"] {
            assert_eq!(UserId::parse(text), Err(InvalidId::UserIdCharacters), "{text:?}");
        }
        assert!(UserId::parse("Ann Lee").is_ok());
    }

    #[test]
    fn message_ids_are_plain_and_bounded() {
        assert!(MessageId::parse("a-Z_9").is_ok());
        assert!(MessageId::parse("x".repeat(64)).is_ok());
        for text in ["", "a b", "é", "a/b"] {
            assert_eq!(MessageId::parse(text), Err(InvalidId::MessageId), "{text:?}");
        }
        assert_eq!(MessageId::parse("x".repeat(65)), Err(InvalidId::MessageId));
    }

    #[test]
    fn random_ids_obey_their_own_rules() {
        let id = MessageId::from_random([0xff; 16]);
        assert_eq!(MessageId::parse(id.as_str()), Ok(id));
        let nonce = Nonce::from_random([0xff; 16]);
        assert_eq!(Nonce::parse(nonce.to_string()), Ok(nonce));
        assert_eq!(Nonce::parse("short"), Err(InvalidId::Nonce));
    }
}

//! What a message says.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::limits::CONTENT_MAX_BYTES;
use crate::relation::Relation;

/// What a person says: words, and where they have to do with another message, in which way. The relay passes both on
/// and looks no further. In JSON these are the fields `content` and `relation` of whatever it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Content {
    #[serde(rename = "content")]
    words: Words,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relation: Option<Box<Relation>>,
}

/// The words of a message: 1 to [`CONTENT_MAX_BYTES`] bytes of UTF-8. Of the control characters below
/// U+0020 only tab, line feed and carriage return may stand in it, which bounds the length of its JSON
/// to twice its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Words(String);

/// Why a text can't be a message; `Display` gives the rule in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidContent {
    /// There is nothing in it.
    Empty,
    /// Larger than [`CONTENT_MAX_BYTES`]; holds its size in bytes.
    TooLarge(usize),
    /// A control character other than tab, line feed and carriage return.
    ControlCharacter,
}

impl fmt::Display for InvalidContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a message is not empty"),
            Self::TooLarge(n) => {
                write!(
                    f,
                    "a message has at most {CONTENT_MAX_BYTES} bytes of UTF-8, this one has {n}"
                )
            }
            Self::ControlCharacter => f.write_str(
                "a message has no control characters other than tab, line feed and carriage return",
            ),
        }
    }
}

impl std::error::Error for InvalidContent {}

impl Content {
    /// Takes `text` for words that stand for themselves.
    ///
    /// # Errors
    /// The rule of [`InvalidContent`] that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidContent> {
        Words::parse(text.into()).map(|words| Self::new(words, None))
    }

    pub(crate) fn new(words: Words, relation: Option<Box<Relation>>) -> Self {
        Self { words, relation }
    }

    /// The same words, with what they have to do with another message.
    #[must_use]
    pub fn with(self, relation: Option<Relation>) -> Self {
        Self { relation: relation.map(Box::new), ..self }
    }

    /// Other words, about the same message as before.
    #[must_use]
    pub fn reworded(&self, other: &Self) -> Self {
        Self { words: other.words.clone(), relation: self.relation.clone() }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.words.0
    }

    /// What they have to do with another message.
    pub fn relation(&self) -> Option<&Relation> {
        self.relation.as_deref()
    }

    /// How much all of it says, in bytes.
    pub fn bytes(&self) -> usize {
        self.as_str().len() + self.relation().map_or(0, Relation::bytes)
    }
}

impl Words {
    fn parse(text: String) -> Result<Self, InvalidContent> {
        if text.is_empty() {
            return Err(InvalidContent::Empty);
        }
        if text.len() > CONTENT_MAX_BYTES {
            return Err(InvalidContent::TooLarge(text.len()));
        }
        let forbidden = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
        if text.bytes().any(forbidden) {
            return Err(InvalidContent::ControlCharacter);
        }
        Ok(Self(text))
    }
}

impl TryFrom<String> for Words {
    type Error = InvalidContent;
    fn try_from(text: String) -> Result<Self, InvalidContent> {
        Self::parse(text)
    }
}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_bounded_in_bytes() {
        assert!(Content::parse("x".repeat(CONTENT_MAX_BYTES)).is_ok());
        assert_eq!(
            Content::parse("x".repeat(CONTENT_MAX_BYTES + 1)),
            Err(InvalidContent::TooLarge(CONTENT_MAX_BYTES + 1))
        );
        assert_eq!(Content::parse(""), Err(InvalidContent::Empty));
    }

    #[test]
    fn line_breaks_and_tabs_are_text_and_other_controls_are_not() {
        assert!(Content::parse("a\r\n\tb").is_ok());
        assert_eq!(Content::parse("a\u{1b}[31m"), Err(InvalidContent::ControlCharacter));
    }

    #[test]
    fn words_and_relation_are_two_fields_and_the_second_may_be_missing() {
        let plain = r#"{"content":"hi"}"#;
        let content: Content = serde_json::from_str(plain).unwrap();
        assert_eq!(content, Content::parse("hi").unwrap());
        assert_eq!(serde_json::to_string(&content).unwrap(), plain);
        let answer =
            r#"{"content":"yes","relation":{"kind":"reply","fromUserId":"ben","id":"m1"}}"#;
        let content: Content = serde_json::from_str(answer).unwrap();
        assert_eq!(serde_json::to_string(&content).unwrap(), answer);
        let other = content.reworded(&Content::parse("no").unwrap());
        assert_eq!((other.as_str(), other.relation()), ("no", content.relation()));
        let odd = answer.replace("m1", "m 1");
        assert!(serde_json::from_str::<Content>(&odd).is_err(), "half a relation is none");
    }
}

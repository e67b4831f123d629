//! A message's text.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::CONTENT_MAX_BYTES;

/// What a person wrote: 1 to [`CONTENT_MAX_BYTES`] bytes of UTF-8. Of the control characters below
/// U+0020 only tab, line feed and carriage return may stand in it, which bounds the length of its JSON
/// to twice its own. The relay passes it on and looks no further.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Content(String);

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
    /// Takes `text` for a message's content.
    ///
    /// # Errors
    /// The rule of [`InvalidContent`] that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidContent> {
        let text = text.into();
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

    /// The content as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Content {
    type Error = InvalidContent;
    fn try_from(text: String) -> Result<Self, InvalidContent> {
        Self::parse(text)
    }
}

impl From<Content> for String {
    fn from(content: Content) -> String {
        content.0
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
}

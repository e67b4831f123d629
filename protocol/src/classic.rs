//! The article dialect: what the classic Node tutorial's page speaks, read just as far as routing
//! needs. Messages pass as they came, so only their addresses are parsed here.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::content::Content;
use crate::error::{ErrorCode, Rejection};
use crate::id::UserId;

/// Who speaks to whom. Two fields rather than one joined text: `a-b` with `c` is not `a` with `b-c`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The speaker.
    pub from: UserId,
    /// The one spoken to.
    pub to: UserId,
}

impl Pair {
    /// The same conversation from the other side.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { from: self.to, to: self.from }
    }
}

/// A text of the classic dialect, as far as the relay reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassicFrame {
    /// `{"type":"open","fromUserId":…,"toUserId":…}`
    Open(Pair),
    /// Any other object that names both.
    Message(Pair),
    /// Text that is not JSON: the tutorial's own heartbeat.
    Heartbeat,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'t> {
    #[serde(default, borrow, rename = "type")]
    kind: Option<Kind<'t>>,
    #[serde(deserialize_with = "lenient_user_id")]
    from_user_id: UserId,
    #[serde(deserialize_with = "lenient_user_id")]
    to_user_id: UserId,
}

/// `open`, or whatever else a page has there.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kind<'t> {
    Text(#[serde(borrow)] Cow<'t, str>),
    Other(IgnoredAny),
}

/// JavaScript makes no difference between the keys `1` and `"1"`, so neither did the tutorial's relay.
fn lenient_user_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UserId, D::Error> {
    struct TextOrInteger;
    impl de::Visitor<'_> for TextOrInteger {
        type Value = UserId;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a user id, which is a string or an integer")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<UserId, E> {
            UserId::parse(text).map_err(E::custom)
        }
        fn visit_i64<E: de::Error>(self, integer: i64) -> Result<UserId, E> {
            self.visit_str(&integer.to_string())
        }
        fn visit_u64<E: de::Error>(self, integer: u64) -> Result<UserId, E> {
            // Beyond this a script's own numbers are not exact either.
            let integer = i64::try_from(integer);
            integer
                .map_err(|_| E::custom("an integer this large"))
                .and_then(|integer| self.visit_i64(integer))
        }
    }
    deserializer.deserialize_any(TextOrInteger)
}

/// Reads a text of the classic dialect.
///
/// # Errors
/// A [`Rejection`] for JSON that is no object, or one that does not name both people.
pub fn decode(text: &str) -> Result<ClassicFrame, Rejection> {
    match serde_json::from_str::<Envelope<'_>>(text) {
        Ok(Envelope { kind, from_user_id: from, to_user_id: to }) => {
            let pair = Pair { from, to };
            match kind {
                Some(Kind::Text(kind)) if kind == "open" => Ok(ClassicFrame::Open(pair)),
                _ => Ok(ClassicFrame::Message(pair)),
            }
        }
        Err(error) => match serde_json::from_str::<Value>(text) {
            Err(_) => Ok(ClassicFrame::Heartbeat),
            Ok(Value::Object(_)) => Err(Rejection::new(ErrorCode::InvalidField, error.to_string())),
            Ok(_) => Err(Rejection::new(ErrorCode::NotAnObject, "a message is one JSON object")),
        },
    }
}

/// What a v1 client is shown of a classic message: its `content` where that is a text, else the whole
/// of it as it came.
///
/// # Errors
/// The rule of [`Content`] that the text breaks.
pub fn content_of(text: &str) -> Result<Content, Rejection> {
    #[derive(Deserialize)]
    struct Shown {
        content: String,
    }
    let shown = serde_json::from_str::<Shown>(text).map_or_else(|_| text.to_owned(), |s| s.content);
    Content::parse(shown)
        .map_err(|broken| Rejection::new(ErrorCode::InvalidField, broken.to_string()))
}

/// A v1 message in the words of the classic dialect.
pub fn encode_message(from: &UserId, to: &UserId, content: &Content) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Message<'a> {
        r#type: &'static str,
        from_user_id: &'a str,
        to_user_id: &'a str,
        content: &'a str,
    }
    let message = Message {
        r#type: "message",
        from_user_id: from.as_str(),
        to_user_id: to.as_str(),
        content: content.as_str(),
    };
    // A struct of strings: serde_json can't fail on it.
    serde_json::to_string(&message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(from: &str, to: &str) -> Pair {
        Pair { from: UserId::parse(from).unwrap(), to: UserId::parse(to).unwrap() }
    }

    #[test]
    fn opens_messages_and_heartbeats_are_told_apart() {
        let open = r#"{"type":"open","fromUserId":"1","toUserId":"2"}"#;
        assert_eq!(decode(open), Ok(ClassicFrame::Open(pair("1", "2"))));
        for message in [
            r#"{"type":"message","fromUserId":"1","toUserId":"2","content":"hi"}"#,
            r#"{"fromUserId":1,"toUserId":2,"msg":"hi"}"#,
            r#"{"type":7,"fromUserId":"1","toUserId":"2"}"#,
        ] {
            assert_eq!(decode(message), Ok(ClassicFrame::Message(pair("1", "2"))), "{message}");
        }
        assert_eq!(decode("ping"), Ok(ClassicFrame::Heartbeat));
        assert_eq!(decode(""), Ok(ClassicFrame::Heartbeat));
    }

    #[test]
    fn json_that_names_nobody_is_refused() {
        assert_eq!(decode("[1]").unwrap_err().code, ErrorCode::NotAnObject);
        assert_eq!(decode(r#"{"fromUserId":"1"}"#).unwrap_err().code, ErrorCode::InvalidField);
        let empty = r#"{"fromUserId":"","toUserId":"2"}"#;
        assert_eq!(decode(empty).unwrap_err().code, ErrorCode::InvalidField);
    }

    #[test]
    fn joined_names_do_not_meet() {
        assert_ne!(pair("a-b", "c"), pair("a", "b-c"));
        assert_eq!(pair("a", "b").reversed(), pair("b", "a"));
    }

    #[test]
    fn a_v1_client_sees_the_content_or_the_whole() {
        let with = r#"{"fromUserId":"1","toUserId":"2","content":"hi"}"#;
        assert_eq!(content_of(with).unwrap().as_str(), "hi");
        let without = r#"{"fromUserId":"1","toUserId":"2","msg":"hi"}"#;
        assert_eq!(content_of(without).unwrap().as_str(), without);
    }

    #[test]
    fn a_v1_message_reads_as_a_classic_one() {
        let ids = pair("ann", "小秋");
        let content = Content::parse("say \"hi\"").unwrap();
        let text = encode_message(&ids.from, &ids.to, &content);
        assert_eq!(decode(&text), Ok(ClassicFrame::Message(ids)));
        assert_eq!(content_of(&text), Ok(content));
    }
}

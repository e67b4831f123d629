//! Text to frames and back. Decoding names the rule that a text breaks.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ErrorCode, Rejection};
use crate::frame::{ClientFrame, RelayFrame};
use crate::id::MessageId;

/// Writes a frame as JSON.
pub fn encode<F: Frame>(frame: &F) -> String {
    // Frames are structs of strings and numbers with string keys: serde_json can't fail on them.
    serde_json::to_string(frame).unwrap_or_default()
}

/// Reads a frame from JSON. Unknown fields are ignored, so that newer peers can say more.
///
/// # Errors
/// A [`Rejection`] that names the first rule broken: [`ErrorCode::NotJson`],
/// [`ErrorCode::NotAnObject`], [`ErrorCode::MissingType`], [`ErrorCode::UnknownType`] or
/// [`ErrorCode::InvalidField`]. It carries the `id` of the text where that is a message id.
pub fn decode<F: Frame>(text: &str) -> Result<F, Rejection> {
    // The good case is one pass; only what fails is read again, to say why.
    serde_json::from_str(text).map_err(|error| diagnose::<F>(text, &error))
}

fn diagnose<F: Frame>(text: &str, error: &serde_json::Error) -> Rejection {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        // serde_json reads 127 levels, so that no text makes its reader's stack overflow.
        let rule = "a frame is one JSON object; this is not JSON, or nested more than 127 deep";
        return Rejection::new(ErrorCode::NotJson, rule);
    };
    let Value::Object(object) = value else {
        return Rejection::new(ErrorCode::NotAnObject, "a frame is one JSON object");
    };
    let id = object.get("id").and_then(Value::as_str).and_then(|id| MessageId::parse(id).ok());
    let rejection = match object.get("type").and_then(Value::as_str) {
        None => Rejection::new(ErrorCode::MissingType, "a frame has a `type`, which is a string"),
        Some(kind) if !F::TYPES.contains(&kind) => Rejection::new(
            ErrorCode::UnknownType,
            format!("`type` is one of {}", F::TYPES.join(", ")),
        ),
        Some(kind) => {
            Rejection::new(ErrorCode::InvalidField, format!("`{kind}`: {}", without_values(error)))
        }
    };
    rejection.about(id)
}

/// serde's message without the value that it quotes (`invalid type: string "…", expected u64`): it
/// could be a message's text, and this goes to logs.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}…{}", &text[..first], &text[last + 1..])
        }
        _ => text,
    }
}

/// A frame type, with the names that its `type` may have.
pub trait Frame: Serialize + DeserializeOwned {
    /// What `type` may be.
    const TYPES: &'static [&'static str];
}

impl Frame for ClientFrame {
    const TYPES: &'static [&'static str] = &Self::TYPES;
}

impl Frame for RelayFrame {
    const TYPES: &'static [&'static str] = &Self::TYPES;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(text: &str) -> ErrorCode {
        decode::<ClientFrame>(text).unwrap_err().code
    }

    #[test]
    fn each_rule_has_its_code() {
        assert_eq!(code_of("hello"), ErrorCode::NotJson);
        assert_eq!(code_of(""), ErrorCode::NotJson);
        assert_eq!(code_of("[1]"), ErrorCode::NotAnObject);
        assert_eq!(code_of("7"), ErrorCode::NotAnObject);
        assert_eq!(code_of("{}"), ErrorCode::MissingType);
        assert_eq!(code_of(r#"{"type":1}"#), ErrorCode::MissingType);
        assert_eq!(code_of(r#"{"type":"shout"}"#), ErrorCode::UnknownType);
        assert_eq!(code_of(r#"{"type":"open"}"#), ErrorCode::InvalidField);
        assert_eq!(code_of(r#"{"type":"open","fromUserId":7}"#), ErrorCode::InvalidField);
        assert_eq!(code_of(r#"{"type":"open","fromUserId":""}"#), ErrorCode::InvalidField);
        assert_eq!(code_of(r#"{"type":"ping","n":-1}"#), ErrorCode::InvalidField);
    }

    #[test]
    fn the_message_says_the_rule_and_never_the_content() {
        let long = format!(r#"{{"type":"open","fromUserId":"{}"}}"#, "x".repeat(100_000));
        let rejection = decode::<ClientFrame>(&long).unwrap_err();
        assert!(
            rejection.message.contains("1 to 64 characters, this one has 100000"),
            "{rejection}"
        );

        let secret = r#"{"type":"message","id":"m1","toUserId":"b","content":["my secret"]}"#;
        let rejection = decode::<ClientFrame>(secret).unwrap_err();
        assert!(!rejection.message.contains("secret"), "{rejection}");
        let secret = r#"{"type":"ping","n":"my \" secret"}"#;
        let rejection = decode::<ClientFrame>(secret).unwrap_err();
        assert!(!rejection.message.contains("secret"), "{rejection}");
    }

    #[test]
    fn a_refused_message_is_named() {
        let rejection =
            decode::<ClientFrame>(r#"{"type":"message","id":"m1","content":"hi"}"#).unwrap_err();
        assert_eq!(rejection.id, Some(MessageId::parse("m1").unwrap()));
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let open = r#"{"type":"open","fromUserId":"ann","key":"k","later":{"a":[1]}}"#;
        assert!(decode::<ClientFrame>(open).is_ok());
    }
}

//! Texts to frames and back. What a text means to the relay or to a session is left to the others.

use std::fmt::Debug;

use duologue_protocol::codec::{Frame, decode, encode};
use duologue_protocol::limits::FRAME_MAX_BYTES;
use duologue_protocol::{ClientFrame, ErrorCode, Rejection, RelayFrame, classic};
use serde_json::Value;

/// How much longer a frame may get by what it left out, such as the cursors of `open`.
const LEFT_OUT: usize = 64;

/// The longest rule, in words: it goes to a person and to the log.
const RULE_MAX_BYTES: usize = 512;

/// Stands for somebody's message. The quote is there since serde quotes what it complains about.
const SECRET: &str = "my \" secret";

/// Any text is a frame or breaks a rule. A frame is written and read as the same one; what breaks a rule is told by
/// a code of its own, without what the text says.
pub fn codec(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    each_way::<ClientFrame>(text);
    each_way::<RelayFrame>(text);
    // What these take is a matter of that dialect; none of it is a reason to panic.
    let _ = classic::decode(text);
    let _ = classic::content_of(text);
}

fn each_way<F: Frame + PartialEq + Debug>(text: &str) {
    match decode::<F>(text) {
        Ok(frame) => survives(&frame, text),
        Err(rejection) => names_its_rule(&rejection),
    }
    keeps_secrets::<F>(text);
}

fn survives<F: Frame + PartialEq + Debug>(frame: &F, text: &str) {
    let written = encode(frame);
    assert!(written.len() <= text.len() + LEFT_OUT, "{text} has grown to {written}");
    let again = decode::<F>(&written).unwrap_or_else(|no| panic!("{written} is no frame: {no}"));
    assert_eq!(again, *frame);
    assert_eq!(encode(&again), written);
}

fn names_its_rule(rejection: &Rejection) {
    let known = matches!(
        rejection.code,
        ErrorCode::NotJson
            | ErrorCode::NotAnObject
            | ErrorCode::MissingType
            | ErrorCode::UnknownType
            | ErrorCode::InvalidField
    );
    assert!(known, "{rejection:?}");
    assert!(rejection.message.len() <= RULE_MAX_BYTES, "{rejection}");
    let error = RelayFrame::from(rejection.clone());
    let written = encode(&error);
    assert!(written.len() <= FRAME_MAX_BYTES);
    assert_eq!(decode(&written).as_ref(), Ok(&error));
}

/// The same text with a secret for every string in it.
fn keeps_secrets<F: Frame>(text: &str) {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return };
    hide(&mut value);
    if let Err(rejection) = decode::<F>(&value.to_string()) {
        assert!(!rejection.message.contains("secret"), "{rejection}");
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::String(text) => SECRET.clone_into(text),
        Value::Array(values) => values.iter_mut().for_each(hide),
        // The type stays, or no field would ever be looked at.
        Value::Object(fields) => {
            fields
                .iter_mut()
                .filter(|(name, _)| *name != "type")
                .for_each(|(_, value)| hide(value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

//! The latest frames as they went over the wire.

use std::collections::VecDeque;
use std::sync::Arc;

use duologue_session::{Time, Transport};
use serde_json::Value;

/// About as many as a person reads back.
pub const FRAMES_MAX: usize = 400;

/// All texts together: four frames of the largest size, so that a conversation of large messages does
/// not fill the page's memory with what is in its store as well.
pub const FRAMES_MAX_BYTES: usize = 256 * 1024;

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Counts from 1: a name that stays.
    pub number: u64,
    /// When it was sent or came.
    pub at: Time,
    /// Whether the page sent it.
    pub is_up: bool,
    /// How it travelled.
    pub transport: Transport,
    /// What it was.
    pub text: Arc<str>,
}

impl Frame {
    /// Its `type`; empty if it has none.
    pub fn kind(&self) -> &str {
        kind(&self.text)
    }
}

/// The `type` of a frame. Both sides write it first; this is asked for each frame, so nothing is parsed.
pub fn kind(text: &str) -> &str {
    let after = text.trim_start().strip_prefix(r#"{"type":""#);
    after.and_then(|rest| rest.split_once('"')).map_or("", |(kind, _)| kind)
}

/// A frame to read: one field a line. `content` is shown only if that was asked for.
pub fn pretty(text: &str, with_content: bool) -> String {
    let Ok(mut frame) = serde_json::from_str::<Value>(text) else {
        // Nobody can tell what of it is somebody's message.
        return if with_content { text.to_owned() } else { hidden(text.len()) };
    };
    if !with_content && let Some(content) = frame.get_mut("content") {
        let bytes = content.as_str().map_or_else(|| content.to_string().len(), str::len);
        *content = Value::String(hidden(bytes));
    }
    format!("{frame:#}")
}

/// Whether there is something in it that [`pretty`] hides.
pub fn has_content(text: &str) -> bool {
    serde_json::from_str::<Value>(text).map_or(true, |frame| frame.get("content").is_some())
}

/// What stands for a text that is not shown.
pub fn hidden(bytes: usize) -> String {
    format!("••• ({bytes} bytes)")
}

/// The frames that are kept.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    latest: VecDeque<Frame>,
    bytes: usize,
    seen: u64,
}

impl Frames {
    pub(super) fn add(&mut self, at: Time, is_up: bool, transport: Transport, text: &str) {
        self.seen += 1;
        self.bytes += text.len();
        let text = text.into();
        self.latest.push_back(Frame { number: self.seen, at, is_up, transport, text });
        while self.latest.len() > FRAMES_MAX || self.bytes > FRAMES_MAX_BYTES {
            let Some(oldest) = self.latest.pop_front() else { break };
            self.bytes -= oldest.text.len();
        }
    }

    /// Those that are kept, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Frame> {
        self.latest.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_bounded_by_number_and_by_bytes() {
        let mut frames = Frames::default();
        for _ in 0..=FRAMES_MAX {
            frames.add(Time(0), true, Transport::WebSocket, "{}");
        }
        assert_eq!(frames.iter().count(), FRAMES_MAX);
        assert_eq!(frames.iter().next().unwrap().number, 2);
        let large = "x".repeat(FRAMES_MAX_BYTES / 2);
        for _ in 0..3 {
            frames.add(Time(0), false, Transport::WebSocket, &large);
        }
        assert_eq!(frames.iter().count(), 2);
        frames.add(Time(0), false, Transport::WebSocket, &"x".repeat(FRAMES_MAX_BYTES + 1));
        assert_eq!((frames.iter().count(), frames.bytes), (0, 0));
    }

    #[test]
    fn a_frame_is_named_without_being_parsed() {
        assert_eq!(kind(r#"{"type":"ping","n":1}"#), "ping");
        for other in ["", "{", r#"{"n":1,"type":"ping"}"#, r#"{"type":"pi"#, "[1]"] {
            assert_eq!(kind(other), "", "{other}");
        }
    }

    #[test]
    fn a_message_is_hidden_until_asked_for() {
        let frame = r#"{"type":"message","id":"m1","c\u006fntent":"se\"crét"}"#;
        let read = pretty(frame, false);
        assert!(read.contains("••• (8 bytes)") && !read.contains("cr"), "{read}");
        assert!(read.contains("\n  \"id\": \"m1\""), "{read}");
        assert!(pretty(frame, true).contains("se\\\"crét"));
        assert!(has_content(frame) && !has_content(r#"{"type":"ping","n":1}"#));
        let odd = r#"{"type":"message","content":{"deep":"secret"}}"#;
        assert!(!pretty(odd, false).contains("secret"));
        assert!(!pretty("secret, and no JSON", false).contains("secret"));
    }
}

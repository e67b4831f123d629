//! Why something was refused, or a link ended: by which rule, for whoever says that in words of their own, and in the words
//! of who refused it.

use std::fmt;

use duologue_protocol::ErrorCode;
use serde::{Deserialize, Serialize};

use crate::io::Down;
use crate::outbox::OUTBOX_MAX;

/// A reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// By which rule.
    pub rule: Rule,
    /// In words, in English. They may be more exact than the rule: with numbers, or names.
    pub words: String,
}

/// What kind of rule it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// The relay's, for a frame.
    Error(ErrorCode),
    /// The one for which a connection was closed: a WebSocket close code.
    Close(u16),
    /// The session's own: [`OUTBOX_MAX`] messages wait already.
    OutboxFull,
}

impl Reason {
    /// What the relay said of a frame.
    pub fn of_an_error(code: ErrorCode, words: impl Into<String>) -> Self {
        Self { rule: Rule::Error(code), words: words.into() }
    }

    /// What was said when a connection was closed.
    pub fn of_a_close(down: &Down) -> Self {
        let words = if down.reason.is_empty() {
            format!("the relay closed the connection with code {}", down.code)
        } else {
            down.reason.clone()
        };
        Self { rule: Rule::Close(down.code), words }
    }

    pub(crate) fn outbox_full() -> Self {
        let words = format!("{OUTBOX_MAX} messages are waiting already");
        Self { rule: Rule::OutboxFull, words }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

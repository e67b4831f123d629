//! What a relay answers to input that it can't take.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::MessageId;

/// The rule that was broken, for programs; an `error` frame's `message` says it for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorCode {
    /// The text is not JSON.
    NotJson,
    /// The JSON is not an object.
    NotAnObject,
    /// The object has no `type`, or one that is not a string.
    MissingType,
    /// The `type` is none that this protocol has.
    UnknownType,
    /// A field is missing, of another type, or breaks its rule.
    InvalidField,
    /// A binary frame; the protocol is text.
    BinaryFrame,
    /// A frame over the limit. The connection is closed after this one.
    FrameTooLarge,
    /// Something other than `open` or `ping` before `open`.
    NotOpen,
    /// A second `open` on one connection.
    AlreadyOpen,
    /// A name that is not written in its canonical form, or has none.
    InvalidName,
    /// The name belongs to another key, or to a key where none was given.
    NameTaken,
    /// The proof is for another relay, or was not made by its key for this connection.
    BadProof,
    /// This relay takes no clients without keys.
    KeyRequired,
    /// The relay has given out as many names as it does.
    NamesFull,
    /// A message to oneself.
    MessageToSelf,
    /// The sender used this id before, for something else. The first message stays.
    IdReused,
    /// A `received`, `read` or `fetch` beyond what this connection was sent.
    BeyondSent,
    /// A `read` for somebody who never wrote to this person.
    UnknownPeer,
    /// The relay can't store anything now. The client keeps its messages and sends them again later,
    /// this one first.
    StorageUnavailable,
    /// The addressee's mailbox is full, or as full as people that the addressee never wrote to may make it. The
    /// message is not stored; it may be tried again by hand.
    MailboxFull,
    /// More messages of one name, or connections of one address, than the relay takes in that time. The frame says
    /// when to go on; a client keeps its messages and sends them again then, this one first.
    RateLimited,
    /// An HTTP request without a token, or with one that no open connection has.
    BadToken,
    /// A poll `after` a frame that was not sent yet, or before one that was acknowledged.
    OutOfRange,
    /// A post whose first frame is not the next one.
    OutOfOrder,
    /// A poll that ended because a newer one of the same connection came.
    Replaced,
    /// A post of too many frames or bytes.
    PostTooLarge,
    /// The relay has as many connections as it takes.
    Busy,
    /// A code that a newer relay may send.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// All that this version knows, in the order in which they are declared.
    pub const ALL: [Self; 27] = [
        Self::NotJson,
        Self::NotAnObject,
        Self::MissingType,
        Self::UnknownType,
        Self::InvalidField,
        Self::BinaryFrame,
        Self::FrameTooLarge,
        Self::NotOpen,
        Self::AlreadyOpen,
        Self::InvalidName,
        Self::NameTaken,
        Self::BadProof,
        Self::KeyRequired,
        Self::NamesFull,
        Self::MessageToSelf,
        Self::IdReused,
        Self::BeyondSent,
        Self::UnknownPeer,
        Self::StorageUnavailable,
        Self::MailboxFull,
        Self::RateLimited,
        Self::BadToken,
        Self::OutOfRange,
        Self::OutOfOrder,
        Self::Replaced,
        Self::PostTooLarge,
        Self::Busy,
    ];
}

/// Input that was refused, and why. Becomes an `error` frame in v1 and a log line in the classic
/// dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The rule, for programs.
    pub code: ErrorCode,
    /// The rule, for people. Never holds a message's content.
    pub message: String,
    /// The message that it is about, where it is about one.
    pub id: Option<MessageId>,
    /// When it makes sense to try again, where that is known.
    pub retry_after: Option<Duration>,
}

impl Rejection {
    /// A rejection that is not about one message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), id: None, retry_after: None }
    }

    /// The same, with a time after which to try again.
    #[must_use]
    pub fn until(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    /// The same, about the message `id`.
    #[must_use]
    pub fn about(mut self, id: Option<MessageId>) -> Self {
        self.id = id;
        self
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Rejection {}

//! The frames of v1: JSON objects with a `type`, in camelCase. `docs/protocol.md` has an example of
//! each and the order in which they come.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::content::Content;
use crate::error::{ErrorCode, Rejection};
use crate::handshake::Handshake;
use crate::id::{MessageId, Nonce, UserId};
use crate::identity::{Proof, PublicKey};
use crate::limits;
use crate::seq::Seq;
use crate::time::UnixMillis;

/// What a client says to the relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    /// Says who this connection belongs to: the first frame, answered by `welcome`.
    Open {
        /// Whose connection this is.
        from_user_id: UserId,
        /// Up to where this client has the person's mail. Absent: from the beginning.
        #[serde(default)]
        cursor: Seq,
        /// Up to where it has the person's receipts, by their `version`. Absent: from the beginning.
        #[serde(default)]
        receipts: Seq,
        /// That it is theirs. Absent: a client without keys, which gets no name that has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Box<Proof>>,
    },
    /// A message to one person, answered by `stored` or by an `error` with the same id.
    Message {
        /// The sender's own name for it. A repeat after a broken link carries the same id.
        id: MessageId,
        /// Who is to get it.
        to_user_id: UserId,
        /// What it says.
        #[serde(flatten)]
        content: Content,
    },
    /// Everything up to here is safe with this client: its senders are told.
    Received {
        /// The `seq` of the last message.
        up_to: Seq,
    },
    /// The person has read what `peer` wrote, up to here: `peer` is told.
    Read {
        /// Who wrote it.
        peer: UserId,
        /// The `seq` of the last message that was read.
        up_to: Seq,
    },
    /// Something is missing after this: the relay goes on from there once more.
    Fetch {
        /// Up to where the client has everything.
        after: Seq,
    },
    /// Whose is this name? Answered by `identity`.
    WhoIs {
        /// The name.
        peer: UserId,
    },
    /// The person is writing to somebody. Kept nowhere, and without an answer.
    Typing {
        /// To whom.
        to_user_id: UserId,
    },
    /// Who is to be told of this person, and of whom it wants to be told: see `presence`. Replaces what this person
    /// said before, on any connection.
    Watch {
        /// At most [`WATCH_MAX`](limits::WATCH_MAX).
        peers: Vec<UserId>,
    },
    /// A heartbeat, answered by `pong` with the same number.
    Ping {
        /// Any number; it comes back.
        n: u64,
    },
}

impl ClientFrame {
    /// The `type` of every frame that a client may send.
    pub const TYPES: [&'static str; 9] =
        ["open", "message", "received", "read", "fetch", "whoIs", "typing", "watch", "ping"];
}

/// What the relay says to a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(try_from = "crate::flat::Flat")]
pub enum RelayFrame {
    /// The first frame of every connection.
    Challenge {
        /// Random, for this connection alone.
        nonce: Nonce,
    },
    /// `open` was taken: the connection is good, and the mail after `cursor` follows.
    Welcome {
        /// Who the relay takes this connection for.
        user_id: UserId,
        /// From where the relay goes on: the `cursor` of `open`, or 0 where that is none of this relay's.
        cursor: Seq,
        /// The same for the receipts.
        receipts: Seq,
        /// When to send heartbeats and when to give up.
        heartbeat: Heartbeat,
        /// The largest things that the relay takes.
        limits: Limits,
        /// How this connection was opened, where it is a WebSocket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handshake: Option<Box<Handshake>>,
    },
    /// A message of this connection is on the relay's disk. A repeat gets the same answer again.
    Stored {
        /// The message's id.
        id: MessageId,
        /// Its place in the relay's order, by which receipts name it.
        seq: Seq,
        /// When the relay took it.
        at: UnixMillis,
    },
    /// A message to this person.
    Message {
        /// Its place in the relay's order.
        seq: Seq,
        /// The place that this connection was at before. If the client isn't there, something is
        /// missing, and `fetch` asks for it.
        prev: Seq,
        /// The sender's name for it, unique among the sender's messages.
        id: MessageId,
        /// Who wrote it.
        from_user_id: UserId,
        /// What it says.
        #[serde(flatten)]
        content: Content,
        /// When the relay took it.
        at: UnixMillis,
    },
    /// The client has all there is; what comes now is new.
    CaughtUp {
        /// The place that this connection was at before, as in `message`.
        prev: Seq,
        /// The place that it is at now.
        cursor: Seq,
    },
    /// A message that this person sent on another connection. Comes while both are open, and not again.
    Sent {
        /// The message's id.
        id: MessageId,
        /// Who gets it.
        to_user_id: UserId,
        /// What it says.
        #[serde(flatten)]
        content: Content,
        /// Its place in the relay's order.
        seq: Seq,
        /// When the relay took it.
        at: UnixMillis,
    },
    /// What this person wrote to `peer` is safe with a client of theirs, up to here.
    Delivered {
        /// Who got it.
        peer: UserId,
        /// The `seq` of the last message.
        up_to: Seq,
        /// Counts this person's receipts: what `open` says when it comes back.
        version: Seq,
    },
    /// What this person wrote to `peer` was read, up to here.
    Read {
        /// Who read it.
        peer: UserId,
        /// The `seq` of the last message.
        up_to: Seq,
        /// Counts this person's receipts: what `open` says when it comes back.
        version: Seq,
    },
    /// The answer to `whoIs`.
    Identity {
        /// The name.
        peer: UserId,
        /// The key that it belongs to. Absent: nobody's, so anybody may have it, if it can be had at all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<PublicKey>,
    },
    /// Somebody whom this person watches, and who watches them, is writing to them.
    Typing {
        /// Who.
        from_user_id: UserId,
    },
    /// Whether somebody is there whom this person watches, and who watches them. Comes after `watch`, and whenever it
    /// changes.
    Presence {
        /// Who.
        user_id: UserId,
        /// Whether they have a connection, or had one a moment ago.
        online: bool,
        /// When they had one last, where they have none and the relay knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seen: Option<UnixMillis>,
    },
    /// The answer to `ping`.
    Pong {
        /// The number of the `ping`.
        n: u64,
        /// Where this connection is in the mailbox. If the client isn't there, something is missing,
        /// and `fetch` asks for it. 0 before `open`.
        #[serde(default)]
        cursor: Seq,
    },
    /// Something that the client sent was refused. The connection lives on unless a close follows.
    Error {
        /// The rule, for programs.
        code: ErrorCode,
        /// The rule, for people.
        message: String,
        /// The message that it is about, where it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<MessageId>,
        /// After how many milliseconds to try again, where the relay knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u32>,
    },
}

impl RelayFrame {
    /// The `type` of every frame that a relay may send.
    pub const TYPES: [&'static str; 13] = [
        "challenge",
        "welcome",
        "stored",
        "message",
        "caughtUp",
        "sent",
        "delivered",
        "read",
        "identity",
        "typing",
        "presence",
        "pong",
        "error",
    ];
}

impl From<Rejection> for RelayFrame {
    fn from(Rejection { code, message, id, retry_after }: Rejection) -> Self {
        // Never a moment too early.
        let millis = |after: Duration| after.as_nanos().div_ceil(1_000_000);
        let retry_after_ms =
            retry_after.map(|after| u32::try_from(millis(after)).unwrap_or(u32::MAX));
        Self::Error { code, message, id, retry_after_ms }
    }
}

/// The heartbeat that the relay expects of a client, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// How long after the last `ping` the next is due.
    pub interval_ms: u32,
    /// How long a silence means that the link is dead.
    pub timeout_ms: u32,
}

impl Heartbeat {
    /// A heartbeat of these times. Anything over 49 days is cut to that.
    pub fn new(interval: Duration, timeout: Duration) -> Self {
        let millis = |d: Duration| u32::try_from(d.as_millis()).unwrap_or(u32::MAX);
        Self { interval_ms: millis(interval), timeout_ms: millis(timeout) }
    }
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self::new(limits::HEARTBEAT_INTERVAL, limits::HEARTBEAT_TIMEOUT)
    }
}

/// The largest things that a relay takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Of one text frame, in bytes.
    pub frame_bytes: u32,
    /// Of one message's content, in bytes of UTF-8.
    pub content_bytes: u32,
    /// Of a user id, in Unicode scalar values.
    pub user_id_chars: u32,
}

impl Default for Limits {
    #[expect(clippy::cast_possible_truncation, reason = "constants, far below 2^32")]
    fn default() -> Self {
        Self {
            frame_bytes: limits::FRAME_MAX_BYTES as u32,
            content_bytes: limits::CONTENT_MAX_BYTES as u32,
            user_id_chars: limits::USER_ID_MAX_CHARS as u32,
        }
    }
}

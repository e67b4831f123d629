//! How a client reads the relay's frames: as one object of all the fields that there are, each of which may
//! be missing, and then by its `type`. serde's own way with a `type` makes code for each frame and costs
//! every visitor of the page some thousands of bytes; this is read as strictly.

use std::fmt;

use serde::Deserialize;

use crate::content::{Content, Words};
use crate::error::ErrorCode;
use crate::frame::{Heartbeat, Limits, RelayFrame};
use crate::handshake::Handshake;
use crate::id::{MessageId, Nonce, UserId};
use crate::identity::PublicKey;
use crate::relation::Relation;
use crate::seq::Seq;
use crate::time::UnixMillis;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Flat {
    r#type: String,
    nonce: Option<Nonce>,
    user_id: Option<UserId>,
    cursor: Option<Seq>,
    receipts: Option<Seq>,
    heartbeat: Option<Heartbeat>,
    limits: Option<Limits>,
    handshake: Option<Box<Handshake>>,
    id: Option<MessageId>,
    seq: Option<Seq>,
    at: Option<UnixMillis>,
    prev: Option<Seq>,
    from_user_id: Option<UserId>,
    to_user_id: Option<UserId>,
    content: Option<Words>,
    relation: Option<Box<Relation>>,
    peer: Option<UserId>,
    key: Option<PublicKey>,
    up_to: Option<Seq>,
    version: Option<Seq>,
    online: Option<bool>,
    last_seen: Option<UnixMillis>,
    n: Option<u64>,
    code: Option<ErrorCode>,
    message: Option<String>,
    retry_after_ms: Option<u32>,
}

/// Why an object is no frame.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoFrame {
    Missing(&'static str),
    UnknownType,
}

impl fmt::Display for NoFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(f, "missing field `{field}`"),
            Self::UnknownType => f.write_str("unknown `type`"),
        }
    }
}

fn need<T>(field: Option<T>, name: &'static str) -> Result<T, NoFrame> {
    field.ok_or(NoFrame::Missing(name))
}

impl TryFrom<Flat> for RelayFrame {
    type Error = NoFrame;

    fn try_from(flat: Flat) -> Result<Self, NoFrame> {
        Ok(match flat.r#type.as_str() {
            "challenge" => Self::Challenge { nonce: need(flat.nonce, "nonce")? },
            "welcome" => Self::Welcome {
                user_id: need(flat.user_id, "userId")?,
                cursor: need(flat.cursor, "cursor")?,
                receipts: need(flat.receipts, "receipts")?,
                heartbeat: need(flat.heartbeat, "heartbeat")?,
                limits: need(flat.limits, "limits")?,
                handshake: flat.handshake,
            },
            "stored" => Self::Stored {
                id: need(flat.id, "id")?,
                seq: need(flat.seq, "seq")?,
                at: need(flat.at, "at")?,
            },
            "message" => Self::Message {
                seq: need(flat.seq, "seq")?,
                prev: need(flat.prev, "prev")?,
                id: need(flat.id, "id")?,
                from_user_id: need(flat.from_user_id, "fromUserId")?,
                content: Content::new(need(flat.content, "content")?, flat.relation),
                at: need(flat.at, "at")?,
            },
            "caughtUp" => Self::CaughtUp {
                prev: need(flat.prev, "prev")?,
                cursor: need(flat.cursor, "cursor")?,
            },
            "sent" => Self::Sent {
                id: need(flat.id, "id")?,
                to_user_id: need(flat.to_user_id, "toUserId")?,
                content: Content::new(need(flat.content, "content")?, flat.relation),
                seq: need(flat.seq, "seq")?,
                at: need(flat.at, "at")?,
            },
            "delivered" => Self::Delivered {
                peer: need(flat.peer, "peer")?,
                up_to: need(flat.up_to, "upTo")?,
                version: need(flat.version, "version")?,
            },
            "read" => Self::Read {
                peer: need(flat.peer, "peer")?,
                up_to: need(flat.up_to, "upTo")?,
                version: need(flat.version, "version")?,
            },
            "identity" => Self::Identity { peer: need(flat.peer, "peer")?, key: flat.key },
            "typing" => Self::Typing { from_user_id: need(flat.from_user_id, "fromUserId")? },
            "presence" => Self::Presence {
                user_id: need(flat.user_id, "userId")?,
                online: need(flat.online, "online")?,
                last_seen: flat.last_seen,
            },
            "pong" => Self::Pong { n: need(flat.n, "n")?, cursor: flat.cursor.unwrap_or_default() },
            "error" => Self::Error {
                code: need(flat.code, "code")?,
                message: need(flat.message, "message")?,
                id: flat.id,
                retry_after_ms: flat.retry_after_ms,
            },
            _ => return Err(NoFrame::UnknownType),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::codec::decode;
    use crate::{ErrorCode, RelayFrame};

    #[test]
    fn a_frame_without_one_of_its_fields_is_refused_by_its_name() {
        for (frame, missing) in [
            (r#"{"type":"challenge"}"#, "nonce"),
            (r#"{"type":"caughtUp","prev":1}"#, "cursor"),
            (r#"{"type":"delivered","upTo":1,"version":1}"#, "peer"),
            (r#"{"type":"typing"}"#, "fromUserId"),
            (r#"{"type":"presence","userId":"ben"}"#, "online"),
            (r#"{"type":"pong"}"#, "`n`"),
            (r#"{"type":"error","code":"notJson"}"#, "message"),
        ] {
            let rejection = decode::<RelayFrame>(frame).unwrap_err();
            assert_eq!(rejection.code, ErrorCode::InvalidField, "{frame}");
            assert!(rejection.message.contains(missing), "{rejection}");
        }
        let unknown = decode::<RelayFrame>(r#"{"type":"news","cursor":1}"#).unwrap_err();
        assert_eq!(unknown.code, ErrorCode::UnknownType);
        let wrong = decode::<RelayFrame>(r#"{"type":"pong","n":-1}"#).unwrap_err();
        assert_eq!(wrong.code, ErrorCode::InvalidField);
    }

    #[test]
    fn what_may_be_left_out_may() {
        let pong: RelayFrame = decode(r#"{"type":"pong","n":3,"newer":[1]}"#).unwrap();
        assert_eq!(pong, RelayFrame::Pong { n: 3, cursor: crate::Seq::START });
    }
}

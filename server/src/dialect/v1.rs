//! v1: typed frames both ways. Every frame of a client is answered, bad ones with an `error` that
//! names the rule.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytestring::ByteString;
use duologue_protocol::classic::{self, Pair};
use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::limits::FRAME_MAX_BYTES;
use duologue_protocol::{
    ClientFrame, Content, ErrorCode, MessageId, Nonce, Rejection, RelayFrame, UnixMillis, UserId,
    codec,
};

use super::{Dialect, RefusalLog, log_open};
use crate::hub::{Attachment, Hub, Letter};
use crate::outgoing::Outgoing;

/// A v1 connection.
#[derive(Debug)]
pub struct V1 {
    hub: Arc<Hub>,
    outgoing: Outgoing,
    heartbeat: Heartbeat,
    open: Option<Open>,
    refusals: RefusalLog,
}

#[derive(Debug)]
struct Open {
    user: UserId,
    attachment: Attachment,
}

impl V1 {
    /// A connection that was not opened yet; `challenge` is on its way.
    pub fn new(hub: Arc<Hub>, outgoing: Outgoing, nonce: Nonce, heartbeat: Heartbeat) -> Self {
        let connection =
            Self { hub, outgoing, heartbeat, open: None, refusals: RefusalLog::default() };
        connection.send(&RelayFrame::Challenge { nonce });
        connection
    }

    fn take(&mut self, text: &str) -> Result<(), Rejection> {
        match codec::decode(text)? {
            ClientFrame::Open { from_user_id } => self.open(from_user_id),
            ClientFrame::Message { id, to_user_id, content } => {
                self.message(&id, to_user_id, content).map_err(|no| no.about(Some(id)))
            }
            ClientFrame::Ping { n } => {
                self.send(&RelayFrame::Pong { n });
                Ok(())
            }
        }
    }

    fn open(&mut self, user: UserId) -> Result<(), Rejection> {
        if self.open.is_some() {
            return Err(Rejection::new(ErrorCode::AlreadyOpen, "a connection opens once"));
        }
        // Before the connection is in the hub, so that `welcome` comes before any message.
        self.send(&RelayFrame::Welcome {
            user_id: user.clone(),
            heartbeat: self.heartbeat,
            limits: Limits::default(),
        });
        let attachment = self.hub.attach_person(user.clone(), self.outgoing.clone());
        log_open(&user);
        self.open = Some(Open { user, attachment });
        Ok(())
    }

    fn message(&self, id: &MessageId, to: UserId, content: Content) -> Result<(), Rejection> {
        let Some(open) = &self.open else {
            return Err(Rejection::new(ErrorCode::NotOpen, "`open` comes before any message"));
        };
        if open.user == to {
            return Err(Rejection::new(ErrorCode::MessageToSelf, "a message is to somebody else"));
        }
        let at = unix_millis(SystemTime::now());
        let pair = Pair { from: open.user.clone(), to };
        let in_classic = classic::encode_message(&pair.from, &pair.to, &content);
        let in_v1 = codec::encode(&RelayFrame::Message {
            id: id.clone(),
            from_user_id: pair.from.clone(),
            to_user_id: pair.to.clone(),
            content,
            at,
        });
        let letter = Letter { pair, v1: Some(in_v1.into()), classic: Some(in_classic.into()) };
        if !open.attachment.deliver(&letter) {
            let rule =
                format!("{} is not connected, and the relay keeps no messages", letter.pair.to);
            return Err(Rejection::new(ErrorCode::PeerUnavailable, rule));
        }
        self.send(&RelayFrame::Accepted { id: id.clone(), at });
        Ok(())
    }

    fn refuse(&mut self, rejection: Rejection) {
        self.refusals.note(&rejection);
        self.send(&rejection.into());
    }

    fn send(&self, frame: &RelayFrame) {
        // Where the queue takes no more, the transport ends the connection.
        self.outgoing.text(codec::encode(frame));
    }
}

impl Dialect for V1 {
    const NAME: &'static str = "v1";

    fn on_text(&mut self, text: ByteString) {
        if let Err(rejection) = self.take(&text) {
            self.refuse(rejection);
        }
    }

    fn on_binary(&mut self) {
        self.refuse(binary_frame());
    }

    fn on_oversize(&mut self) {
        self.refuse(frame_too_large());
    }

    fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

pub(super) fn binary_frame() -> Rejection {
    Rejection::new(ErrorCode::BinaryFrame, "frames are text, this one was binary")
}

pub(super) fn frame_too_large() -> Rejection {
    Rejection::new(ErrorCode::FrameTooLarge, format!("a frame has at most {FRAME_MAX_BYTES} bytes"))
}

/// The time as frames carry it. A clock before 1970 or after the year 500,000,000 is wrong anyway.
pub(super) fn unix_millis(time: SystemTime) -> UnixMillis {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

//! v1: typed frames both ways. Every frame of a client is answered, bad ones with an `error` that
//! names the rule.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytestring::ByteString;
use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::handshake::Handshake;
use duologue_protocol::limits::FRAME_MAX_BYTES;
use duologue_protocol::{
    ClientFrame, CloseCode, ErrorCode, Nonce, Proof, Rejection, RelayFrame, Seq, UnixMillis,
    UserId, codec,
};

use super::{Dialect, RefusalLog, log_open};
use crate::hub::{Attachment, Hub, Opening, Post};
use crate::identity::{Door, canonical_only};
use crate::outgoing::Outgoing;
use crate::post::{Room, Share};

/// A v1 connection.
#[derive(Debug)]
pub struct V1 {
    hub: Arc<Hub>,
    outgoing: Outgoing,
    nonce: Nonce,
    door: Door,
    heartbeat: Heartbeat,
    handshake: Option<Box<Handshake>>,
    attachment: Option<Attachment>,
    share: Share,
    refusals: RefusalLog,
}

impl V1 {
    /// A connection that was not opened yet; `challenge` is on its way. `door`: whom it lets in.
    /// `handshake`: how it came to be, where it is a WebSocket.
    pub fn new(
        hub: Arc<Hub>,
        outgoing: Outgoing,
        nonce: Nonce,
        door: Door,
        heartbeat: Heartbeat,
        handshake: Option<Box<Handshake>>,
    ) -> Self {
        let refusals = RefusalLog::new(hub.metrics.refusals.of(Self::NAME));
        let challenge = RelayFrame::Challenge { nonce: nonce.clone() };
        let (attachment, share) = (None, Share::default());
        let connection =
            Self { hub, outgoing, nonce, door, heartbeat, handshake, attachment, share, refusals };
        connection.send(&challenge);
        connection
    }

    /// A frame arrived that was read already.
    pub fn on_frame(&mut self, frame: ClientFrame, room: Room) {
        if let Err(rejection) = self.take(frame, room) {
            self.refuse(rejection);
        }
    }

    fn take(&mut self, frame: ClientFrame, room: Room) -> Result<(), Rejection> {
        match frame {
            ClientFrame::Open { from_user_id, cursor, receipts, proof } => {
                self.open(from_user_id, cursor, receipts, proof.as_deref())
            }
            ClientFrame::Message { id, to_user_id: to, content } => {
                canonical_only(&to).map_err(|no| no.about(Some(id.clone())))?;
                let post = Post {
                    to,
                    id: id.clone(),
                    at: unix_millis(SystemTime::now()),
                    content: Some(content),
                    classic: None,
                };
                self.opened()
                    .and_then(|attachment| attachment.post(post, room))
                    .map_err(|no| no.about(Some(id)))
            }
            ClientFrame::Received { up_to } => self.opened()?.received(up_to, room),
            ClientFrame::Read { peer, up_to } => self.opened()?.read(peer, up_to, room),
            ClientFrame::Fetch { after } => self.opened()?.fetch(after),
            ClientFrame::WhoIs { peer } => {
                self.opened()?;
                // In another form than its own a name is nobody's. An error would name no message, and what waits for
                // this answer would wait for ever; so it is sent, and refused by its id.
                self.send(&RelayFrame::Identity { key: self.hub.key_of(&peer), peer });
                Ok(())
            }
            ClientFrame::Typing { to_user_id: to } => {
                let attachment = self.opened()?;
                attachment.typing(&to);
                Ok(())
            }
            ClientFrame::Watch { peers } => self.opened()?.watch(peers),
            ClientFrame::Ping { n } => {
                let cursor = self.attachment.as_ref().map_or(Seq::START, Attachment::position);
                self.send(&RelayFrame::Pong { n, cursor });
                Ok(())
            }
        }
    }

    fn open(
        &mut self,
        user: UserId,
        cursor: Seq,
        receipts: Seq,
        proof: Option<&Proof>,
    ) -> Result<(), Rejection> {
        if self.attachment.is_some() {
            return Err(Rejection::new(ErrorCode::AlreadyOpen, "a connection opens once"));
        }
        match self.try_open(user, cursor, receipts, proof) {
            Ok(attachment) => self.attachment = Some(attachment),
            // Nothing that the same client could say would help.
            Err(rejection) => {
                self.refuse(rejection);
                self.outgoing.end(CloseCode::NotYours);
            }
        }
        Ok(())
    }

    fn try_open(
        &mut self,
        user: UserId,
        cursor: Seq,
        receipts: Seq,
        proof: Option<&Proof>,
    ) -> Result<Attachment, Rejection> {
        let key = self.door.check(&self.nonce, &user, proof)?;
        // Of several who take a name at the same moment one gets it, and all are counted.
        if key.is_some() && self.hub.key_of(&user).is_none() {
            self.door.take_name()?;
        }
        let (cursor, receipts) = self.hub.resume(cursor, receipts);
        let welcome = RelayFrame::Welcome {
            user_id: user.clone(),
            cursor,
            receipts,
            heartbeat: self.heartbeat,
            limits: Limits::default(),
            handshake: self.handshake.take(),
        };
        log_open(&user);
        let opening = Opening { person: user, key, welcome: codec::encode(&welcome).into() };
        self.hub.attach_person(opening, self.outgoing.clone(), cursor, receipts)
    }

    fn opened(&mut self) -> Result<&mut Attachment, Rejection> {
        let rule = "`open` comes before anything but `ping`";
        self.attachment.as_mut().ok_or_else(|| Rejection::new(ErrorCode::NotOpen, rule))
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

    fn try_room(&self) -> Option<Room> {
        self.hub.try_room(&self.share)
    }

    fn room(&self) -> impl Future<Output = Room> + Send + use<> {
        let (hub, share) = (Arc::clone(&self.hub), self.share.clone());
        async move { hub.room(&share).await }
    }

    fn on_text(&mut self, text: ByteString, room: Room) {
        match codec::decode(&text) {
            Ok(frame) => self.on_frame(frame, room),
            Err(rejection) => self.refuse(rejection),
        }
    }

    fn on_binary(&mut self) {
        self.refuse(binary_frame());
    }

    fn on_oversize(&mut self) {
        self.refuse(frame_too_large());
    }

    fn is_open(&self) -> bool {
        self.attachment.is_some()
    }
}

pub(super) fn binary_frame() -> Rejection {
    Rejection::new(ErrorCode::BinaryFrame, "frames are text, this one was binary")
}

pub(super) fn frame_too_large() -> Rejection {
    Rejection::new(ErrorCode::FrameTooLarge, format!("a frame has at most {FRAME_MAX_BYTES} bytes"))
}

/// The time as frames carry it. A clock before 1970 or after the year 500,000,000 is wrong anyway.
pub(crate) fn unix_millis(time: SystemTime) -> UnixMillis {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

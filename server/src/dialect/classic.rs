//! The article dialect: what a page written for the classic Node tutorial speaks. Such a page shows
//! whatever text it gets, so it gets other people's messages and nothing else: refusals go to the
//! log.

use std::sync::Arc;
use std::time::SystemTime;

use bytestring::ByteString;
use duologue_protocol::classic::{self, ClassicFrame, Pair};
use duologue_protocol::{CloseCode, ErrorCode, Rejection, UserId};

use super::{Dialect, RefusalLog, log_open, v1};
use crate::hub::{Attachment, Hub, Post};
use crate::identity::Door;
use crate::names;
use crate::outgoing::{Outgoing, OutgoingFrame};
use crate::post::{Room, Share};
use crate::random::MessageIds;

/// A classic connection.
#[derive(Debug)]
pub struct Classic {
    hub: Arc<Hub>,
    outgoing: Outgoing,
    door: Door,
    open: Option<Open>,
    share: Share,
    refusals: RefusalLog,
}

#[derive(Debug)]
struct Open {
    /// As the page says it.
    pair: Pair,
    /// Whom it is open to, in the form that names are compared in.
    to: UserId,
    ids: MessageIds,
    attachment: Attachment,
}

impl Classic {
    /// A connection that was not opened yet. `door`: whom it lets in.
    pub fn new(hub: Arc<Hub>, outgoing: Outgoing, door: Door) -> Self {
        let refusals = RefusalLog::new(hub.metrics.refusals.of(Self::NAME));
        Self { hub, outgoing, door, open: None, share: Share::default(), refusals }
    }

    fn take(&mut self, text: ByteString, room: Room) -> Result<(), Rejection> {
        match classic::decode(&text)? {
            ClassicFrame::Open(pair) => self.open(pair),
            ClassicFrame::Message(pair) => self.message(&pair, text, room),
            ClassicFrame::Heartbeat => {
                self.outgoing.push(OutgoingFrame::Pong);
                Ok(())
            }
        }
    }

    fn open(&mut self, pair: Pair) -> Result<(), Rejection> {
        if self.open.is_some() {
            return Err(Rejection::new(ErrorCode::AlreadyOpen, "a connection opens once"));
        }
        let attached = self.door.check_classic().and_then(|()| {
            // Names are compared in one form; the text that goes on is as it came.
            let ids = MessageIds::new().map_err(|_| {
                Rejection::new(ErrorCode::StorageUnavailable, "no randomness for ids")
            })?;
            let canonical = Pair { from: canonical(&pair.from)?, to: canonical(&pair.to)? };
            let to = canonical.to.clone();
            Ok((self.hub.attach_pair(canonical, self.outgoing.clone())?, to, ids))
        });
        // The page would wait for ever.
        let (attachment, to, ids) =
            attached.inspect_err(|_| self.outgoing.end(CloseCode::NotYours))?;
        log_open(&pair.from);
        self.open = Some(Open { pair, to, ids, attachment });
        Ok(())
    }

    fn message(&mut self, pair: &Pair, text: ByteString, room: Room) -> Result<(), Rejection> {
        let Some(open) = &mut self.open else {
            return Err(Rejection::new(ErrorCode::NotOpen, "the first object is an `open`"));
        };
        if pair.from != open.pair.from {
            return Err(Rejection::new(
                ErrorCode::InvalidField,
                "`fromUserId` is the one that the connection was opened with",
            ));
        }
        let to = if pair.to == open.pair.to { open.to.clone() } else { canonical(&pair.to)? };
        let (id, at) = (open.ids.fresh(), v1::unix_millis(SystemTime::now()));
        // What breaks a rule of v1 goes to classic pages all the same.
        open.attachment.post(Post { to, id, at, content: None, classic: Some(text) }, room)
    }
}

fn canonical(name: &UserId) -> Result<UserId, Rejection> {
    names::canonical(name).ok_or_else(|| Rejection::new(ErrorCode::InvalidName, names::RULE))
}

impl Dialect for Classic {
    const NAME: &'static str = "classic";

    fn try_room(&self) -> Option<Room> {
        let room = self.hub.try_room(&self.share)?;
        let may_send =
            self.open.as_ref().is_none_or(|open| self.hub.admits(open.attachment.person()));
        may_send.then_some(room)
    }

    fn room(&self) -> impl Future<Output = Room> + Send + use<> {
        let (hub, share) = (Arc::clone(&self.hub), self.share.clone());
        let name = self.open.as_ref().map(|open| open.attachment.person().clone());
        async move {
            // A page that sends too fast can't be told, so it is read from more slowly.
            if let Some(name) = name {
                hub.pace(&name).await;
            }
            hub.room(&share).await
        }
    }

    fn on_text(&mut self, text: ByteString, room: Room) {
        if let Err(rejection) = self.take(text, room) {
            self.refusals.note(&rejection);
        }
    }

    fn on_binary(&mut self) {
        self.refusals.note(&v1::binary_frame());
    }

    fn on_oversize(&mut self) {
        self.refusals.note(&v1::frame_too_large());
    }

    fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

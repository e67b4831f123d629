//! The article dialect: what a page written for the classic Node tutorial speaks. Such a page shows
//! whatever text it gets, so it gets other people's messages and nothing else: refusals go to the
//! log.

use std::sync::Arc;
use std::time::SystemTime;

use bytestring::ByteString;
use duologue_protocol::classic::{self, ClassicFrame, Pair};
use duologue_protocol::{ErrorCode, Rejection, RelayFrame, codec};

use super::{Dialect, RefusalLog, log_open, v1};
use crate::hub::{Attachment, Hub, Letter};
use crate::outgoing::{Outgoing, OutgoingFrame};
use crate::random;

/// A classic connection.
#[derive(Debug)]
pub struct Classic {
    hub: Arc<Hub>,
    outgoing: Outgoing,
    open: Option<Open>,
    refusals: RefusalLog,
}

#[derive(Debug)]
struct Open {
    pair: Pair,
    attachment: Attachment,
}

impl Classic {
    /// A connection that was not opened yet.
    pub fn new(hub: Arc<Hub>, outgoing: Outgoing) -> Self {
        Self { hub, outgoing, open: None, refusals: RefusalLog::default() }
    }

    fn take(&mut self, text: ByteString) -> Result<(), Rejection> {
        match classic::decode(&text)? {
            ClassicFrame::Open(pair) => self.open(pair),
            ClassicFrame::Message(pair) => self.message(pair, text),
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
        let attachment = self.hub.attach_pair(pair.clone(), self.outgoing.clone());
        log_open(&pair.from);
        self.open = Some(Open { pair, attachment });
        Ok(())
    }

    fn message(&mut self, pair: Pair, text: ByteString) -> Result<(), Rejection> {
        let Some(open) = &self.open else {
            return Err(Rejection::new(ErrorCode::NotOpen, "the first object is an `open`"));
        };
        if pair.from != open.pair.from {
            return Err(Rejection::new(
                ErrorCode::InvalidField,
                "`fromUserId` is the one that the connection was opened with",
            ));
        }
        if pair.from == pair.to {
            return Err(Rejection::new(ErrorCode::MessageToSelf, "a message is to somebody else"));
        }
        let letter = Letter { v1: in_v1(&pair, &text).ok(), classic: Some(text), pair };
        // Nobody there to take it is no fault of this client, and it has no way to be told.
        open.attachment.deliver(&letter);
        Ok(())
    }
}

/// The message in the words of v1.
///
/// # Errors
/// Where v1 can't say it: its content breaks a rule there. Classic connections get it all the same.
fn in_v1(pair: &Pair, text: &str) -> Result<ByteString, Box<dyn std::error::Error>> {
    let frame = RelayFrame::Message {
        id: random::message_id()?,
        from_user_id: pair.from.clone(),
        to_user_id: pair.to.clone(),
        content: classic::content_of(text)?,
        at: v1::unix_millis(SystemTime::now()),
    };
    Ok(codec::encode(&frame).into())
}

impl Dialect for Classic {
    const NAME: &'static str = "classic";

    fn on_text(&mut self, text: ByteString) {
        if let Err(rejection) = self.take(text) {
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

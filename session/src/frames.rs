//! What each frame of the relay does to a session.

use std::time::Duration;

use duologue_protocol::frame::Heartbeat;
use duologue_protocol::{
    ClientFrame, ErrorCode, Fingerprint, MessageId, Proof, RelayFrame, Seq, UnixMillis,
};

use crate::clock::Time;
use crate::event::{Event, LinkState};
use crate::inbox::{Fit, Welcomed};
use crate::io::{Change, Draft, Generation, Message};
use crate::link::{Link, OpenLink, Opening};
use crate::outbox::Elsewhere;
use crate::reason::Reason;
use crate::session::Session;

/// What `welcome` says that matters here.
pub(crate) struct Welcome {
    cursor: Seq,
    receipts: Seq,
    heartbeat: Heartbeat,
}

impl Session {
    /// Takes a frame that the transport in use brought.
    pub(crate) fn frame(&mut self, now: Time, frame: RelayFrame) {
        match &mut self.link {
            Link::Open(open) => {
                open.heard(now);
                self.frame_of_open(now, frame);
            }
            Link::Opening(opening) => {
                let mut opening = *opening;
                if let Some(welcome) = self.frame_of_opening(now, &mut opening, frame) {
                    self.event(Event::Link(LinkState::Connected));
                    self.welcome(now, &opening, &welcome);
                } else {
                    self.link = Link::Opening(opening);
                }
            }
            Link::Waiting { .. } | Link::Stopped => {}
        }
    }

    /// Takes a frame of an attempt, and returns `welcome` once it is that.
    pub(crate) fn frame_of_opening(
        &mut self,
        now: Time,
        opening: &mut Opening,
        frame: RelayFrame,
    ) -> Option<Welcome> {
        match frame {
            RelayFrame::Challenge { nonce } if self.has_key => self.sign(opening.generation, nonce),
            RelayFrame::Challenge { .. } => self.say_open(opening, None),
            RelayFrame::Welcome { cursor, receipts, heartbeat, .. } => {
                return Some(Welcome { cursor, receipts, heartbeat });
            }
            RelayFrame::Error { code, message, id, retry_after_ms } => {
                let reason = Reason::of_an_error(code, message);
                if says_why_it_ends(code) {
                    self.refusal = Some(reason);
                } else {
                    self.refused(now, code, reason, id.as_ref(), retry_after_ms);
                }
            }
            // Nothing else counts before `welcome`; a message that was dropped here leaves a hole.
            _ => {}
        }
        None
    }

    /// The proof is there: the transport that it was made for is opened with it.
    pub(crate) fn signed(&mut self, generation: Generation, proof: Option<Box<Proof>>) {
        let mut opening = match &self.link {
            Link::Opening(opening) if opening.generation == generation => *opening,
            _ => match self.probe.opening() {
                Some(opening) if opening.generation == generation => opening,
                _ => return,
            },
        };
        self.say_open(&mut opening, proof);
        match &mut self.link {
            Link::Opening(current) if current.generation == generation => *current = opening,
            _ => self.probe.put_back(opening),
        }
    }

    fn say_open(&mut self, opening: &mut Opening, proof: Option<Box<Proof>>) {
        let (cursor, receipts) = (self.inbox.cursor(), self.inbox.receipts());
        opening.opened = Some((cursor, receipts));
        let from_user_id = self.user.clone();
        let frame = ClientFrame::Open { from_user_id, cursor, receipts, proof };
        self.transmit_on(opening.generation, frame);
    }

    fn frame_of_open(&mut self, now: Time, frame: RelayFrame) {
        match frame {
            RelayFrame::Stored { id, seq, at } => {
                if let Some(to) = self.outbox.settle(&id) {
                    self.change(Change::Stored { id, to, seq, at });
                    self.end_hold();
                    self.say_unnoted();
                }
            }
            RelayFrame::Sent { id, to_user_id: to, content, seq, at } => {
                self.sent(Draft { id, to, content }, seq, at);
            }
            RelayFrame::Message { seq, prev, id, from_user_id: from, content, at } => {
                self.message(now, prev, Message { id, from, content, seq, at });
            }
            RelayFrame::CaughtUp { prev, cursor } => match self.inbox.caught_up(prev, cursor) {
                Fit::Hole => self.fetch(now),
                fit => {
                    if fit == Fit::Next {
                        self.place();
                    }
                    self.event(Event::CaughtUp);
                }
            },
            RelayFrame::Delivered { peer, up_to, version } => {
                if let Some(version) = self.inbox.delivered(version) {
                    self.change(Change::Delivered { peer, up_to, version });
                }
            }
            RelayFrame::Read { peer, up_to, version } => {
                if let Some(version) = self.inbox.read(version) {
                    self.change(Change::Read { peer, up_to, version });
                }
            }
            RelayFrame::Identity { peer, key } => {
                self.identity(peer, key.as_ref().map(Fingerprint::of));
            }
            RelayFrame::Typing { from_user_id: peer } => self.event(Event::Typing { peer }),
            RelayFrame::Presence { user_id: peer, online, last_seen } => {
                self.event(Event::Presence { peer, is_online: online, last_seen });
            }
            RelayFrame::Error { code, message, id, retry_after_ms } => {
                let reason = Reason::of_an_error(code, message);
                self.refused(now, code, reason, id.as_ref(), retry_after_ms);
            }
            // What got lost last has nothing after it that would tell.
            RelayFrame::Pong { cursor, .. } => {
                if cursor > self.inbox.cursor() {
                    self.fetch(now);
                }
            }
            // They belong to the opening.
            RelayFrame::Challenge { .. } | RelayFrame::Welcome { .. } => {}
        }
    }

    /// Messages flow over this transport from here on.
    pub(crate) fn welcome(&mut self, now: Time, opening: &Opening, welcome: &Welcome) {
        let Welcome { cursor, receipts, heartbeat } = *welcome;
        self.link = Link::Open(OpenLink::new(now, opening, heartbeat));
        self.welcomed(now, opening);
        let opened = opening.opened.unwrap_or((self.inbox.cursor(), self.inbox.receipts()));
        let Welcomed { moved, begins_anew } = self.inbox.welcome(opened, cursor, receipts);
        if begins_anew {
            self.reads.forget();
        }
        if moved {
            self.place();
        }
        // The last ones may have been lost with the old link; and the relay may be another one since.
        self.unnoted.end();
        self.say_again();
        self.say_watch();
        self.hold.try_again();
        self.forget_answers(now);
    }

    /// Says what has no answer, as the relay may not have noted it. Saying it twice changes nothing.
    /// The link is open.
    pub(crate) fn say_again(&mut self) {
        self.inbox.acknowledge_again();
        self.acknowledge();
        self.say_reads();
    }

    /// Says what the person has read, unless they keep it to themselves. The link is open.
    pub(crate) fn say_reads(&mut self) {
        if self.hides_reads {
            return;
        }
        let reads: Vec<ClientFrame> = self.reads.frames(self.inbox.cursor()).collect();
        for read in reads {
            self.transmit(read);
        }
    }

    /// The same, if the relay could not note it, and things look better now.
    pub(crate) fn say_unnoted(&mut self) {
        if self.unnoted.end() {
            self.say_again();
        }
    }

    fn message(&mut self, now: Time, prev: Seq, message: Message) {
        match self.inbox.message(message.seq, prev) {
            Fit::Repeat => {}
            // The relay sends it again, after what is missing.
            Fit::Hole => self.fetch(now),
            Fit::Next => {
                // Whoever had no key may have made one since.
                self.news_of(now, &message.from);
                let change = if self.inbox.is_new(&message.from, &message.id) {
                    Change::Received(message)
                } else {
                    let Message { id, from, seq, .. } = message;
                    Change::Moved { from, id, seq }
                };
                let ticket = self.change(change);
                self.inbox.storing(ticket);
            }
        }
    }

    /// A message of this person came from another connection: another device's, an earlier link's of
    /// this very session, or a tab's with which this one shares its store.
    fn sent(&mut self, draft: Draft, seq: Seq, at: UnixMillis) {
        match self.outbox.settle_elsewhere(&draft) {
            Elsewhere::Unknown => {
                self.change(Change::SentElsewhere { draft, seq, at });
            }
            Elsewhere::Settled => {
                let Draft { id, to, .. } = draft;
                self.change(Change::Stored { id, to, seq, at });
                self.end_hold_if_empty();
            }
            Elsewhere::Awaited => {}
        }
    }

    fn place(&mut self) {
        let (cursor, receipts) = (self.inbox.cursor(), self.inbox.receipts());
        let ticket = self.change(Change::Place { cursor, receipts });
        self.inbox.storing(ticket);
    }

    fn refused(
        &mut self,
        now: Time,
        code: ErrorCode,
        reason: Reason,
        id: Option<&MessageId>,
        retry_after_ms: Option<u32>,
    ) {
        let after = retry_after_ms.map(|millis| Duration::from_millis(millis.into()));
        match (code, id) {
            (ErrorCode::StorageUnavailable | ErrorCode::RateLimited, Some(id)) => {
                if self.outbox.refuse(id) && self.hold.refuse(now, after, &mut self.rng) {
                    self.event(Event::Held(Some(reason)));
                }
            }
            (_, Some(id)) => {
                // One that is not here has its answer already, and the person has it too.
                if let Some(to) = self.outbox.settle(id) {
                    self.change(Change::Failed { id: id.clone(), to, reason });
                    self.end_hold_if_empty();
                }
            }
            // About a `received` or `read`, which is said again later.
            (ErrorCode::StorageUnavailable, None) => self.unnoted.refuse(now, &mut self.rng),
            // About a place that a relay doesn't know since it was restored from a backup. Nothing that
            // a person could mend.
            (ErrorCode::UnknownPeer | ErrorCode::BeyondSent, None) => {}
            (_, None) => self.event(Event::Refused { reason }),
        }
    }

    fn end_hold_if_empty(&mut self) {
        if self.outbox.is_empty() {
            self.end_hold();
        }
    }

    /// The relay stored something, or nothing waits to be stored.
    fn end_hold(&mut self) {
        if self.hold.end() {
            self.event(Event::Held(None));
        }
    }
}

/// Whether the relay closes a connection with this error, so that the reason is said with its end.
fn says_why_it_ends(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InvalidName
            | ErrorCode::NameTaken
            | ErrorCode::BadProof
            | ErrorCode::KeyRequired
            | ErrorCode::NamesFull
            | ErrorCode::StorageUnavailable
    )
}

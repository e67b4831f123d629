//! A relay in a few lines: one mailbox, its receipts, and one connection.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{
    ClientFrame, ErrorCode, MessageId, Rejection, RelayFrame, Seq, UnixMillis, UserId,
};
use duologue_session::{Down, Generation, Input};

use crate::World;
use crate::common::{caught_up, delivered, error, message_named, pong, read, seq, welcome_to};

pub(crate) struct Mail {
    pub(crate) seq: u64,
    pub(crate) from: UserId,
    pub(crate) id: MessageId,
}

#[derive(Default)]
pub(crate) struct Relay {
    pub(crate) mail: Vec<Mail>,
    /// How many of these a crash spares.
    pub(crate) committed: usize,
    pub(crate) last: u64,
    /// Ann's messages.
    pub(crate) stored: Vec<(MessageId, u64)>,
    pub(crate) is_full: bool,
    /// Ann's receipts, with their versions.
    pub(crate) receipts: BTreeMap<UserId, (u64, u64, u64)>,
    pub(crate) reads: BTreeMap<UserId, Seq>,
    pub(crate) received: u64,
}

pub(crate) struct Link {
    pub(crate) generation: Generation,
    pub(crate) to_relay: VecDeque<ClientFrame>,
    pub(crate) to_session: VecDeque<RelayFrame>,
    pub(crate) is_open: bool,
    pub(crate) position: u64,
    pub(crate) furthest: u64,
    pub(crate) blocked_on: Option<MessageId>,
    pub(crate) unanswered: BTreeSet<MessageId>,
}

impl World {
    pub(crate) fn break_link(&mut self) {
        if let Some(link) = self.link.take() {
            self.count("broken links");
            let down = Down { code: 1006, reason: String::new() };
            self.input(Input::TransportDown { generation: link.generation, down });
        }
    }

    /// What it had not stored is sent again by its senders, and gets new places.
    pub(crate) fn relay_crashes(&mut self) {
        self.count("crashes");
        self.break_link();
        for Mail { from, id, .. } in self.relay.mail.split_off(self.relay.committed) {
            self.post(from, id);
        }
    }

    fn say(&mut self, frame: RelayFrame) {
        if let Some(link) = self.link.as_mut().filter(|link| link.is_open) {
            link.to_session.push_back(frame);
        }
    }

    pub(crate) fn hand_on(&mut self, index: usize) {
        let Mail { seq, from, id } = &self.relay.mail[index];
        let Some(link) = self.link.as_mut().filter(|link| link.is_open) else { return };
        let frame = message_named(from.as_str(), id.as_str(), link.position, *seq);
        link.position = *seq;
        link.furthest = link.furthest.max(*seq);
        link.to_session.push_back(frame);
    }

    fn send_all_after(&mut self, after: u64) {
        let Some(link) = &mut self.link else { return };
        link.position = after;
        for index in 0..self.relay.mail.len() {
            if self.relay.mail[index].seq > after {
                self.hand_on(index);
            }
        }
        let Some(link) = &mut self.link else { return };
        let prev = std::mem::replace(&mut link.position, self.relay.last.max(after));
        link.furthest = link.furthest.max(link.position);
        let frame = caught_up(prev, link.position);
        self.say(frame);
    }

    pub(crate) fn tell_of(&mut self, peer: &UserId) {
        let (is_delivered, is_read, version) = self.relay.receipts[peer];
        if is_delivered > is_read {
            self.say(delivered(peer.as_str(), is_delivered, version));
        }
        if is_read > 0 {
            self.say(read(peer.as_str(), is_read, version));
        }
    }

    pub(crate) fn relay_takes(&mut self) {
        let Some(link) = &mut self.link else { return };
        let furthest = link.furthest;
        let Some(frame) = link.to_relay.pop_front() else { return };
        let within =
            |place: Seq| assert!(place.get() <= furthest, "seed {}: beyond {furthest}", self.seed);
        match frame {
            ClientFrame::Typing { .. } | ClientFrame::Watch { .. } => {}
            ClientFrame::Open { cursor, receipts, .. } => {
                link.is_open = true;
                (link.position, link.furthest) = (cursor.get(), cursor.get());
                self.say(welcome_to(cursor, receipts));
                self.send_all_after(cursor.get());
                let mut missed: Vec<(u64, UserId)> = self
                    .relay
                    .receipts
                    .iter()
                    .filter(|(_, marks)| marks.2 > receipts.get())
                    .map(|(peer, marks)| (marks.2, peer.clone()))
                    .collect();
                missed.sort_unstable();
                for (_, peer) in missed {
                    self.tell_of(&peer);
                }
            }
            ClientFrame::Received { .. } | ClientFrame::Read { .. } if self.relay.is_full => {
                self.count("unnoted");
                self.say(error(ErrorCode::StorageUnavailable, None));
            }
            ClientFrame::Received { up_to } => {
                within(up_to);
                self.relay.received = self.relay.received.max(up_to.get());
            }
            ClientFrame::Read { peer, up_to } => {
                within(up_to);
                let mark = self.relay.reads.entry(peer).or_default();
                *mark = up_to.max(*mark);
            }
            ClientFrame::Fetch { after } => {
                within(after);
                self.count("fetches");
                self.send_all_after(after.get());
            }
            ClientFrame::Message { id, .. } => self.relay_stores(id),
            ClientFrame::WhoIs { peer } => {
                // A relay that was begun anew has not seen ben yet, now and then.
                let key = (self.rng.u8(..4) > 0).then(|| PublicKey::from_bytes([7; 32]));
                self.count(if key.is_some() { "known" } else { "unknown" });
                self.say(RelayFrame::Identity { peer, key });
            }
            ClientFrame::Ping { n } => {
                let at = link.position;
                self.say(pong(n, at));
            }
        }
    }

    fn relay_stores(&mut self, id: MessageId) {
        let Some(link) = &mut self.link else { return };
        // Ann sends too fast, now and then.
        if !self.is_calm && self.rng.u32(0..30) == 0 {
            link.blocked_on.get_or_insert(id.clone());
            self.count("limited");
            let after = Duration::from_millis(self.rng.u64(0..3_000));
            let rejection = Rejection::new(ErrorCode::RateLimited, "slowly").until(after);
            return self.say(rejection.about(Some(id)).into());
        }
        let is_blocked = link.blocked_on.as_ref().is_some_and(|head| *head != id);
        if self.relay.is_full || is_blocked {
            link.blocked_on.get_or_insert(id.clone());
            return self.say(error(ErrorCode::StorageUnavailable, Some(id.as_str())));
        }
        link.blocked_on = None;
        let known = self.relay.stored.iter().find(|(known, _)| *known == id);
        let at = known.map_or(self.relay.last + 1, |(_, at)| *at);
        if known.is_none() {
            self.relay.last = at;
            self.relay.stored.push((id.clone(), at));
        }
        self.say(RelayFrame::Stored { id, seq: seq(at), at: UnixMillis(self.now) });
    }
}

//! Watches what goes into a session and what comes out, and knows no more than that. What doesn't hold is a panic.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{ClientFrame, Fingerprint, MessageId, RelayFrame, Seq, UserId};
use duologue_session::{
    Change, Event, Generation, IN_FLIGHT_MAX, Input, LinkState, Message, Output, Saved, Ticket,
};

use super::pins::{Doubt, Pins};
use super::steps;

/// What is known of a session.
pub(super) struct Witness {
    /// The last transport that it wanted.
    pub(super) generation: u64,
    /// Those that it wanted, and that have not ended.
    pub(super) links: BTreeMap<Generation, Link>,
    /// The last change's.
    pub(super) ticket: u64,
    /// Up to where the store has everything.
    persisted: u64,
    /// Where it is in the mailbox.
    pub(super) cursor: Seq,
    receipts: Seq,
    /// Up to where that is in the store.
    stored: Seq,
    storing: VecDeque<(u64, Seq)>,
    /// What was shown.
    shown: HashSet<(UserId, MessageId)>,
    /// What the person wrote and has no answer, with the ticket under which it is stored.
    pub(super) waiting: HashMap<MessageId, u64>,
    is_held: bool,
    pub(super) is_stopped: bool,
    has_key: bool,
    pub(super) pins: Pins,
    /// The keys that there are, by their fingerprints.
    keys: HashMap<Fingerprint, PublicKey>,
}

/// A transport.
#[derive(Default)]
pub(super) struct Link {
    pub(super) is_welcomed: bool,
    /// What was sent on it and has no answer.
    in_flight: HashSet<MessageId>,
    /// Of whom it was asked on it whose name theirs is.
    asked: HashSet<UserId>,
    /// What the relay said to that.
    said: HashMap<UserId, Option<Fingerprint>>,
}

impl Witness {
    pub(super) fn new(saved: &Saved) -> Self {
        Self {
            generation: 0,
            links: BTreeMap::new(),
            ticket: 0,
            persisted: 0,
            cursor: saved.cursor,
            receipts: saved.receipts,
            stored: saved.cursor,
            storing: VecDeque::new(),
            shown: saved.seen.iter().cloned().collect(),
            waiting: saved.outbox.iter().map(|draft| (draft.id.clone(), 0)).collect(),
            is_held: false,
            is_stopped: false,
            has_key: saved.has_key,
            pins: Pins::new(saved),
            keys: steps::keys().map(|key| (Fingerprint::of(&key), key)).collect(),
        }
    }

    /// The key that `peer` is to have.
    pub(super) fn key_of(&self, peer: &UserId) -> Option<PublicKey> {
        self.pins.of(peer).map(|pin| self.keys[&pin])
    }

    /// An input is about to go in.
    pub(super) fn does(&mut self, input: &Input) {
        match self.pins.does(input) {
            Doubt::OfNobody => {}
            Doubt::Of(peer) => {
                for link in self.links.values_mut() {
                    link.asked.remove(&peer);
                    link.said.remove(&peer);
                }
            }
            Doubt::OfAll => {
                for link in self.links.values_mut() {
                    (link.asked, link.said) = Default::default();
                }
            }
        }
        match input {
            Input::TransportDown { generation, .. } => {
                self.links.remove(generation);
            }
            Input::Frame { generation, frame: RelayFrame::Identity { peer, key } } => {
                self.keys.extend(key.map(|key| (Fingerprint::of(&key), key)));
                if let Some(link) = self.links.get_mut(generation)
                    && link.asked.contains(peer)
                {
                    link.said.insert(peer.clone(), key.as_ref().map(Fingerprint::of));
                    if key.is_some() {
                        self.pins.has_key(peer);
                    }
                }
            }
            Input::Frame { generation, frame } => {
                let (RelayFrame::Stored { id, .. } | RelayFrame::Error { id: Some(id), .. }) =
                    frame
                else {
                    return;
                };
                if let Some(link) = self.links.get_mut(generation) {
                    link.in_flight.remove(id);
                }
            }
            Input::Persisted { ticket: Ticket(ticket) } => {
                // What was never handed out can't be in the store.
                let ticket = (*ticket).min(self.ticket);
                self.persisted = self.persisted.max(ticket);
                while let Some((_, place)) =
                    self.storing.pop_front_if(|(first, _)| *first <= ticket)
                {
                    self.stored = self.stored.max(place);
                }
            }
            _ => {}
        }
    }

    /// This came out, of this input if it was one.
    pub(super) fn saw(&mut self, output: &Output, of: Option<&Input>) {
        match output {
            Output::Connect { generation, .. } => {
                assert_eq!(generation.0, self.generation + 1, "transports are counted");
                self.generation = generation.0;
                assert!(!self.is_stopped || of == Some(&Input::ReconnectNow), "it had stopped");
                self.is_stopped = false;
                self.links.insert(*generation, Link::default());
                assert!(self.links.len() <= 2, "one in use, and one beside it");
            }
            Output::Close { generation } => {
                assert!(self.links.remove(generation).is_some(), "{generation:?} is gone already");
            }
            Output::Sign { generation, .. } => {
                let link = self.links.get(generation).unwrap();
                assert!(self.has_key && !link.is_welcomed);
            }
            Output::Transmit { generation, frame } => self.transmits(*generation, frame),
            Output::Change { ticket, change } => {
                assert_eq!(ticket.0, self.ticket + 1, "tickets are counted");
                self.ticket = ticket.0;
                self.changes(change);
            }
            Output::Event(event) => self.tells(event),
        }
    }

    fn transmits(&mut self, generation: Generation, frame: &ClientFrame) {
        let link = self.links.get_mut(&generation);
        let link = link.unwrap_or_else(|| panic!("{frame:?} on {generation:?}, which is gone"));
        let is_open = matches!(frame, ClientFrame::Open { .. });
        assert_eq!(is_open, !link.is_welcomed, "{frame:?}");
        match frame {
            ClientFrame::Open { cursor, receipts, .. } => {
                assert_eq!((*cursor, *receipts), (self.cursor, self.receipts));
            }
            ClientFrame::Message { id, to_user_id, .. } => {
                if self.has_key {
                    let said = link.said.get(to_user_id);
                    let said = said.unwrap_or_else(|| panic!("{to_user_id} was not asked about"));
                    self.pins.allow(to_user_id, *said, self.persisted);
                }
                let ticket = self.waiting.get(id);
                assert!(
                    ticket.is_some_and(|ticket| *ticket <= self.persisted),
                    "{id} is not stored"
                );
                assert!(link.in_flight.insert(id.clone()), "{id} is on its way twice");
                assert!(link.in_flight.len() <= IN_FLIGHT_MAX);
            }
            ClientFrame::Received { up_to } => {
                assert!(*up_to <= self.stored, "{up_to} is not stored, {} is", self.stored);
            }
            ClientFrame::Read { up_to, .. } => assert!(*up_to <= self.cursor),
            ClientFrame::Fetch { after } => assert_eq!(*after, self.cursor),
            ClientFrame::WhoIs { peer } => {
                assert!(self.has_key, "whoever has no key checks nobody");
                link.asked.insert(peer.clone());
            }
            // Nobody of these steps types or watches.
            ClientFrame::Typing { .. } | ClientFrame::Watch { .. } => panic!("{frame:?}"),
            ClientFrame::Ping { .. } => {}
        }
    }

    fn changes(&mut self, change: &Change) {
        match change {
            Change::Queued { draft, .. } => {
                let before = self.waiting.insert(draft.id.clone(), self.ticket);
                assert_eq!(before, None, "{} waits already", draft.id);
            }
            Change::Stored { id, .. } | Change::Failed { id, .. } => {
                assert!(self.waiting.remove(id).is_some(), "{id} had its answer");
            }
            Change::Received(Message { id, from, seq, .. }) => {
                let is_new = self.shown.insert((from.clone(), id.clone()));
                assert!(is_new, "{id} of {from} is shown twice");
                self.moves_on(*seq);
            }
            Change::Moved { from, id, seq } => {
                assert!(self.shown.contains(&(from.clone(), id.clone())), "{id} was never shown");
                self.moves_on(*seq);
            }
            Change::Place { cursor, receipts } => {
                if *cursor < self.cursor {
                    // Another order: what is in the store has no place in it.
                    self.stored = Seq::START;
                    self.storing.clear();
                }
                (self.cursor, self.receipts) = (*cursor, *receipts);
                self.storing.push_back((self.ticket, *cursor));
            }
            Change::Delivered { version, .. } | Change::Read { version, .. } => {
                assert!(*version >= self.receipts);
                self.receipts = *version;
            }
            Change::ReadHere { up_to, .. } => assert!(*up_to <= self.cursor),
            Change::Pinned { peer, fingerprint, instead_of } => {
                self.pins.pinned(peer, *fingerprint, *instead_of, self.ticket);
            }
            Change::SentElsewhere { .. } => {}
        }
    }

    fn moves_on(&mut self, seq: Seq) {
        assert!(self.cursor < seq, "from {} to {seq}", self.cursor);
        self.cursor = seq;
        self.storing.push_back((self.ticket, seq));
    }

    fn tells(&mut self, event: &Event) {
        match event {
            Event::Using { generation, .. } => {
                self.links.get_mut(generation).unwrap().is_welcomed = true;
            }
            Event::Link(LinkState::Stopped { .. }) => {
                assert!(!self.is_stopped && self.links.is_empty(), "transports outlive the link");
                self.is_stopped = true;
            }
            Event::Held(reason) => {
                assert_ne!(reason.is_some(), self.is_held, "said twice");
                self.is_held = reason.is_some();
            }
            Event::Link(_)
            | Event::Learned(_)
            | Event::CaughtUp
            | Event::Identity { .. }
            | Event::Typing { .. }
            | Event::Presence { .. }
            | Event::Refused { .. } => {}
        }
    }
}

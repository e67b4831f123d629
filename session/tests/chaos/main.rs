//! A session against a toy relay in which everything goes wrong that may: frames of the mailbox get lost
//! or doubled, links break, the relay forgets what it had not stored, or can't store; the page is
//! reloaded with half of its changes in the store. By seeds: a failure names the one to repeat.
#![allow(clippy::unwrap_used, clippy::panic)]

mod book;
#[path = "../common/mod.rs"]
mod common;
mod relay;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use common::{challenge, message_id, text, user};
use duologue_protocol::{ClientFrame, MessageId, RelayFrame, Seq, UserId};
use duologue_session::{
    Change, Draft, Event, Generation, IN_FLIGHT_MAX, Input, Output, Preference, Saved, Session,
    Ticket, Time, Transport,
};

use self::book::Book;
use self::relay::{Link, Mail, Relay};

const SEEDS: u64 = 200;
const STEPS: u32 = 1_500;
/// Enough for a session to get through everything once nothing goes wrong any more.
const CALM_STEPS: u32 = 3_000;

#[test]
fn nothing_is_lost_nothing_twice_nothing_out_of_order() {
    let mut totals = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        world.calm_down();
        for (what, count) in world.counts {
            *totals.entry(what).or_insert(0) += count;
        }
    }
    // Each kind of trouble was met: a test that tests nothing would pass as well.
    for what in [
        "fetches",
        "moved",
        "reloads",
        "crashes",
        "held",
        "repeats",
        "broken links",
        "unnoted",
        "limited",
    ] {
        assert!(totals.get(what).is_some_and(|count| *count > SEEDS), "{what}: {totals:?}");
    }
}

struct World {
    seed: u64,
    rng: fastrand::Rng,
    now: u64,
    session: Session,
    page: Book,
    store: Book,
    unwritten: VecDeque<(Ticket, Change)>,
    is_held: bool,
    relay: Relay,
    link: Option<Link>,
    written: u32,
    has_read: BTreeMap<UserId, Seq>,
    is_calm: bool,
    counts: BTreeMap<&'static str, u64>,
}

/// One transport at a time: changes between them are the simulator's, with the real relay.
fn saved(saved: Saved) -> Saved {
    Saved { preference: Preference::Only(Transport::WebSocket), has_key: true, ..saved }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            rng: fastrand::Rng::with_seed(seed),
            now: 1_800_000_000_000,
            session: Session::new(
                Time(1_800_000_000_000),
                user("ann"),
                seed,
                saved(Saved::default()),
            ),
            page: Book::default(),
            store: Book::default(),
            unwritten: VecDeque::new(),
            is_held: false,
            relay: Relay::default(),
            link: None,
            written: 0,
            has_read: BTreeMap::new(),
            is_calm: false,
            counts: BTreeMap::new(),
        };
        world.drain();
        world
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn step(&mut self) {
        match self.rng.u32(0..100) {
            0..8 => self.mail_comes(),
            8..14 => self.ann_writes(),
            14..18 => self.ann_reads(),
            18..22 => self.ben_reads(),
            22..24 => self.relay.committed = self.relay.mail.len(),
            // In some worlds links live long enough for a hole to be filled, in others hardly.
            24..30 if self.rng.u64(0..=self.seed % 8) == 0 => self.trouble(),
            30..33 => {
                let news = [Input::Online, Input::Visible, Input::ReconnectNow];
                let news = self.rng.choice(news).unwrap();
                self.input(news);
            }
            _ => self.flow(),
        }
    }

    fn trouble(&mut self) {
        match self.rng.u32(0..6) {
            0 => self.relay_crashes(),
            1..3 => self.relay.is_full ^= true,
            3..5 => self.break_link(),
            _ => self.reload(),
        }
    }

    /// Whatever is on its way gets a little further.
    fn flow(&mut self) {
        match self.rng.u32(0..10) {
            0..3 => self.relay_takes(),
            3..7 => self.session_takes(),
            7..9 => self.store_writes(),
            _ => {
                self.now += self.rng.u64(1..=2_000);
                self.input(Input::Timer);
            }
        }
    }

    fn calm_down(&mut self) {
        self.is_calm = true;
        self.relay.is_full = false;
        self.relay.committed = self.relay.mail.len();
        // Every other time the link stays, and what got lost last has to be noticed on it.
        if self.seed.is_multiple_of(2) {
            self.break_link();
        }
        for _ in 0..CALM_STEPS {
            self.flow();
        }
        let seed = self.seed;
        for book in [&self.page, &self.store] {
            let expected: BTreeSet<(UserId, MessageId)> =
                self.relay.mail.iter().map(|mail| (mail.from.clone(), mail.id.clone())).collect();
            assert_eq!(book.places.keys().cloned().collect::<BTreeSet<_>>(), expected, "{seed}");
            for mail in &self.relay.mail {
                let place = book.places[&(mail.from.clone(), mail.id.clone())];
                assert_eq!(place.get(), mail.seq, "seed {seed}: {:?} is elsewhere", mail.id);
            }
            for peer in ["ben", "cleo"] {
                let of_peer = book.shown.iter().filter(|(from, _)| *from == user(peer));
                let numbers: Vec<u64> =
                    of_peer.map(|(_, id)| id.as_str()[1..].parse().unwrap()).collect();
                assert!(numbers.is_sorted(), "seed {seed}: {numbers:?}");
                let told = book.receipts.get(&user(peer)).copied().unwrap_or_default();
                let (delivered, read, _) =
                    self.relay.receipts.get(&user(peer)).copied().unwrap_or_default();
                assert_eq!(told.1.get(), read, "seed {seed}: read by {peer}");
                // What is read is delivered, and the relay says no more of it.
                assert!(told.0.max(told.1).get() == delivered.max(read), "seed {seed}: {peer}");
            }
        }
        let stored: Vec<&MessageId> = self.relay.stored.iter().map(|(id, _)| id).collect();
        assert_eq!(stored, self.store.queued.iter().collect::<Vec<_>>(), "seed {seed}");
        assert_eq!(self.store.saved.outbox, [], "seed {seed}");
        // A read is said before it is stored, so the relay may know of more than the store.
        for (peer, up_to) in &self.store.saved.reads {
            assert!(self.relay.reads[peer] >= *up_to, "seed {seed}: what {peer} wrote was read");
        }
        for (peer, up_to) in &self.relay.reads {
            assert!(self.has_read[peer] >= *up_to, "seed {seed}: what {peer} wrote was not read");
        }
        let last = self.relay.mail.last().map_or(0, |mail| mail.seq);
        assert!(self.relay.received >= last, "seed {seed}: {} < {last}", self.relay.received);
        assert!(!self.is_held, "seed {seed}");
    }

    // What people do.

    fn mail_comes(&mut self) {
        self.written += 1;
        let (from, letter) = if self.rng.bool() { ("ben", 'b') } else { ("cleo", 'c') };
        self.post(user(from), message_id(&format!("{letter}{}", self.written)));
    }

    fn post(&mut self, from: UserId, id: MessageId) {
        self.relay.last += self.rng.u64(1..=3);
        self.relay.mail.push(Mail { seq: self.relay.last, from, id });
        self.hand_on(self.relay.mail.len() - 1);
    }

    fn ann_writes(&mut self) {
        self.written += 1;
        let id = message_id(&format!("a{}", self.written));
        let content = text(id.as_str());
        self.input(Input::UserSent(Draft { id, to: user("ben"), content }));
    }

    fn ann_reads(&mut self) {
        let peer = user(if self.rng.bool() { "ben" } else { "cleo" });
        let of_peer = self.page.places.iter().filter(|((from, _), _)| *from == peer);
        if let Some(up_to) = of_peer.map(|(_, seq)| *seq).max() {
            self.has_read.insert(peer.clone(), up_to);
            self.input(Input::UserRead { peer, up_to });
        }
    }

    fn ben_reads(&mut self) {
        let Some((_, last)) = self.relay.stored.last() else { return };
        let (last, peer) = (*last, user("ben"));
        self.relay.last += 1;
        let version = self.relay.last;
        let (delivered, read, _) = self.relay.receipts.get(&peer).copied().unwrap_or_default();
        let marks = if self.rng.bool() { (last, read) } else { (delivered, delivered) };
        self.relay.receipts.insert(peer.clone(), (marks.0, marks.1, version));
        self.tell_of(&peer);
    }

    fn reload(&mut self) {
        self.count("reloads");
        // Some of what is on its way still gets there, and nobody is left to be told.
        for (_, change) in self.unwritten.drain(..).take(self.rng.usize(0..4)) {
            self.store.apply(&change);
        }
        self.page = self.store.clone();
        let seed = self.rng.u64(..);
        let saved = saved(self.store.saved.clone());
        self.session = Session::new(Time(self.now), user("ann"), seed, saved);
        self.is_held = false;
        self.link = None;
        self.drain();
    }

    // The driver.

    fn input(&mut self, input: Input) {
        self.session.handle(Time(self.now), input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect { generation, .. } => self.connect(generation),
                Output::Transmit { generation, frame } => self.transmit(generation, frame),
                Output::Sign { generation, .. } => {
                    // What is in the proof is the relay's business, and this one doesn't look.
                    let signed = Input::Signed { generation, proof: None };
                    self.session.handle(Time(self.now), signed);
                }
                Output::Close { .. } => self.link = None,
                Output::Change { ticket, change } => {
                    if matches!(change, Change::Moved { .. }) {
                        self.count("moved");
                    }
                    self.page.apply(&change);
                    self.unwritten.push_back((ticket, change));
                }
                Output::Event(Event::Held(reason)) => {
                    assert_ne!(self.is_held, reason.is_some(), "seed {}: said twice", self.seed);
                    self.is_held = reason.is_some();
                    self.count("held");
                }
                Output::Event(Event::Refused { reason }) => panic!("seed {}: {reason}", self.seed),
                Output::Event(_) => {}
            }
        }
        // The timer may fire any time; without it, the session stays as it is.
        assert!(self.session.poll_timeout().is_some(), "seed {}: nothing to wait for", self.seed);
    }

    fn store_writes(&mut self) {
        let count = self.rng.usize(0..=self.unwritten.len());
        let written: Vec<(Ticket, Change)> = self.unwritten.drain(..count).collect();
        for (_, change) in &written {
            self.store.apply(change);
        }
        if let Some((ticket, _)) = written.last() {
            self.input(Input::Persisted { ticket: *ticket });
        }
    }

    fn connect(&mut self, generation: Generation) {
        assert!(self.link.is_none(), "seed {}: the one before was closed", self.seed);
        let is_answered = self.is_calm || self.rng.u32(0..10) > 0;
        self.link = is_answered.then(|| Link {
            generation,
            to_relay: VecDeque::new(),
            to_session: VecDeque::from([challenge()]),
            is_open: false,
            position: 0,
            furthest: 0,
            blocked_on: None,
            unanswered: BTreeSet::new(),
        });
    }

    fn transmit(&mut self, generation: Generation, frame: ClientFrame) {
        if let ClientFrame::Message { id, .. } = &frame {
            let is_stored = self.store.queued.contains(id);
            assert!(is_stored, "seed {}: {id:?} was sent before it was stored", self.seed);
        }
        if let ClientFrame::Received { up_to } = &frame {
            for mail in self.relay.mail.iter().filter(|mail| mail.seq <= up_to.get()) {
                let key = (mail.from.clone(), mail.id.clone());
                let is_stored = self.store.places.contains_key(&key);
                assert!(is_stored, "seed {}: {key:?} is not safe yet", self.seed);
            }
        }
        let Some(link) = self.link.as_mut().filter(|link| link.generation == generation) else {
            return;
        };
        if let ClientFrame::Message { id, .. } = &frame {
            link.unanswered.insert(id.clone());
            assert!(link.unanswered.len() <= IN_FLIGHT_MAX, "seed {}", self.seed);
        }
        link.to_relay.push_back(frame);
    }

    fn session_takes(&mut self) {
        let Some(link) = &mut self.link else { return };
        let generation = link.generation;
        let Some(frame) = link.to_session.pop_front() else { return };
        let is_of_mailbox =
            matches!(frame, RelayFrame::Message { .. } | RelayFrame::CaughtUp { .. });
        let luck = if self.is_calm || !is_of_mailbox { 9 } else { self.rng.u32(0..20) };
        match &frame {
            RelayFrame::Challenge { .. } => self.input(Input::TransportUp { generation }),
            RelayFrame::Stored { id, .. } | RelayFrame::Error { id: Some(id), .. } => {
                link.unanswered.remove(id);
            }
            _ => {}
        }
        if luck == 0 {
            return;
        }
        if luck == 1 {
            self.count("repeats");
            self.input(Input::Frame { generation, frame: frame.clone() });
        }
        self.input(Input::Frame { generation, frame });
    }
}

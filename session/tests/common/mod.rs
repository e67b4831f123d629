//! A session under a clock that the test moves.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, missing_docs, unreachable_pub)]

use std::time::Duration;

use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::{
    ClientFrame, Content, ErrorCode, MessageId, Nonce, Rejection, RelayFrame, Seq, UnixMillis,
    UserId,
};
use duologue_session::{
    Change, Down, Draft, Event, Generation, Input, LinkState, Message, Output, Saved, Session,
    Ticket, Time, Transport,
};

pub const START: Time = Time(1_800_000_000_000);

pub struct Harness {
    pub session: Session,
    pub now: Time,
    /// The last ticket that the session gave out.
    pub ticket: Ticket,
}

impl Harness {
    /// A session of ann whose first `Connect` was taken.
    pub fn new() -> Self {
        Self::seeded(7)
    }

    pub fn seeded(seed: u64) -> Self {
        Self::start(seed, Saved::default())
    }

    /// One that goes on from what an earlier one had stored.
    pub fn restored(saved: Saved) -> Self {
        Self::start(7, saved)
    }

    /// One whose first transport is of this kind.
    pub fn on(first: Transport, saved: Saved) -> Self {
        let mut harness = Self::unstarted(7, saved);
        assert_eq!(connected(&harness.outputs()), [(1, first)]);
        harness
    }

    fn unstarted(seed: u64, saved: Saved) -> Self {
        let session = Session::new(START, user("ann"), seed, saved);
        Self { session, now: START, ticket: Ticket::default() }
    }

    fn start(seed: u64, saved: Saved) -> Self {
        let mut harness = Self::unstarted(seed, saved);
        assert_eq!(connected(&harness.outputs()), [(1, Transport::WebSocket)]);
        harness
    }

    /// A session whose first link is open.
    pub fn connected() -> Self {
        let mut harness = Self::new();
        harness.open(1);
        harness
    }

    pub fn outputs(&mut self) -> Vec<Output> {
        let outputs: Vec<Output> = std::iter::from_fn(|| self.session.poll_output()).collect();
        for output in &outputs {
            if let Output::Change { ticket, .. } = output {
                assert_eq!(ticket.0, self.ticket.0 + 1, "tickets count");
                self.ticket = *ticket;
            }
        }
        outputs
    }

    pub fn input(&mut self, input: Input) -> Vec<Output> {
        self.session.handle(self.now, input);
        self.outputs()
    }

    pub fn frame(&mut self, generation: u64, frame: RelayFrame) -> Vec<Output> {
        self.input(Input::Frame { generation: Generation(generation), frame })
    }

    pub fn down(&mut self, generation: u64, code: u16) -> Vec<Output> {
        let down = Down { code, reason: String::new() };
        self.input(Input::TransportDown { generation: Generation(generation), down })
    }

    /// Brings the transport up to what the session says in `open`.
    pub fn challenge(&mut self, generation: u64) -> (Seq, Seq) {
        self.input(Input::TransportUp { generation: Generation(generation) });
        let opened = frames(&self.frame(generation, challenge()));
        match &opened[..] {
            [ClientFrame::Open { from_user_id, cursor, receipts, proof: None }] => {
                assert_eq!(*from_user_id, user("ann"));
                (*cursor, *receipts)
            }
            other => panic!("open, not {other:?}"),
        }
    }

    /// Brings the transport from up to `welcome`, by a relay that knows the session's places.
    pub fn open(&mut self, generation: u64) -> Vec<Output> {
        let (cursor, receipts) = self.challenge(generation);
        self.frame(generation, welcome_to(cursor, receipts))
    }

    /// The link breaks, and the next one is opened.
    pub fn reopen(&mut self, generation: u64) -> Vec<Output> {
        self.down(generation - 1, 1006);
        self.advance_to_timeout();
        self.open(generation)
    }

    /// The person writes a message to ben, which is not in the store yet.
    pub fn write(&mut self, id: &str) -> Vec<Output> {
        self.input(Input::UserSent(draft(id)))
    }

    /// Everything so far is in the store.
    pub fn persist(&mut self) -> Vec<Output> {
        self.input(Input::Persisted { ticket: self.ticket })
    }

    /// The person writes a message to ben, which is stored. Returns what comes of the latter.
    pub fn send(&mut self, id: &str) -> Vec<Output> {
        self.write(id);
        self.persist()
    }

    pub fn read(&mut self, peer: &str, up_to: u64) -> Vec<Output> {
        self.input(Input::UserRead { peer: user(peer), up_to: seq(up_to) })
    }

    pub fn advance(&mut self, by: Duration) -> Vec<Output> {
        self.now = self.now + by;
        self.input(Input::Timer)
    }

    /// Moves the clock to the session's next deadline.
    pub fn advance_to_timeout(&mut self) -> Vec<Output> {
        self.now = self.session.poll_timeout().unwrap().max(self.now);
        self.input(Input::Timer)
    }
}

/// The transports that the session wants, by number and kind.
pub fn connected(outputs: &[Output]) -> Vec<(u64, Transport)> {
    let connect = |output: &Output| match output {
        Output::Connect { generation, transport } => Some((generation.0, *transport)),
        _ => None,
    };
    outputs.iter().filter_map(connect).collect()
}

pub fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub fn message_id(id: &str) -> MessageId {
    MessageId::parse(id).unwrap()
}

pub fn seq(n: u64) -> Seq {
    Seq::new(n).unwrap()
}

pub fn text(id: &str) -> Content {
    Content::parse(format!("text of {id}")).unwrap()
}

/// A message to ben.
pub fn draft(id: &str) -> Draft {
    Draft { id: message_id(id), to: user("ben"), content: text(id) }
}

pub fn challenge() -> RelayFrame {
    RelayFrame::Challenge { nonce: Nonce::from_random([1; 16]) }
}

pub fn welcome() -> RelayFrame {
    welcome_to(Seq::START, Seq::START)
}

pub fn welcome_to(cursor: Seq, receipts: Seq) -> RelayFrame {
    let (heartbeat, limits) = (Heartbeat::default(), Limits::default());
    RelayFrame::Welcome {
        user_id: user("ann"),
        cursor,
        receipts,
        heartbeat,
        limits,
        handshake: None,
    }
}

pub fn stored(id: &str) -> RelayFrame {
    RelayFrame::Stored { id: message_id(id), seq: seq(40), at: UnixMillis(5) }
}

pub fn sent(id: &str) -> RelayFrame {
    let Draft { id, to: to_user_id, content } = draft(id);
    RelayFrame::Sent { id, to_user_id, content, seq: seq(40), at: UnixMillis(5) }
}

pub fn error(code: ErrorCode, id: Option<&str>) -> RelayFrame {
    Rejection::new(code, "no").about(id.map(message_id)).into()
}

/// A message that is named by its place.
pub fn message(from: &str, prev: u64, at: u64) -> RelayFrame {
    message_named(from, &format!("m{at}"), prev, at)
}

pub fn message_named(from: &str, id: &str, prev: u64, at: u64) -> RelayFrame {
    RelayFrame::Message {
        seq: seq(at),
        prev: seq(prev),
        id: message_id(id),
        from_user_id: user(from),
        content: text(id),
        at: UnixMillis(5),
    }
}

pub fn caught_up(prev: u64, cursor: u64) -> RelayFrame {
    RelayFrame::CaughtUp { prev: seq(prev), cursor: seq(cursor) }
}

pub fn pong(n: u64, cursor: u64) -> RelayFrame {
    RelayFrame::Pong { n, cursor: seq(cursor) }
}

pub fn delivered(peer: &str, up_to: u64, version: u64) -> RelayFrame {
    RelayFrame::Delivered { peer: user(peer), up_to: seq(up_to), version: seq(version) }
}

pub fn read(peer: &str, up_to: u64, version: u64) -> RelayFrame {
    RelayFrame::Read { peer: user(peer), up_to: seq(up_to), version: seq(version) }
}

pub fn fetch(after: u64) -> ClientFrame {
    ClientFrame::Fetch { after: seq(after) }
}

pub fn up_to(n: u64) -> ClientFrame {
    ClientFrame::Received { up_to: seq(n) }
}

pub fn read_frame(peer: &str, up_to: u64) -> ClientFrame {
    ClientFrame::Read { peer: user(peer), up_to: seq(up_to) }
}

pub fn frames(outputs: &[Output]) -> Vec<ClientFrame> {
    let frame = |output: &Output| match output {
        Output::Transmit { frame, .. } => Some(frame.clone()),
        _ => None,
    };
    outputs.iter().filter_map(frame).collect()
}

pub fn sent_ids(outputs: &[Output]) -> Vec<String> {
    let id = |frame| match frame {
        ClientFrame::Message { id, .. } => Some(id.to_string()),
        _ => None,
    };
    frames(outputs).into_iter().filter_map(id).collect()
}

pub fn changes(outputs: &[Output]) -> Vec<Change> {
    let change = |output: &Output| match output {
        Output::Change { change, .. } => Some(change.clone()),
        _ => None,
    };
    outputs.iter().filter_map(change).collect()
}

pub fn events(outputs: &[Output]) -> Vec<Event> {
    let event = |output: &Output| match output {
        Output::Event(event) => Some(event.clone()),
        _ => None,
    };
    outputs.iter().filter_map(event).collect()
}

pub fn received(outputs: &[Output]) -> Vec<Message> {
    let message = |change| match change {
        Change::Received(message) => Some(message),
        _ => None,
    };
    changes(outputs).into_iter().filter_map(message).collect()
}

pub fn place(cursor: u64, receipts: u64) -> Change {
    Change::Place { cursor: seq(cursor), receipts: seq(receipts) }
}

/// The last link state among the outputs.
pub fn link(outputs: &[Output]) -> Option<LinkState> {
    let state = |event| match event {
        Event::Link(state) => Some(state),
        _ => None,
    };
    events(outputs).into_iter().rev().find_map(state)
}

pub fn connects(outputs: &[Output]) -> Vec<u64> {
    let generation = |output: &Output| match output {
        Output::Connect { generation, .. } => Some(generation.0),
        _ => None,
    };
    outputs.iter().filter_map(generation).collect()
}

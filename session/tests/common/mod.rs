//! A session under a clock that the test moves.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, missing_docs, unreachable_pub)]

use std::time::Duration;

use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::{ClientFrame, Content, MessageId, Nonce, RelayFrame, UnixMillis, UserId};
use duologue_session::{Down, Event, Generation, Input, LinkState, Message, Output, Session, Time};

pub const START: Time = Time(1_800_000_000_000);

pub struct Harness {
    pub session: Session,
    pub now: Time,
}

impl Harness {
    /// A session of ann whose first `Connect` was taken.
    pub fn new() -> Self {
        Self::seeded(7)
    }

    pub fn seeded(seed: u64) -> Self {
        let mut harness = Self { session: Session::new(START, user("ann"), seed), now: START };
        assert_eq!(harness.outputs()[0], Output::Connect { generation: Generation(1) });
        harness
    }

    /// A session whose first link is open.
    pub fn connected() -> Self {
        let mut harness = Self::new();
        harness.open(1);
        harness
    }

    pub fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.session.poll_output()).collect()
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

    /// Brings the transport from up to `welcome`.
    pub fn open(&mut self, generation: u64) -> Vec<Output> {
        self.input(Input::TransportUp { generation: Generation(generation) });
        let opened = self.frame(generation, challenge());
        assert_eq!(frames(&opened), [ClientFrame::Open { from_user_id: user("ann") }]);
        self.frame(generation, welcome())
    }

    pub fn send(&mut self, id: &str) -> Vec<Output> {
        let content = Content::parse(format!("text of {id}")).unwrap();
        self.input(Input::UserSent { id: message_id(id), to: user("ben"), content })
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

pub fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub fn message_id(id: &str) -> MessageId {
    MessageId::parse(id).unwrap()
}

pub fn challenge() -> RelayFrame {
    RelayFrame::Challenge { nonce: Nonce::from_random([1; 16]) }
}

pub fn welcome() -> RelayFrame {
    let (heartbeat, limits) = (Heartbeat::default(), Limits::default());
    RelayFrame::Welcome { user_id: user("ann"), heartbeat, limits }
}

pub fn accepted(id: &str) -> RelayFrame {
    RelayFrame::Accepted { id: message_id(id), at: UnixMillis(5) }
}

pub fn message(from: &str, id: &str) -> RelayFrame {
    RelayFrame::Message {
        id: message_id(id),
        from_user_id: user(from),
        to_user_id: user("ann"),
        content: Content::parse("hi").unwrap(),
        at: UnixMillis(5),
    }
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

pub fn received(outputs: &[Output]) -> Vec<Message> {
    let message = |output: &Output| match output {
        Output::Event(Event::Received(message)) => Some(message.clone()),
        _ => None,
    };
    outputs.iter().filter_map(message).collect()
}

/// The last link state among the outputs.
pub fn link(outputs: &[Output]) -> Option<LinkState> {
    let state = |output: &Output| match output {
        Output::Event(Event::Link(state)) => Some(state.clone()),
        _ => None,
    };
    outputs.iter().rev().find_map(state)
}

pub fn connects(outputs: &[Output]) -> Vec<u64> {
    let generation = |output: &Output| match output {
        Output::Connect { generation } => Some(generation.0),
        _ => None,
    };
    outputs.iter().filter_map(generation).collect()
}

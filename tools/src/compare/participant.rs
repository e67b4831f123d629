//! One of the two who exchange messages: a session of its own that keeps nothing. What is to be stored
//! counts as stored at once.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use duologue_protocol::{MessageId, RelayFrame, UserId, codec};
use duologue_session::{
    Change, Down, Draft, Event, Generation, Input, LinkState, Output, Preference, Saved, Session,
    Transport as Kind,
};

use super::Trouble;
use duologue::app::relay_address::RelayAddress;
use duologue::platform::{self, Timer};
use duologue::transport::{self, Exchange, Transport, TransportEvent};

/// What is seen of a participant.
pub(super) enum Seen {
    /// It is connected and has all of its mail.
    Ready,
    /// A WebSocket carried a text.
    Frame {
        /// To the relay.
        is_up: bool,
        /// Its length.
        payload: usize,
    },
    /// An HTTP request ended.
    Exchange(Exchange),
    /// A message arrived.
    Arrived(MessageId),
    /// Its connection broke; it connects again.
    Broke,
    /// It can't go on.
    Over(Trouble),
}

/// A participant. Dropping it closes its connection.
#[derive(Clone)]
pub(super) struct Participant {
    inner: Rc<Inner>,
}

struct Inner {
    relay: RelayAddress,
    on_seen: Box<dyn Fn(Seen)>,
    machine: RefCell<Machine>,
}

struct Machine {
    session: Session,
    transports: Vec<(Generation, Kind, Rc<dyn Transport>)>,
    timer: Option<Timer>,
    is_connected: bool,
}

impl Participant {
    /// Starts to connect over this transport and no other.
    pub(super) fn start(
        user: UserId,
        kind: Kind,
        relay: RelayAddress,
        on_seen: impl Fn(Seen) + 'static,
    ) -> Self {
        let saved = Saved { preference: Preference::Only(kind), ..Saved::default() };
        let session = Session::new(platform::now(), user, platform::seed(), saved);
        let (transports, timer, is_connected) = (Vec::new(), None, false);
        let machine = RefCell::new(Machine { session, transports, timer, is_connected });
        let inner = Rc::new(Inner { relay, on_seen: Box::new(on_seen), machine });
        inner.settle();
        Self { inner }
    }

    /// Sends a message.
    pub(super) fn send(&self, draft: Draft) {
        self.inner.input(Input::UserSent(draft));
    }
}

impl Inner {
    fn input(self: &Rc<Self>, input: Input) {
        self.machine.borrow_mut().session.handle(platform::now(), input);
        self.settle();
    }

    /// Does all that the session wants done, then arms the timer.
    fn settle(self: &Rc<Self>) {
        loop {
            // The borrow ends with each output: whoever sees something may send.
            let output = self.machine.borrow_mut().session.poll_output();
            let Some(output) = output else { break };
            self.perform(output);
        }
        let weak = Rc::downgrade(self);
        let mut machine = self.machine.borrow_mut();
        machine.timer = machine.session.poll_timeout().map(|at| {
            // At least a millisecond: setTimeout may fire early by the fraction that its clock drops.
            let delay = at.since(platform::now()).max(Duration::from_millis(1));
            Timer::after(delay, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.input(Input::Timer);
                }
            })
        });
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Connect { generation, transport } => self.connect(generation, transport),
            Output::Transmit { generation, frame } => {
                self.transmit(generation, codec::encode(&frame));
            }
            // Its name is a throwaway one: it has no key.
            Output::Sign { .. } => {}
            Output::Close { generation } => self.forget(generation),
            Output::Change { ticket, change } => {
                match change {
                    Change::Received(message) => (self.on_seen)(Seen::Arrived(message.id)),
                    Change::Failed { reason, .. } => {
                        (self.on_seen)(Seen::Over(Trouble::Refused(reason)));
                    }
                    _ => {}
                }
                let stored = Input::Persisted { ticket };
                self.machine.borrow_mut().session.handle(platform::now(), stored);
            }
            Output::Event(event) => self.event(event),
        }
    }

    fn event(&self, event: Event) {
        match event {
            Event::CaughtUp => (self.on_seen)(Seen::Ready),
            Event::Link(state) => {
                let is_connected = state == LinkState::Connected;
                let was_connected =
                    std::mem::replace(&mut self.machine.borrow_mut().is_connected, is_connected);
                if let LinkState::Stopped { reason } = state {
                    (self.on_seen)(Seen::Over(Trouble::Stopped(reason)));
                } else if was_connected && !is_connected {
                    (self.on_seen)(Seen::Broke);
                }
            }
            _ => {}
        }
    }

    fn connect(self: &Rc<Self>, generation: Generation, kind: Kind) {
        let weak = Rc::downgrade(self);
        let on_event = move |event| hear(&weak, generation, kind, event);
        match transport::connect(kind, &self.relay, on_event) {
            Ok(transport) => {
                self.machine.borrow_mut().transports.push((generation, kind, transport));
            }
            Err(reason) => {
                let down = Down { code: 1006, reason };
                let input = Input::TransportDown { generation, down };
                self.machine.borrow_mut().session.handle(platform::now(), input);
            }
        }
    }

    fn transmit(&self, generation: Generation, text: String) {
        // Not while the machine is borrowed: a transport may have something to tell at once.
        let found = {
            let machine = self.machine.borrow();
            let found = machine.transports.iter().find(|(one, ..)| *one == generation);
            found.map(|(_, kind, transport)| (*kind, Rc::clone(transport)))
        };
        if let Some((kind, transport)) = found {
            if kind == Kind::WebSocket {
                (self.on_seen)(Seen::Frame { is_up: true, payload: text.len() });
            }
            transport.send(text);
        }
    }

    fn forget(&self, generation: Generation) {
        self.machine.borrow_mut().transports.retain(|(one, ..)| *one != generation);
    }
}

fn hear(inner: &Weak<Inner>, generation: Generation, kind: Kind, event: TransportEvent) {
    let Some(inner) = inner.upgrade() else { return };
    match event {
        TransportEvent::Up => inner.input(Input::TransportUp { generation }),
        TransportEvent::Text(text) => {
            if kind == Kind::WebSocket {
                (inner.on_seen)(Seen::Frame { is_up: false, payload: text.len() });
            }
            // What isn't understood comes from a newer relay, which can do without an answer.
            if let Ok(frame) = codec::decode::<RelayFrame>(&text) {
                inner.input(Input::Frame { generation, frame });
            }
        }
        TransportEvent::Exchange(exchange) => (inner.on_seen)(Seen::Exchange(exchange)),
        TransportEvent::HeldCut => inner.input(Input::HeldCut { generation }),
        TransportEvent::Down(down) => {
            inner.forget(generation);
            inner.input(Input::TransportDown { generation, down });
        }
    }
}

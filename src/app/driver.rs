//! Drives a [`Session`] in the browser: hands it what happens, does what it says, arms its one timer.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use duologue_protocol::{RelayFrame, UserId, codec};
use duologue_session::{Down, Event, Generation, Input, Output, Session};

use super::relay_address::RelayAddress;
use crate::platform::{self, Timer};
use crate::transport::{TransportEvent, WebSocketTransport};

/// One person's running session with one relay. Dropping the last handle closes its transport.
#[derive(Clone)]
pub struct Driver {
    inner: Rc<Inner>,
}

struct Inner {
    relay: RelayAddress,
    on_event: Box<dyn Fn(Event)>,
    machine: RefCell<Machine>,
}

struct Machine {
    session: Session,
    transport: Option<(Generation, WebSocketTransport)>,
    timer: Option<Timer>,
}

impl Driver {
    /// Starts to connect `user` to `relay`. `on_event` may hand in further inputs.
    pub fn start(user: UserId, relay: RelayAddress, on_event: impl Fn(Event) + 'static) -> Self {
        let session = Session::new(platform::now(), user, platform::seed());
        let machine = RefCell::new(Machine { session, transport: None, timer: None });
        let inner = Rc::new(Inner { relay, on_event: Box::new(on_event), machine });
        inner.settle();
        Self { inner }
    }

    /// Hands an input to the session.
    pub fn input(&self, input: Input) {
        self.inner.input(input);
    }
}

impl Inner {
    fn input(self: &Rc<Self>, input: Input) {
        self.machine.borrow_mut().session.handle(platform::now(), input);
        self.settle();
    }

    /// Does all that the session wants done, then arms the timer.
    fn settle(self: &Rc<Self>) {
        // The borrow ends with each output: an event's receiver may hand in the next input.
        loop {
            let output = self.machine.borrow_mut().session.poll_output();
            let Some(output) = output else { break };
            self.perform(output);
        }
        let mut machine = self.machine.borrow_mut();
        machine.timer = machine.session.poll_timeout().map(|at| {
            let weak = Rc::downgrade(self);
            // At least a millisecond: setTimeout may fire early by the fraction that its clock drops.
            let delay = at.since(platform::now()).max(Duration::from_millis(1));
            Timer::after(delay, move || hand_in(&weak, Input::Timer))
        });
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Connect { generation } => self.connect(generation),
            Output::Transmit { generation, frame } => {
                let machine = self.machine.borrow();
                if let Some((current, transport)) = &machine.transport
                    && *current == generation
                {
                    transport.send(&codec::encode(&frame));
                }
            }
            Output::Close { .. } => self.machine.borrow_mut().transport = None,
            Output::Event(event) => (self.on_event)(event),
        }
    }

    fn connect(self: &Rc<Self>, generation: Generation) {
        let weak = Rc::downgrade(self);
        let connected = WebSocketTransport::connect(&self.relay.websocket_url(), move |event| {
            if let Some(input) = input_of(generation, event) {
                hand_in(&weak, input);
            }
        });
        let mut machine = self.machine.borrow_mut();
        match connected {
            // The one before, if any, is detached and closed by being replaced.
            Ok(transport) => machine.transport = Some((generation, transport)),
            Err(reason) => {
                let down = Down { code: 1006, reason };
                let input = Input::TransportDown { generation, down };
                machine.session.handle(platform::now(), input);
            }
        }
    }
}

fn hand_in(inner: &Weak<Inner>, input: Input) {
    if let Some(inner) = inner.upgrade() {
        inner.input(input);
    }
}

fn input_of(generation: Generation, event: TransportEvent) -> Option<Input> {
    match event {
        TransportEvent::Up => Some(Input::TransportUp { generation }),
        TransportEvent::Down(down) => Some(Input::TransportDown { generation, down }),
        // A frame that this page doesn't know comes from a newer relay, which can do without an answer.
        TransportEvent::Text(text) => {
            let frame = codec::decode::<RelayFrame>(&text).ok()?;
            Some(Input::Frame { generation, frame })
        }
    }
}

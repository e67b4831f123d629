//! A browser with a page, and the person who uses it.

use std::collections::BTreeMap;

use duologue_protocol::{RelayFrame, codec};
use duologue_session::{
    Change, Down, Event as SessionEvent, Generation, Input, Output, Poller, Session, Ticket, Time,
    Transport,
};

use crate::book::Book;
use crate::world::{Event, Link, WebSockets, World};

/// A tab of a browser. Two tabs of one person in one browser share a store.
pub(crate) struct Device {
    /// Which person.
    pub(crate) person: usize,
    /// Which store.
    pub(crate) store: usize,
    /// What is open in it; `None` while it is closed.
    pub(crate) page: Option<Page>,
    /// Counts the openings of the page.
    pub(crate) life: u64,
    /// How far its clock is off, in milliseconds.
    pub(crate) clock_offset: i64,
    /// Nothing happens in it until then.
    pub(crate) asleep_until: u64,
}

/// What is gone with a reload.
pub(crate) struct Page {
    session: Session,
    /// What the person sees.
    pub(crate) shown: Book,
    /// What the store has not written yet.
    unwritten: Vec<(Ticket, Change)>,
    /// What carries frames, or is to.
    pub(crate) carriers: BTreeMap<Generation, Carrier>,
    armed: u64,
}

/// A transport of a page.
pub(crate) enum Carrier {
    /// A WebSocket, once it reached the relay.
    Socket(Option<Link>),
    /// A connection over HTTP.
    Polling { poller: Box<Poller>, armed: u64 },
}

impl Device {
    pub(crate) fn new(person: usize, store: usize) -> Self {
        Self { person, store, page: None, life: 0, clock_offset: 0, asleep_until: 0 }
    }
}

impl World {
    pub(crate) fn clock(&self, device: usize) -> Time {
        Time(self.now.saturating_add_signed(self.devices[device].clock_offset))
    }

    pub(crate) fn open_page(&mut self, device: usize) {
        let now = self.clock(device);
        let seed = self.rng.u64(..);
        let this = &mut self.devices[device];
        if this.page.is_some() {
            return;
        }
        this.life += 1;
        let shown = Book { wrong: Vec::new(), ..self.stores[this.store].clone() };
        let user = self.people[this.person].clone();
        let session = Session::new(now, user, seed, shown.saved());
        this.page = Some(Page {
            session,
            shown,
            unwritten: Vec::new(),
            carriers: BTreeMap::new(),
            armed: 0,
        });
        self.drive(device);
    }

    pub(crate) fn close_page(&mut self, device: usize) {
        let Some(page) = self.devices[device].page.take() else { return };
        let wrong = page.shown.wrong;
        self.wrong.extend(wrong.into_iter().map(|what| format!("device {device}: {what}")));
        for carrier in page.carriers.into_values() {
            self.close(&carrier);
        }
    }

    /// The device has no use for a transport any more, and the relay may hear of it.
    fn close(&mut self, carrier: &Carrier) {
        match carrier {
            Carrier::Socket(None) => {}
            Carrier::Socket(Some(link)) => self.leave(*link),
            // The request that says so gets lost as well as any other.
            Carrier::Polling { poller, .. } => {
                let token = poller.token().filter(|_| self.rng.bool());
                if let Some(&link) = token.and_then(|token| self.tokens.get(token)) {
                    let delay = self.rng.u64(1..=200);
                    self.schedule(delay, Event::Detach { link });
                }
            }
        }
    }

    /// The device's side of a connection is gone, and the relay will hear of it.
    fn leave(&mut self, link: Link) {
        if let Some(connection) = self.links.get_mut(&link) {
            connection.is_left = true;
        }
        let delay = self.rng.u64(1..=200);
        self.schedule(delay, Event::Detach { link });
    }

    pub(crate) fn input(&mut self, device: usize, input: Input) {
        let now = self.clock(device);
        if let Some(page) = &mut self.devices[device].page {
            page.session.handle(now, input);
            self.drive(device);
        }
    }

    /// Does all that the session wants done, and arms its timer.
    fn drive(&mut self, device: usize) {
        loop {
            let Some(page) = &mut self.devices[device].page else { return };
            let Some(output) = page.session.poll_output() else { break };
            self.perform(device, output);
        }
        let now = self.clock(device);
        let Some(page) = &mut self.devices[device].page else { return };
        page.armed += 1;
        let armed = page.armed;
        if let Some(at) = page.session.poll_timeout() {
            // A browser's timer counts its own time: a clock that is set doesn't move it.
            let delay = u64::try_from(at.since(now).as_millis()).unwrap_or(u64::MAX).max(1);
            self.schedule(delay.min(86_400_000), Event::Timer { device, armed });
        }
    }

    fn perform(&mut self, device: usize, output: Output) {
        let life = self.devices[device].life;
        let Some(page) = &mut self.devices[device].page else { return };
        match output {
            Output::Connect { generation, transport } => {
                self.connect(device, generation, transport);
            }
            Output::Transmit { generation, frame } => {
                self.count("frames from devices");
                let text = codec::encode(&frame);
                let page = self.devices[device].page.as_ref();
                match page.and_then(|page| page.carriers.get(&generation)) {
                    Some(Carrier::Socket(Some(link))) => self.send_to_relay(*link, text),
                    Some(Carrier::Polling { .. }) => {
                        let send = |poller: &mut Poller, now| poller.send(now, text);
                        self.with_poller(device, life, generation, send);
                    }
                    Some(Carrier::Socket(None)) | None => {}
                }
            }
            Output::Close { generation } => {
                if let Some(carrier) = page.carriers.remove(&generation) {
                    self.close(&carrier);
                }
            }
            Output::Change { ticket, change } => {
                page.shown.apply(&change, false);
                if let Change::Delivered { peer, up_to, .. } = &change {
                    self.check_delivered(device, peer, *up_to);
                }
                let Some(page) = &mut self.devices[device].page else { return };
                page.unwritten.push((ticket, change));
                let delay = self.rng.u64(1..=60);
                self.schedule(delay, Event::Persisted { device, life, ticket });
            }
            Output::Event(SessionEvent::Refused { reason }) => {
                self.wrong.push(format!("device {device} was refused something: {reason}"));
            }
            Output::Event(SessionEvent::Using { transport, .. }) => {
                self.count(match transport {
                    Transport::WebSocket => "times a WebSocket was used",
                    Transport::LongPolling => "times long polling was used",
                    Transport::ShortPolling => "times short polling was used",
                });
            }
            Output::Sign { generation, .. } => {
                self.input(device, Input::Signed { generation, proof: None });
            }
            Output::Event(_) => {}
        }
    }

    fn connect(&mut self, device: usize, generation: Generation, transport: Transport) {
        self.count("attempts to connect");
        if transport != Transport::WebSocket {
            let is_long = transport == Transport::LongPolling;
            return self.open_poller(device, generation, is_long);
        }
        let this = &mut self.devices[device];
        let life = this.life;
        if let Some(page) = &mut this.page {
            page.carriers.insert(generation, Carrier::Socket(None));
        }
        let delay = self.rng.u64(1..=300);
        let is_refused = self.web_sockets == WebSockets::Refused;
        if is_refused || self.strikes("connections refused", self.faults.refused) {
            self.schedule(delay, Event::Down { device, life, generation });
        } else if !self.strikes("connections unanswered", self.faults.silent_link) {
            self.schedule(delay, Event::Connected { device, life, generation });
        }
    }

    /// Whether something that happens to a device has to wait until it wakes. What waits keeps its
    /// order.
    pub(crate) fn sleeps(
        &mut self,
        device: usize,
        life: u64,
        later: impl FnOnce() -> Event,
    ) -> bool {
        let this = &self.devices[device];
        let sleeps = this.asleep_until > self.now && this.life == life;
        if sleeps {
            self.put_off(this.asleep_until, later());
        }
        sleeps
    }

    pub(crate) fn timer(&mut self, device: usize, armed: u64) {
        let life = self.devices[device].life;
        if self.sleeps(device, life, || Event::Timer { device, armed }) {
            return;
        }
        let page = self.devices[device].page.as_ref();
        if page.is_some_and(|page| page.armed == armed) {
            self.input(device, Input::Timer);
        }
    }

    pub(crate) fn persisted(&mut self, device: usize, life: u64, ticket: Ticket) {
        if self.sleeps(device, life, || Event::Persisted { device, life, ticket }) {
            return;
        }
        let this = &mut self.devices[device];
        let Some(page) = this.page.as_mut().filter(|_| this.life == life) else { return };
        let (written, rest) = page.unwritten.drain(..).partition(|(t, _)| *t <= ticket);
        page.unwritten = rest;
        let written: Vec<(Ticket, Change)> = written;
        for (_, change) in &written {
            self.stores[this.store].apply(change, true);
        }
        self.input(device, Input::Persisted { ticket });
    }

    pub(crate) fn connected(&mut self, device: usize, life: u64, generation: Generation) {
        if self.sleeps(device, life, || Event::Connected { device, life, generation }) {
            return;
        }
        if !self.relay.is_running() {
            return self.down(device, life, generation, Down { code: 1006, reason: String::new() });
        }
        if !self.is_current(device, life, generation) {
            return;
        }
        let link = self.new_link(device, life, generation);
        if let Some(page) = &mut self.devices[device].page {
            page.carriers.insert(generation, Carrier::Socket(Some(link)));
        }
        if self.web_sockets == WebSockets::Swallowed {
            self.silence(link);
        }
        self.input(device, Input::TransportUp { generation });
        self.accept(link);
    }

    pub(crate) fn down(&mut self, device: usize, life: u64, generation: Generation, down: Down) {
        let again = Event::Down { device, life, generation };
        if !self.sleeps(device, life, || again) && self.devices[device].life == life {
            if let Some(page) = &mut self.devices[device].page {
                page.carriers.remove(&generation);
            }
            self.input(device, Input::TransportDown { generation, down });
        }
    }

    pub(crate) fn frame(
        &mut self,
        device: usize,
        life: u64,
        generation: Generation,
        frame: RelayFrame,
    ) {
        if self.devices[device].life == life {
            self.input(device, Input::Frame { generation, frame });
        }
    }

    pub(crate) fn is_asleep(&self, device: usize) -> Option<u64> {
        Some(self.devices[device].asleep_until).filter(|until| *until > self.now)
    }

    fn is_current(&self, device: usize, life: u64, generation: Generation) -> bool {
        let this = &self.devices[device];
        let page = this.page.as_ref().filter(|_| this.life == life);
        page.is_some_and(|page| page.carriers.contains_key(&generation))
    }
}

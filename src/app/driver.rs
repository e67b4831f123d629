//! Drives a [`Session`] in the browser: hands it what happens, does what it says, stores what changes,
//! arms its one timer.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use duologue_protocol::{Fingerprint, MessageId, RelayFrame, UserId, codec};
use duologue_session::{
    Change, Down, Draft, Event, Generation, Input, Output, Saved, Session, Transport as Kind,
};

use super::choice::Choice;
use super::ledger::{Ledger, Luggage};
use super::record::Observed;
use super::relay_address::RelayAddress;
use crate::platform::{self, Timer};
use crate::store::record::{DraftRecord, PeerRecord, Place, Progress, Verdict};
use crate::store::vault::{Identity, Keeping};
use crate::store::{Loaded, Step, Store, StoreReport, StoreState};
use crate::transport::{self, Transport, TransportEvent};

/// What a driver has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// What an earlier sitting left: comes once, before everything else that is about messages.
    Loaded(Loaded),
    /// Something changed in the conversations.
    Change {
        /// What changed.
        change: Change,
        /// Where it leads.
        progress: Progress,
    },
    /// The session tells the person something.
    Event(Event),
    /// How the store is doing.
    Store(StoreState),
    /// What the store knows of these.
    Peers(Vec<PeerRecord>),
    /// The person's keys are there.
    Keys {
        /// How long they last.
        keeping: Keeping,
        /// The fingerprint of the public one.
        key: Fingerprint,
    },
    /// Something was seen of a transport.
    Observed(Observed),
}

/// One person's running session with one relay. Dropping the last handle closes its transport; what is
/// to be stored still is.
#[derive(Clone)]
pub struct Driver {
    inner: Rc<Inner>,
}

struct Inner {
    relay: RelayAddress,
    on_report: Box<dyn Fn(Report)>,
    state: RefCell<State>,
}

enum State {
    /// The store is being opened; what is handed in waits.
    Opening { luggage: Luggage, inputs: Vec<Input>, steps: Vec<Step>, learned: Vec<StoreReport> },
    /// The session runs.
    Running(Box<Machine>),
}

struct Machine {
    user: UserId,
    identity: Identity,
    session: Session,
    ledger: Ledger,
    transports: Vec<(Generation, Rc<dyn Transport>)>,
    timer: Option<Timer>,
}

impl Driver {
    /// Opens the store of `user` for `relay`, then starts to connect. `on_report` may hand in further
    /// inputs; it hears nothing before this returns.
    pub fn start(
        user: UserId,
        relay: RelayAddress,
        luggage: Luggage,
        choice: Choice,
        on_report: impl Fn(Report) + 'static,
    ) -> Self {
        let (inputs, steps, learned) = (Vec::new(), Vec::new(), Vec::new());
        let state = State::Opening { luggage, inputs, steps, learned };
        let (on_report, state) = (Box::new(on_report), RefCell::new(state));
        let inner = Rc::new(Inner { relay, on_report, state });
        let (weak, address) = (Rc::downgrade(&inner), inner.relay.to_string());
        platform::spawn(async move {
            let listener = weak.clone();
            let on_store = move |report| {
                if let Some(inner) = listener.upgrade() {
                    inner.store_reports(report);
                }
            };
            let (store, loaded) = Store::open(&address, &user, on_store).await;
            let (identity, keeping) = Identity::of(&user).await;
            if let Some(inner) = weak.upgrade() {
                let key = Fingerprint::of(&identity.key());
                (inner.on_report)(Report::Keys { keeping, key });
                inner.begin(user, identity, store, loaded, choice);
            }
        });
        Self { inner }
    }

    /// Hands an input to the session, or keeps it until there is one.
    pub fn input(&self, input: Input) {
        self.inner.input(input);
    }

    /// Stores what was typed and not sent.
    pub fn keep_draft(&self, draft: DraftRecord) {
        self.inner.keep(Step::Draft(draft));
    }

    /// Stores that the person has read messages of an earlier era, of which the relay knows nothing.
    pub fn keep_read(&self, change: Change, progress: Progress) {
        self.inner.keep(Step::Change { change, progress });
    }

    /// Stores what the person says of `peer`, and keeps to it.
    pub fn judge(&self, peer: &UserId, verdict: Verdict) {
        self.inner.keep(Step::Verdict { peer: peer.clone(), verdict });
    }

    /// Removes a message from the store.
    pub fn delete(&self, peer: &UserId, is_mine: bool, id: MessageId) {
        self.inner.keep(Step::Deleted { peer: peer.clone(), is_mine, id });
    }

    /// Whether the relay would know this place.
    pub fn is_of_this_era(&self, place: Place) -> bool {
        self.inner.with_machine(|machine| machine.ledger.is_of_this_era(place)).unwrap_or_default()
    }

    /// Packs up what is on its way, for a driver to another relay. `queued`: what the conversations
    /// show as queued.
    pub fn pack(&self, queued: Vec<Draft>) -> Luggage {
        match &mut *self.inner.state.borrow_mut() {
            State::Opening { luggage, inputs, .. } => {
                let mut luggage = std::mem::take(luggage);
                luggage.extend(std::mem::take(inputs).into_iter().filter_map(draft_of));
                luggage
            }
            State::Running(machine) => machine.ledger.pack(queued),
        }
    }
}

impl Inner {
    fn begin(
        self: &Rc<Self>,
        user: UserId,
        identity: Identity,
        store: Store,
        loaded: Loaded,
        choice: Choice,
    ) {
        let Choice { preference, learned } = choice;
        let saved = Saved { preference, learned, has_key: true, ..loaded.saved() };
        let pins: Vec<UserId> = saved.pins.iter().map(|(peer, _)| peer.clone()).collect();
        let ledger = Ledger::new(store, &loaded);
        (self.on_report)(Report::Loaded(loaded));
        let session = Session::new(platform::now(), user.clone(), platform::seed(), saved);
        let (transports, timer) = (Vec::new(), None);
        let machine = Machine { user, identity, session, ledger, transports, timer };
        let before = self.state.replace(State::Running(Box::new(machine)));
        self.settle();
        let State::Opening { luggage, inputs, steps, learned } = before else { return };
        for report in learned {
            self.store_reports(report);
        }
        for step in steps {
            self.keep(step);
        }
        self.unpack(luggage, &pins);
        for input in inputs {
            self.input(input);
        }
    }

    /// Takes over what was on its way to another relay. `pinned`: whose keys are known on this one.
    fn unpack(self: &Rc<Self>, luggage: Luggage, pinned: &[UserId]) {
        for (peer, fingerprint) in luggage.pins().iter().cloned() {
            if !pinned.contains(&peer) {
                self.input(Input::Pin { peer, fingerprint });
            }
        }
        for draft in luggage.drafts() {
            self.input(Input::UserSent(draft.clone()));
        }
        self.with_machine(|machine| machine.ledger.move_in(luggage));
    }

    fn with_machine<T>(&self, work: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        match &mut *self.state.borrow_mut() {
            State::Running(machine) => Some(work(machine)),
            State::Opening { .. } => None,
        }
    }

    fn keep(&self, step: Step) {
        match &mut *self.state.borrow_mut() {
            State::Opening { steps, .. } => steps.push(step),
            State::Running(machine) => machine.ledger.keep(step),
        }
    }

    fn input(self: &Rc<Self>, input: Input) {
        if let State::Opening { inputs, .. } = &mut *self.state.borrow_mut() {
            inputs.push(input);
            return;
        }
        self.with_machine(|machine| machine.session.handle(platform::now(), input));
        self.settle();
    }

    fn store_reports(self: &Rc<Self>, report: StoreReport) {
        match report {
            StoreReport::State(state) => (self.on_report)(Report::Store(state)),
            StoreReport::Peers { records, are_complete } => self.learn(records, are_complete),
            StoreReport::Persisted(ticket) => {
                self.with_machine(|machine| machine.ledger.arrived(ticket));
                self.input(Input::Persisted { ticket });
            }
        }
    }

    fn learn(self: &Rc<Self>, records: Vec<PeerRecord>, are_complete: bool) {
        if let State::Opening { learned, .. } = &mut *self.state.borrow_mut() {
            learned.push(StoreReport::Peers { records, are_complete });
            return;
        }
        for record in &records {
            self.with_machine(|machine| machine.ledger.learn(record));
            if let Some(fingerprint) = record.pin {
                self.input(Input::StoredPin { peer: record.peer.clone(), fingerprint });
            }
        }
        if are_complete {
            self.input(Input::PinsAreComplete);
        }
        (self.on_report)(Report::Peers(records));
    }

    /// Does all that the session wants done, then arms the timer.
    fn settle(self: &Rc<Self>) {
        // The borrow ends with each output: a report's receiver may hand in the next input.
        while let Some(output) =
            self.with_machine(|machine| machine.session.poll_output()).flatten()
        {
            self.perform(output);
        }
        let weak = Rc::downgrade(self);
        self.with_machine(|machine| {
            machine.timer = machine.session.poll_timeout().map(|at| {
                // At least a millisecond: setTimeout may fire early by the fraction that its clock
                // drops.
                let delay = at.since(platform::now()).max(Duration::from_millis(1));
                Timer::after(delay, move || hand_in(&weak, Input::Timer))
            });
        });
    }

    fn perform(self: &Rc<Self>, output: Output) {
        match output {
            Output::Connect { generation, transport } => self.connect(generation, transport),
            Output::Transmit { generation, frame } => {
                let text = codec::encode(&frame);
                self.observe(Observed::Sent { generation, text: text.clone() });
                // Not while the machine is borrowed: a transport may have something to tell at once.
                let transport = self.with_machine(|machine| machine.transport(generation));
                if let Some(transport) = transport.flatten() {
                    transport.send(text);
                }
            }
            Output::Sign { generation, nonce } => {
                let relay = platform::authority(&self.relay.http_url());
                self.with_machine(|machine| {
                    let proof = machine.identity.prove(relay, &nonce, &machine.user);
                    let input = Input::Signed { generation, proof: Some(Box::new(proof)) };
                    machine.session.handle(platform::now(), input);
                });
            }
            Output::Close { generation } => {
                self.with_machine(|machine| machine.forget(generation));
                self.observe(Observed::Closed { generation });
            }
            Output::Change { ticket, change } => {
                let kept = self.with_machine(|machine| machine.ledger.take(ticket, change));
                if let Some((change, progress)) = kept {
                    (self.on_report)(Report::Change { change, progress });
                }
            }
            Output::Event(event) => (self.on_report)(Report::Event(event)),
        }
    }

    fn connect(self: &Rc<Self>, generation: Generation, kind: Kind) {
        self.observe(Observed::Connecting { generation, transport: kind });
        let weak = Rc::downgrade(self);
        let on_event = move |event| {
            if let Some(inner) = weak.upgrade() {
                inner.transport_reports(generation, event);
            }
        };
        match transport::connect(kind, &self.relay, on_event) {
            Ok(transport) => {
                self.with_machine(|machine| machine.transports.push((generation, transport)));
            }
            Err(reason) => {
                let down = Down { code: 1006, reason };
                self.observe(Observed::Down { generation, down: down.clone() });
                let input = Input::TransportDown { generation, down };
                self.with_machine(|machine| machine.session.handle(platform::now(), input));
            }
        }
    }

    fn transport_reports(self: &Rc<Self>, generation: Generation, event: TransportEvent) {
        let (observed, input) = match event {
            TransportEvent::Up => {
                (Observed::Up { generation }, Some(Input::TransportUp { generation }))
            }
            // A frame that this page doesn't know comes from a newer relay, which can do without an
            // answer.
            TransportEvent::Text(text) => {
                let frame = codec::decode::<RelayFrame>(&text).ok();
                let input = frame.map(|frame| Input::Frame { generation, frame });
                (Observed::Heard { generation, text }, input)
            }
            TransportEvent::Exchange(exchange) => {
                (Observed::Exchange { generation, exchange }, None)
            }
            TransportEvent::HeldCut => {
                (Observed::HeldCut { generation }, Some(Input::HeldCut { generation }))
            }
            TransportEvent::Down(down) => {
                self.with_machine(|machine| machine.forget(generation));
                let observed = Observed::Down { generation, down: down.clone() };
                (observed, Some(Input::TransportDown { generation, down }))
            }
        };
        self.observe(observed);
        if let Some(input) = input {
            self.input(input);
        }
    }

    fn observe(&self, observed: Observed) {
        (self.on_report)(Report::Observed(observed));
    }
}

impl Machine {
    fn transport(&self, generation: Generation) -> Option<Rc<dyn Transport>> {
        let found = self.transports.iter().find(|(one, _)| *one == generation);
        found.map(|(_, transport)| Rc::clone(transport))
    }

    /// Closes a transport, if it is still there.
    fn forget(&mut self, generation: Generation) {
        self.transports.retain(|(one, _)| *one != generation);
    }
}

fn hand_in(inner: &Weak<Inner>, input: Input) {
    if let Some(inner) = inner.upgrade() {
        inner.input(input);
    }
}

fn draft_of(input: Input) -> Option<Draft> {
    match input {
        Input::UserSent(draft) => Some(draft),
        _ => None,
    }
}

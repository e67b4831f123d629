//! Runs the exchange over one transport after the other, and tells how far it is.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use duologue_protocol::{Content, UserId};
use duologue_session::{Draft, Transport};

use super::participant::{Participant, Seen};
use super::plan::Plan;
use super::run::{Run, Side};
use super::{Outcome, Trouble};
use duologue::app::relay_address::RelayAddress;
use duologue::platform::{self, Ticker, Timer};

/// How often it is looked whether anything moves.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is told of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// How far the exchange over one transport is.
    Progress {
        /// Over which.
        transport: Transport,
        /// How many messages arrived; `None` while the two connect.
        arrived: Option<u32>,
    },
    /// It ended.
    Ended(Outcome),
    /// All of them ended.
    Done,
}

/// A running comparison. Dropping it closes everything at once.
pub struct Comparison {
    _inner: Rc<Inner>,
}

struct Inner {
    plan: Plan,
    relay: RelayAddress,
    on_report: Box<dyn Fn(Report)>,
    state: RefCell<State>,
}

struct State {
    /// What is still to come.
    left: Vec<Transport>,
    /// Counts the exchanges: what is seen of the two of an earlier one doesn't count.
    stage: u32,
    current: Option<Current>,
    watch: Option<Ticker>,
}

struct Current {
    transport: Transport,
    run: Run,
    /// The sender and the receiver, once they have started.
    people: Option<[Participant; 2]>,
    names: [UserId; 2],
    is_ready: [bool; 2],
    /// Sends the next message.
    timer: Option<Timer>,
}

/// What comes of something that was seen.
enum Step {
    Nothing,
    Begin,
    Told(Report),
    End(Option<Trouble>),
}

impl Comparison {
    /// Starts to compare `transports`, in their order. `on_report` is called for the first time before this
    /// returns.
    pub fn start(
        plan: Plan,
        relay: RelayAddress,
        transports: &[Transport],
        on_report: impl Fn(Report) + 'static,
    ) -> Self {
        let left = transports.iter().rev().copied().collect();
        let state = RefCell::new(State { left, stage: 0, current: None, watch: None });
        let inner = Rc::new(Inner { plan, relay, on_report: Box::new(on_report), state });
        let weak = Rc::downgrade(&inner);
        let watch = Ticker::every(LOOK_EVERY, move || {
            if let Some(inner) = weak.upgrade() {
                inner.watch();
            }
        });
        inner.state.borrow_mut().watch = Some(watch);
        inner.next();
        Self { _inner: inner }
    }
}

impl Inner {
    /// Goes on with the next transport.
    fn next(self: &Rc<Self>) {
        let Some((stage, transport, names)) = self.state.borrow_mut().next(self.plan) else {
            return (self.on_report)(Report::Done);
        };
        (self.on_report)(Report::Progress { transport, arrived: None });
        let [sender, receiver] = names;
        let people = [(sender, Side::Sender), (receiver, Side::Receiver)].map(|(name, side)| {
            let weak = Rc::downgrade(self);
            let on_seen = move |seen| see(&weak, stage, side, seen);
            Participant::start(name, transport, self.relay.clone(), on_seen)
        });
        if let Some(current) = self.state.borrow_mut().of(stage) {
            current.people = Some(people);
        }
    }

    fn follow(self: &Rc<Self>, stage: u32, step: Step) {
        match step {
            Step::Nothing => {}
            Step::Begin => self.send(stage),
            Step::Told(report) => (self.on_report)(report),
            Step::End(trouble) => self.end(trouble),
        }
    }

    /// Sends the next message, and sees to it that the one after it follows in time.
    fn send(self: &Rc<Self>, stage: u32) {
        let weak = Rc::downgrade(self);
        let again = move || {
            if let Some(inner) = weak.upgrade() {
                inner.send(stage);
            }
        };
        let next = match self.state.borrow_mut().of(stage) {
            Some(current) => current.next_message(self.plan, again),
            None => None,
        };
        if let Some((sender, draft)) = next {
            sender.send(draft);
        }
    }

    fn watch(self: &Rc<Self>) {
        let trouble = {
            let state = self.state.borrow();
            let stalled =
                state.current.as_ref().filter(|one| one.run.is_stalled(platform::micros()));
            stalled.map(|current| match current.run.begun() {
                None => Trouble::NoConnection,
                Some(_) => Trouble::Silence,
            })
        };
        if trouble.is_some() {
            self.end(trouble);
        }
    }

    /// The exchange over the current transport is over.
    fn end(self: &Rc<Self>, trouble: Option<Trouble>) {
        let current = self.state.borrow_mut().current.take();
        if let Some(Current { transport, run, people, .. }) = current {
            // Closed before the next two connect: a browser has few connections for one host.
            drop(people);
            (self.on_report)(Report::Ended(Outcome { transport, run, trouble }));
            self.next();
        }
    }
}

impl State {
    fn next(&mut self, plan: Plan) -> Option<(u32, Transport, [UserId; 2])> {
        let transport = self.left.pop();
        let names = transport.and_then(|_| Some([made_up_name()?, made_up_name()?]));
        let (Some(transport), Some(names)) = (transport, names) else {
            self.watch = None;
            return None;
        };
        self.stage += 1;
        self.current = Some(Current {
            transport,
            run: Run::new(plan.messages, platform::micros()),
            people: None,
            names: names.clone(),
            is_ready: [false; 2],
            timer: None,
        });
        Some((self.stage, transport, names))
    }

    fn of(&mut self, stage: u32) -> Option<&mut Current> {
        self.current.as_mut().filter(|_| self.stage == stage)
    }
}

impl Current {
    fn take(&mut self, side: Side, seen: Seen) -> Step {
        let now = platform::micros();
        match seen {
            Seen::Ready => {
                self.is_ready[usize::from(side == Side::Receiver)] = true;
                self.run.one_is_ready(now);
                // A connection that broke gets ready once more.
                if self.run.begun().is_some() || self.is_ready != [true; 2] {
                    return Step::Nothing;
                }
                self.run.begin(now);
                return Step::Begin;
            }
            Seen::Frame { is_up, payload } => self.run.count_frame(is_up, payload),
            Seen::Exchange(exchange) => self.run.count_exchange(side, &exchange),
            Seen::Arrived(id) => {
                if !self.run.arrive(&id, now) {
                    return Step::Nothing;
                }
                self.note_visibility();
                if self.run.is_complete() {
                    return Step::End(None);
                }
                let arrived = Some(self.run.arrived);
                return Step::Told(Report::Progress { transport: self.transport, arrived });
            }
            Seen::Broke => self.run.break_off(),
            Seen::Over(trouble) => return Step::End(Some(trouble)),
        }
        Step::Nothing
    }

    /// The next message, noted as sent; `again` is called when the one after it is due.
    fn next_message(
        &mut self,
        plan: Plan,
        again: impl FnOnce() + 'static,
    ) -> Option<(Participant, Draft)> {
        let number = u32::try_from(self.run.sent.len()).ok()?;
        let [sender, _] = self.people.clone()?;
        let content =
            Content::parse(format!("Message {} of {}", number + 1, plan.messages)).ok()?;
        let draft = Draft { id: platform::message_id(), to: self.names[1].clone(), content };
        let now = platform::micros();
        self.run.send(draft.id.clone(), now);
        self.note_visibility();
        let due = self.run.begun()? + plan.due(number + 1);
        let wait = Duration::from_micros(due.saturating_sub(now));
        self.timer = (number + 1 < plan.messages).then(|| Timer::after(wait, again));
        Some((sender, draft))
    }

    fn note_visibility(&mut self) {
        self.run.was_hidden |= !platform::is_visible();
    }
}

fn see(inner: &Weak<Inner>, stage: u32, side: Side, seen: Seen) {
    let Some(inner) = inner.upgrade() else { return };
    let step = match inner.state.borrow_mut().of(stage) {
        Some(current) => current.take(side, seen),
        None => return,
    };
    inner.follow(stage, step);
}

/// A throwaway name that nobody has. `None` can't be: it obeys the rule for names.
fn made_up_name() -> Option<UserId> {
    let random = platform::message_id().to_string().to_ascii_lowercase();
    UserId::parse(format!("~compare-{random}")).ok()
}

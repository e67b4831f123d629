//! The state machine itself: its inputs, its deadlines, and which link there is. What each frame does is
//! in [`frames`](crate::frames), what the person writes in [`sending`](crate::sending).

use std::collections::VecDeque;
use std::time::Duration;

use duologue_protocol::close::{AfterClose, after_close};
use duologue_protocol::limits::CONNECT_TIMEOUT;
use duologue_protocol::{ClientFrame, Nonce, Seq, UnixMillis, UserId};

use crate::backoff::Backoff;
use crate::choice::{Choice, Learned, Transport, Why};
use crate::clock::{ForwardClock, Time};
use crate::event::{Cause, Event, LinkState};
use crate::hold::{Hold, Unnoted};
use crate::inbox::Inbox;
use crate::io::{Change, Down, Generation, Input, Output, Saved, Ticket};
use crate::link::{Link, OpenLink, Opening, PROBE_TIMEOUT};
use crate::outbox::Outbox;
use crate::peers::Peers;
use crate::presence::Presence;
use crate::probe::Probe;
use crate::reads::Reads;
use crate::reason::Reason;

/// One client's side of the conversation. See the crate's documentation for how it is driven.
#[derive(Debug)]
pub struct Session {
    pub(crate) user: UserId,
    pub(crate) has_key: bool,
    /// Why the relay did not take the last `open`.
    pub(crate) refusal: Option<Reason>,
    pub(crate) link: Link,
    /// What is tried beside an open link.
    pub(crate) probe: Probe,
    pub(crate) choice: Choice,
    /// What [`Event::Learned`] said last.
    pub(crate) learned: Option<Learned>,
    /// The last generation that was given out.
    generation: Generation,
    backoff: Backoff,
    pub(crate) outbox: Outbox,
    pub(crate) hold: Hold,
    pub(crate) unnoted: Unnoted,
    pub(crate) inbox: Inbox,
    pub(crate) reads: Reads,
    pub(crate) hides_reads: bool,
    pub(crate) peers: Peers,
    pub(crate) presence: Presence,
    clock: ForwardClock,
    pub(crate) rng: fastrand::Rng,
    /// The last ticket that was given out.
    ticket: Ticket,
    outputs: VecDeque<Output>,
}

impl Session {
    /// A session of `user` that goes on from what an earlier one had stored, and connects at once.
    /// `seed` decides the jitter of its waits.
    pub fn new(now: Time, user: UserId, seed: u64, saved: Saved) -> Self {
        let Saved {
            cursor,
            receipts,
            outbox,
            seen,
            reads,
            preference,
            learned,
            has_key,
            pins,
            are_pins_missing,
        } = saved;
        let mut session = Self {
            user,
            has_key,
            refusal: None,
            link: Link::Waiting { until: now },
            probe: Probe::default(),
            choice: Choice::new(preference, learned),
            learned,
            generation: Generation(0),
            backoff: Backoff::default(),
            outbox: Outbox::restore(outbox),
            hold: Hold::default(),
            unnoted: Unnoted::default(),
            inbox: Inbox::restore(cursor, receipts, seen),
            reads: Reads::restore(reads),
            hides_reads: false,
            peers: Peers::restore(pins, are_pins_missing),
            presence: Presence::default(),
            clock: ForwardClock::default(),
            rng: fastrand::Rng::with_seed(seed),
            ticket: Ticket::default(),
            outputs: VecDeque::new(),
        };
        let now = session.clock.advance(now);
        session.connect(now);
        session
    }

    /// Takes an input in. Drain [`poll_output`](Self::poll_output) afterwards, then arm the timer anew.
    pub fn handle(&mut self, now: Time, input: Input) {
        let wall = UnixMillis(now.0);
        let now = self.clock.advance(now);
        match input {
            Input::UserSent(draft) => self.user_sent(wall, draft),
            Input::UserRead { peer, up_to } => self.user_read(peer, up_to),
            Input::HideReads(are_hidden) => self.hide_reads(are_hidden),
            Input::Typing { to } => self.user_types(now, &to),
            Input::Watch { peers } => self.watch(peers),
            Input::Meet { peer } => self.meet(now, peer),
            Input::Pin { peer, fingerprint } => self.pin(now, peer, fingerprint),
            Input::WriteKeyless { peer } => self.write_keyless(peer),
            Input::Hold { peer } => self.hold_peer(peer),
            Input::StoredPin { peer, fingerprint } => self.stored_pin(now, &peer, fingerprint),
            Input::PinsAreComplete => self.pins_are_complete(now),
            Input::Persisted { ticket } => self.persisted(ticket),
            Input::TransportUp { generation } => {
                if let Link::Opening(opening) = &mut self.link
                    && opening.generation == generation
                {
                    opening.is_up = true;
                }
            }
            Input::Frame { generation, frame } => {
                if self.is_current(generation) {
                    self.frame(now, frame);
                } else if self.probe.is(generation) {
                    self.frame_of_probe(now, frame);
                }
            }
            Input::TransportDown { generation, down } => {
                if self.is_current(generation) {
                    self.transport_down(now, &down);
                } else if self.probe.is(generation) {
                    self.probe_failed(now);
                }
            }
            Input::Signed { generation, proof } => self.signed(generation, proof),
            Input::HeldCut { generation } if self.is_current(generation) => self.held_cut(now),
            Input::Prefer(preference) => self.prefer(now, preference),
            // A late event of an old transport; and a timer only asks for the check below.
            Input::HeldCut { .. } | Input::Timer => {}
            Input::Online => {
                self.choice.network_changed();
                self.hurry(now);
            }
            Input::Visible => self.hurry(now),
            Input::ReconnectNow => {
                if matches!(self.link, Link::Stopped) {
                    self.link = Link::Waiting { until: now };
                }
                self.hold.try_again();
                if self.link.is_open() {
                    self.say_unnoted();
                }
                self.hurry(now);
            }
        }
        self.check_deadlines(now);
        self.transmit_outbox(now);
        self.say_learned();
    }

    /// The next thing to do, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Timer`], by the driver's clock; `None` if no deadline is open.
    pub fn poll_timeout(&self) -> Option<Time> {
        let of_open = [
            self.hold.until(),
            self.unnoted.again_at(),
            self.inbox.fetch_due(),
            self.peers.ask_again_at(),
            self.probe.deadline(),
        ];
        let of_open = of_open.into_iter().flatten().filter(|_| self.link.is_open());
        let next = self.link.deadline().into_iter().chain(of_open).min();
        next.map(|deadline| self.clock.to_wall(deadline))
    }

    fn user_read(&mut self, peer: UserId, up_to: Seq) {
        // Nobody has read what never came: such a place is of an order that is over.
        if up_to > self.inbox.cursor() || !self.reads.raise(&peer, up_to) {
            return;
        }
        self.change(Change::ReadHere { peer: peer.clone(), up_to });
        if self.link.is_open() && !self.hides_reads {
            self.transmit(ClientFrame::Read { peer, up_to });
        }
    }

    fn persisted(&mut self, ticket: Ticket) {
        // What was never handed out can't be in the store, whatever a driver says.
        let ticket = ticket.min(self.ticket);
        self.outbox.persisted(ticket);
        self.peers.persisted(ticket);
        self.inbox.persisted(ticket);
        if self.link.is_open() {
            self.acknowledge();
        }
    }

    fn transport_down(&mut self, now: Time, down: &Down) {
        match after_close(down.code) {
            AfterClose::Retry => {
                let cause = match self.refusal.take() {
                    Some(refusal) => Cause::Closed(refusal),
                    None if down.reason.is_empty() => self.link.cause_of_end(Cause::Broken),
                    None => Cause::Closed(Reason::of_a_close(down)),
                };
                self.lost(now, cause, false);
            }
            AfterClose::Stop => {
                self.end_probe();
                self.link = Link::Stopped;
                self.outbox.recall();
                let reason = self.refusal.take().unwrap_or_else(|| Reason::of_a_close(down));
                self.event(Event::Link(LinkState::Stopped { reason }));
            }
        }
    }

    /// There is reason to believe that things changed for the better, or to doubt the link.
    fn hurry(&mut self, now: Time) {
        match &self.link {
            Link::Waiting { .. } => {
                self.backoff.reset();
                self.connect(now);
            }
            Link::Open(_) => {
                self.ping(now, Some(PROBE_TIMEOUT));
                self.probe_soon(now);
            }
            Link::Opening(_) | Link::Stopped => {}
        }
    }

    fn check_deadlines(&mut self, now: Time) {
        let is_past = |deadline: Option<Time>| deadline.is_some_and(|deadline| deadline <= now);
        if is_past(self.link.deadline()) {
            match &self.link {
                Link::Waiting { .. } => self.connect(now),
                Link::Open(open) if !open.is_in_doubt() => self.ping(now, None),
                Link::Open(OpenLink { generation, .. })
                | Link::Opening(Opening { generation, .. }) => {
                    let (generation, cause) = (*generation, self.link.cause_of_end(Cause::Silent));
                    self.close(generation);
                    self.lost(now, cause, true);
                }
                Link::Stopped => {}
            }
        }
        if !self.link.is_open() {
            return;
        }
        self.check_probe(now);
        if is_past(self.hold.until()) {
            self.hold.try_again();
        }
        if is_past(self.unnoted.again_at()) {
            self.unnoted.try_again();
            self.say_again();
        }
        if is_past(self.inbox.fetch_due()) {
            self.fetch(now);
        }
        if is_past(self.peers.ask_again_at()) {
            self.ask_again(now);
        }
    }

    fn ping(&mut self, now: Time, timeout: Option<Duration>) {
        if let Link::Open(open) = &mut self.link {
            let ping = open.ping(now, timeout);
            self.transmit(ping);
        }
    }

    pub(crate) fn connect(&mut self, now: Time) {
        self.refusal = None;
        let (transport, why) = self.choice.next(now);
        self.link = Link::Opening(self.open_transport(now, transport, why));
        self.event(Event::Link(LinkState::Connecting { failures: self.backoff.failures() }));
    }

    /// Starts an attempt.
    pub(crate) fn open_transport(&mut self, now: Time, transport: Transport, why: Why) -> Opening {
        self.generation = Generation(self.generation.0 + 1);
        let generation = self.generation;
        self.outputs.push_back(Output::Connect { generation, transport });
        let deadline = now + CONNECT_TIMEOUT;
        Opening { generation, transport, why, deadline, is_up: false, opened: None }
    }

    /// Abandons a transport.
    pub(crate) fn close(&mut self, generation: Generation) {
        self.outputs.push_back(Output::Close { generation });
    }

    /// The transport is gone: wait, then connect again; unless another one is on its way already.
    fn lost(&mut self, now: Time, cause: Cause, has_timed_out: bool) {
        match &self.link {
            Link::Open(open) if open.is_stable(now) => {
                self.choice.lasted(open.transport);
                self.backoff.reset();
            }
            Link::Open(open) if !matches!(cause, Cause::Closed(_)) => {
                self.choice.broke_soon(open.transport);
            }
            Link::Opening(opening) => {
                self.choice.came_to_nothing(opening.transport, has_timed_out);
            }
            Link::Open(_) | Link::Waiting { .. } | Link::Stopped => {}
        }
        self.outbox.recall();
        if let Some(opening) = self.probe.take() {
            self.link = Link::Opening(opening);
            let failures = self.backoff.failures();
            return self.event(Event::Link(LinkState::Connecting { failures }));
        }
        let until = now + self.backoff.next(&mut self.rng);
        self.link = Link::Waiting { until };
        let until = self.clock.to_wall(until);
        let failures = self.backoff.failures();
        self.event(Event::Link(LinkState::Waiting { until, failures, cause }));
    }

    /// A link that doesn't answer what was just sent is dead.
    pub(crate) fn expect_answer(&mut self, now: Time) {
        if let Link::Open(open) = &mut self.link {
            open.expect_answer(now);
        }
    }

    /// By the driver's clock.
    pub(crate) fn to_wall(&self, time: Time) -> Time {
        self.clock.to_wall(time)
    }

    /// Asks for what is missing, unless that was done just now.
    pub(crate) fn fetch(&mut self, now: Time) {
        if let Some(frame) = self.inbox.fetch(now) {
            self.transmit(frame);
        }
    }

    /// Tells the relay what is in the store, if there is news. The link is open.
    pub(crate) fn acknowledge(&mut self) {
        if let Some(frame) = self.inbox.acknowledge() {
            self.transmit(frame);
        }
    }

    /// Sends a frame on the transport in use.
    pub(crate) fn transmit(&mut self, frame: ClientFrame) {
        if let Some(generation) = self.link.generation() {
            self.transmit_on(generation, frame);
        }
    }

    pub(crate) fn transmit_on(&mut self, generation: Generation, frame: ClientFrame) {
        self.outputs.push_back(Output::Transmit { generation, frame });
    }

    pub(crate) fn sign(&mut self, generation: Generation, nonce: Nonce) {
        self.outputs.push_back(Output::Sign { generation, nonce });
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn change(&mut self, change: Change) -> Ticket {
        self.ticket = Ticket(self.ticket.0 + 1);
        self.outputs.push_back(Output::Change { ticket: self.ticket, change });
        self.ticket
    }

    /// Whether this is the transport in use: not an old one, and not one that was given up.
    fn is_current(&self, generation: Generation) -> bool {
        self.link.generation() == Some(generation)
    }
}

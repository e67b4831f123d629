//! The state machine itself: which link there is, and what each input does to it.

use std::collections::VecDeque;
use std::time::Duration;

use duologue_protocol::close::{AfterClose, after_close};
use duologue_protocol::frame::Heartbeat;
use duologue_protocol::limits::CONNECT_TIMEOUT;
use duologue_protocol::{ClientFrame, Content, MessageId, RelayFrame, UserId};

use crate::backoff::Backoff;
use crate::clock::{ForwardClock, Time};
use crate::io::{Cause, Down, Event, Generation, Input, LinkState, Message, Output};
use crate::outbox::{OUTBOX_MAX, Outbox};
use crate::seen::Seen;

/// A link that lived this long was a good one: the next failure starts the backoff anew. A relay that
/// welcomes and then drops people is not, or they would come back twice a second.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// How long a link may take to answer when there is reason to doubt it (the tab was hidden, the network
/// changed): as long as a new connection gets.
const PROBE_TIMEOUT: Duration = CONNECT_TIMEOUT;

/// The bounds within which a relay may set the heartbeat: no flood of pings, no link that is dead for
/// an hour before anybody notices.
const HEARTBEAT_BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(5));

/// One client's side of the conversation. See the crate's documentation for how it is driven.
#[derive(Debug)]
pub struct Session {
    user: UserId,
    link: Link,
    generation: Generation,
    backoff: Backoff,
    outbox: Outbox,
    seen: Seen,
    clock: ForwardClock,
    rng: fastrand::Rng,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum Link {
    /// A transport is coming up or, once it `is_up`, the relay's `welcome` is awaited.
    Opening { deadline: Time, is_up: bool },
    /// `welcome` came.
    Open(OpenLink),
    /// No transport until then.
    Waiting { until: Time },
    /// No transport until the person wants one.
    Stopped,
}

#[derive(Debug)]
struct OpenLink {
    since: Time,
    /// From one ping to the next.
    interval: Duration,
    /// How long the answer to a ping may take.
    grace: Duration,
    next_ping: Time,
    pings: u64,
    /// Set while a ping is out and nothing was heard since: then the link is dead. The clock starts
    /// with the ping, not with the last frame heard, since a hidden tab's timer comes a minute late.
    answer_due: Option<Time>,
}

impl Session {
    /// A session of `user` that connects at once. `seed` decides the backoff's jitter.
    pub fn new(now: Time, user: UserId, seed: u64) -> Self {
        let mut session = Self {
            user,
            link: Link::Waiting { until: now },
            generation: Generation(0),
            backoff: Backoff::default(),
            outbox: Outbox::default(),
            seen: Seen::default(),
            clock: ForwardClock::default(),
            rng: fastrand::Rng::with_seed(seed),
            outputs: VecDeque::new(),
        };
        let now = session.clock.advance(now);
        session.connect(now);
        session
    }

    /// Takes an input in. Drain [`poll_output`](Self::poll_output) afterwards, then arm the timer anew.
    pub fn handle(&mut self, now: Time, input: Input) {
        let now = self.clock.advance(now);
        match input {
            Input::UserSent { id, to, content } => self.user_sent(id, to, content),
            Input::TransportUp { generation } if self.is_current(generation) => {
                if let Link::Opening { is_up, .. } = &mut self.link {
                    *is_up = true;
                }
            }
            Input::Frame { generation, frame } if self.is_current(generation) => {
                self.frame(now, frame);
            }
            Input::TransportDown { generation, down } if self.is_current(generation) => {
                self.transport_down(now, &down);
            }
            // Late events of an old transport; and a timer only asks for the check below.
            Input::TransportUp { .. }
            | Input::Frame { .. }
            | Input::TransportDown { .. }
            | Input::Timer => {}
            Input::Online | Input::Visible => self.hurry(now),
            Input::ReconnectNow => {
                if matches!(self.link, Link::Stopped) {
                    self.link = Link::Waiting { until: now };
                }
                self.hurry(now);
            }
        }
        self.check_deadlines(now);
        self.transmit_outbox();
    }

    /// The next thing to do, until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Timer`], by the driver's clock; `None` if no deadline is open.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.next_deadline().map(|deadline| self.clock.to_wall(deadline))
    }

    fn next_deadline(&self) -> Option<Time> {
        match &self.link {
            Link::Opening { deadline, .. } => Some(*deadline),
            Link::Open(open) => Some(open.answer_due.unwrap_or(open.next_ping)),
            Link::Waiting { until } => Some(*until),
            Link::Stopped => None,
        }
    }

    fn user_sent(&mut self, id: MessageId, to: UserId, content: Content) {
        if !self.outbox.push(id.clone(), to.clone(), content) {
            let reason = format!("{OUTBOX_MAX} messages are waiting already");
            self.event(Event::Failed { id, to, reason });
        }
    }

    fn frame(&mut self, now: Time, frame: RelayFrame) {
        if let Link::Open(open) = &mut self.link {
            // Any frame proves that the link lives.
            open.answer_due = None;
            open.next_ping = now + open.interval;
        }
        match frame {
            RelayFrame::Challenge { .. } => {
                self.transmit(ClientFrame::Open { from_user_id: self.user.clone() });
            }
            RelayFrame::Welcome { heartbeat, .. } => self.welcome(now, heartbeat),
            RelayFrame::Accepted { id, at } => {
                if let Some(to) = self.outbox.settle(&id) {
                    self.event(Event::Accepted { id, to, at });
                }
            }
            RelayFrame::Message { id, from_user_id: from, to_user_id: to, content, at } => {
                if self.seen.is_new(&from, &id) {
                    self.event(Event::Received(Message { id, from, to, content, at }));
                }
            }
            RelayFrame::Pong { .. } => {}
            RelayFrame::Error { message: reason, id, .. } => {
                let settled = id.and_then(|id| self.outbox.settle(&id).map(|to| (id, to)));
                self.event(match settled {
                    Some((id, to)) => Event::Failed { id, to, reason },
                    None => Event::Refused { reason },
                });
            }
        }
    }

    fn welcome(&mut self, now: Time, heartbeat: Heartbeat) {
        if !matches!(self.link, Link::Opening { .. }) {
            return;
        }
        let millis = |ms: u32| Duration::from_millis(ms.into());
        let (least, most) = HEARTBEAT_BOUNDS;
        let interval = millis(heartbeat.interval_ms).clamp(least, most);
        let grace = millis(heartbeat.timeout_ms).saturating_sub(interval).clamp(least, most);
        self.link = Link::Open(OpenLink {
            since: now,
            interval,
            grace,
            next_ping: now + interval,
            pings: 0,
            answer_due: None,
        });
        self.event(Event::Link(LinkState::Connected));
    }

    fn transport_down(&mut self, now: Time, down: &Down) {
        match after_close(down.code) {
            AfterClose::Retry => {
                let cause = match &self.link {
                    _ if !down.reason.is_empty() => Cause::Closed(down.reason.clone()),
                    Link::Open(_) => Cause::Broken,
                    link => Self::cause_of_no_welcome(link),
                };
                self.lost(now, cause);
            }
            AfterClose::Stop => {
                self.link = Link::Stopped;
                self.outbox.recall();
                let reason = if down.reason.is_empty() {
                    format!("the relay closed the connection with code {}", down.code)
                } else {
                    down.reason.clone()
                };
                self.event(Event::Link(LinkState::Stopped { reason }));
            }
        }
    }

    /// There is reason to believe that things changed for the better, or to doubt the link.
    fn hurry(&mut self, now: Time) {
        match &mut self.link {
            Link::Waiting { .. } => {
                self.backoff.reset();
                self.connect(now);
            }
            Link::Open(_) => self.ping(now, Some(PROBE_TIMEOUT)),
            Link::Opening { .. } | Link::Stopped => {}
        }
    }

    fn check_deadlines(&mut self, now: Time) {
        if self.next_deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match &self.link {
            Link::Waiting { .. } => self.connect(now),
            Link::Open(OpenLink { answer_due: None, .. }) => self.ping(now, None),
            link @ (Link::Open(_) | Link::Opening { .. }) => {
                let cause = match link {
                    Link::Open(_) => Cause::Silent,
                    link => Self::cause_of_no_welcome(link),
                };
                self.outputs.push_back(Output::Close { generation: self.generation });
                self.lost(now, cause);
            }
            Link::Stopped => {}
        }
    }

    fn ping(&mut self, now: Time, timeout: Option<Duration>) {
        let Link::Open(open) = &mut self.link else { return };
        open.pings += 1;
        let n = open.pings;
        let due = now + timeout.unwrap_or(open.grace);
        // A ping that is out already keeps its deadline, or doubt upon doubt would put it off.
        open.answer_due = Some(open.answer_due.map_or(due, |earlier| earlier.min(due)));
        self.transmit(ClientFrame::Ping { n });
    }

    fn connect(&mut self, now: Time) {
        self.generation = Generation(self.generation.0 + 1);
        self.link = Link::Opening { deadline: now + CONNECT_TIMEOUT, is_up: false };
        self.outputs.push_back(Output::Connect { generation: self.generation });
        self.event(Event::Link(LinkState::Connecting { failures: self.backoff.failures() }));
    }

    fn cause_of_no_welcome(link: &Link) -> Cause {
        match link {
            Link::Opening { is_up: true, .. } => Cause::NoWelcome,
            _ => Cause::Unreachable,
        }
    }

    /// The transport is gone: wait, then connect again.
    fn lost(&mut self, now: Time, cause: Cause) {
        if let Link::Open(open) = &self.link
            && now.since(open.since) >= STABLE_AFTER
        {
            self.backoff.reset();
        }
        self.outbox.recall();
        let until = now + self.backoff.next(&mut self.rng);
        self.link = Link::Waiting { until };
        let until = self.clock.to_wall(until);
        let failures = self.backoff.failures();
        self.event(Event::Link(LinkState::Waiting { until, failures, cause }));
    }

    fn transmit_outbox(&mut self) {
        if matches!(self.link, Link::Open(_)) {
            while let Some(frame) = self.outbox.next_to_send() {
                self.transmit(frame);
            }
        }
    }

    fn transmit(&mut self, frame: ClientFrame) {
        self.outputs.push_back(Output::Transmit { generation: self.generation, frame });
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Whether this is the transport in use: not an old one, and not one that was given up.
    fn is_current(&self, generation: Generation) -> bool {
        generation == self.generation && matches!(self.link, Link::Opening { .. } | Link::Open(_))
    }
}

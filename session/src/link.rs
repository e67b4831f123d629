//! The link to the relay: coming up, open, or down; and the heartbeat that proves an open one.

use std::time::Duration;

use duologue_protocol::frame::Heartbeat;
use duologue_protocol::limits::CONNECT_TIMEOUT;
use duologue_protocol::{ClientFrame, Seq};

use crate::choice::{Transport, Why};
use crate::clock::Time;
use crate::event::Cause;
use crate::io::Generation;

/// A link that lived this long was a good one: the next failure starts the backoff anew. A relay that
/// welcomes and then drops people is not, or they would come back twice a second.
const STABLE_AFTER: Duration = Duration::from_secs(10);

/// How long a link may take to answer when there is reason to doubt it (the tab was hidden, the network
/// changed, a message has no answer): as long as a new connection gets.
pub(crate) const PROBE_TIMEOUT: Duration = CONNECT_TIMEOUT;

/// The bounds within which a relay may set the heartbeat: no flood of pings, no link that is dead for
/// an hour before anybody notices.
const HEARTBEAT_BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(5));

#[derive(Debug)]
pub(crate) enum Link {
    /// A transport is coming up, or the relay's `welcome` is awaited.
    Opening(Opening),
    /// `welcome` came.
    Open(OpenLink),
    /// No transport until then.
    Waiting { until: Time },
    /// No transport until the person wants one.
    Stopped,
}

/// An attempt that has not come to `welcome` yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) generation: Generation,
    pub(crate) transport: Transport,
    pub(crate) why: Why,
    pub(crate) deadline: Time,
    /// The transport can carry frames.
    pub(crate) is_up: bool,
    /// What `open` said once it was sent: the cursor and the receipts' version.
    pub(crate) opened: Option<(Seq, Seq)>,
}

#[derive(Debug)]
pub(crate) struct OpenLink {
    pub(crate) generation: Generation,
    pub(crate) transport: Transport,
    since: Time,
    /// From one ping to the next.
    interval: Duration,
    /// How long the answer to a ping may take.
    grace: Duration,
    next_ping: Time,
    pings: u64,
    /// Something was sent that is answered at once, and nothing was heard since.
    awaits_answer: bool,
    /// Set while a ping is out and nothing was heard since: then the link is dead. The clock starts
    /// with the ping, not with the last frame heard, since a hidden tab's timer comes a minute late.
    answer_due: Option<Time>,
}

impl Link {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// The transport that it has, if any.
    pub(crate) fn generation(&self) -> Option<Generation> {
        match self {
            Self::Opening(opening) => Some(opening.generation),
            Self::Open(open) => Some(open.generation),
            Self::Waiting { .. } | Self::Stopped => None,
        }
    }

    /// Of which kind it is.
    pub(crate) fn transport(&self) -> Option<Transport> {
        match self {
            Self::Opening(opening) => Some(opening.transport),
            Self::Open(open) => Some(open.transport),
            Self::Waiting { .. } | Self::Stopped => None,
        }
    }

    /// When the link itself needs something done.
    pub(crate) fn deadline(&self) -> Option<Time> {
        match self {
            Self::Opening(opening) => Some(opening.deadline),
            Self::Open(open) => Some(open.answer_due.unwrap_or(open.next_ping)),
            Self::Waiting { until } => Some(*until),
            Self::Stopped => None,
        }
    }

    /// What is to blame if this link ended now, with nothing said.
    pub(crate) fn cause_of_end(&self, of_open: Cause) -> Cause {
        match self {
            Self::Open(_) => of_open,
            Self::Opening(Opening { is_up: true, .. }) => Cause::NoWelcome,
            _ => Cause::Unreachable,
        }
    }
}

impl OpenLink {
    /// A link that was welcomed now, with the heartbeat that the relay wants, within bounds.
    pub(crate) fn new(now: Time, opening: &Opening, heartbeat: Heartbeat) -> Self {
        let millis = |ms: u32| Duration::from_millis(ms.into());
        let (least, most) = HEARTBEAT_BOUNDS;
        let interval = millis(heartbeat.interval_ms).clamp(least, most);
        let grace = millis(heartbeat.timeout_ms).saturating_sub(interval).clamp(least, most);
        Self {
            generation: opening.generation,
            transport: opening.transport,
            since: now,
            interval,
            grace,
            next_ping: now + interval,
            pings: 0,
            awaits_answer: false,
            answer_due: None,
        }
    }

    /// A frame came: any frame proves that the link lives.
    pub(crate) fn heard(&mut self, now: Time) {
        self.answer_due = None;
        self.awaits_answer = false;
        self.next_ping = now + self.interval;
    }

    /// A message was sent, whose answer is due. If nothing at all is heard for as long as a new
    /// connection would take, it is time to ask.
    pub(crate) fn expect_answer(&mut self, now: Time) {
        if !self.awaits_answer {
            self.awaits_answer = true;
            self.next_ping = self.next_ping.min(now + PROBE_TIMEOUT);
        }
    }

    /// Asks for a sign of life within the time that a heartbeat gets, or within `timeout`.
    pub(crate) fn ping(&mut self, now: Time, timeout: Option<Duration>) -> ClientFrame {
        self.pings += 1;
        let patience = if self.awaits_answer { PROBE_TIMEOUT.min(self.grace) } else { self.grace };
        let due = now + timeout.unwrap_or(patience);
        // A ping that is out already keeps its deadline, or doubt upon doubt would put it off.
        self.answer_due = Some(self.answer_due.map_or(due, |earlier| earlier.min(due)));
        ClientFrame::Ping { n: self.pings }
    }

    /// Whether an answer is awaited.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.answer_due.is_some()
    }

    /// Whether it lived long enough to count as a good one.
    pub(crate) fn is_stable(&self, now: Time) -> bool {
        now.since(self.since) >= STABLE_AFTER
    }
}

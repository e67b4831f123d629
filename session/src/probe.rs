//! Changing the transport under an open link: a better one is opened beside it, and once `welcome` came
//! through that, it takes over and the old one is closed. Nothing is lost on the way: what had no answer is
//! sent again, and what arrived on the old one meanwhile is known as a repeat on the new one.

use duologue_protocol::RelayFrame;

use crate::choice::{Learned, PROBE_EVERY, Preference, Transport, Why};
use crate::clock::Time;
use crate::event::Event;
use crate::io::Generation;
use crate::link::{Link, Opening};
use crate::session::Session;

/// What is tried beside an open link.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    opening: Option<Opening>,
    /// Which ones have had their turn since the last pause, by their number in the order of preference.
    tried: usize,
    /// When to try next, if there is anything better than what is in use.
    next: Option<Time>,
}

impl Probe {
    pub(crate) fn is(&self, generation: Generation) -> bool {
        self.opening.is_some_and(|opening| opening.generation == generation)
    }

    /// The attempt that is under way.
    pub(crate) fn opening(&self) -> Option<Opening> {
        self.opening
    }

    /// The same attempt, further on.
    pub(crate) fn put_back(&mut self, opening: Opening) {
        self.opening = Some(opening);
    }

    /// Hands over the attempt that is under way.
    pub(crate) fn take(&mut self) -> Option<Opening> {
        self.opening.take()
    }

    /// When something has to be done, while the link is open.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.opening.map(|opening| opening.deadline).or(self.next)
    }
}

impl Session {
    /// Something better may work now.
    pub(crate) fn probe_soon(&mut self, now: Time) {
        if self.probe.next.is_some() {
            (self.probe.next, self.probe.tried) = (Some(now), 0);
        }
    }

    /// `welcome` came through a transport, which is the one in use from here on.
    pub(crate) fn welcomed(&mut self, now: Time, opening: &Opening) {
        let Opening { generation, transport, why, .. } = *opening;
        self.choice.welcomed(now, transport);
        let has_better = !self.choice.better_than(now, transport).is_empty();
        let first = self.choice.first_probe(now);
        self.probe = Probe { next: has_better.then_some(first), ..Probe::default() };
        self.event(Event::Using { generation, transport, why });
    }

    /// Takes a frame that the transport beside the link brought.
    pub(crate) fn frame_of_probe(&mut self, now: Time, frame: RelayFrame) {
        let Some(mut opening) = self.probe.opening else { return };
        // What else it may say before `welcome` is of no use, and an error ends it.
        if matches!(frame, RelayFrame::Error { .. }) {
            self.close(opening.generation);
            return self.probe_failed(now);
        }
        let Some(welcome) = self.frame_of_opening(now, &mut opening, frame) else {
            self.probe.opening = Some(opening);
            return;
        };
        if let Some(before) = self.link.generation() {
            self.close(before);
        }
        self.outbox.recall();
        self.welcome(now, &opening, &welcome);
    }

    /// The transport beside the link came to nothing.
    pub(crate) fn probe_failed(&mut self, now: Time) {
        self.probe.opening = None;
        let Link::Open(open) = &self.link else { return };
        let in_use = open.transport;
        self.choice.probe_failed(now, in_use);
        self.probe.tried += 1;
        let is_next = self.probe.tried < self.choice.better_than(now, in_use).len();
        self.probe.next = Some(if is_next { now } else { now + PROBE_EVERY });
        if !is_next {
            self.probe.tried = 0;
        }
    }

    /// Tries what is to be tried now, and gives up what took too long. The link is open.
    pub(crate) fn check_probe(&mut self, now: Time) {
        if let Some(opening) = self.probe.opening {
            if opening.deadline <= now {
                self.close(opening.generation);
                self.probe_failed(now);
            }
            return;
        }
        if self.probe.next.is_none_or(|next| now < next) {
            return;
        }
        let in_use = self.link.transport().unwrap_or(Transport::WebSocket);
        let better = self.choice.better_than(now, in_use).get(self.probe.tried);
        self.probe.next = better.map(|_| now + PROBE_EVERY);
        self.probe.opening = better.map(|&transport| {
            let why = Why::Recovered;
            self.open_transport(now, transport, why)
        });
    }

    /// Requests that the relay holds are cut: short polling takes over.
    pub(crate) fn held_cut(&mut self, now: Time) {
        if self.link.transport() != Some(Transport::LongPolling) {
            return;
        }
        let before = self.choice.next(now);
        self.choice.held_cut(now);
        let (transport, why) = self.choice.next(now);
        // Pinned to it, it goes on as well as it can.
        if before.0 != transport && self.link.is_open() {
            self.end_probe();
            self.probe.opening = Some(self.open_transport(now, transport, why));
        }
    }

    /// The person wants another transport.
    pub(crate) fn prefer(&mut self, now: Time, preference: Preference) {
        self.choice.prefer(preference);
        self.end_probe();
        let (wanted, why) = self.choice.next(now);
        match &self.link {
            Link::Stopped => {}
            Link::Open(open) if open.transport == wanted => {
                let (generation, transport) = (open.generation, open.transport);
                self.probe = Probe::default();
                self.event(Event::Using { generation, transport, why });
            }
            // It works, and what may be better is tried beside it.
            Link::Open(_) if preference == Preference::Automatic => {
                self.probe = Probe { next: Some(now), ..Probe::default() };
            }
            Link::Opening(opening) if opening.transport == wanted => {}
            Link::Open(_) | Link::Opening(_) | Link::Waiting { .. } => {
                if let Some(generation) = self.link.generation() {
                    self.close(generation);
                }
                self.outbox.recall();
                self.connect(now);
            }
        }
    }

    /// Abandons what is tried beside the link.
    pub(crate) fn end_probe(&mut self) {
        if let Some(opening) = self.probe.take() {
            self.close(opening.generation);
        }
    }

    /// Tells the driver what is to be kept, if that changed.
    pub(crate) fn say_learned(&mut self) {
        let learned = self.choice.learned();
        if learned != self.learned {
            self.learned = learned;
            let until =
                |learned: Learned| Learned { until: self.to_wall(learned.until), ..learned };
            let learned = learned.map(until);
            self.event(Event::Learned(learned));
        }
    }
}

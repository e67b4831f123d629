//! What happened on the wire: from what the page recorded to what the panel shows.

pub mod counters;
pub mod export;
pub mod frames;
pub mod log;
pub mod pulse;
pub mod redact;
#[cfg(test)]
mod tests;
pub mod words;

use duologue_protocol::handshake::Handshake;
use duologue_protocol::websocket::frame_bytes;
use duologue_protocol::{RelayFrame, codec};
use duologue_session::{Event, Generation, Learned, LinkState, Preference, Time, Transport, Why};

use counters::Counters;
use duologue::app::choice::Choice;
use duologue::app::record::{Noted, Observed};
use duologue::transport::{Exchange, RequestKind};
use frames::Frames;
use log::{Happening, Log};
use pulse::{Pulse, Sample};

/// How many connections are told apart: a session has two at a time, and one that is over is shown until
/// another is in use.
const LIVES_MAX: usize = 4;

/// How many pings of one connection may be without their answer: a session gives up after one.
const PINGS_MAX: usize = 4;

/// Everything that is known of a page's connections. Keeping it costs little: it is kept whether or not
/// somebody looks.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    version: u64,
    lives: Vec<Life>,
    in_use: Option<InUse>,
    /// The link's last state.
    pub link: Option<LinkState>,
    /// When the relay was heard of last.
    pub last_proof: Option<Time>,
    /// Counts of all connections.
    pub sitting: Counters,
    /// How long answers take.
    pub pulse: Pulse,
    /// What happened.
    pub log: Log,
    /// The latest frames.
    pub frames: Frames,
    /// How the last WebSocket was opened, by a relay that says so.
    pub handshake: Option<Handshake>,
    /// Whether the beginning was not kept: then the counts are of what was.
    pub is_cut: bool,
    /// Which transport the person wants.
    pub preference: Preference,
    /// What was learned of the network.
    pub learned: Option<Learned>,
}

/// What messages flow over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse {
    generation: Generation,
    /// Of which kind.
    pub transport: Transport,
    /// Why this one.
    pub why: Why,
}

/// One connection.
#[derive(Clone, Debug)]
struct Life {
    generation: Generation,
    transport: Transport,
    was_up: bool,
    counters: Counters,
    /// Those that are not answered yet.
    pings: Vec<(u64, Time)>,
}

impl Trace {
    /// Changes with each thing that was noted.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What messages flow over, or flowed over last.
    pub fn in_use(&self) -> Option<InUse> {
        self.in_use
    }

    /// The counts of the connection in use; before there is one, of the latest attempt.
    pub fn current(&self) -> Counters {
        let in_use = self.in_use.map(|one| one.generation);
        let found = self.lives.iter().find(|life| Some(life.generation) == in_use);
        found.or(self.lives.last()).map(|life| life.counters).unwrap_or_default()
    }

    /// The page begins to talk to a relay, perhaps to another one: generations count from 1 again.
    pub fn start(&mut self, now: Time, preference: Preference, learned: Option<Learned>) {
        (self.lives, self.in_use) = (Vec::new(), None);
        (self.preference, self.learned) = (preference, learned);
        self.note(now, Happening::Started);
    }

    /// The person wants a transport.
    pub fn prefer(&mut self, now: Time, preference: Preference) {
        self.preference = preference;
        self.note(now, Happening::Preferred(preference));
    }

    /// Takes in what the page recorded.
    pub fn take(&mut self, at: Time, noted: Noted) {
        match noted {
            Noted::Started(Choice { preference, learned }) => self.start(at, preference, learned),
            Noted::Preferred(preference) => self.prefer(at, preference),
            Noted::Observed(observed) => self.observe(at, &observed),
            Noted::Event(event) => self.event(at, &event),
        }
    }

    /// The driver saw something of a transport.
    pub fn observe(&mut self, now: Time, observed: &Observed) {
        self.version += 1;
        match observed {
            Observed::Connecting { generation, transport } => {
                self.begin(*generation, *transport);
                self.note(now, Happening::Connecting(*transport));
            }
            Observed::Up { generation } => {
                if let Some(life) = self.life(*generation) {
                    life.was_up = true;
                    let transport = life.transport;
                    self.note(now, Happening::Up(transport));
                }
            }
            Observed::Sent { generation, text } => self.sent(now, *generation, text),
            Observed::Heard { generation, text } => self.heard(now, *generation, text),
            Observed::Exchange { generation, exchange } => {
                self.exchanged(now, *generation, exchange);
            }
            Observed::HeldCut { .. } => self.note(now, Happening::HeldCut),
            Observed::Down { generation, down } => {
                if let Some(Life { transport, was_up, .. }) = self.life(*generation) {
                    let (transport, was_up) = (*transport, *was_up);
                    self.note(now, Happening::Down { transport, was_up, down: down.clone() });
                }
            }
            Observed::Closed { generation } => {
                if let Some(transport) = self.life(*generation).map(|life| life.transport) {
                    self.note(now, Happening::Closed(transport));
                }
            }
        }
    }

    /// The session said something.
    pub fn event(&mut self, now: Time, event: &Event) {
        match event {
            Event::Link(state) => {
                self.version += 1;
                self.link = Some(state.clone());
                match state {
                    LinkState::Waiting { until, failures, cause } => {
                        let (wait, failures, cause) = (until.since(now), *failures, cause.clone());
                        self.note(now, Happening::Waiting { wait, failures, cause });
                    }
                    LinkState::Stopped { reason } => {
                        self.note(now, Happening::Stopped(reason.clone()));
                    }
                    LinkState::Connecting { .. } | LinkState::Connected => {}
                }
            }
            Event::Using { generation, transport, why } => {
                let (generation, transport, why) = (*generation, *transport, *why);
                let before = self.in_use.map(|one| one.transport).filter(|one| *one != transport);
                self.in_use = Some(InUse { generation, transport, why });
                self.note(now, Happening::Using { transport, why, before });
            }
            Event::Learned(learned) => {
                self.learned = *learned;
                self.note(now, Happening::Learned(*learned));
            }
            Event::CaughtUp
            | Event::Held(_)
            | Event::Identity { .. }
            | Event::Typing { .. }
            | Event::Presence { .. }
            | Event::Refused { .. } => {}
        }
    }

    fn note(&mut self, now: Time, what: Happening) {
        self.version += 1;
        self.log.write(now, what);
    }

    fn begin(&mut self, generation: Generation, transport: Transport) {
        if self.lives.len() == LIVES_MAX {
            let in_use = self.in_use.map(|one| one.generation);
            let oldest = self.lives.iter().position(|life| Some(life.generation) != in_use);
            self.lives.remove(oldest.unwrap_or(0));
        }
        let (counters, pings) = (Counters::default(), Vec::new());
        self.lives.push(Life { generation, transport, was_up: false, counters, pings });
        if transport == Transport::WebSocket {
            self.count(generation, |counters| counters.requests += 1);
        }
    }

    fn life(&mut self, generation: Generation) -> Option<&mut Life> {
        self.lives.iter_mut().find(|life| life.generation == generation)
    }

    fn count(&mut self, generation: Generation, add: impl Fn(&mut Counters)) {
        add(&mut self.sitting);
        if let Some(life) = self.life(generation) {
            add(&mut life.counters);
        }
    }

    fn sent(&mut self, now: Time, generation: Generation, text: &str) {
        let Some(life) = self.life(generation) else { return };
        let transport = life.transport;
        if frames::kind(text) == "ping"
            && let Some(n) = number(text)
            && life.pings.len() < PINGS_MAX
        {
            life.pings.push((n, now));
            self.pulse.sent += 1;
        }
        let bytes = on_the_wire(transport, text, true);
        self.count(generation, |counters| {
            counters.frames_up += 1;
            counters.bytes_up += bytes;
        });
        self.frames.add(now, true, transport, text);
    }

    fn heard(&mut self, now: Time, generation: Generation, text: &str) {
        let Some(transport) = self.life(generation).map(|life| life.transport) else { return };
        self.last_proof = Some(now);
        let bytes = on_the_wire(transport, text, false);
        self.count(generation, |counters| {
            counters.frames_down += 1;
            counters.bytes_down += bytes;
        });
        self.frames.add(now, false, transport, text);
        match frames::kind(text) {
            "pong" => self.answered(now, generation, text),
            "welcome" => self.welcomed(generation, text),
            _ => {}
        }
    }

    fn answered(&mut self, now: Time, generation: Generation, text: &str) {
        let (Some(n), Some(life)) = (number(text), self.life(generation)) else { return };
        let Some(index) = life.pings.iter().position(|(sent, _)| *sent == n) else { return };
        let (_, since) = life.pings.remove(index);
        self.pulse.answered += 1;
        self.pulse.add(Sample { millis: millis(now.since(since).as_millis()), is_pong: true });
    }

    fn welcomed(&mut self, generation: Generation, text: &str) {
        let Ok(RelayFrame::Welcome { handshake: Some(handshake), .. }) = codec::decode(text) else {
            return;
        };
        self.count(generation, |counters| {
            counters.bytes_up += u64::from(handshake.request_bytes);
            counters.bytes_down += u64::from(handshake.response_bytes);
        });
        self.handshake = Some(*handshake);
    }

    fn exchanged(&mut self, now: Time, generation: Generation, exchange: &Exchange) {
        let is_good = exchange.status.is_some_and(|status| (200..300).contains(&status));
        let is_empty = is_good && exchange.request == RequestKind::Poll && exchange.frames == 0;
        self.count(generation, |counters| {
            counters.requests += 1;
            counters.empty_polls += u64::from(is_empty);
            counters.bytes_up += exchange.bytes_up;
            counters.bytes_down += exchange.bytes_down;
        });
        if exchange.status.is_some() {
            self.last_proof = Some(now);
        }
        if !is_good {
            let (request, status) = (exchange.request, exchange.status);
            self.note(now, Happening::Failed { request, status });
        } else if exchange.request == RequestKind::Post {
            let millis = millis(exchange.took.as_millis());
            self.pulse.add(Sample { millis, is_pong: false });
        }
    }
}

/// A frame's own bytes. Over HTTP they are counted with the request that carries them.
fn on_the_wire(transport: Transport, text: &str, is_up: bool) -> u64 {
    match transport {
        Transport::WebSocket => frame_bytes(text.len(), is_up) as u64,
        Transport::LongPolling | Transport::ShortPolling => 0,
    }
}

/// The `n` of a `ping` or `pong`.
fn number(text: &str) -> Option<u64> {
    let frame: serde_json::Value = serde_json::from_str(text).ok()?;
    frame.get("n")?.as_u64()
}

fn millis(millis: u128) -> u32 {
    u32::try_from(millis).unwrap_or(u32::MAX)
}

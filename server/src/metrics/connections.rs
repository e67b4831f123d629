//! What is counted of connections: how many are open, what goes over them, and why they end. When one begins and ends
//! is the transports' business.

use duologue_protocol::CloseCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// What a connection travels over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    WebSocket,
    Polling,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    Relay,
    Peer,
    /// The link broke, or nothing was heard any more.
    Nobody,
}

/// All connections of a relay.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(super) open: Family<Way, Gauge>,
    pub(super) opened: Family<Way, Counter>,
    pub(super) closed: Family<Close, Counter>,
    pub(super) received_frames: Family<Way, Counter>,
    pub(super) received_bytes: Family<Way, Counter>,
    pub(super) sent_frames: Family<Way, Counter>,
    pub(super) sent_bytes: Family<Way, Counter>,
}

/// One connection: it counts as open until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    open: Gauge,
    closed: Family<Close, Counter>,
}

/// Where the frames and bytes of a connection are added, those of others of its kind as well.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) received_frames: Counter,
    pub(crate) received_bytes: Counter,
    pub(crate) sent_frames: Counter,
    pub(crate) sent_bytes: Counter,
}

/// One direction of a connection. What is added here is added for all to see many frames at a time, so that connections
/// don't get into each other's way with every frame.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    frames: Counter,
    bytes: Counter,
    unpublished: Unpublished,
}

#[derive(Clone, Copy, Debug, Default)]
struct Unpublished {
    frames: u64,
    bytes: u64,
}

/// How many frames are added at once, at the most: a connection that never pauses shows what it carries, too.
const UNPUBLISHED_MAX: u64 = 64;

/// The ways to speak to a relay, by transport and dialect.
const WAYS: [Way; 3] = [
    Way { transport: "websocket", dialect: "v1" },
    Way { transport: "websocket", dialect: "classic" },
    Way { transport: "polling", dialect: "v1" },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Way {
    transport: &'static str,
    dialect: &'static str,
}

/// Protocol error, and invalid data (RFC 6455 section 7.4.1): what a relay closes with besides its own codes.
const OF_STANDARD: [u16; 2] = [1002, 1007];

/// What a peer closes with that is a browser or behaves: a normal closure, going away, no code at all. Peers may say
/// any number, so the others are counted as one.
const OF_PEERS: [u16; 3] = [NORMAL, 1001, NO_CODE];

/// "Normal closure".
pub(crate) const NORMAL: u16 = 1000;

/// "No status received".
pub(crate) const NO_CODE: u16 = 1005;

/// "Abnormal closure", for a link that broke.
pub(crate) const NO_CLOSE: u16 = 1006;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Close {
    by: &'static str,
    code: String,
}

impl Default for Connections {
    /// Every series is there from the beginning, so that its first step is seen as one.
    fn default() -> Self {
        let connections = Self {
            open: Family::default(),
            opened: Family::default(),
            closed: Family::default(),
            received_frames: Family::default(),
            received_bytes: Family::default(),
            sent_frames: Family::default(),
            sent_bytes: Family::default(),
        };
        for way in WAYS {
            connections.open.get_or_create_owned(&way);
            connections.opened.get_or_create_owned(&way);
            connections.traffic_of(way);
        }
        let of_relay = CloseCode::ALL.map(CloseCode::code).into_iter().chain(OF_STANDARD);
        let closes = of_relay.map(|code| Close::new(By::Relay, code));
        let closes = closes.chain(OF_PEERS.map(|code| Close::new(By::Peer, code)));
        for close in closes.chain([Close::new(By::Peer, 0), Close::new(By::Nobody, NO_CLOSE)]) {
            connections.closed.get_or_create_owned(&close);
        }
        connections
    }
}

impl Connections {
    /// A connection begins.
    pub(crate) fn start(&self, transport: Transport, dialect: &'static str) -> Counted {
        let way = Way::new(transport, dialect);
        self.opened.get_or_create_owned(&way).inc();
        let open = self.open.get_or_create_owned(&way);
        open.inc();
        Counted { open, closed: self.closed.clone() }
    }

    /// Where the frames and bytes of such a connection are added.
    pub(crate) fn traffic(&self, transport: Transport, dialect: &'static str) -> Traffic {
        self.traffic_of(Way::new(transport, dialect))
    }

    fn traffic_of(&self, way: Way) -> Traffic {
        Traffic {
            received_frames: self.received_frames.get_or_create_owned(&way),
            received_bytes: self.received_bytes.get_or_create_owned(&way),
            sent_frames: self.sent_frames.get_or_create_owned(&way),
            sent_bytes: self.sent_bytes.get_or_create_owned(&way),
        }
    }
}

impl Counted {
    /// It ends, for this reason.
    pub(crate) fn closed(&self, (by, code): (By, u16)) {
        self.closed.get_or_create(&Close::new(by, code)).inc();
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.open.dec();
    }
}

impl Traffic {
    /// What comes in.
    pub(crate) fn received(&self) -> Flow {
        Flow::new(&self.received_frames, &self.received_bytes)
    }

    /// What goes out.
    pub(crate) fn sent(&self) -> Flow {
        Flow::new(&self.sent_frames, &self.sent_bytes)
    }
}

impl Flow {
    fn new(frames: &Counter, bytes: &Counter) -> Self {
        let (frames, bytes) = (frames.clone(), bytes.clone());
        Self { frames, bytes, unpublished: Unpublished::default() }
    }

    /// One more frame, of this many bytes on the wire.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.unpublished.frames += 1;
        self.unpublished.bytes += bytes;
        if self.unpublished.frames >= UNPUBLISHED_MAX {
            self.publish();
        }
    }

    /// Adds what came since the last time for all to see.
    pub(crate) fn publish(&mut self) {
        let Unpublished { frames, bytes } = std::mem::take(&mut self.unpublished);
        if frames > 0 {
            self.frames.inc_by(frames);
            self.bytes.inc_by(bytes);
        }
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.publish();
    }
}

impl Way {
    fn new(transport: Transport, dialect: &'static str) -> Self {
        let transport = match transport {
            Transport::WebSocket => "websocket",
            Transport::Polling => "polling",
        };
        Self { transport, dialect }
    }
}

impl Close {
    fn new(by: By, code: u16) -> Self {
        let (by, is_known) = match by {
            By::Relay => ("relay", true),
            By::Peer => ("peer", OF_PEERS.contains(&code)),
            By::Nobody => return Self { by: "nobody", code: NO_CLOSE.to_string() },
        };
        Self { by, code: if is_known { code.to_string() } else { "other".to_owned() } }
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::prometheus_text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_flow_shows_what_it_carried_when_it_publishes_and_when_it_ends() {
        let traffic = Traffic::default();
        let shown = || (traffic.sent_frames.get(), traffic.sent_bytes.get());
        let mut flow = traffic.sent();
        flow.add(10);
        flow.add(5);
        assert_eq!(shown(), (0, 0));
        flow.publish();
        flow.publish();
        assert_eq!(shown(), (2, 15));
        flow.add(1);
        drop(flow);
        assert_eq!(shown(), (3, 16));
        let mut busy = traffic.sent();
        (0..UNPUBLISHED_MAX).for_each(|_| busy.add(1));
        assert_eq!(shown(), (3 + UNPUBLISHED_MAX, 16 + UNPUBLISHED_MAX));
    }

    #[test]
    fn whatever_peers_close_with_the_series_are_few() {
        let connections = Connections::default();
        let series = || {
            let mut text = String::new();
            let mut registry = Registry::default();
            registry.register("closed", "", connections.closed.clone());
            encode(&mut text, &registry).unwrap();
            text.lines().count()
        };
        let before = series();
        let counted = connections.start(Transport::WebSocket, "v1");
        for code in 0..=u16::MAX {
            counted.closed((By::Peer, code));
            counted.closed((By::Nobody, code));
        }
        assert_eq!(series(), before);
        let other = connections.closed.get_or_create_owned(&Close::new(By::Peer, 4_711));
        assert_eq!(other.get(), u64::from(u16::MAX) + 1 - OF_PEERS.len() as u64);
    }
}

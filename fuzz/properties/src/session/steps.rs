//! What may happen to a session. Names and numbers are few, so that the fuzzer meets the same ones again.

use arbitrary::Arbitrary;
use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::identity::PublicKey;
use duologue_protocol::{
    Content, ErrorCode, Fingerprint, MessageId, Nonce, RelayFrame, Seq, UnixMillis, UserId, codec,
};
use duologue_session::{
    Down, Draft, Generation, Input, Learned, Preference, Saved, Ticket, Time, Transport,
};

use super::witness::Witness;

/// When every run begins.
pub(super) const NOON: Time = Time(1_800_000_000_000);

/// The last time that a browser's clock can show (ECMAScript, "Time Values and Time Range").
const LAST: u64 = 8_640_000_000_000_000;

/// How many keys there are.
const KEYS: u8 = 4;

/// How much of each is restored at most.
const SAVED_MAX: usize = 64;

/// From what a session starts.
#[derive(Debug, Arbitrary)]
pub(super) struct Start {
    pub(super) seed: u8,
    has_key: bool,
    cursor: u8,
    receipts: u8,
    preference: u8,
    learned: Option<(u8, i32)>,
    outbox: Vec<u8>,
    seen: Vec<(u8, u8)>,
    reads: Vec<(u8, u8)>,
    pins: Vec<(u8, u8)>,
    are_pins_missing: bool,
}

#[derive(Debug, Arbitrary)]
pub(super) enum Step<'a> {
    Frame(Which, Frame<'a>),
    Up(Which),
    Down(Which, u16, bool),
    Write(u8),
    /// The store has all but the last few changes.
    Persist(u8),
    /// The store claims to have this.
    PersistAny(u64),
    Read(u8, Place),
    Signed(Which),
    Meet(u8),
    Pin(u8, u8),
    WriteKeyless(u8),
    Hold(u8),
    StoredPin(u8, u8),
    PinsAreComplete,
    HeldCut(Which),
    Prefer(u8),
    Online,
    Visible,
    ReconnectNow,
    Timer,
    /// Time passes until the session wants its timer.
    Wait,
    Later(u16),
    MuchLater(u32),
    /// Somebody sets the clock, by so many seconds.
    SetClock(i32),
}

/// Which transport.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Which {
    Newest,
    Older(u8),
    Any(u64),
}

/// A place in the mailbox.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Place {
    /// So much beyond where the session is.
    Ahead(u8),
    Behind(u8),
    At(u8),
    Any(u64),
}

/// What a relay says, or what else there may stand on the wire.
#[derive(Debug, Arbitrary)]
pub(super) enum Frame<'a> {
    Text(&'a str),
    Challenge,
    Welcome {
        cursor: Place,
        receipts: Place,
        interval: u32,
        timeout: u32,
    },
    Stored(u8),
    Message {
        from: u8,
        id: u8,
        prev: Place,
        seq: Place,
    },
    /// The one that comes next.
    Next {
        from: u8,
        id: u8,
    },
    CaughtUp {
        prev: Place,
        cursor: Place,
    },
    Sent(u8),
    Delivered {
        peer: u8,
        up_to: Place,
        version: u8,
    },
    Read {
        peer: u8,
        up_to: Place,
        version: u8,
    },
    Identity {
        peer: u8,
        key: Option<u8>,
    },
    Pong(Place),
    Error {
        code: u8,
        id: Option<u8>,
        retry_after: Option<u32>,
    },
}

impl Start {
    pub(super) fn saved(&self) -> Saved {
        let learned = self.learned.map(|(n, seconds)| Learned {
            transport: transport(n),
            until: Time(NOON.0.saturating_add_signed(i64::from(seconds) * 1_000)),
        });
        Saved {
            cursor: at(self.cursor.into()),
            receipts: at(self.receipts.into()),
            outbox: self.outbox.iter().take(SAVED_MAX).map(|n| draft(*n)).collect(),
            seen: self
                .seen
                .iter()
                .take(SAVED_MAX)
                .map(|(n, id)| (user(*n), message(*id)))
                .collect(),
            reads: self.reads.iter().map(|(n, up_to)| (user(*n), at((*up_to).into()))).collect(),
            preference: preference(self.preference),
            learned,
            has_key: self.has_key,
            pins: self.pins.iter().map(|(n, print)| (user(*n), fingerprint(*print))).collect(),
            are_pins_missing: self.are_pins_missing,
        }
    }
}

impl Step<'_> {
    /// What time it is now, if any passes.
    pub(super) fn time(&self, now: Time, due: Option<Time>) -> Option<Time> {
        let Time(now) = now;
        let time = match self {
            Self::Wait => due?.0.max(now),
            Self::Later(millis) => now + u64::from(*millis),
            Self::MuchLater(millis) => now + u64::from(*millis),
            Self::SetClock(seconds) => now.saturating_add_signed(i64::from(*seconds) * 1_000),
            _ => return None,
        };
        Some(Time(time.min(LAST)))
    }

    /// What happens. Nothing, for a text that is no frame: a driver drops it.
    pub(super) fn input(&self, known: &Witness) -> Option<Input> {
        Some(match self {
            Self::Frame(which, frame) => {
                Input::Frame { generation: which.generation(known), frame: frame.frame(known)? }
            }
            Self::Up(which) => Input::TransportUp { generation: which.generation(known) },
            Self::Down(which, code, says_why) => {
                let reason = if *says_why { "a reason".to_owned() } else { String::new() };
                let down = Down { code: *code, reason };
                Input::TransportDown { generation: which.generation(known), down }
            }
            Self::Write(id) => Input::UserSent(draft(*id)),
            Self::Persist(behind) => {
                let ticket = Ticket(known.ticket.saturating_sub((*behind).into()));
                Input::Persisted { ticket }
            }
            Self::PersistAny(ticket) => Input::Persisted { ticket: Ticket(*ticket) },
            Self::Read(peer, place) => {
                Input::UserRead { peer: user(*peer), up_to: place.seq(known) }
            }
            Self::Signed(which) => {
                Input::Signed { generation: which.generation(known), proof: None }
            }
            Self::Meet(peer) => Input::Meet { peer: user(*peer) },
            Self::Pin(peer, print) => {
                Input::Pin { peer: user(*peer), fingerprint: fingerprint(*print) }
            }
            Self::WriteKeyless(peer) => Input::WriteKeyless { peer: user(*peer) },
            Self::Hold(peer) => Input::Hold { peer: user(*peer) },
            Self::StoredPin(peer, print) => {
                Input::StoredPin { peer: user(*peer), fingerprint: fingerprint(*print) }
            }
            Self::PinsAreComplete => Input::PinsAreComplete,
            Self::HeldCut(which) => Input::HeldCut { generation: which.generation(known) },
            Self::Prefer(n) => Input::Prefer(preference(*n)),
            Self::Online => Input::Online,
            Self::Visible => Input::Visible,
            Self::ReconnectNow => Input::ReconnectNow,
            Self::Timer | Self::Wait | Self::Later(_) | Self::MuchLater(_) | Self::SetClock(_) => {
                Input::Timer
            }
        })
    }
}

impl Which {
    fn generation(self, known: &Witness) -> Generation {
        Generation(match self {
            Self::Newest => known.generation,
            Self::Older(n) => known.generation.saturating_sub(n.into()),
            Self::Any(generation) => generation,
        })
    }
}

impl Place {
    fn seq(self, known: &Witness) -> Seq {
        match self {
            Self::Ahead(n) => known.cursor.plus(n.into()),
            Self::Behind(n) => at(known.cursor.get().saturating_sub(n.into())),
            Self::At(n) => at(n.into()),
            Self::Any(n) => at(n),
        }
    }
}

impl Frame<'_> {
    fn frame(&self, known: &Witness) -> Option<RelayFrame> {
        let now = UnixMillis(5);
        Some(match *self {
            Self::Text(text) => return codec::decode(text).ok(),
            Self::Challenge => RelayFrame::Challenge { nonce: Nonce::from_random([1; 16]) },
            Self::Welcome { cursor, receipts, interval, timeout } => RelayFrame::Welcome {
                user_id: user(0),
                cursor: cursor.seq(known),
                receipts: receipts.seq(known),
                heartbeat: Heartbeat { interval_ms: interval, timeout_ms: timeout },
                limits: Limits::default(),
                handshake: None,
            },
            Self::Stored(id) => {
                RelayFrame::Stored { id: message(id), seq: known.cursor.next(), at: now }
            }
            Self::Message { from, id, prev, seq } => {
                brought(from, id, prev.seq(known), seq.seq(known))
            }
            Self::Next { from, id } => brought(from, id, known.cursor, known.cursor.next()),
            Self::CaughtUp { prev, cursor } => {
                RelayFrame::CaughtUp { prev: prev.seq(known), cursor: cursor.seq(known) }
            }
            Self::Sent(n) => {
                let Draft { id, to: to_user_id, content } = draft(n);
                RelayFrame::Sent { id, to_user_id, content, seq: known.cursor.next(), at: now }
            }
            Self::Delivered { peer, up_to, version } => {
                let (peer, up_to) = (user(peer), up_to.seq(known));
                RelayFrame::Delivered { peer, up_to, version: at(version.into()) }
            }
            Self::Read { peer, up_to, version } => {
                let (peer, up_to) = (user(peer), up_to.seq(known));
                RelayFrame::Read { peer, up_to, version: at(version.into()) }
            }
            Self::Identity { peer, key: of } => {
                RelayFrame::Identity { peer: user(peer), key: of.map(key) }
            }
            Self::Pong(cursor) => RelayFrame::Pong { n: 1, cursor: cursor.seq(known) },
            Self::Error { code, id, retry_after } => RelayFrame::Error {
                code: CODES[usize::from(code) % CODES.len()],
                message: "no".to_owned(),
                id: id.map(message),
                retry_after_ms: retry_after,
            },
        })
    }
}

/// One of each kind that a session tells apart.
const CODES: [ErrorCode; 6] = [
    ErrorCode::StorageUnavailable,
    ErrorCode::RateLimited,
    ErrorCode::IdReused,
    ErrorCode::UnknownPeer,
    ErrorCode::NameTaken,
    ErrorCode::Unknown,
];

fn brought(from: u8, id: u8, prev: Seq, seq: Seq) -> RelayFrame {
    let (from_user_id, at) = (user(from), UnixMillis(5));
    RelayFrame::Message { seq, prev, id: message(id), from_user_id, content: text(), at }
}

fn user(n: u8) -> UserId {
    UserId::parse(format!("peer {}", n % 4)).unwrap()
}

fn key(n: u8) -> PublicKey {
    PublicKey::from_bytes([n % KEYS; 32])
}

/// All that there are, but for those that a text brings.
pub(super) fn keys() -> impl Iterator<Item = PublicKey> {
    (0..KEYS).map(key)
}

pub(super) fn fingerprint(n: u8) -> Fingerprint {
    Fingerprint::of(&key(n))
}

fn message(n: u8) -> MessageId {
    MessageId::parse(n.to_string()).unwrap()
}

fn text() -> Content {
    Content::parse("hello").unwrap()
}

fn draft(n: u8) -> Draft {
    Draft { id: message(n), to: user(n), content: text() }
}

/// The same number, or the one that is left of it within the bound.
fn at(n: u64) -> Seq {
    Seq::new(n).unwrap_or(Seq::MAX)
}

fn transport(n: u8) -> Transport {
    match n % 3 {
        0 => Transport::WebSocket,
        1 => Transport::LongPolling,
        _ => Transport::ShortPolling,
    }
}

fn preference(n: u8) -> Preference {
    match n % 4 {
        0 => Preference::Automatic,
        n => Preference::Only(transport(n)),
    }
}

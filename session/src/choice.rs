//! Which transport to use: WebSocket where it works, polling where it doesn't, and back again.
//!
//! WebSocket is tried first. A transport is good only once `welcome` came through it. After
//! [`USELESS_MAX`] attempts that came to nothing, or one that had no answer in time, long polling is tried;
//! where held requests are cut, short polling. While one of them is in use WebSocket is tried again beside
//! it ([`PROBE_EVERY`], and at once when the network may have changed). What was learned this way expires
//! ([`LEARNED_FOR`]), so that nobody stays with polling because of a café that they left.

use std::time::Duration;

use crate::clock::Time;

/// How many WebSockets in a row may come to nothing before polling is tried.
pub const USELESS_MAX: u32 = 3;

/// How often WebSocket is tried again while polling is in use: a handshake costs about as much as a
/// heartbeat.
pub const PROBE_EVERY: Duration = Duration::from_secs(30);

/// How long it is remembered that WebSocket does not work here.
pub const LEARNED_FOR: Duration = Duration::from_mins(10);

/// A way to carry frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A WebSocket: one connection, frames both ways at any time.
    WebSocket,
    /// Requests that the relay holds until it has something to say.
    LongPolling,
    /// Requests that are answered at once, again and again.
    ShortPolling,
}

/// Which transport the person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preference {
    /// The best that works.
    #[default]
    Automatic,
    /// This one and no other.
    Only(Transport),
}

/// What was learned of the network on the way to here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// What works, where WebSocket does not.
    pub transport: Transport,
    /// Until when that is believed, by the driver's clock.
    pub until: Time,
}

/// Why a transport is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is the one that is tried first.
    First,
    /// The person wants it.
    Pinned,
    /// WebSockets came to nothing.
    NoWebSocket,
    /// Requests that the relay held were cut.
    HeldCut,
    /// It worked not long ago, and a better one did not.
    Learned,
    /// It works again.
    Recovered,
}

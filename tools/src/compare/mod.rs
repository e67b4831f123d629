//! The same exchange of messages over each transport, one after the other, between two participants that are
//! made up for it, and what it came to. `exchange` runs it, `participant` is one of the two; the rest are plain
//! structs.

pub mod exchange;
pub mod export;
pub mod figures;
mod participant;
pub mod plan;
pub mod plot;
pub mod run;
#[cfg(test)]
mod testing;
pub mod words;

use duologue_session::{Reason, Transport};

use run::Run;

/// What is compared, in this order: from what anything lets through to what is meant for this.
pub const TRANSPORTS: [Transport; 3] =
    [Transport::ShortPolling, Transport::LongPolling, Transport::WebSocket];

/// A transport in names for programs.
pub fn short_key(transport: Transport) -> &'static str {
    match transport {
        Transport::ShortPolling => "short",
        Transport::LongPolling => "long",
        Transport::WebSocket => "websocket",
    }
}

/// What became of the exchange over one transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Over which.
    pub transport: Transport,
    /// What was measured.
    pub run: Run,
    /// Why it ended too early, if it did.
    pub trouble: Option<Trouble>,
}

/// Why an exchange ended too early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The two did not get a connection in time.
    NoConnection,
    /// No message arrived for too long.
    Silence,
    /// The relay ended a connection for good; its reason.
    Stopped(Reason),
    /// The relay refused a message; its reason.
    Refused(Reason),
}

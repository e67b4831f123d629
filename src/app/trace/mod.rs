//! What happened on the wire, for whoever wants to see it.

use duologue_session::{Down, Generation, Transport};

use crate::transport::Exchange;

/// Something that the driver saw of a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The session wants a transport.
    Connecting {
        /// Its number.
        generation: Generation,
        /// Of which kind.
        transport: Transport,
    },
    /// It can carry frames.
    Up {
        /// Which one.
        generation: Generation,
    },
    /// A frame was handed to it.
    Sent {
        /// Which one.
        generation: Generation,
        /// The frame as it goes over the wire.
        text: String,
    },
    /// It brought a frame.
    Heard {
        /// Which one.
        generation: Generation,
        /// The frame as it came.
        text: String,
    },
    /// One of its HTTP requests ended.
    Exchange {
        /// Which one.
        generation: Generation,
        /// What it was.
        exchange: Exchange,
    },
    /// Requests that the relay held were cut.
    HeldCut {
        /// Which one.
        generation: Generation,
    },
    /// It ended, or never came up.
    Down {
        /// Which one.
        generation: Generation,
        /// How.
        down: Down,
    },
    /// The page closed it.
    Closed {
        /// Which one.
        generation: Generation,
    },
}

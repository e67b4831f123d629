//! One client's side of the conversation: connecting, opening, heartbeats, reconnecting, the outbox,
//! and seeing each message once.
//!
//! [`Session`] does no I/O. Whoever drives it (the page, a test, a simulator) hands it an [`Input`] and
//! the time, takes every [`Output`] until there is none, and arms one timer for
//! [`Session::poll_timeout`]. Time is the wall clock's, randomness a seed: the same inputs give the same
//! outputs.
//!
//! What is left to others: sockets (the driver's), history and what a person sees of it (the page's).

mod backoff;
mod clock;
mod io;
mod outbox;
mod seen;
mod session;

pub use clock::Time;
pub use io::{
    Cause, Change, Down, Draft, Event, Generation, Input, LinkState, Message, Output, Saved, Ticket,
};
pub use outbox::{IN_FLIGHT_MAX, OUTBOX_MAX};
pub use session::Session;

//! One client's side of the conversation: connecting, opening, heartbeats, reconnecting; an outbox that
//! loses nothing; a mailbox in which each message is seen once and what is missing is noticed; receipts; and
//! whether the others' names still belong to the keys that they were met with.
//!
//! [`Session`] does no I/O. Whoever drives it (the page, a test, a simulator) hands it an [`Input`] and
//! the time, takes every [`Output`] until there is none, and arms one timer for
//! [`Session::poll_timeout`]. Time is the wall clock's, randomness a seed: the same inputs give the same
//! outputs.
//!
//! What is left to others: sockets and the store (the driver's), history and what a person sees of it
//! (the page's). The driver shows and stores each [`Change`] and says [`Input::Persisted`]; what depends
//! on the store waits for that: a message's first send, and telling the relay that mail is safe. A later
//! session goes on from what was stored, as [`Saved`].

mod backoff;
mod choice;
mod clock;
mod event;
mod frames;
mod hold;
mod inbox;
mod io;
mod link;
mod outbox;
mod peers;
mod poller;
mod presence;
mod probe;
mod reads;
mod reason;
mod seen;
mod sending;
mod session;

pub use choice::{LEARNED_FOR, Learned, PROBE_EVERY, Preference, Transport, USELESS_MAX, Why};
pub use clock::Time;
pub use event::{Cause, Event, LinkState};
pub use hold::{PAUSE_CEILING, PAUSE_FLOOR};
pub use inbox::FETCH_TIMEOUT;
pub use io::{Change, Down, Draft, Generation, Input, Message, Output, Saved, Ticket};
pub use outbox::{IN_FLIGHT_MAX, OUTBOX_MAX};
pub use peers::ASK_AGAIN;
pub use poller::{
    ANSWER_TIMEOUT, Answer, Poller, PollerOutput, Request, RequestId, SHORT_POLL_SOON,
};
pub use reads::READS_MAX;
pub use reason::{Reason, Rule};
pub use session::Session;

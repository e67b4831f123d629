//! What a relay counts, for whoever operates it.
//!
//! The rest of the relay counts through handles that it gets at its start or at a connection's: a few additions a
//! message, without a lock or a search. What there is at the moment (queues, names) is looked at when somebody asks.
//!
//! - `connections`: what is open, what goes over it, and why it ends.
//! - `refusals`: what was refused, by rule.
//! - `storage`: the mailboxes, with a watch around them that times each commit.
//! - `exposition`: how all of it is called, and its text. docs/operate.md says what each means.
//! - `listener`: who asks, on an address of its own.
//!
//! A label has a few values that are known beforehand: never a name, an address, or anything that somebody said.

mod connections;
mod exposition;
mod listener;
mod refusals;
mod storage;

pub(crate) use self::connections::{
    By, Counted, Flow, NO_CLOSE, NO_CODE, NORMAL, Traffic, Transport,
};
pub(crate) use self::exposition::Live;
pub(crate) use self::listener::MetricsListener;
pub(crate) use self::refusals::{ByCode, RequestRule};
pub(crate) use self::storage::Measured;

use self::connections::Connections;
use self::refusals::Refusals;
use self::storage::Storage;

/// The counters of one relay. They count whether somebody asks for them or not.
#[derive(Debug, Default)]
pub struct Metrics {
    pub(crate) connections: Connections,
    pub(crate) refusals: Refusals,
    pub(crate) storage: Storage,
}

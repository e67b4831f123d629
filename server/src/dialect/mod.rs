//! What clients say and are told: text in, actions on the [`hub`](crate::hub) and frames out.
//!
//! A dialect belongs to one connection and answers through that connection's
//! [`Outgoing`](crate::outgoing::Outgoing), in the same order as everything else that it is sent. It
//! knows no socket: deadlines, heartbeats and closing are the transport's.

pub mod classic;
pub mod v1;

use bytestring::ByteString;
use duologue_protocol::{Rejection, UserId};
use tracing::{Span, info};

use crate::metrics::ByCode;
use crate::post::Room;

/// One connection's side of a conversation with the relay.
pub trait Dialect: Send + 'static {
    /// For the log and the metrics.
    const NAME: &'static str;

    /// Room for one more text, where the relay can take it at once: nearly always.
    fn try_room(&self) -> Option<Room>;

    /// Waits until the relay can take one more text.
    fn room(&self) -> impl Future<Output = Room> + Send + use<Self>;

    /// A text arrived.
    fn on_text(&mut self, text: ByteString, room: Room);

    /// A binary frame arrived.
    fn on_binary(&mut self);

    /// A frame over the limit arrived; the connection is closed after this.
    fn on_oversize(&mut self);

    /// Whether `open` was taken.
    fn is_open(&self) -> bool;
}

/// How many refusals of one connection are logged: enough to see what is wrong with a client, and no
/// way to fill a disk.
const LOGGED_REFUSALS: u32 = 20;

/// Logs what was refused of one connection, up to a number, and counts all of it.
#[derive(Debug)]
struct RefusalLog {
    noted: u32,
    counted: ByCode,
}

impl RefusalLog {
    fn new(counted: ByCode) -> Self {
        Self { noted: 0, counted }
    }

    fn note(&mut self, rejection: &Rejection) {
        self.counted.count(rejection.code);
        self.noted = self.noted.saturating_add(1);
        if self.noted <= LOGGED_REFUSALS {
            info!(code = ?rejection.code, rule = %rejection.message, "input refused");
        }
        if self.noted == LOGGED_REFUSALS {
            info!("this connection's further refusals are not logged");
        }
    }
}

/// Logs that a connection is open, and names the person in all that is logged of it from now on.
fn log_open(user: &UserId) {
    Span::current().record("user", user.as_str());
    info!("connection open");
}

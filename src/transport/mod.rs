//! How frames travel between the page and the relay. A transport carries texts and reports what
//! happens to it; what the texts mean, when to connect, which one to use and when to give up is the
//! session's business.

mod polling;
mod websocket;

pub use polling::PollingTransport;
pub use websocket::WebSocketTransport;

use std::rc::Rc;
use std::time::Duration;

use duologue_session::{Down, Transport as Kind};

use crate::app::relay_address::RelayAddress;

/// A connection to a relay. Dropping it closes it.
pub trait Transport {
    /// Hands over a text. On a transport that can't carry it the text goes nowhere: the session keeps
    /// what matters until it is answered for.
    fn send(&self, text: String);
}

/// What a transport reports, in order: at most one `Up`, texts and what it took to carry them, and one
/// `Down` at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportEvent {
    /// It can carry texts from now on.
    Up,
    /// A text arrived.
    Text(String),
    /// An HTTP request ended. Comes before the texts that its answer brought.
    Exchange(Exchange),
    /// Requests that the relay held were cut, more than once.
    HeldCut,
    /// It ended, or never came up.
    Down(Down),
}

/// One HTTP request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What it was for.
    pub request: RequestKind,
    /// The answer's status; `None` if there was no answer.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// How many frames it carried, up or down.
    pub frames: usize,
    /// The request's bytes, head and body, as the relay counted them; 0 if it did not say.
    pub bytes_up: u64,
    /// The answer's bytes.
    pub bytes_down: u64,
}

/// What an HTTP request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// To open a connection.
    Open,
    /// To ask for frames.
    Poll,
    /// To send frames.
    Post,
    /// To close the connection.
    Close,
}

/// Starts to connect to a relay and reports through `on_event`, never before this returns.
///
/// # Errors
/// Where the browser refuses to try: an insecure address from a secure page, say.
pub fn connect(
    kind: Kind,
    relay: &RelayAddress,
    on_event: impl Fn(TransportEvent) + 'static,
) -> Result<Rc<dyn Transport>, String> {
    Ok(match kind {
        Kind::WebSocket => Rc::new(WebSocketTransport::connect(&relay.websocket_url(), on_event)?),
        Kind::LongPolling | Kind::ShortPolling => {
            Rc::new(PollingTransport::connect(kind, &relay.http_url(), on_event))
        }
    })
}

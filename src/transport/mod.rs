//! How frames travel between the page and the relay. A transport carries texts and reports what
//! happens to it; what the texts mean, when to connect and when to give up is the session's business.

mod websocket;

pub use websocket::WebSocketTransport;

use duologue_session::Down;

/// What a transport reports, in order: at most one `Up`, texts, and one `Down` at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportEvent {
    /// It can carry texts from now on.
    Up,
    /// A text arrived.
    Text(String),
    /// It ended, or never came up.
    Down(Down),
}

//! Duologue's relay: carries the messages of one-to-one chats between WebSocket connections, in two
//! dialects, and serves the page.
//!
//! From the outside in:
//!
//! - [`config`] and [`logging`]: the command line and the log.
//! - [`relay`]: binding, the routes and the shutdown; [`accept`] takes connections; [`shared`] is what
//!   they have in common. [`files`]: how many files they may have; [`pages`]: how their memory comes.
//! - [`web`]: the page. [`origin`]: which other pages may connect. [`edge`]: what one address may take.
//! - [`transport`]: WebSocket, and nobody else names it.
//! - [`dialect`]: what a text means. Knows no transport.
//! - [`hub`]: who is here, and who gets what. [`outgoing`]: what waits for one connection.
//!   [`pace`]: how fast a name may send.
//! - [`mailbox`]: what is kept, in a database or in memory. [`post`]: the threads between it and the hub.
//! - [`metrics`]: what is counted of all that, and where an operator asks for it.
//!
//! Frames, ids and limits are `duologue_protocol`'s.

pub mod accept;
pub mod config;
pub mod dialect;
pub mod edge;
pub mod files;
pub mod host;
pub mod hub;
pub mod identity;
pub mod logging;
pub mod mailbox;
pub mod metrics;
pub mod names;
pub mod origin;
pub mod outgoing;
pub mod pace;
pub mod pages;
pub mod post;
pub mod random;
mod rate;
pub mod relay;
pub mod shared;
mod shown;
mod stall;
pub mod transport;
pub mod web;

pub use config::Config;
pub use relay::Relay;

//! The proxy between browsers and the relay: it passes everything on as it is, and misbehaves exactly as
//! it is told. No browser and no relay take part: both sides are sockets.
//!
//! Where time matters it is tokio's paused clock, which jumps to the next deadline when nothing else is
//! left to do, so these tests take no time and compare times exactly.
#![allow(clippy::unwrap_used, clippy::panic)]

mod faults;
mod passing;
mod peers;

//! Long talks under bad treatment, over real sockets and through the relay as a process of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "so does a test fail")]

mod changes;
#[cfg(unix)]
mod crowd;
mod driver;
mod haste;
mod kills;
mod relay;
mod talk;
mod transport;

//! What the page costs in a real browser, against the relay as it is built for release: how soon it is there, what a
//! message costs in a short and in a long conversation, how it scrolls, and what an hour of talk leaves in its memory.
//!
//! `cargo xtask bench-page` runs it. Everything is on this machine and comes to an end by itself. `docs/benchmarks.md`
//! has what it said.

#![expect(clippy::expect_used, clippy::panic, reason = "so does a benchmark fail")]
#![expect(clippy::print_stdout, reason = "it prints its tables")]

mod figures;
mod hour;
mod incoming;
mod load;
mod scroll;

use duologue_e2e::Relay;

#[tokio::main]
async fn main() {
    // As many messages at once as a benchmark likes.
    let relay = Relay::start(&["--message-rate", "0"]).await;
    load::measure(&relay).await;
    let long = incoming::measure(&relay).await;
    scroll::measure(&long).await;
    hour::measure(&relay).await;
}

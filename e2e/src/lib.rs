//! What the end-to-end tests share: a relay that can be killed, browsers with profiles of their own,
//! a person who uses the page, an ordinary static file server, a proxy that misbehaves when told to.
//!
//! `cargo xtask test` says by environment variables where the relay, the built page and the browser
//! are. Nothing here waits for a time: everything waits for a condition.
// This crate is all test code: a failed expectation ends the test with its reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod axe;
mod bidi;
mod browser;
mod launch;
mod other;
mod person;
pub mod pictures;
mod proxy;
mod relay;
mod static_server;
mod wait;

pub use browser::{Browser, Look};
pub use other::Other;
pub use person::Person;
pub use proxy::{Fault, Proxy};
pub use relay::Relay;
pub use static_server::{StaticServer, copy_folder};
pub use thirtyfour::Key;
pub use wait::{eventually, eventually_within};

use std::path::PathBuf;

/// The value of an environment variable that `cargo xtask test` sets.
fn setting(name: &str) -> PathBuf {
    let value = std::env::var_os(name);
    value.unwrap_or_else(|| panic!("{name} is not set: run `cargo xtask test`")).into()
}

/// The folder of the built page.
pub fn dist() -> PathBuf {
    setting("DUOLOGUE_DIST")
}

//! What holds for any input: one function for each thing that takes input from strangers. It takes bytes and panics
//! if its property doesn't hold.
//!
//! `fuzz/targets` hands them what a fuzzer makes up; `tests/replay.rs` every file of `fuzz/corpus`, on each
//! `cargo test`. How to run the fuzzer: `cargo xtask fuzz`.
//!
//! | function | takes its bytes for |
//! | --- | --- |
//! | [`codec()`] | the text of a frame |
//! | [`identity()`] | a request's host, an `open`, and what was changed in it after it was signed |
//! | [`names()`] | a name, as UTF-8 and as code points |
//! | [`polling()`] | HTTP requests, in the form that `polling/script.rs` has |
//! | [`session()`] | what happens to a client, step by step |
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "to panic is how a property says that it doesn't hold"
)]

mod codec;
mod identity;
mod names;
mod polling;
mod session;

pub use codec::codec;
pub use identity::identity;
pub use names::names;
pub use polling::polling;
pub use session::session;

/// A property, over any bytes.
pub type Property = fn(&[u8]);

/// Every property by its name, which its fuzz target and its folder in `fuzz/corpus` have too.
pub const ALL: [(&str, Property); 5] = [
    ("codec", codec),
    ("identity", identity),
    ("names", names),
    ("polling", polling),
    ("session", session),
];

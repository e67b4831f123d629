//! The wire between a client and the relay: ids, frames, their codec, close and error codes, limits.
//!
//! Both sides link this crate, so neither has a second copy of a type or a number. `docs/protocol.md`
//! specifies the same in prose; a test in `tests/` keeps the two in step.
//!
//! No I/O, no clock and no randomness live here: times and random bytes come in as arguments.

pub mod classic;
pub mod close;
pub mod codec;
pub mod content;
pub mod error;
pub mod fingerprint;
mod flat;
pub mod frame;
pub mod handshake;
pub mod id;
pub mod identity;
pub mod limits;
pub mod polling;
pub mod relation;
pub mod seq;
pub mod time;
pub mod websocket;

pub use close::CloseCode;
pub use content::Content;
pub use error::{ErrorCode, Rejection};
pub use fingerprint::Fingerprint;
pub use frame::{ClientFrame, RelayFrame};
pub use id::{MessageId, Nonce, UserId};
pub use identity::Proof;
pub use relation::{Relation, RelationKind};
pub use seq::Seq;
pub use time::UnixMillis;

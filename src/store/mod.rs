//! The page's own store: what was said, what is on its way, how far the relay was followed, and drafts.
//! One database (`IndexedDB`) for each relay and person; the tabs of one person share it.
//!
//! `record` and `batch` hold the rules and need no browser; `database` is the browser's part; `queue`
//! brings the two together. Only here, in `transport` and in `platform` are browser APIs named.

mod account;
mod batch;
mod database;
pub mod deed;
mod forgetting;
mod loaded;
pub mod moving;
mod naming;
mod queue;
mod reading;
pub mod record;
mod requests;
mod safe;
mod step;
pub mod vault;

pub use forgetting::{forget_everything, forget_messages};
pub use loaded::Loaded;
pub use queue::{Store, StoreReport, StoreState};
pub use step::Step;

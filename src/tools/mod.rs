//! What is loaded only when somebody wants to see it: the connection panel, the comparison of
//! transports, and what a person's key moves with. A module of its own (`src/bin/tools.rs`), with a memory of its own: it reads what the page
//! noted (`app::record`) and asks the page for the rest.

pub mod compare;
pub mod moving;
pub mod panel;
pub mod trace;

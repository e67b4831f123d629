//! What is loaded only when somebody wants to see it: the connection panel, and the comparison of
//! transports. A module of its own (`src/bin/tools.rs`), with a memory of its own: it reads what the page
//! noted (`app::record`) and asks the page for the rest.

pub mod compare;
pub mod panel;
pub mod trace;

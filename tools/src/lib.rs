//! What is loaded only when somebody wants to see it: the connection panel, the comparison of transports, what a
//! person's key moves with, and what can be set. A package of its own, so that the page can't link any of it, and a
//! module of its own in the browser, with a memory of its own: it reads what the page noted (`duologue::app::record`)
//! and asks the page for the rest.

pub mod compare;
mod focus;
pub mod invite;
pub mod language;
pub mod moving;
pub mod panel;
pub mod settings;
pub mod trace;

rust_i18n::i18n!("locales", fallback = "en");

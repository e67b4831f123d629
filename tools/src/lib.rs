//! What is loaded only when somebody wants to see it: the connection panel, the comparison of transports, what a
//! person's key moves with, and what can be set. A package of its own, so that the page can't name any of it
//! and its code and words stay out of what everybody loads: it is given a bridge to the page (`duologue::ui::parts`), reads
//! what the page noted (`duologue::app::record`), and asks the page for the rest.

pub mod compare;
mod focus;
pub mod language;
pub mod moving;
pub mod panel;
pub mod settings;
pub mod trace;

rust_i18n::i18n!("locales", fallback = "en");

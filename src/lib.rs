//! The page: a Leptos single-page app that runs in the browser and talks to a relay.
//!
//! `app` holds the state and drives the session; `ui` shows it; `store` keeps it over reloads.
//! `transport`, `store` and `platform` are the only places that name browser APIs. The conversation's own
//! rules are not here: they are in `session/`. What the page loads only when it is wanted is in `tools/`, which
//! links this.

pub mod app;
pub mod emoji;
pub mod platform;
pub mod store;
pub mod transport;
pub mod ui;

rust_i18n::i18n!("locales", fallback = "en");

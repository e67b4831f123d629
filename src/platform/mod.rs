//! What the page needs of the browser beside its sockets: clock, timers, storage, address bar,
//! clipboard, downloads, randomness, and news of the tab and the network.
//!
//! Whatever a browser may refuse (storage in private windows, the clipboard without permission) is an
//! `Option` or a `bool` here: the page goes on without it.

mod clock;
mod download;
mod files;
mod language;
mod lifecycle;
mod location;
mod modules;
mod random;
mod storage;
mod text;

pub use clock::{Ticker, Timer, micros, now};
pub use download::save_file;
pub use files::{Chosen, read_chosen};
pub use language::{DateStyle, date, languages, local_day, local_time, local_time_exact, speak};
pub use lifecycle::{News, is_visible, on_news};
pub use location::{
    authority, base_url, configured_relay, go_back, hash, is_wide, link_to, on_hash_change,
    replace_hash, set_hash,
};
pub use modules::{Bridge, Module, Page, Tool, page_language};
pub use random::{message_id, random_bytes, seed};
pub use storage::{Place, ask_to_keep, load, on_told, save, storage_used, tell_other_tabs};

pub use text::{composed, one_form};

use gloo_events::EventListener;
use wasm_bindgen_futures::JsFuture;

/// A registration that ends when it is dropped.
#[must_use = "a listener ends when it is dropped"]
pub struct Listener {
    _listeners: Vec<EventListener>,
}

/// Sends the message and place of a panic to the browser's console.
pub fn log_panics() {
    console_error_panic_hook::set_once();
}

/// Lets `work` go on beside everything else.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// Puts `text` on the clipboard; false where the browser doesn't allow it.
pub async fn copy(text: String) -> bool {
    let Some(window) = web_sys::window() else { return false };
    let navigator = window.navigator();
    // Outside a secure context (plain http on another machine) there is no clipboard at all.
    let has_clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into())
        .is_ok_and(|clipboard| clipboard.is_object());
    has_clipboard && JsFuture::from(navigator.clipboard().write_text(&text)).await.is_ok()
}

//! What the page needs of the browser beside its sockets: clock, timers, storage, address bar,
//! clipboard, downloads, randomness, its service worker, and news of the tab and the network.
//!
//! Whatever a browser may refuse (storage in private windows, the clipboard without permission) is an
//! `Option` or a `bool` here: the page goes on without it.

mod attention;
mod clock;
mod download;
mod files;
mod focus;
mod keyboard;
mod language;
mod lifecycle;
mod location;
mod random;
mod scrolling;
mod storage;
mod text;
mod worker;

pub use attention::{Permission, ask_permission, notify, permission, play_sound, show_count};
pub use clock::{Ticker, Timer, micros, now};
pub use download::save_file;
pub use files::{Chosen, on_files_offered, read_chosen};
pub use focus::{
    focus_beside, focus_child, focus_next, focus_on, focused_child, has_focus, index_at,
    insert_at_caret, leaves, press_first, reveal,
};
pub use keyboard::{KeyPress, Modifier, composes, on_key};
pub use language::{DateStyle, date, languages, local_day, local_time, local_time_exact, speak};
pub use lifecycle::{News, is_visible, on_news};
pub use location::{
    alert_in, authority, base_url, configured_relay, go_back, hash, is_wide, link_to,
    mark_document, on_hash_change, reload, remove_from_document, replace_hash, set_hash,
};
pub use random::{message_id, random_bytes, seed};
pub use scrolling::{ReversedBox, Rows, next_frame, pixels, put_beside};
pub use storage::{
    Place, ask_to_keep, forget_kept, load, on_kept, on_told, save, storage_used, tell_other_tabs,
};

pub use text::{composed, one_form};
pub use worker::{look_for_version, use_version, watch_versions};

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

/// Whether the browser can hand a link to other apps.
pub fn can_share() -> bool {
    let navigator = web_sys::window().map(|window| window.navigator());
    navigator
        .is_some_and(|navigator| js_sys::Reflect::has(&navigator, &"share".into()).unwrap_or(false))
}

/// Has the person hand a link to another app. Whether they did is theirs to know.
pub async fn share(link: String) {
    let Some(window) = web_sys::window().filter(|_| can_share()) else { return };
    let data = web_sys::ShareData::new();
    data.set_url(&link);
    // Fails where they thought better of it.
    let _ = JsFuture::from(window.navigator().share_with_data(&data)).await;
}

/// Whether text can be put on the clipboard at all: not outside a secure context (plain http on another machine).
pub fn can_copy() -> bool {
    let Some(window) = web_sys::window() else { return false };
    js_sys::Reflect::get(&window.navigator(), &"clipboard".into())
        .is_ok_and(|clipboard| clipboard.is_object())
}

/// Puts `text` on the clipboard; false where the browser doesn't allow it.
pub async fn copy(text: String) -> bool {
    let Some(window) = web_sys::window().filter(|_| can_copy()) else { return false };
    JsFuture::from(window.navigator().clipboard().write_text(&text)).await.is_ok()
}

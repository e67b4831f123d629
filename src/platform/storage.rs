//! A few small texts that the browser keeps, and how long it keeps anything.

use gloo_events::EventListener;
use wasm_bindgen::JsCast as _;
use web_sys::{Storage, StorageEvent, StorageManager};

use super::Listener;

/// Where a text is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// For this tab, over reloads (`sessionStorage`).
    Tab,
    /// For all tabs of this browser (`localStorage`).
    Browser,
}

fn storage(place: Place) -> Option<Storage> {
    let window = web_sys::window()?;
    // Either throws where the person has blocked storage.
    match place {
        Place::Tab => window.session_storage().ok()?,
        Place::Browser => window.local_storage().ok()?,
    }
}

/// The text kept under `key`.
pub fn load(place: Place, key: &str) -> Option<String> {
    storage(place)?.get_item(key).ok()?
}

/// Keeps `text` under `key`, or removes what was there. Where storage is blocked or full the text holds
/// for the sitting only.
pub fn save(place: Place, key: &str, text: Option<&str>) {
    if let Some(storage) = storage(place) {
        let _ = match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        };
    }
}

/// Removes everything whose key begins so, from this tab and from the browser.
pub fn forget_kept(prefix: &str) {
    for storage in [Place::Tab, Place::Browser].into_iter().filter_map(storage) {
        let length = storage.length().unwrap_or_default();
        let keys = (0..length).filter_map(|number| storage.key(number).ok().flatten());
        // All of them before the first goes: with it the others move up.
        let keys: Vec<String> = keys.filter(|key| key.starts_with(prefix)).collect();
        for key in keys {
            let _ = storage.remove_item(&key);
        }
    }
}

/// Tells the other tabs of this browser `text`, under `key`. Nothing of it is kept.
pub fn tell_other_tabs(key: &str, text: &str) {
    save(Place::Browser, key, Some(text));
    save(Place::Browser, key, None);
}

/// Calls back with what another tab tells under `key`, until the listener is dropped.
pub fn on_told(key: &'static str, callback: impl Fn(String) + 'static) -> Listener {
    on_kept(key, move |text| text.into_iter().for_each(&callback))
}

/// Calls back with what another tab has the browser keep under `key` from now on (`None`: nothing), until the listener
/// is dropped.
pub fn on_kept(key: &'static str, callback: impl Fn(Option<String>) + 'static) -> Listener {
    let listener = web_sys::window().map(|window| {
        EventListener::new(&window, "storage", move |event| {
            let event = event.dyn_ref::<StorageEvent>();
            if let Some(event) = event.filter(|event| event.key().as_deref() == Some(key)) {
                callback(event.new_value());
            }
        })
    });
    Listener { _listeners: listener.into_iter().collect() }
}

/// How many bytes the browser keeps for this page, as far as it tells.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of bytes")]
pub async fn storage_used() -> Option<u64> {
    let estimate = wasm_bindgen_futures::JsFuture::from(manager()?.estimate().ok()?).await.ok()?;
    js_sys::Reflect::get(&estimate, &"usage".into()).ok()?.as_f64().map(|bytes| bytes as u64)
}

fn manager() -> Option<StorageManager> {
    let navigator = web_sys::window()?.navigator();
    // Outside a secure context (plain http on another machine) there is no such thing.
    let has_manager = js_sys::Reflect::get(&navigator, &"storage".into())
        .is_ok_and(|manager| manager.is_object());
    has_manager.then(|| navigator.storage())
}

/// Asks the browser not to remove what this page has stored when room gets short. Some browsers put
/// the question to the person, so it is asked seldom.
pub fn ask_to_keep() {
    if let Some(Ok(answer)) = manager().map(|manager| manager.persist()) {
        // Whatever the answer, the page goes on; a promise that fails unheard would log an error.
        super::spawn(async move { drop(wasm_bindgen_futures::JsFuture::from(answer).await) });
    }
}

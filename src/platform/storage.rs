//! A few small texts that the browser keeps.

use web_sys::Storage;

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

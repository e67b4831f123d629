//! Where the page is: its own address, the part after `#`, and the relay that whoever deployed it
//! wrote into `index.html`.

use gloo_events::EventListener;

use super::Listener;

/// What stands after `#` in the address bar, without the `#`.
pub fn hash() -> String {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok());
    hash.map(|hash| hash.trim_start_matches('#').to_owned()).unwrap_or_default()
}

/// Puts `hash` (without `#`) into the address bar; [`on_hash_change`] hears of it.
pub fn set_hash(hash: &str) {
    if let Some(window) = web_sys::window() {
        // Fails only where the document is being torn down: then nobody looks any more.
        let _ = window.location().set_hash(hash);
    }
}

/// Puts `hash` into the address bar in the place of the one that is there: Back doesn't lead to that.
pub fn replace_hash(hash: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().replace(&format!("#{hash}"));
    }
}

/// Goes where the browser's Back goes.
pub fn go_back() {
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        let _ = history.back();
    }
}

/// Loads the page anew.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

/// Marks the document with an attribute, or takes it away.
pub fn mark_document(attribute: &str, value: Option<&str>) {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        // Fails for a name that is none alone.
        let _ = match value {
            Some(value) => root.set_attribute(attribute, value),
            None => root.remove_attribute(attribute),
        };
    }
}

/// Takes the element of this id out of the document, if it is there.
pub fn remove_from_document(id: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(element) = document.and_then(|document| document.get_element_by_id(id)) {
        element.remove();
    }
}

/// Says something urgent in the element of this id, where it has a place for that.
pub fn alert_in(id: &str, text: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let place = document.and_then(|document| {
        document.query_selector(&format!("#{id} [role=alert]")).ok().flatten()
    });
    if let Some(place) = place {
        place.set_text_content(Some(text));
    }
}

/// Whether the window is at least this wide, in CSS pixels.
pub fn is_wide(pixels: f64) -> bool {
    let width = web_sys::window().and_then(|window| window.inner_width().ok()?.as_f64());
    width.is_none_or(|width| width >= pixels)
}

/// Calls back with each new hash until the listener is dropped.
pub fn on_hash_change(callback: impl Fn(String) + 'static) -> Listener {
    let listener = web_sys::window()
        .map(|window| EventListener::new(&window, "hashchange", move |_| callback(hash())));
    Listener { _listeners: listener.into_iter().collect() }
}

/// The address that relative links of the page are resolved against.
pub fn base_url() -> String {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.base_uri().ok().flatten())
        .unwrap_or_default()
}

/// The host of an address, as the browser names it to a server, and the port if it is not the scheme's own.
/// Empty for what is no address.
pub fn authority(url: &str) -> String {
    web_sys::Url::new(url).map(|url| url.host()).unwrap_or_default()
}

/// This page's address with another hash: a link to send to somebody.
pub fn link_to(hash: &str) -> String {
    let href = web_sys::window().and_then(|window| window.location().href().ok());
    let page = href.unwrap_or_default();
    format!("{}#{hash}", page.split('#').next().unwrap_or_default())
}

/// The `content` of `<meta name="duologue-relay">`, unless it is empty.
pub fn configured_relay() -> Option<String> {
    let document = web_sys::window()?.document()?;
    let meta = document.query_selector("meta[name=duologue-relay]").ok()??;
    meta.get_attribute("content").filter(|content| !content.trim().is_empty())
}

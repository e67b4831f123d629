//! The page's service worker (`sw.js`), which opens the page without a network: registered, asked for a newer version
//! of the page, and told to use it.

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;

// A version is ready when its worker waits beside the active one, or when another tab has taken it into use. The first
// worker of all is none: the page is of its version.
#[wasm_bindgen(inline_js = "let registration, is_pressed;
export function watch_worker(url, ready) {
    const workers = navigator.serviceWorker;
    if (!workers) return;
    let was_served = !!workers.controller;
    workers.addEventListener('controllerchange', () => {
        if (is_pressed) location.reload();
        else if (was_served) ready();
        was_served = true;
    });
    workers.register(url).then(found => {
        registration = found;
        const look = () => { if (found.waiting && found.active) ready(); };
        const follow = () => found.installing?.addEventListener('statechange', look);
        found.addEventListener('updatefound', follow);
        follow();
        look();
    }).catch(() => {});
}
export function ask_worker() {
    registration?.update().catch(() => {});
}
export function use_worker() {
    is_pressed = true;
    if (registration?.waiting) registration.waiting.postMessage('use');
    else location.reload();
}")]
extern "C" {
    fn watch_worker(url: &str, ready: &JsValue);
    fn ask_worker();
    fn use_worker();
}

/// The worker, beside the page.
const WORKER: &str = "sw.js";

/// Has the page open without a network from now on, where the browser can. Calls `ready` whenever a newer version of
/// the page is there to be used, as long as the page lives.
pub fn watch_versions(ready: impl Fn() + 'static) {
    // Whoever develops the page wants to see the one that they have just built.
    if cfg!(debug_assertions) {
        return;
    }
    if let Ok(url) = web_sys::Url::new_with_base(WORKER, &super::base_url()) {
        watch_worker(&url.href(), &Closure::<dyn Fn()>::new(ready).into_js_value());
    }
}

/// Has the browser look whether there is a newer version, now and not when it next would by itself.
pub fn look_for_version() {
    ask_worker();
}

/// Loads the newer version in the place of this page.
pub fn use_version() {
    use_worker();
}

//! Keys that are pressed anywhere in the page.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

use super::Listener;

/// What is held while a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// Nothing.
    None,
    /// Ctrl, or Command on a Mac.
    Command,
    /// Alt alone.
    Alt,
}

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPress<'a> {
    /// Which one (its `KeyboardEvent.key`).
    pub key: &'a str,
    /// What was held with it; Shift is in the key itself.
    pub with: Modifier,
    /// Where text is typed.
    pub is_in_field: bool,
    /// Something has taken it for itself, or is to: a dialog that is open.
    pub is_handled: bool,
}

/// Whether a key belongs to an input method. The last one of a word is over before it comes in Safari, which gives it
/// this code all the same.
pub fn composes(event: &KeyboardEvent) -> bool {
    const OF_AN_INPUT_METHOD: u32 = 229;
    event.is_composing() || event.key_code() == OF_AN_INPUT_METHOD
}

/// Calls back with each key, until the listener is dropped. Where it returns true the browser does nothing else with
/// it. A key by which an input method composes is none.
pub fn on_key(callback: impl Fn(KeyPress<'_>) -> bool + 'static) -> Listener {
    let options = EventListenerOptions::enable_prevent_default();
    let listener = web_sys::window().map(|window| {
        EventListener::new_with_options(&window, "keydown", options, move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>().filter(|event| !composes(event))
            else {
                return;
            };
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let is_in = |selector: &str| {
                target
                    .as_ref()
                    .is_some_and(|target| matches!(target.closest(selector), Ok(Some(_))))
            };
            let press = KeyPress {
                key: &event.key(),
                with: match (event.ctrl_key() || event.meta_key(), event.alt_key()) {
                    (true, _) => Modifier::Command,
                    (false, true) => Modifier::Alt,
                    (false, false) => Modifier::None,
                },
                is_in_field: is_in("input, textarea, select"),
                is_handled: event.default_prevented() || is_in("dialog, .panel-place"),
            };
            if callback(press) {
                event.prevent_default();
            }
        })
    });
    Listener { _listeners: listener.into_iter().collect() }
}

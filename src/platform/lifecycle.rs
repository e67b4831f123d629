//! News of the tab and the network. A link may be worth another try, or doubtful: the network came
//! back, the tab is seen again. Or this may be the last chance to store something: the tab is hidden.

use gloo_events::EventListener;
use web_sys::VisibilityState;

use super::Listener;

/// What happened to the tab or the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The browser has a network again.
    Online,
    /// The tab can be seen again, or came back from the back-forward cache, where sockets don't live.
    Visible,
    /// The tab can't be seen any more. On a phone it may never be again, and nothing else tells.
    Hidden,
}

/// Whether the tab can be seen.
pub fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}

/// Calls back on every [`News`] until the listener is dropped.
pub fn on_news(callback: impl Fn(News) + Clone + 'static) -> Listener {
    let mut listeners = Vec::new();
    if let Some(window) = web_sys::window() {
        let online = callback.clone();
        listeners.push(EventListener::new(&window, "online", move |_| online(News::Online)));
        let shown = callback.clone();
        listeners.push(EventListener::new(&window, "pageshow", move |_| shown(News::Visible)));
        let left = callback.clone();
        listeners.push(EventListener::new(&window, "pagehide", move |_| left(News::Hidden)));
        if let Some(document) = window.document() {
            listeners.push(EventListener::new(&document, "visibilitychange", move |_| {
                callback(if is_visible() { News::Visible } else { News::Hidden });
            }));
        }
    }
    Listener { _listeners: listeners }
}

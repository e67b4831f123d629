//! News that a link may be worth another try, or doubtful: the network came back, the tab is seen
//! again.

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
}

/// Calls back on every [`News`] until the listener is dropped.
pub fn on_news(callback: impl Fn(News) + Clone + 'static) -> Listener {
    let mut listeners = Vec::new();
    if let Some(window) = web_sys::window() {
        let online = callback.clone();
        listeners.push(EventListener::new(&window, "online", move |_| online(News::Online)));
        let shown = callback.clone();
        listeners.push(EventListener::new(&window, "pageshow", move |_| shown(News::Visible)));
        if let Some(document) = window.document() {
            let seen = document.clone();
            listeners.push(EventListener::new(&document, "visibilitychange", move |_| {
                if seen.visibility_state() == VisibilityState::Visible {
                    callback(News::Visible);
                }
            }));
        }
    }
    Listener { _listeners: listeners }
}

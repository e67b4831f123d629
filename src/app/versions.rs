//! A newer version of the page, which is offered and never forced on anybody.

use duologue_session::LinkState;
use leptos::prelude::*;

use super::App;
use crate::platform;

impl App {
    /// Listens for a newer version, and asks for one whenever the relay is back: it may have been away to be replaced,
    /// and the page comes with it.
    pub(super) fn watch_versions(self) {
        platform::watch_versions(move || self.has_new_version.set(true));
        let is_connected =
            Memo::new(move |_| self.link.with(|link| matches!(link, LinkState::Connected)));
        Effect::new(move || {
            if is_connected.get() {
                platform::look_for_version();
            }
        });
    }

    /// Loads the page anew in its newer version. What is typed is kept.
    pub fn use_new_version(self) {
        self.keep_drafts();
        platform::use_version();
    }

    /// The person goes on with this version. The other one is used once all tabs were closed, or offered when the
    /// page is next opened.
    pub fn put_off_new_version(self) {
        self.has_new_version.set(false);
    }
}

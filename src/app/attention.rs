//! What calls for the person's attention while they look elsewhere: the count in the title and on the icon, a quiet
//! sound, and the browser's notifications, where they want them. Nothing for a conversation that is muted, not taken
//! up, or in front of them.

use duologue_protocol::UserId;
use duologue_session::{Change, Message};
use leptos::prelude::*;

use super::App;
use super::conversations::Conversation;
use super::route::Route;
use crate::platform::{self, Permission, Place};
use crate::store::deed::Deed;

/// Whether the person wants notifications, in this browser.
const WANTED: &str = "duologue.notifications";
/// Whether they want no sound.
const SILENT: &str = "duologue.silent";

/// The page's name.
const NAME: &str = "Duologue";

/// A notification's text is cut here, in characters: no system shows more.
const SHOWN_CHARS: usize = 140;

/// What the title of the page is with so many unread messages.
pub fn title(unread: u32) -> String {
    match unread {
        0 => NAME.to_owned(),
        1..=99 => format!("({unread}) {NAME}"),
        _ => format!("(99+) {NAME}"),
    }
}

impl App {
    /// How many unread messages call for attention.
    fn unread(self) -> u32 {
        let calls = |one: &&Conversation| self.peers.with(|peers| peers.calls(&one.peer));
        self.conversations.with(|all| all.iter().filter(calls).map(|one| one.unread).sum())
    }

    /// Keeps the title and the icon up to date.
    pub(super) fn show_unread(self) {
        let unread = Memo::new(move |_| self.unread());
        Effect::new(move || platform::show_count(&title(unread.get()), unread.get()));
    }

    /// Something came: the person is told, unless they see it anyway.
    pub(super) fn call_for_attention(self, change: &Change) {
        let Change::Received(Message { from, content, .. }) = change else { return };
        // What is done to a message is seen with it.
        if Deed::of(content, from, false).is_some() {
            return;
        }
        let is_seen =
            self.is_visible.get_untracked() && self.open_peer_untracked().as_ref() == Some(from);
        // What was missed is counted; it is no news of this moment.
        let is_late = self.is_catching_up.get_untracked();
        let calls = self.peers.with_untracked(|peers| peers.calls(from));
        if is_seen || is_late || !calls {
            return;
        }
        if self.has_sound() {
            platform::play_sound();
        }
        if self.wants_notifications() && !self.is_visible.get_untracked() {
            let text: String = content.as_str().chars().take(SHOWN_CHARS).collect();
            let (app, peer) = (self, from.clone());
            platform::notify(from.as_str(), &text, from.as_str(), move || {
                app.go(&Route::with(peer));
            });
        }
    }

    fn open_peer_untracked(self) -> Option<UserId> {
        untrack(|| self.open_peer())
    }

    /// Whether the person hears when something comes.
    pub fn has_sound(self) -> bool {
        platform::load(Place::Browser, SILENT).is_none()
    }

    /// The person wants to hear it from now on, or not.
    pub fn set_sound(self, has_sound: bool) {
        platform::save(Place::Browser, SILENT, (!has_sound).then_some("yes"));
        if has_sound {
            // So that they know what they will hear; and a browser lets a page sound only after a press.
            platform::play_sound();
        }
    }

    /// Whether the person wants notifications and the browser allows them.
    pub fn wants_notifications(self) -> bool {
        let is_wanted = platform::load(Place::Browser, WANTED).is_some();
        is_wanted && platform::permission() == Permission::Granted
    }

    /// The person wants notifications from now on, or not; the browser asks them, if it has to. To be called from
    /// a press alone.
    pub fn set_notifications(self, are_wanted: bool) {
        platform::save(Place::Browser, WANTED, are_wanted.then_some("yes"));
        if are_wanted {
            platform::spawn(platform::ask_permission());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn the_title_counts_what_is_unread() {
        assert_eq!(title(0), "Duologue");
        assert_eq!(title(1), "(1) Duologue");
        assert_eq!(title(1_000), "(99+) Duologue");
    }
}

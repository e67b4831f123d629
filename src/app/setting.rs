//! What a person sets, done: what the settings dialog shows and asks for.

use leptos::prelude::*;
use serde_json::{Value, json};

use super::App;
use super::language;
use super::route::Route;
use super::settings::{Notifications, Request, Settings, Theme};
use crate::platform::{self, Listener, Permission, Place};
use crate::store;

/// Which colours were chosen.
const THEME: &str = "duologue.theme";
/// What the other tabs are told when everything is deleted.
const DELETED: &str = "duologue.deleted";
/// What the export is called, and what it is.
const EXPORT: (&str, &str) = ("duologue-export.json", "application/json");

impl App {
    /// How everything is set.
    pub fn settings(self) -> Settings {
        let text = |value: Option<String>| value.unwrap_or_default();
        Settings {
            name: text(self.me.get_untracked().map(|me| me.to_string())),
            fingerprint: text(self.my_key.get_untracked().map(|key| key.digits())),
            language: language::chosen(),
            theme: chosen_theme(),
            notifications: match platform::permission() {
                Permission::Missing => Notifications::Missing,
                Permission::Denied => Notifications::Denied,
                _ if self.wants_notifications() => Notifications::On,
                Permission::Granted | Permission::Unasked => Notifications::Off,
            },
            sound: self.has_sound(),
            tells_reads: untrack(|| self.tells_reads()),
            transport: self.preference(),
            relay: text(self.relay.get_untracked().map(|relay| relay.to_string())),
        }
    }

    /// Does what the dialog asks for; to close it, or to open another one, is its place's business.
    pub fn set(self, request: Request) {
        match request {
            Request::Language(language) => self.speak(language),
            Request::Theme(theme) => {
                let chosen = (theme != Theme::System).then(|| theme.key());
                platform::save(Place::Browser, THEME, chosen);
                show_theme();
            }
            Request::Notifications(are_wanted) => self.set_notifications(are_wanted),
            Request::Sound(is_on) => self.set_sound(is_on),
            Request::Transport(preference) => self.prefer(preference),
            // What is no address is refused where it is typed.
            Request::Relay(address) => drop(self.use_relay(&address)),
            Request::Export => {
                platform::save_file(EXPORT.0, EXPORT.1, &self.export().to_string());
            }
            Request::Delete => {
                platform::tell_other_tabs(DELETED, "everything");
                self.delete_everything();
            }
            Request::TellsReads(are_told) => self.set_tells_reads(are_told),
            Request::Close | Request::OpenKey => {}
        }
    }

    /// All that was said, as far as this browser has it, for people and programs; without the keys, which have a file
    /// of their own.
    fn export(self) -> Value {
        let me = self.me.get_untracked();
        self.conversations.with_untracked(|all| {
            let conversations = all.iter().map(|one| {
                let messages = one.entries.iter().map(|entry| {
                    let from = if entry.is_mine() { me.as_ref() } else { Some(&one.peer) };
                    json!({
                        "id": entry.id,
                        "from": from,
                        "at": entry.at,
                        "content": entry.content.as_str(),
                        "relation": entry.content.relation(),
                        "since": entry.amended,
                    })
                });
                json!({ "with": one.peer, "messages": messages.collect::<Vec<_>>() })
            });
            json!({ "of": me, "conversations": conversations.collect::<Vec<_>>() })
        })
    }

    /// Nothing of this page is left in the browser, and it begins anew.
    fn delete_everything(self) {
        self.be_nobody();
        platform::replace_hash(&Route::Home.to_hash());
        platform::spawn(async {
            store::forget_everything().await;
            platform::forget_kept("duologue.");
            platform::reload();
        });
    }

    /// Another tab deletes everything.
    pub(super) fn hear_of_deletion(self) -> Listener {
        platform::on_told(DELETED, move |_| self.delete_everything())
    }
}

/// Shows the colours that were chosen.
pub fn show_theme() {
    let theme = chosen_theme();
    platform::mark_document("data-theme", (theme != Theme::System).then(|| theme.key()));
}

/// Another tab of this browser has other colours now.
pub fn hear_of_theme() -> Listener {
    platform::on_kept(THEME, |_| show_theme())
}

fn chosen_theme() -> Theme {
    platform::load(Place::Browser, THEME).and_then(|key| Theme::of(&key)).unwrap_or_default()
}

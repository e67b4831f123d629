//! The connection panel's coming and going, what a person can set there, and what the page notes for it.

use duologue_session::{Input, Learned, Preference};
use leptos::prelude::*;

use super::App;
use super::choice::{self, Choice};
use super::record::{Excerpt, Noted};
use super::route::hash_of;
use crate::platform::{self, Place};

/// Which transport the person chose.
const PREFERENCE: &str = "duologue.transport";
/// What was learned of the network.
const LEARNED: &str = "duologue.learned";

/// From this width on the panel leaves room for the conversation beside it; the same number is in
/// `style.css`.
const WIDE: f64 = 1024.0;

/// What the panel may ask of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// To close the panel.
    Close,
    /// To prefer a transport.
    Prefer(Preference),
}

/// Whether the panel was opened by the last step in the browser's history, and not by a link or by
/// Forward: then Back closes it, and leads to nothing that the person didn't see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OwnEntry {
    /// It was not.
    #[default]
    No,
    /// It is being opened.
    Opening,
    /// It was.
    Yes,
}

impl OwnEntry {
    /// The address bar has changed.
    pub(super) fn arrive(&mut self) {
        *self = if *self == Self::Opening { Self::Yes } else { Self::No };
    }
}

/// Keeps what was learned of the network for the next start.
pub(super) fn keep_learned(learned: Option<Learned>) {
    let text = learned.map(choice::keep_learned);
    platform::save(Place::Browser, LEARNED, text.as_deref());
}

impl App {
    /// Opens the connection panel, or closes it.
    pub fn toggle_panel(self) {
        if self.has_panel.get_untracked() {
            self.close_panel();
        } else {
            self.held.update_value(|held| held.own_entry = OwnEntry::Opening);
            platform::set_hash(&hash_of(&self.route.get_untracked(), true));
        }
    }

    /// Closes the connection panel.
    pub fn close_panel(self) {
        match self.held.try_with_value(|held| held.own_entry) {
            Some(OwnEntry::Yes) => platform::go_back(),
            _ => platform::replace_hash(&hash_of(&self.route.get_untracked(), false)),
        }
    }

    /// Whether the panel hides the conversation.
    pub(super) fn is_covered(self) -> bool {
        self.has_panel.get() && !platform::is_wide(WIDE)
    }

    /// The person wants a transport, from now on and in this browser.
    pub fn prefer(self, preference: Preference) {
        platform::save(Place::Browser, PREFERENCE, Some(choice::key(preference)));
        self.note(Noted::Preferred(preference));
        self.input(Input::Prefer(preference));
    }

    /// Which transport the person wants.
    pub fn preference(self) -> Preference {
        let preference = platform::load(Place::Browser, PREFERENCE);
        preference.map(|text| choice::preference(&text)).unwrap_or_default()
    }

    /// What the next session is told of transports; it is noted that one begins.
    pub(super) fn start_record(self) -> Choice {
        let now = platform::now();
        let preference = self.preference();
        let learned = platform::load(Place::Browser, LEARNED);
        let learned = learned.and_then(|text| choice::learned(&text, now));
        let choice = Choice { preference, learned };
        self.note(Noted::Started(choice));
        choice
    }

    /// Everything that was noted from the one of this number on.
    pub fn read_record(self, from: u64) -> Excerpt {
        let text = |value: Option<String>| value.unwrap_or_default();
        Excerpt {
            me: text(self.me.get_untracked().map(|me| me.to_string())),
            relay: text(self.relay.get_untracked().map(|relay| relay.to_string())),
            ..self.held.try_with_value(|held| held.record.read(from)).unwrap_or_default()
        }
    }

    pub(super) fn note(self, what: Noted) {
        let now = platform::now();
        self.held.update_value(|held| held.record.note(now, what));
    }
}

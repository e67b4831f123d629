//! What a person can do with the connection panel, and what the page notes for it.

use duologue_session::{Event, Input, Learned, Preference};
use leptos::prelude::*;

use super::App;
use super::choice::{self, Choice};
use super::route::hash_of;
use super::trace::export::{self, Subject};
use super::trace::{Observed, Trace};
use crate::platform::{self, Place};

/// Which transport the person chose.
const PREFERENCE: &str = "duologue.transport";
/// What was learned of the network.
const LEARNED: &str = "duologue.learned";

/// From this width on the panel leaves room for the conversation beside it; the same number is in
/// `style.css`.
const WIDE: f64 = 1024.0;

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
        self.update_trace(|trace| trace.prefer(platform::now(), preference));
        self.input(Input::Prefer(preference));
    }

    /// Saves what was noted as a file; false where the browser doesn't.
    pub fn save_trace(self) -> bool {
        let now = platform::now();
        let me = self.me.get_untracked().map(|me| me.to_string()).unwrap_or_default();
        let relay = self.relay.get_untracked().map(|relay| relay.to_string()).unwrap_or_default();
        let subject = Subject { me: &me, relay: &relay };
        let file = self.trace.with_untracked(|trace| export::file(trace, subject, now));
        platform::save_file(&export::file_name(now), &file)
    }

    /// What the next session is told of transports; it is noted that one begins.
    pub(super) fn start_trace(self) -> Choice {
        let now = platform::now();
        let preference = platform::load(Place::Browser, PREFERENCE);
        let preference = preference.map(|text| choice::preference(&text)).unwrap_or_default();
        let learned = platform::load(Place::Browser, LEARNED);
        let learned = learned.and_then(|text| choice::learned(&text, now));
        self.update_trace(|trace| trace.start(now, preference, learned));
        Choice { preference, learned }
    }

    pub(super) fn keep_learned(self, learned: Option<Learned>) {
        let text = learned.map(choice::keep_learned);
        platform::save(Place::Browser, LEARNED, text.as_deref());
    }

    pub(super) fn observe(self, observed: &Observed) {
        self.update_trace(|trace| trace.observe(platform::now(), observed));
    }

    pub(super) fn note(self, event: &Event) {
        self.update_trace(|trace| trace.event(platform::now(), event));
    }

    fn update_trace(self, update: impl FnOnce(&mut Trace)) {
        // Nothing is told of it, so nothing is drawn: not for each frame.
        self.trace.try_update_untracked(update);
    }
}

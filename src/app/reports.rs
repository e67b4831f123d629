//! What the driver reports, taken into the page's state.

use std::time::Duration;

use duologue_protocol::UserId;
use duologue_session::{Change, Event, LinkState};
use leptos::prelude::*;

use super::App;
use super::driver::Report;
use super::panel;
use super::presence::Presence;
use super::record::Noted;
use crate::platform::Timer;
use crate::store::record::Progress;

/// What was missed is shown this often while it comes in: thousands of messages are drawn as some dozen times, and
/// nobody waits for a single one of them.
const SHOWN_EVERY: Duration = Duration::from_millis(50);

impl App {
    pub(super) fn report(self, report: Report) {
        match report {
            Report::Loaded(mut loaded) => {
                let drafts = std::mem::take(&mut loaded.drafts);
                self.drafts.update(|all| all.load(drafts));
                self.meet_again(&loaded);
                let open = untrack(|| self.open_peer());
                self.conversations.update(|all| {
                    all.load(loaded);
                    if let Some(peer) = open {
                        all.open(&peer);
                    }
                });
                untrack(|| self.meet());
                self.keep_drafts();
            }
            Report::Change { change, progress } => self.change(&change, progress),
            Report::Event(event) => self.event(event),
            Report::Store(state) => self.affairs.update(|affairs| affairs.store = state),
            Report::Peers(records) => self.learn_of_peers(&records),
            Report::Keys { keeping, key } => {
                self.my_key.set(Some(key));
                self.affairs.update(|affairs| affairs.keys = keeping);
            }
            Report::Observed(observed) => self.note(Noted::Observed(observed)),
        }
    }

    fn change(self, change: &Change, progress: Progress) {
        let read_before = match change {
            Change::Moved { from, .. } => self.conversations.with_untracked(|all| {
                all.with(from).filter(|conversation| conversation.unread == 0)?;
                Some(from.clone())
            }),
            _ => None,
        };
        let comes_in_numbers = matches!(
            change,
            Change::Received(_)
                | Change::SentElsewhere { .. }
                | Change::Delivered { .. }
                | Change::Read { .. }
        );
        let is_missed = comes_in_numbers && self.is_catching_up.get_untracked();
        self.conversations.maybe_update(|all| {
            all.apply(change, progress);
            !is_missed
        });
        if is_missed {
            self.show_soon();
        }
        if let Change::Received(message) = change {
            self.presence.maybe_update(|presence| presence.wrote(&message.from));
        }
        self.call_for_attention(change);
        self.apply_to_peers(change);
        // What was read at its old place is read at its new one; the peer doesn't know yet.
        let talks = |peer: &UserId| self.peers.with_untracked(|peers| peers.is_accepted(peer));
        if let Some(peer) = read_before.filter(talks) {
            self.has_read(peer);
        }
    }

    /// Shows what came in, with what comes in until then.
    fn show_soon(self) {
        self.held.update_value(|held| {
            let show = move || self.show_now();
            held.show_timer.get_or_insert_with(|| Timer::after(SHOWN_EVERY, show));
        });
    }

    /// Shows what came in and is not shown yet.
    fn show_now(self) {
        if self.held.try_update_value(|held| held.show_timer.take()).flatten().is_some() {
            self.conversations.notify();
        }
    }

    fn event(self, event: Event) {
        self.note(Noted::Event(event.clone()));
        match event {
            Event::Link(state) => {
                self.show_now();
                self.is_catching_up.set(state == LinkState::Connected);
                if state != LinkState::Connected {
                    self.presence.update(Presence::forget);
                }
                self.link.set(state);
            }
            Event::CaughtUp => {
                self.show_now();
                self.is_catching_up.set(false);
                // Now and not with the effects: what comes next was not missed.
                untrack(|| self.look());
            }
            Event::Learned(learned) => panel::keep_learned(learned),
            Event::Using { .. } => {}
            Event::Held(reason) => self.affairs.update(|affairs| affairs.held = reason),
            Event::Identity { peer, fingerprint, is_expected } => {
                self.peers.update(|peers| peers.saw(&peer, fingerprint, is_expected));
            }
            Event::Typing { peer } => self.hear_typing(peer),
            Event::Presence { peer, is_online, last_seen } => {
                self.presence.update(|presence| presence.saw(peer, is_online, last_seen));
            }
            Event::Refused { reason } => {
                self.affairs.update(|affairs| affairs.refused = Some(reason));
            }
        }
    }
}

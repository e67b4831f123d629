//! Who is there, as far as the relay says, and who is writing; and what the person says of themselves.

use std::collections::HashMap;

use duologue_protocol::limits::{TYPING_SHOWN, WATCH_MAX};
use duologue_protocol::{UnixMillis, UserId};
use duologue_session::{Input, Time};
use leptos::prelude::*;

use super::App;
use crate::platform::{self, Place, Timer};

/// Whether the person keeps to themselves what they read.
const HIDES_READS: &str = "duologue.hides-reads";

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Writing to the person at this moment.
    Typing,
    /// With a page that is open.
    Online,
    /// Gone since then.
    LastSeen(UnixMillis),
}

/// What is known of others at the moment. It holds while the link does.
#[derive(Debug, Default)]
pub struct Presence {
    others: HashMap<UserId, Other>,
}

#[derive(Debug, Default)]
struct Other {
    is_online: bool,
    last_seen: Option<UnixMillis>,
    /// Until when they are taken to be writing.
    types_until: Option<Time>,
}

impl Presence {
    /// Where `peer` is, if anything is known.
    pub fn of(&self, peer: &UserId) -> Option<Whereabouts> {
        let other = self.others.get(peer)?;
        match other {
            Other { types_until: Some(_), .. } => Some(Whereabouts::Typing),
            Other { is_online: true, .. } => Some(Whereabouts::Online),
            Other { last_seen, .. } => last_seen.map(Whereabouts::LastSeen),
        }
    }

    pub(super) fn saw(&mut self, peer: UserId, is_online: bool, last_seen: Option<UnixMillis>) {
        let other = self.others.entry(peer).or_default();
        (other.is_online, other.last_seen) = (is_online, last_seen);
        if !is_online {
            other.types_until = None;
        }
    }

    pub(super) fn types(&mut self, now: Time, peer: UserId) {
        self.others.entry(peer).or_default().types_until = Some(now + TYPING_SHOWN);
    }

    /// Whoever has said nothing for a while stopped.
    pub(super) fn pause(&mut self, now: Time) {
        for other in self.others.values_mut() {
            other.types_until = other.types_until.filter(|until| *until > now);
        }
    }

    /// A message of theirs came: they have written it. Returns whether that changes anything.
    pub(super) fn wrote(&mut self, peer: &UserId) -> bool {
        self.others.get_mut(peer).and_then(|other| other.types_until.take()).is_some()
    }

    /// Without a link nothing is known.
    pub(super) fn forget(&mut self) {
        self.others.clear();
    }
}

impl App {
    /// Somebody is writing to the person.
    pub(super) fn hear_typing(self, peer: UserId) {
        self.presence.update(|presence| presence.types(platform::now(), peer));
        let timer = Timer::after(TYPING_SHOWN, move || {
            self.presence.update(|presence| presence.pause(platform::now()));
        });
        self.held.update_value(|held| held.typing_timer = Some(timer));
    }

    /// With whom the person talks, the latest first, as far as one may watch.
    fn watched(self) -> Vec<UserId> {
        let talks = |peer: &&UserId| self.peers.with(|peers| peers.is_accepted(peer));
        self.conversations.with(|all| {
            let peers = all.iter().map(|one| &one.peer);
            peers.filter(talks).take(WATCH_MAX).cloned().collect()
        })
    }

    /// Keeps the relay told of whom the person wants to see, and wants to be seen by.
    pub(super) fn keep_watch(self) {
        let watched = Memo::new(move |_| {
            // In an order that a new message doesn't change.
            let me = self.me.get();
            let mut watched = Vec::new();
            for peer in self.watched().into_iter().filter(|peer| Some(peer) != me.as_ref()) {
                if let Err(place) = watched.binary_search(&peer) {
                    watched.insert(place, peer);
                }
            }
            watched
        });
        Effect::new(move || {
            // Each new session is told anew.
            self.sitting.track();
            self.input(Input::Watch { peers: watched.get() });
        });
    }

    /// Whether others are told what the person has read, and the person what they have.
    pub fn tells_reads(self) -> bool {
        !self.hides_reads.get()
    }

    /// The person wants that from now on, or not.
    pub(super) fn set_tells_reads(self, are_told: bool) {
        platform::save(Place::Browser, HIDES_READS, (!are_told).then_some("yes"));
        self.hides_reads.set(!are_told);
        self.input(Input::HideReads(!are_told));
    }

    /// What was chosen before.
    pub(super) fn are_reads_hidden() -> bool {
        platform::load(Place::Browser, HIDES_READS).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ben() -> UserId {
        UserId::parse("ben").unwrap()
    }

    #[test]
    fn whoever_types_is_seen_to_until_they_send_it_or_stop() {
        let mut presence = Presence::default();
        assert_eq!(presence.of(&ben()), None);
        presence.saw(ben(), true, None);
        presence.types(Time(1_000), ben());
        assert_eq!(presence.of(&ben()), Some(Whereabouts::Typing));
        presence.pause(Time(6_999));
        assert_eq!(presence.of(&ben()), Some(Whereabouts::Typing));
        presence.pause(Time(7_000));
        assert_eq!(presence.of(&ben()), Some(Whereabouts::Online));
        presence.types(Time(8_000), ben());
        presence.wrote(&ben());
        assert_eq!(presence.of(&ben()), Some(Whereabouts::Online));
    }

    #[test]
    fn whoever_is_gone_was_last_seen_where_the_relay_knows() {
        let mut presence = Presence::default();
        presence.types(Time(1_000), ben());
        presence.saw(ben(), false, Some(UnixMillis(5)));
        assert_eq!(presence.of(&ben()), Some(Whereabouts::LastSeen(UnixMillis(5))));
        presence.saw(ben(), false, None);
        assert_eq!(presence.of(&ben()), None);
        presence.saw(ben(), true, None);
        presence.forget();
        assert_eq!(presence.of(&ben()), None, "nobody says so without a link");
    }
}

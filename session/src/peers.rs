//! Whose names the others' are. The relay says so, and is not believed twice: the first key of a name is
//! pinned, and where it is another one later, nothing is sent until the person has decided. Nor is anything
//! sent before a pin is in the store, which may know better: another tab may have pinned another key.
//!
//! A session without a key of its own has nobody to be sure of, and checks nobody.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use duologue_protocol::{ClientFrame, Fingerprint, UserId};

use crate::clock::Time;
use crate::event::Event;
use crate::io::{Change, Ticket};
use crate::session::Session;

/// How long it holds that a name has no key, and how long to wait before a relay that doesn't know a pinned
/// name is asked for it again. Its owner comes back by a reconnect, which takes some seconds.
pub const ASK_AGAIN: Duration = Duration::from_secs(5);

/// What is known of the others.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    /// The keys that were seen first, or that the person wants; one for each person that was ever met.
    pins: HashMap<UserId, Fingerprint>,
    /// Whether there may be pins that the store didn't bring.
    are_pins_missing: bool,
    /// Whose pins are not in the store before this ticket.
    unstored: HashMap<UserId, Ticket>,
    /// To whom the person writes without a key although there was one, or nobody knows.
    keyless: HashSet<UserId>,
    /// To whom the person has to decide something first.
    held: HashSet<UserId>,
    /// What the relay said on this link of whom the person writes to or looks at.
    asked: HashMap<UserId, Asked>,
    /// Whom the person looks at.
    met: Option<UserId>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    at: Time,
    standing: Standing,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// There is none yet.
    Unknown,
    /// The name is nobody's, and nobody's was expected; it may be somebody's by now, above all if
    /// somebody has written under it since.
    Keyless { is_doubted: bool },
    /// It is the pinned key.
    Pinned,
    /// A key was pinned, or may have been, and the relay knows of none.
    Gone,
    /// It is another key than the pinned one, or may be.
    Changed,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// This key is pinned from now on.
    PinnedNow(Fingerprint),
    /// It is what was expected.
    Expected,
    /// It is not: nothing may be sent.
    Unexpected,
}

impl Peers {
    pub(crate) fn restore(pins: Vec<(UserId, Fingerprint)>, are_pins_missing: bool) -> Self {
        Self { pins: pins.into_iter().collect(), are_pins_missing, ..Self::default() }
    }

    /// This is the key of `peer` from now on. Returns the one that it was before.
    fn pin(&mut self, peer: &UserId, fingerprint: Fingerprint) -> Option<Fingerprint> {
        self.asked.remove(peer);
        self.pins.insert(peer.clone(), fingerprint)
    }

    /// Whether messages may go to `peer`.
    pub(crate) fn may_write_to(&self, peer: &UserId) -> bool {
        match self.asked.get(peer).map(|asked| asked.standing) {
            _ if self.held.contains(peer) => false,
            Some(Standing::Keyless { .. }) => true,
            Some(Standing::Pinned) => !self.unstored.contains_key(peer),
            Some(Standing::Gone) => self.keyless.contains(peer),
            Some(Standing::Unknown | Standing::Changed) | None => false,
        }
    }

    /// The store has everything up to `ticket`.
    pub(crate) fn persisted(&mut self, ticket: Ticket) {
        self.unstored.retain(|_, unstored| *unstored > ticket);
    }

    /// Whether the relay is to be asked about `peer` now; it counts as asked from here on.
    fn ask(&mut self, now: Time, peer: &UserId) -> bool {
        let known = self.asked.get(peer);
        if known.is_some_and(|asked| now < asked.at + ASK_AGAIN) {
            return false;
        }
        let standing = match known.map(|asked| asked.standing) {
            None | Some(Standing::Keyless { .. }) => Standing::Unknown,
            // What is said without a key is said on a fresh answer alone.
            Some(Standing::Gone) if self.keyless.contains(peer) => Standing::Unknown,
            Some(Standing::Gone) => Standing::Gone,
            Some(Standing::Unknown | Standing::Pinned | Standing::Changed) => return false,
        };
        self.asked.insert(peer.clone(), Asked { at: now, standing });
        true
    }

    /// Somebody wrote under the name of `peer`.
    fn doubt(&mut self, peer: &UserId) {
        if let Some(Asked { standing: Standing::Keyless { is_doubted }, .. }) =
            self.asked.get_mut(peer)
        {
            *is_doubted = true;
        }
    }

    /// Whom to ask about again, and when.
    fn doubtful(&self) -> impl Iterator<Item = (&UserId, Time)> {
        let is_doubtful = |asked: &Asked| {
            matches!(asked.standing, Standing::Gone | Standing::Keyless { is_doubted: true })
        };
        let doubtful = self.asked.iter().filter(move |(_, asked)| is_doubtful(asked));
        doubtful.map(|(peer, asked)| (peer, asked.at + ASK_AGAIN))
    }

    /// When to ask again.
    pub(crate) fn ask_again_at(&self) -> Option<Time> {
        self.doubtful().map(|(_, at)| at).min()
    }

    /// The relay says whose a name is. `None` if it was not asked.
    fn answered(&mut self, peer: &UserId, key: Option<Fingerprint>) -> Option<Answer> {
        let asked = self.asked.get_mut(peer)?;
        let pin = self.pins.get(peer).copied();
        let was_met = pin.is_some() || self.are_pins_missing;
        let (standing, answer) = match key {
            None if was_met => (Standing::Gone, Answer::Unexpected),
            None => (Standing::Keyless { is_doubted: false }, Answer::Expected),
            Some(key) if pin == Some(key) => (Standing::Pinned, Answer::Expected),
            Some(_) if was_met => (Standing::Changed, Answer::Unexpected),
            Some(key) => {
                self.pins.insert(peer.clone(), key);
                (Standing::Pinned, Answer::PinnedNow(key))
            }
        };
        asked.standing = standing;
        if key.is_some() {
            self.keyless.remove(peer);
        }
        Some(answer)
    }
}

impl Session {
    /// The person looks at the conversation with `peer`.
    pub(crate) fn meet(&mut self, now: Time, peer: UserId) {
        self.ask_for(now, &peer);
        self.peers.met = Some(peer);
    }

    /// The person wants this key for `peer`.
    pub(crate) fn pin(&mut self, now: Time, peer: UserId, fingerprint: Fingerprint) {
        self.peers.held.remove(&peer);
        let instead_of = self.peers.pin(&peer, fingerprint);
        self.ask_for(now, &peer);
        if instead_of != Some(fingerprint) {
            self.pinned(peer, fingerprint, instead_of);
        }
    }

    /// The person writes to `peer` without a key.
    pub(crate) fn write_keyless(&mut self, peer: UserId) {
        self.peers.keyless.insert(peer);
    }

    /// The person has to decide something before `peer` gets another word.
    pub(crate) fn hold_peer(&mut self, peer: UserId) {
        self.peers.held.insert(peer);
    }

    /// The store has this pin for `peer`.
    pub(crate) fn stored_pin(&mut self, now: Time, peer: &UserId, fingerprint: Fingerprint) {
        if self.peers.pins.get(peer) != Some(&fingerprint) {
            self.peers.pin(peer, fingerprint);
            self.peers.unstored.remove(peer);
            self.ask_for(now, peer);
        }
    }

    /// The store has brought all the pins that it has.
    pub(crate) fn pins_are_complete(&mut self, now: Time) {
        if std::mem::take(&mut self.peers.are_pins_missing) {
            self.forget_answers(now);
        }
    }

    fn pinned(&mut self, peer: UserId, fingerprint: Fingerprint, instead_of: Option<Fingerprint>) {
        let change = Change::Pinned { peer: peer.clone(), fingerprint, instead_of };
        let ticket = self.change(change);
        self.peers.unstored.insert(peer, ticket);
    }

    /// A message of `peer` came.
    pub(crate) fn news_of(&mut self, now: Time, peer: &UserId) {
        if self.peers.met.as_ref() == Some(peer) {
            self.peers.doubt(peer);
            self.ask_for(now, peer);
        }
    }

    /// There is another link, perhaps to another relay.
    pub(crate) fn forget_answers(&mut self, now: Time) {
        self.peers.asked.clear();
        if let Some(peer) = self.peers.met.clone() {
            self.ask_for(now, &peer);
        }
    }

    /// Whom a message waits for is asked about.
    pub(crate) fn ask_for_recipients(&mut self, now: Time) {
        if self.has_key {
            for peer in self.outbox.recipients() {
                self.ask_for(now, &peer);
            }
        }
    }

    /// Asks once more about those of whom the last answer may not hold.
    pub(crate) fn ask_again(&mut self, now: Time) {
        let doubtful: Vec<UserId> = self.peers.doubtful().map(|(peer, _)| peer.clone()).collect();
        for peer in doubtful {
            self.ask_for(now, &peer);
        }
    }

    /// Asks whose a name is, if that is to be known and is not.
    fn ask_for(&mut self, now: Time, peer: &UserId) {
        if self.has_key && self.link.is_open() && self.peers.ask(now, peer) {
            self.transmit(ClientFrame::WhoIs { peer: peer.clone() });
            self.expect_answer(now);
        }
    }

    /// The relay says whose a name is.
    pub(crate) fn identity(&mut self, peer: UserId, fingerprint: Option<Fingerprint>) {
        let Some(answer) = self.peers.answered(&peer, fingerprint) else { return };
        if let Answer::PinnedNow(key) = answer {
            self.pinned(peer.clone(), key, None);
        }
        let is_expected = answer != Answer::Unexpected;
        self.event(Event::Identity { peer, fingerprint, is_expected });
    }
}

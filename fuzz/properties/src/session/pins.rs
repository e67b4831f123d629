//! What has to hold of the keys of others: to whom a message may go, and over which pin a new one is decided.

use std::collections::{HashMap, HashSet};

use duologue_protocol::{Fingerprint, UserId};
use duologue_session::{Input, Saved};

/// What is known of the others' keys, and what the person said to it.
pub(super) struct Pins {
    /// The keys that peers are to have.
    known: HashMap<UserId, Fingerprint>,
    /// Whether there may be more of them.
    are_missing: bool,
    /// Whose pins the store has from this ticket on.
    unstored: HashMap<UserId, u64>,
    /// To whom the person writes without a key.
    keyless: HashSet<UserId>,
    /// To whom nothing may go.
    pub(super) held: HashSet<UserId>,
}

/// Of whom what the relay said counts no more.
pub(super) enum Doubt {
    OfNobody,
    Of(UserId),
    OfAll,
}

impl Pins {
    pub(super) fn new(saved: &Saved) -> Self {
        Self {
            known: saved.pins.iter().cloned().collect(),
            are_missing: saved.are_pins_missing,
            unstored: HashMap::new(),
            keyless: HashSet::new(),
            held: HashSet::new(),
        }
    }

    pub(super) fn of(&self, peer: &UserId) -> Option<Fingerprint> {
        self.known.get(peer).copied()
    }

    /// An input is about to go in.
    pub(super) fn does(&mut self, input: &Input) -> Doubt {
        match input {
            Input::Pin { peer, .. } => {
                self.held.remove(peer);
                return Doubt::Of(peer.clone());
            }
            Input::StoredPin { peer, fingerprint } if self.of(peer) != Some(*fingerprint) => {
                self.known.insert(peer.clone(), *fingerprint);
                self.unstored.remove(peer);
                return Doubt::Of(peer.clone());
            }
            Input::PinsAreComplete if self.are_missing => {
                self.are_missing = false;
                return Doubt::OfAll;
            }
            Input::WriteKeyless { peer } => {
                self.keyless.insert(peer.clone());
            }
            Input::Hold { peer } => {
                self.held.insert(peer.clone());
            }
            _ => {}
        }
        Doubt::OfNobody
    }

    /// The name of `peer` belongs to a key.
    pub(super) fn has_key(&mut self, peer: &UserId) {
        self.keyless.remove(peer);
    }

    /// The session decided so, with this ticket.
    pub(super) fn pinned(
        &mut self,
        peer: &UserId,
        fingerprint: Fingerprint,
        instead_of: Option<Fingerprint>,
        ticket: u64,
    ) {
        let before = self.known.insert(peer.clone(), fingerprint);
        assert_eq!(before, instead_of, "it decides over what it doesn't know");
        self.unstored.insert(peer.clone(), ticket);
    }

    /// A message goes to `peer`, of whom the relay said that this is their key; the store has everything up to
    /// the ticket `persisted`.
    pub(super) fn allow(&self, peer: &UserId, said: Option<Fingerprint>, persisted: u64) {
        assert!(!self.held.contains(peer), "the person has not decided");
        if said.is_none() {
            let was_never_met = self.of(peer).is_none() && !self.are_missing;
            assert!(was_never_met || self.keyless.contains(peer), "there was a key");
            return;
        }
        assert_eq!(said, self.of(peer), "not the pinned key");
        let unstored = self.unstored.get(peer);
        assert!(unstored.is_none_or(|ticket| *ticket <= persisted), "the pin is not stored");
    }
}

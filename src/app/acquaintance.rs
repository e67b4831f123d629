//! What a person can do about the others: take up a conversation or not, and trust a key or not. What is
//! known of them is in `peers`, the rules for keys are the session's.

use duologue_protocol::{Fingerprint, UserId};
use duologue_session::{Change, Draft, Input};
use leptos::prelude::*;

use super::App;
use super::peers::{Peer, Peers, Trust};
use super::route::Route;
use crate::store::Loaded;
use crate::store::record::{Filing, PeerRecord, Standing, Verdict};

/// What stands between a person and a word to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    /// A stranger has written, and wants an answer to whether they may.
    Request,
    /// What they write is out of sight.
    Ignored,
    /// What they write is dropped.
    Blocked,
}

impl App {
    /// The person wants to talk to `peer`, or does again.
    pub fn accept(self, peer: &UserId) {
        self.stand(peer, Standing::Accepted);
    }

    /// The person doesn't want to be bothered by `peer`: what they write is kept, out of sight.
    pub fn ignore(self, peer: &UserId) {
        self.stand(peer, Standing::Ignored);
    }

    /// The person wants nothing from `peer`: what they write from now on is dropped here. They aren't told.
    pub fn block(self, peer: &UserId) {
        self.stand(peer, Standing::Blocked);
    }

    /// The person has compared the key, and it is that of `peer`; or they are not so sure any more.
    pub fn verify(self, peer: &UserId, key: Fingerprint, is_verified: bool) {
        self.judge(peer, Verdict::Verified(key, is_verified));
    }

    /// From now on `peer` has this key, also if it is the one that they had: an invitation that names another
    /// one counts no more.
    pub fn trust_key(self, peer: &UserId, key: Fingerprint) {
        self.peers.update(|peers| peers.invite(peer, None));
        self.input(Input::Pin { peer: peer.clone(), fingerprint: key });
    }

    /// The person writes to `peer` although they have no key any more, until they have one.
    pub fn write_keyless(self, peer: &UserId) {
        self.peers.update(|peers| peers.write_keyless(peer));
        self.input(Input::WriteKeyless { peer: peer.clone() });
    }

    /// The person keeps the conversation with `peer` elsewhere.
    pub fn file(self, peer: &UserId, change: impl FnOnce(&mut Filing)) {
        let mut filing = self.peers.with_untracked(|peers| peers.get(peer).filing);
        change(&mut filing);
        self.judge(peer, Verdict::Filed(filing));
    }

    /// The person wants nothing left here of what was said with `peer`; what is still on its way stays.
    pub fn delete_conversation(self, peer: &UserId) {
        let deleted = self.conversations.try_update(|all| all.delete(peer)).unwrap_or_default();
        if let Some(driver) = self.driver() {
            for (is_mine, id) in deleted {
                driver.delete(peer, is_mine, id);
            }
        }
    }

    /// What stands between the person and a word to `peer`, if anything.
    pub fn between(self, peer: &UserId) -> Option<Barrier> {
        match self.peers.with(|peers| peers.standing(peer)) {
            Some(Standing::Accepted) => None,
            Some(Standing::Ignored) => Some(Barrier::Ignored),
            Some(Standing::Blocked) => Some(Barrier::Blocked),
            None => {
                let has_written = self.conversations.with(|all| all.has_messages_with(peer));
                (self.is_loaded.get() && has_written).then_some(Barrier::Request)
            }
        }
    }

    /// What is known of others is here.
    pub(super) fn meet_again(self, loaded: &Loaded) {
        self.peers.set(Peers::new(loaded));
        self.is_loaded.set(true);
    }

    /// The person has opened a conversation: whose name the other one's is, is to be known before a word is
    /// said. Whoever opens one in which nobody has said anything, or by an invitation, wants it.
    pub(super) fn meet(self) {
        let is_loaded = self.is_loaded.get_untracked();
        let Some(peer) = self.open_peer().filter(|_| is_loaded) else { return };
        let invited = match self.route.get_untracked() {
            Route::With { key, .. } => key,
            Route::Home => None,
        };
        let known = self.peers.with_untracked(|peers| peers.get(&peer));
        let Peer { standing, .. } = known;
        let is_silent = !self.conversations.with_untracked(|all| all.has_messages_with(&peer));
        if standing.is_none() && (is_silent || invited.is_some()) {
            self.judge(&peer, Verdict::TakenUp);
        }
        if let Some(key) = invited {
            match known.pin() {
                None => self.input(Input::Pin { peer: peer.clone(), fingerprint: key }),
                Some(pin) if pin == key => {}
                Some(_) => {
                    self.peers.update(|peers| peers.invite(&peer, Some(key)));
                    self.input(Input::Hold { peer: peer.clone() });
                }
            }
        }
        self.input(Input::Meet { peer });
    }

    /// Takes in what changed about others.
    pub(super) fn apply_to_peers(self, change: &Change) {
        match change {
            Change::Pinned { .. } => self.peers.update(|peers| peers.apply(change)),
            // Whoever answers has taken the request up.
            Change::Queued { draft: Draft { to, .. }, .. }
            | Change::SentElsewhere { draft: Draft { to, .. }, .. }
                if self.peers.with_untracked(|peers| peers.standing(to)).is_none() =>
            {
                self.judge(to, Verdict::TakenUp);
            }
            _ => {}
        }
    }

    /// The pinned keys of those to whom these are.
    pub(super) fn pins_of(self, drafts: &[Draft]) -> Vec<(UserId, Fingerprint)> {
        let mut pins: Vec<(UserId, Fingerprint)> = Vec::new();
        for Draft { to, .. } in drafts {
            if pins.iter().all(|(peer, _)| peer != to) {
                let pin = self.peers.with_untracked(|peers| peers.get(to).pin());
                pins.extend(pin.map(|pin| (to.clone(), pin)));
            }
        }
        pins
    }

    /// Takes in what the store knows of others.
    pub(super) fn learn_of_peers(self, records: &[PeerRecord]) {
        self.peers.update(|peers| records.iter().for_each(|record| peers.learn(record)));
    }

    /// How sure it is that `peer` is who they seem.
    pub fn trust_in(self, peer: &UserId) -> Trust {
        self.peers.with(|peers| peers.get(peer).trust())
    }

    fn stand(self, peer: &UserId, standing: Standing) {
        self.judge(peer, Verdict::Stands(standing));
    }

    fn judge(self, peer: &UserId, verdict: Verdict) {
        self.peers.update(|peers| peers.judge(peer, verdict));
        if let Some(driver) = self.driver() {
            driver.judge(peer, verdict);
        }
    }
}

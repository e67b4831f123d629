//! Whose names the others' are. The relay says so, and is not believed twice: the first key of a name is
//! pinned, and where it is another one later, nothing is sent until the person has decided.
//!
//! A session without a key of its own has nobody to be sure of, and checks nobody.

use std::collections::HashMap;
use std::time::Duration;

use duologue_protocol::{ClientFrame, Fingerprint, UserId};

use crate::clock::Time;
use crate::io::{Change, Event};
use crate::session::Session;

/// How long it holds that a name has no key, and how long to wait before a relay that doesn't know a pinned
/// name is asked for it again. Its owner comes back by a reconnect, which takes some seconds.
pub const ASK_AGAIN: Duration = Duration::from_secs(5);

/// What is known of the others.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    /// The keys that were seen first, or that the person wants; one for each person that was ever met.
    pins: HashMap<UserId, Fingerprint>,
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
    /// A key was pinned, and the relay knows of none.
    Gone,
    /// It is another key than the pinned one.
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
    pub(crate) fn restore(pins: Vec<(UserId, Fingerprint)>) -> Self {
        Self { pins: pins.into_iter().collect(), ..Self::default() }
    }

    /// The person wants this key for `peer`, or whichever comes next.
    fn pin(&mut self, peer: &UserId, fingerprint: Option<Fingerprint>) {
        match fingerprint {
            Some(fingerprint) => self.pins.insert(peer.clone(), fingerprint),
            None => self.pins.remove(peer),
        };
        self.asked.remove(peer);
    }

    /// Whether messages may go to `peer`.
    pub(crate) fn may_write_to(&self, peer: &UserId) -> bool {
        let standing = self.asked.get(peer).map(|asked| asked.standing);
        matches!(standing, Some(Standing::Keyless { .. } | Standing::Pinned))
    }

    /// Whether the relay is to be asked about `peer` now; it counts as asked from here on.
    fn ask(&mut self, now: Time, peer: &UserId) -> bool {
        let known = self.asked.get(peer);
        if known.is_some_and(|asked| now < asked.at + ASK_AGAIN) {
            return false;
        }
        let standing = match known.map(|asked| asked.standing) {
            None | Some(Standing::Keyless { .. }) => Standing::Unknown,
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
        let (standing, answer) = match (self.pins.get(peer), key) {
            (None, None) => (Standing::Keyless { is_doubted: false }, Answer::Expected),
            (None, Some(key)) => {
                self.pins.insert(peer.clone(), key);
                (Standing::Pinned, Answer::PinnedNow(key))
            }
            (Some(pin), Some(key)) if *pin == key => (Standing::Pinned, Answer::Expected),
            (Some(_), Some(_)) => (Standing::Changed, Answer::Unexpected),
            (Some(_), None) => (Standing::Gone, Answer::Unexpected),
        };
        asked.standing = standing;
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
    pub(crate) fn pin(&mut self, now: Time, peer: UserId, fingerprint: Option<Fingerprint>) {
        self.peers.pin(&peer, fingerprint);
        self.ask_for(now, &peer);
        self.change(Change::Pinned { peer, fingerprint });
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
            self.change(Change::Pinned { peer: peer.clone(), fingerprint: Some(key) });
        }
        let is_expected = answer != Answer::Unexpected;
        self.event(Event::Identity { peer, fingerprint, is_expected });
    }
}

//! Who the others are to this person: how they stand to each other, and what is known of their keys. Plain
//! structs; what a person can do about it is in `acquaintance`.

use std::collections::HashMap;

use duologue_protocol::{Fingerprint, UserId};
use duologue_session::Change;

use crate::store::Loaded;
use crate::store::record::{PeerRecord, Standing, Verdict};

/// What is known of everybody that this person ever met.
#[derive(Clone, Debug, Default)]
pub struct Peers(HashMap<UserId, Peer>);

/// What is known of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peer {
    /// `None`: a stranger, who may have written, and to whom the person has said nothing.
    pub standing: Option<Standing>,
    pin: Option<Fingerprint>,
    is_verified: bool,
    seen: Seen,
    /// The key that an invitation named, where another one is pinned.
    pub invited: Option<Fingerprint>,
}

/// What the relay said last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Seen {
    #[default]
    Nothing,
    NoKey,
    Key(Fingerprint),
}

/// How sure it is that a name is the one's whom the person takes it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The relay was not asked yet.
    Unknown,
    /// The name has no key: anybody can use it.
    NoKey,
    /// It has had this key since it was first met.
    Pinned(Fingerprint),
    /// The same, and two people have compared it.
    Verified(Fingerprint),
    /// It has this key now, and had another one before.
    Changed(Fingerprint),
    /// It had a key before, and the relay knows of none.
    Gone,
}

impl Peer {
    /// How sure it is that they are who they seem.
    pub fn trust(&self) -> Trust {
        match (self.pin, self.seen) {
            (Some(_), Seen::NoKey) => Trust::Gone,
            (Some(pin), Seen::Key(key)) if pin != key => Trust::Changed(key),
            (Some(pin), _) if self.is_verified => Trust::Verified(pin),
            (Some(pin), _) => Trust::Pinned(pin),
            // Its pin is on the way.
            (None, Seen::Key(key)) => Trust::Pinned(key),
            (None, Seen::NoKey) => Trust::NoKey,
            (None, Seen::Nothing) => Trust::Unknown,
        }
    }

    /// The pinned key.
    pub fn pin(&self) -> Option<Fingerprint> {
        self.pin
    }

    fn of(record: &PeerRecord) -> Self {
        let PeerRecord { pin, is_verified, standing, .. } = *record;
        Self { standing, pin, is_verified, ..Self::default() }
    }
}

impl Peers {
    /// What an earlier sitting left behind. Whoever was written to is no stranger.
    pub fn new(loaded: &Loaded) -> Self {
        let known = loaded.peers.iter().map(|record| (record.peer.clone(), Peer::of(record)));
        let mut peers = Self(known.collect());
        for message in loaded.messages.iter().filter(|message| message.entry.is_mine()) {
            peers.of(&message.peer).standing.get_or_insert(Standing::Accepted);
        }
        peers
    }

    /// What is known of `peer`; nothing, of somebody new.
    pub fn get(&self, peer: &UserId) -> Peer {
        self.0.get(peer).cloned().unwrap_or_default()
    }

    /// How `peer` and the person stand to each other; `None`: they are strangers.
    pub fn standing(&self, peer: &UserId) -> Option<Standing> {
        self.0.get(peer)?.standing
    }

    /// Whether the person talks to `peer`. Nobody else is told what they have read.
    pub fn is_accepted(&self, peer: &UserId) -> bool {
        self.standing(peer) == Some(Standing::Accepted)
    }

    /// Who is out of sight, by name.
    pub fn out_of_sight(&self) -> Vec<(UserId, Standing)> {
        let hidden = self.0.iter().filter_map(|(name, peer)| match peer.standing {
            Some(standing @ (Standing::Ignored | Standing::Blocked)) => {
                Some((name.clone(), standing))
            }
            Some(Standing::Accepted) | None => None,
        });
        let mut hidden: Vec<_> = hidden.collect();
        hidden.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        hidden
    }

    /// Takes in what changed.
    pub fn apply(&mut self, change: &Change) {
        if let Change::Pinned { peer, fingerprint } = change {
            let peer = self.of(peer);
            if peer.pin != *fingerprint {
                (peer.pin, peer.is_verified) = (*fingerprint, false);
            }
        }
    }

    /// The relay says whose a name is.
    pub fn saw(&mut self, peer: &UserId, key: Option<Fingerprint>) {
        self.of(peer).seen = key.map_or(Seen::NoKey, Seen::Key);
    }

    /// The person says something of `peer`.
    pub fn judge(&mut self, peer: &UserId, verdict: Verdict) {
        let peer = self.of(peer);
        match verdict {
            Verdict::Stands(standing) => peer.standing = Some(standing),
            Verdict::Verified(key, is_verified) if peer.pin == Some(key) => {
                peer.is_verified = is_verified;
            }
            Verdict::Verified(..) => {}
        }
    }

    /// An invitation named a key for `peer`, another one than the pinned; `None`: that is settled.
    pub fn invite(&mut self, peer: &UserId, key: Option<Fingerprint>) {
        self.of(peer).invited = key;
    }

    fn of(&mut self, peer: &UserId) -> &mut Peer {
        self.0.entry(peer.clone()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use duologue_protocol::identity::PublicKey;
    use duologue_protocol::{Content, MessageId, UnixMillis};

    use super::*;
    use crate::store::record::{Entry, EntryState, MessageRecord};

    fn ben() -> UserId {
        UserId::parse("ben").unwrap()
    }

    fn key(byte: u8) -> Fingerprint {
        Fingerprint::of(&PublicKey::from_bytes([byte; 32]))
    }

    fn pinned(byte: Option<u8>) -> Change {
        Change::Pinned { peer: ben(), fingerprint: byte.map(key) }
    }

    #[test]
    fn a_key_that_was_compared_is_verified_until_it_is_another() {
        let mut peers = Peers::default();
        assert_eq!(peers.get(&ben()).trust(), Trust::Unknown);
        peers.saw(&ben(), Some(key(7)));
        peers.apply(&pinned(Some(7)));
        assert_eq!(peers.get(&ben()).trust(), Trust::Pinned(key(7)));
        peers.judge(&ben(), Verdict::Verified(key(8), true));
        assert_eq!(peers.get(&ben()).trust(), Trust::Pinned(key(7)), "not the one that it is");
        peers.judge(&ben(), Verdict::Verified(key(7), true));
        assert_eq!(peers.get(&ben()).trust(), Trust::Verified(key(7)));

        peers.saw(&ben(), Some(key(8)));
        assert_eq!(peers.get(&ben()).trust(), Trust::Changed(key(8)));
        peers.saw(&ben(), None);
        assert_eq!(peers.get(&ben()).trust(), Trust::Gone);
        peers.saw(&ben(), Some(key(8)));
        peers.apply(&pinned(Some(8)));
        assert_eq!(peers.get(&ben()).trust(), Trust::Pinned(key(8)), "nobody compared this one");
    }

    #[test]
    fn only_somebody_accepted_is_accepted() {
        let mut peers = Peers::default();
        assert!(!peers.is_accepted(&ben()));
        peers.saw(&ben(), None);
        assert!(!peers.is_accepted(&ben()), "one of whom only the key is known");
        for standing in [Standing::Accepted, Standing::Ignored, Standing::Blocked] {
            peers.judge(&ben(), Verdict::Stands(standing));
            assert_eq!(peers.is_accepted(&ben()), standing == Standing::Accepted);
        }
    }

    #[test]
    fn a_name_without_a_key_is_nobodys() {
        let mut peers = Peers::default();
        peers.saw(&ben(), None);
        assert_eq!(peers.get(&ben()).trust(), Trust::NoKey);
    }

    #[test]
    fn whoever_was_written_to_is_no_stranger() {
        let entry = |state| Entry {
            id: MessageId::parse("1").unwrap(),
            content: Content::parse("hi").unwrap(),
            at: UnixMillis(1),
            state,
        };
        let theirs = EntryState::Theirs { place: crate::store::record::Place::default() };
        for (state, standing) in [(EntryState::Queued, Some(Standing::Accepted)), (theirs, None)] {
            let message = MessageRecord { order: 0, peer: ben(), entry: entry(state) };
            let loaded = Loaded { messages: vec![message], ..Loaded::default() };
            assert_eq!(Peers::new(&loaded).standing(&ben()), standing);
        }
        let blocked = PeerRecord { standing: Some(Standing::Blocked), ..PeerRecord::new(ben()) };
        let message = MessageRecord { order: 0, peer: ben(), entry: entry(EntryState::Queued) };
        let loaded = Loaded { messages: vec![message], peers: vec![blocked], ..Loaded::default() };
        let peers = Peers::new(&loaded);
        assert_eq!(peers.standing(&ben()), Some(Standing::Blocked), "a decision stays");
        assert_eq!(peers.out_of_sight(), [(ben(), Standing::Blocked)]);
    }
}

//! Who the others are to this person: how they stand to each other, and what is known of their keys. Plain
//! structs; what a person can do about it is in `acquaintance`.

use std::collections::HashMap;

use duologue_protocol::{Fingerprint, UserId};
use duologue_session::Change;

use crate::store::Loaded;
use crate::store::record::{Filing, PeerRecord, Standing, Verdict};

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
    /// Whether that is as it was before, as far as it is known.
    is_expected: bool,
    /// Whether the person writes to them although they have no key any more.
    pub writes_keyless: bool,
    /// The key that an invitation named, where another one is pinned.
    pub invited: Option<Fingerprint>,
    /// Where the person keeps the conversation.
    pub filing: Filing,
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
    /// It has this key, or none, and which one it had before can't be read.
    Unsure(Option<Fingerprint>),
}

impl Peer {
    /// How sure it is that they are who they seem.
    pub fn trust(&self) -> Trust {
        match (self.pin, self.seen) {
            (Some(_), Seen::NoKey) => Trust::Gone,
            (Some(pin), Seen::Key(key)) if pin != key => Trust::Changed(key),
            (Some(pin), _) if self.is_verified => Trust::Verified(pin),
            (Some(pin), _) => Trust::Pinned(pin),
            (None, Seen::Nothing) => Trust::Unknown,
            (None, Seen::Key(key)) if !self.is_expected => Trust::Unsure(Some(key)),
            (None, Seen::NoKey) if !self.is_expected => Trust::Unsure(None),
            // Its pin is on the way.
            (None, Seen::Key(key)) => Trust::Pinned(key),
            (None, Seen::NoKey) => Trust::NoKey,
        }
    }

    /// The pinned key.
    pub fn pin(&self) -> Option<Fingerprint> {
        self.pin
    }

    fn of(record: &PeerRecord) -> Self {
        let PeerRecord { pin, is_verified, standing, filing, .. } = *record;
        Self { standing, pin, is_verified, filing, ..Self::default() }
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

    /// Whether what `peer` writes calls for the person's attention.
    pub fn calls(&self, peer: &UserId) -> bool {
        self.0.get(peer).is_none_or(|peer| {
            let is_wanted = !matches!(peer.standing, Some(Standing::Ignored | Standing::Blocked));
            is_wanted && !peer.filing.is_muted
        })
    }

    /// Who is out of sight, by name.
    pub fn out_of_sight(&self) -> Vec<(UserId, Standing)> {
        let hidden = self.0.iter().filter_map(|(name, peer)| match peer.standing {
            Some(standing @ (Standing::Ignored | Standing::Blocked)) => {
                Some((name.clone(), standing))
            }
            Some(Standing::Accepted) | None => None,
        });
        let mut in_order: Vec<(UserId, Standing)> = Vec::new();
        for (name, standing) in hidden {
            // A few names: sorting them as one would thousands is 1 KB of the page.
            let place = in_order.partition_point(|(before, _)| *before < name);
            in_order.insert(place, (name, standing));
        }
        in_order
    }

    /// Takes in what changed.
    pub fn apply(&mut self, change: &Change) {
        if let Change::Pinned { peer, fingerprint, .. } = change {
            let peer = self.of(peer);
            if peer.pin != Some(*fingerprint) {
                (peer.pin, peer.is_verified) = (Some(*fingerprint), false);
            }
        }
    }

    /// Takes in what the store knows of somebody. What it doesn't know may be known here.
    pub fn learn(&mut self, record: &PeerRecord) {
        let peer = self.of(&record.peer);
        peer.standing = record.standing.or(peer.standing);
        peer.filing = record.filing;
        if record.pin.is_some() {
            (peer.pin, peer.is_verified) = (record.pin, record.is_verified);
        }
    }

    /// The relay says whose a name is.
    pub fn saw(&mut self, peer: &UserId, key: Option<Fingerprint>, is_expected: bool) {
        let peer = self.of(peer);
        (peer.seen, peer.is_expected) = (key.map_or(Seen::NoKey, Seen::Key), is_expected);
        peer.writes_keyless &= key.is_none();
    }

    /// The person writes to `peer` without a key.
    pub fn write_keyless(&mut self, peer: &UserId) {
        self.of(peer).writes_keyless = true;
    }

    /// The person says something of `peer`.
    pub fn judge(&mut self, peer: &UserId, verdict: Verdict) {
        let peer = self.of(peer);
        match verdict {
            Verdict::Stands(standing) => peer.standing = Some(standing),
            Verdict::TakenUp => {
                peer.standing.get_or_insert(Standing::Accepted);
            }
            Verdict::Verified(key, is_verified) if peer.pin == Some(key) => {
                peer.is_verified = is_verified;
            }
            Verdict::Verified(..) => {}
            Verdict::Filed(filing) => peer.filing = filing,
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

    fn pinned(byte: u8) -> Change {
        Change::Pinned { peer: ben(), fingerprint: key(byte), instead_of: None }
    }

    #[test]
    fn a_key_that_was_compared_is_verified_until_it_is_another() {
        let mut peers = Peers::default();
        assert_eq!(peers.get(&ben()).trust(), Trust::Unknown);
        peers.saw(&ben(), Some(key(7)), true);
        peers.apply(&pinned(7));
        assert_eq!(peers.get(&ben()).trust(), Trust::Pinned(key(7)));
        peers.judge(&ben(), Verdict::Verified(key(8), true));
        assert_eq!(peers.get(&ben()).trust(), Trust::Pinned(key(7)), "not the one that it is");
        peers.judge(&ben(), Verdict::Verified(key(7), true));
        assert_eq!(peers.get(&ben()).trust(), Trust::Verified(key(7)));

        peers.saw(&ben(), Some(key(8)), false);
        assert_eq!(peers.get(&ben()).trust(), Trust::Changed(key(8)));
        peers.saw(&ben(), None, false);
        assert_eq!(peers.get(&ben()).trust(), Trust::Gone);
        peers.saw(&ben(), Some(key(8)), false);
        peers.apply(&pinned(8));
        assert_eq!(peers.get(&ben()).trust(), Trust::Pinned(key(8)), "nobody compared this one");
    }

    #[test]
    fn only_somebody_accepted_is_accepted() {
        let mut peers = Peers::default();
        assert!(!peers.is_accepted(&ben()));
        peers.saw(&ben(), None, true);
        assert!(!peers.is_accepted(&ben()), "one of whom only the key is known");
        for standing in [Standing::Accepted, Standing::Ignored, Standing::Blocked] {
            peers.judge(&ben(), Verdict::Stands(standing));
            assert_eq!(peers.is_accepted(&ben()), standing == Standing::Accepted);
        }
    }

    #[test]
    fn a_name_without_a_key_is_nobodys() {
        let mut peers = Peers::default();
        peers.saw(&ben(), None, true);
        assert_eq!(peers.get(&ben()).trust(), Trust::NoKey);
        peers.saw(&ben(), None, false);
        assert_eq!(peers.get(&ben()).trust(), Trust::Unsure(None), "there may have been one");
    }

    #[test]
    fn a_key_is_not_the_first_one_where_an_earlier_one_may_not_have_been_read() {
        let mut peers = Peers::default();
        peers.saw(&ben(), Some(key(8)), false);
        assert_eq!(peers.get(&ben()).trust(), Trust::Unsure(Some(key(8))));
        let pin = Some(key(7));
        let blocked = Some(Standing::Blocked);
        let record = PeerRecord { pin, standing: blocked, ..PeerRecord::new(ben()) };
        peers.judge(&ben(), Verdict::TakenUp);
        peers.learn(&record);
        assert_eq!(peers.get(&ben()).trust(), Trust::Changed(key(8)));
        assert_eq!(peers.standing(&ben()), blocked);
        peers.learn(&PeerRecord { is_verified: true, ..record });
        peers.learn(&PeerRecord::new(ben()));
        peers.saw(&ben(), pin, true);
        assert_eq!(peers.get(&ben()).trust(), Trust::Verified(key(7)), "nothing is unlearned");
    }

    #[test]
    fn whoever_is_taken_up_by_the_way_is_not_unblocked() {
        let mut peers = Peers::default();
        peers.judge(&ben(), Verdict::Stands(Standing::Blocked));
        peers.judge(&ben(), Verdict::TakenUp);
        assert_eq!(peers.standing(&ben()), Some(Standing::Blocked));
    }

    #[test]
    fn writing_without_a_key_ends_with_the_next_key() {
        let mut peers = Peers::default();
        peers.saw(&ben(), None, false);
        peers.write_keyless(&ben());
        peers.saw(&ben(), None, false);
        assert!(peers.get(&ben()).writes_keyless);
        peers.saw(&ben(), Some(key(8)), false);
        peers.saw(&ben(), None, false);
        assert!(!peers.get(&ben()).writes_keyless);
    }

    #[test]
    fn whoever_was_written_to_is_no_stranger() {
        let (id, content) = (MessageId::parse("1").unwrap(), Content::parse("hi").unwrap());
        let entry = |state| Entry::new(id.clone(), content.clone(), UnixMillis(1), state);
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

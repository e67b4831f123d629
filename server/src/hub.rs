//! Who is here, and who gets a message.
//!
//! Connections attach under the name that their dialect routes by: a v1 connection under its person,
//! a classic one under its pair. Both are looked up by hash, so that a message costs what it has
//! recipients, however many connections there are. What a message looks like in a dialect is for
//! [`dialect`](crate::dialect).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytestring::ByteString;
use duologue_protocol::UserId;
use duologue_protocol::classic::Pair;

use crate::outgoing::Outgoing;

/// All open connections of a relay.
#[derive(Debug, Default)]
pub struct Hub {
    connections: Mutex<Connections>,
    attached: AtomicU64,
}

/// One connection's place in the hub. Dropping it detaches the connection.
#[derive(Debug)]
pub struct Attachment {
    hub: Arc<Hub>,
    id: ConnectionId,
    address: Address,
}

/// One message, in the words of each dialect that can say it.
#[derive(Debug)]
pub struct Letter {
    /// Who wrote it, and to whom.
    pub pair: Pair,
    /// For v1 connections.
    pub v1: Option<ByteString>,
    /// For classic connections.
    pub classic: Option<ByteString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ConnectionId(u64);

#[derive(Clone, Debug)]
enum Address {
    Person(UserId),
    Pair(Pair),
}

#[derive(Debug, Default)]
struct Connections {
    people: Directory<UserId>,
    pairs: Directory<Pair>,
}

#[derive(Debug)]
struct Directory<K>(HashMap<K, Vec<(ConnectionId, Outgoing)>>);

impl Hub {
    /// Attaches a v1 connection: it gets everything that `person` is sent, and what `person` sends
    /// elsewhere.
    pub fn attach_person(self: &Arc<Self>, person: UserId, outgoing: Outgoing) -> Attachment {
        let id = self.next_id();
        self.lock().people.insert(person.clone(), id, outgoing);
        Attachment { hub: Arc::clone(self), id, address: Address::Person(person) }
    }

    /// Attaches a classic connection: it gets what `pair.to` writes to `pair.from`.
    pub fn attach_pair(self: &Arc<Self>, pair: Pair, outgoing: Outgoing) -> Attachment {
        let id = self.next_id();
        self.lock().pairs.insert(pair.clone(), id, outgoing);
        Attachment { hub: Arc::clone(self), id, address: Address::Pair(pair) }
    }

    fn next_id(&self) -> ConnectionId {
        ConnectionId(self.attached.fetch_add(1, Ordering::Relaxed))
    }

    /// A panic can't leave the directories half changed: no code that may panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attachment {
    /// Hands a letter to every connection of its addressee, and then to the writer's own other
    /// connections. Returns whether the addressee had one that took it; nobody sees it otherwise.
    ///
    /// All of it under one lock, so that the connections of one person see letters in one order.
    pub fn deliver(&self, letter: &Letter) -> bool {
        let mut taken = 0;
        let connections = self.hub.lock();
        if let Some(text) = &letter.v1 {
            taken += connections.people.hand(&letter.pair.to, text, None);
        }
        if let Some(text) = &letter.classic {
            taken += connections.pairs.hand(&letter.pair.clone().reversed(), text, None);
        }
        if let Some(text) = letter.v1.as_ref().filter(|_| taken > 0) {
            connections.people.hand(&letter.pair.from, text, Some(self.id));
        }
        taken > 0
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let mut connections = self.hub.lock();
        match &self.address {
            Address::Person(person) => connections.people.remove(person, self.id),
            Address::Pair(pair) => connections.pairs.remove(pair, self.id),
        }
    }
}

impl<K: Eq + Hash> Directory<K> {
    fn insert(&mut self, key: K, id: ConnectionId, outgoing: Outgoing) {
        self.0.entry(key).or_default().push((id, outgoing));
    }

    fn remove(&mut self, key: &K, id: ConnectionId) {
        let Some(connections) = self.0.get_mut(key) else { return };
        connections.retain(|(other, _)| *other != id);
        // A name that nobody uses any more takes no memory.
        if connections.is_empty() {
            self.0.remove(key);
        }
    }

    /// Returns how many connections took the text.
    fn hand(&self, key: &K, text: &ByteString, except: Option<ConnectionId>) -> usize {
        let connections = self.0.get(key).map_or(&[][..], Vec::as_slice);
        let recipients = connections.iter().filter(|(id, _)| Some(*id) != except);
        recipients.filter(|(_, outgoing)| outgoing.text(text.clone())).count()
    }
}

impl<K> Default for Directory<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outgoing::{OutgoingFrame, OutgoingQueue, queue};

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn pair(from: &str, to: &str) -> Pair {
        Pair { from: user(from), to: user(to) }
    }

    fn letter(from: &str, to: &str) -> Letter {
        Letter { pair: pair(from, to), v1: Some("v1".into()), classic: Some("classic".into()) }
    }

    fn person(hub: &Arc<Hub>, name: &str) -> (Attachment, OutgoingQueue) {
        let (outgoing, queue) = queue();
        (hub.attach_person(user(name), outgoing), queue)
    }

    fn classic(hub: &Arc<Hub>, from: &str, to: &str) -> (Attachment, OutgoingQueue) {
        let (outgoing, queue) = queue();
        (hub.attach_pair(pair(from, to), outgoing), queue)
    }

    fn texts(queue: &mut OutgoingQueue) -> Vec<String> {
        std::iter::from_fn(|| queue.pop())
            .map(|frame| match frame {
                OutgoingFrame::Text(text) => text.to_string(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_letter_reaches_every_connection_that_it_is_for_and_no_other() {
        let hub = Arc::new(Hub::default());
        let (ann, mut ann_queue) = person(&hub, "ann");
        let (_ann2, mut ann2) = person(&hub, "ann");
        let (_ben, mut ben) = person(&hub, "ben");
        let (_ben2, mut ben2) = person(&hub, "ben");
        let (_ben_to_ann, mut ben_to_ann) = classic(&hub, "ben", "ann");
        let (_ben_to_cem, mut ben_to_cem) = classic(&hub, "ben", "cem");
        let (_cem, mut cem) = person(&hub, "cem");

        assert!(ann.deliver(&letter("ann", "ben")));

        assert_eq!(texts(&mut ben), ["v1"]);
        assert_eq!(texts(&mut ben2), ["v1"]);
        assert_eq!(texts(&mut ben_to_ann), ["classic"]);
        assert_eq!(texts(&mut ann2), ["v1"]);
        for queue in [&mut ann_queue, &mut ben_to_cem, &mut cem] {
            assert!(texts(queue).is_empty());
        }
    }

    #[test]
    fn nobody_sees_what_the_addressee_could_not_be_given() {
        let hub = Arc::new(Hub::default());
        let (ann, _queue) = person(&hub, "ann");
        let (_ann2, mut ann2) = person(&hub, "ann");
        assert!(!ann.deliver(&letter("ann", "ben")));
        let (_ben, ben) = person(&hub, "ben");
        drop(ben);
        assert!(!ann.deliver(&letter("ann", "ben")));
        assert!(texts(&mut ann2).is_empty());
    }

    #[test]
    fn joined_names_do_not_meet() {
        let hub = Arc::new(Hub::default());
        let (sender, _queue) = classic(&hub, "a", "b-c");
        let (_other, mut other) = classic(&hub, "c", "a-b");
        assert!(!sender.deliver(&letter("a-b", "c-")));
        assert!(!sender.deliver(&letter("a", "b-c")));
        assert!(texts(&mut other).is_empty());
        assert!(sender.deliver(&letter("a-b", "c")));
    }

    #[test]
    fn a_dropped_attachment_leaves_nothing_behind() {
        let hub = Arc::new(Hub::default());
        let (first, _first) = person(&hub, "ann");
        let (second, _second) = person(&hub, "ann");
        let (third, _third) = classic(&hub, "ann", "ben");
        drop(first);
        assert_eq!(hub.lock().people.0.len(), 1);
        drop((second, third));
        assert!(hub.lock().people.0.is_empty());
        assert!(hub.lock().pairs.0.is_empty());
    }
}

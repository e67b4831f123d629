//! Connections by the name that they are found under.

use std::collections::HashMap;
use std::hash::Hash;

use duologue_protocol::CloseCode;

use super::ConnectionId;
use super::member::Member;

/// How many connections there may be under a name at a time: more tabs and browsers than a person uses, with those of
/// them that broke and are not known to be gone. Each message goes to all of them.
const CONNECTIONS_OF_A_NAME: usize = 16;

/// The connections under each name.
#[derive(Debug)]
pub(super) struct Directory<K>(HashMap<K, Vec<Member>>);

impl<K: Eq + Hash> Directory<K> {
    pub(super) fn insert(&mut self, name: K, member: Member) -> &mut Member {
        // Most have one, and there may be many who have.
        let members = self.0.entry(name).or_insert_with(|| Vec::with_capacity(1));
        members.push(member);
        let last = members.len() - 1;
        &mut members[last]
    }

    /// Sees to it that there is room for one more under a name. The oldest one goes: most likely it broke, and
    /// refusing the new one would shut out whoever's link breaks often.
    pub(super) fn make_room(&mut self, name: &K) {
        let Some(members) = self.0.get_mut(name) else { return };
        while members.len() >= CONNECTIONS_OF_A_NAME {
            members.remove(0).outgoing.end(CloseCode::Replaced);
        }
    }

    pub(super) fn remove(&mut self, name: &K, id: ConnectionId) {
        let Some(members) = self.0.get_mut(name) else { return };
        members.retain(|member| member.key.id() != id);
        // A name that nobody uses any more takes no memory.
        if members.is_empty() {
            self.0.remove(name);
        }
    }

    /// All connections under a name.
    pub(super) fn members(&mut self, name: &K) -> impl Iterator<Item = &mut Member> {
        self.0.get_mut(name).into_iter().flatten()
    }

    /// Whether there is a connection under a name.
    pub(super) fn has(&self, name: &K) -> bool {
        self.0.contains_key(name)
    }

    /// All connections.
    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Member> {
        self.0.values_mut().flatten()
    }

    pub(super) fn find(&mut self, name: &K, id: ConnectionId) -> Option<&mut Member> {
        self.members(name).find(|member| member.key.id() == id)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K> Default for Directory<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

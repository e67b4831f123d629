//! Connections by the name that they are found under.

use std::collections::HashMap;
use std::hash::Hash;

use super::ConnectionId;
use super::member::Member;

/// The connections under each name.
#[derive(Debug)]
pub(super) struct Directory<K>(HashMap<K, Vec<Member>>);

impl<K: Eq + Hash> Directory<K> {
    pub(super) fn insert(&mut self, name: K, member: Member) -> &mut Member {
        let members = self.0.entry(name).or_default();
        members.push(member);
        let last = members.len() - 1;
        &mut members[last]
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

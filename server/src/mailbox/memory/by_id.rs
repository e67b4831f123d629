//! Messages by what their senders call them.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use duologue_protocol::{MessageId, UserId};
use hashbrown::HashTable;

use crate::mailbox::Mail;

/// Messages by sender, and those of each by id. A table that grows is copied at once, and everybody's mail waits for it: so
/// each sender has one, and it needn't look at the messages for it.
#[derive(Debug, Default)]
pub(super) struct ById {
    senders: HashMap<UserId, HashTable<Named>>,
    hasher: RandomState,
}

/// A message, with its id's hash.
#[derive(Debug)]
struct Named {
    hash: u64,
    mail: Arc<Mail>,
}

impl ById {
    /// Takes a message that isn't there.
    pub(super) fn insert(&mut self, mail: &Arc<Mail>) {
        let named = Named { hash: self.hash(&mail.id), mail: Arc::clone(mail) };
        if let Some(sender) = self.senders.get_mut(&mail.from) {
            sender.insert_unique(named.hash, named, |named| named.hash);
        } else {
            let sender = self.senders.entry(mail.from.clone()).or_default();
            sender.insert_unique(named.hash, named, |named| named.hash);
        }
    }

    /// The message that has a message's sender and id.
    pub(super) fn get(&self, mail: &Mail) -> Option<&Arc<Mail>> {
        let sender = self.senders.get(&mail.from)?;
        let named = sender.find(self.hash(&mail.id), |named| named.mail.id == mail.id)?;
        Some(&named.mail)
    }

    /// Removes that one.
    pub(super) fn remove(&mut self, mail: &Mail) {
        let hash = self.hash(&mail.id);
        let Some(sender) = self.senders.get_mut(&mail.from) else { return };
        if let Ok(found) = sender.find_entry(hash, |named| named.mail.seq == mail.seq) {
            found.remove();
        }
        if sender.is_empty() {
            self.senders.remove(&mail.from);
        }
    }

    fn hash(&self, id: &MessageId) -> u64 {
        self.hasher.hash_one(id)
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.senders.values().map(HashTable::len).sum()
    }
}

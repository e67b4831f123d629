//! Which messages were handed on lately.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher as _;

use duologue_protocol::{MessageId, UserId};

/// How many are remembered: what five hundred clients with 32 unanswered messages each may repeat.
const RECENT_MAX: usize = 16_384;

/// The latest messages by sender and id, as hashes. One that is here is perhaps a repeat: it waits for
/// the mailbox, which knows for sure. One that is not here is new, or so old that its addressee
/// notices.
#[derive(Debug, Default)]
pub(super) struct Recent {
    hasher: RandomState,
    known: HashSet<u64>,
    oldest_first: VecDeque<u64>,
}

impl Recent {
    /// Whether the message was not here; from now on it is.
    pub(super) fn is_new(&mut self, from: &UserId, id: &MessageId) -> bool {
        let hash = self.hasher.hash_one((from, id));
        if !self.known.insert(hash) {
            return false;
        }
        self.oldest_first.push_back(hash);
        if self.oldest_first.len() > RECENT_MAX
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_is_known_and_memory_is_bounded() {
        let ann = UserId::parse("ann").unwrap();
        let id = |n: usize| MessageId::parse(n.to_string()).unwrap();
        let mut recent = Recent::default();
        for n in 0..2 * RECENT_MAX {
            assert!(recent.is_new(&ann, &id(n)));
        }
        assert_eq!(recent.known.len(), RECENT_MAX);
        assert_eq!(recent.oldest_first.len(), RECENT_MAX);
        assert!(!recent.is_new(&ann, &id(2 * RECENT_MAX - 1)));
        assert!(recent.is_new(&UserId::parse("ben").unwrap(), &id(2 * RECENT_MAX - 1)));
        assert!(recent.is_new(&ann, &id(0)));
    }
}

//! Which messages were shown already.

use std::collections::{HashSet, VecDeque};

use duologue_protocol::{MessageId, UserId};

/// How many messages are remembered. A sender repeats after a broken link what was in flight, at most
/// [`IN_FLIGHT_MAX`](crate::IN_FLIGHT_MAX) messages; this covers the repeats of 32 people at once.
const SEEN_MAX: usize = 1024;

/// The latest messages by sender and id: a repeat after somebody's broken link is not shown twice.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    known: HashSet<(UserId, MessageId)>,
    oldest_first: VecDeque<(UserId, MessageId)>,
}

impl Seen {
    /// The latest of what an earlier session saw, oldest first.
    pub(crate) fn restore(oldest_first: Vec<(UserId, MessageId)>) -> Self {
        let mut seen = Self::default();
        let skipped = oldest_first.len().saturating_sub(SEEN_MAX);
        for (from, id) in oldest_first.into_iter().skip(skipped) {
            seen.is_new(&from, &id);
        }
        seen
    }

    /// Whether this message is new; from now on it isn't.
    pub(crate) fn is_new(&mut self, from: &UserId, id: &MessageId) -> bool {
        let key = (from.clone(), id.clone());
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.oldest_first.push_back(key);
        if self.oldest_first.len() > SEEN_MAX
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

    fn id(n: usize) -> MessageId {
        MessageId::parse(n.to_string()).unwrap()
    }

    #[test]
    fn a_repeat_is_known_and_the_same_id_of_another_sender_is_not() {
        let (ann, ben) = (UserId::parse("ann").unwrap(), UserId::parse("ben").unwrap());
        let mut seen = Seen::default();
        assert!(seen.is_new(&ann, &id(1)));
        assert!(!seen.is_new(&ann, &id(1)));
        assert!(seen.is_new(&ben, &id(1)));
    }

    #[test]
    fn memory_is_bounded_and_the_latest_are_kept() {
        let ann = UserId::parse("ann").unwrap();
        let mut seen = Seen::default();
        for n in 0..3 * SEEN_MAX {
            assert!(seen.is_new(&ann, &id(n)));
        }
        assert_eq!(seen.known.len(), SEEN_MAX);
        assert_eq!(seen.oldest_first.len(), SEEN_MAX);
        assert!(!seen.is_new(&ann, &id(3 * SEEN_MAX - 1)));
        assert!(!seen.is_new(&ann, &id(2 * SEEN_MAX)));
    }
}

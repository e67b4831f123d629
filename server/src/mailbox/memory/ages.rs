//! In which order messages came, over all mailboxes.

use std::collections::VecDeque;

use duologue_protocol::{Seq, UserId};

use crate::mailbox::Mail;

/// How many messages that are gone may be in the list beside as many as are there: then it is tidied.
const GONE_MAX: usize = 1_024;

/// Places and whose mailbox each is in, the oldest first. Some may be gone: whoever asks looks there.
#[derive(Debug, Default)]
pub(super) struct Ages {
    oldest_first: VecDeque<(Seq, UserId)>,
    /// How many were looked at.
    looked_at: usize,
}

impl Ages {
    pub(super) fn push(&mut self, mail: &Mail) {
        self.oldest_first.push_back((mail.seq, mail.to.clone()));
    }

    /// The oldest.
    pub(super) fn first(&self) -> Option<&(Seq, UserId)> {
        self.oldest_first.front()
    }

    /// The oldest is gone.
    pub(super) fn forget_first(&mut self) {
        self.oldest_first.pop_front();
        self.looked_at = self.looked_at.saturating_sub(1);
    }

    /// The next one after that which was looked at last; `None` at the end, and then it goes on from the oldest.
    pub(super) fn look_on(&mut self) -> Option<(Seq, UserId)> {
        let next = self.oldest_first.get(self.looked_at).cloned();
        self.looked_at = if next.is_some() { self.looked_at + 1 } else { 0 };
        next
    }

    /// Forgets those that are gone, once they are as many as the `count` that is there.
    pub(super) fn tidy(&mut self, count: usize, is_there: impl Fn(Seq, &UserId) -> bool) {
        if self.oldest_first.len() > 2 * count + GONE_MAX {
            self.oldest_first.retain(|(place, to)| is_there(*place, to));
            self.looked_at = 0;
        }
    }
}

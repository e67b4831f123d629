//! Up to where the person has read each peer's messages.

use std::collections::VecDeque;

use duologue_protocol::{ClientFrame, Seq, UserId};

/// How many peers' marks are remembered and sent again on each new link. The last one may have been
/// lost with the old link, hardly the last 256.
pub const READS_MAX: usize = 256;

/// The latest marks. A `read` has no answer, so each is said again on every new link.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    latest_last: VecDeque<(UserId, Seq)>,
}

impl Reads {
    /// The marks of an earlier session, the latest last.
    pub(crate) fn restore(marks: Vec<(UserId, Seq)>) -> Self {
        let mut reads = Self::default();
        let skipped = marks.len().saturating_sub(READS_MAX);
        for (peer, up_to) in marks.into_iter().skip(skipped) {
            reads.raise(&peer, up_to);
        }
        reads
    }

    /// The person read the messages of `peer` up to here. Returns whether that is news.
    pub(crate) fn raise(&mut self, peer: &UserId, up_to: Seq) -> bool {
        let index = self.latest_last.iter().position(|(known, _)| known == peer);
        let before = index.and_then(|index| self.latest_last.get(index));
        if up_to <= before.map_or(Seq::START, |(_, seq)| *seq) {
            return false;
        }
        if let Some(index) = index {
            self.latest_last.remove(index);
        } else if self.latest_last.len() >= READS_MAX {
            self.latest_last.pop_front();
        }
        self.latest_last.push_back((peer.clone(), up_to));
        true
    }

    /// What to say on a new link on which the mailbox is at `cursor`, the oldest first.
    pub(crate) fn frames(&self, cursor: Seq) -> impl Iterator<Item = ClientFrame> {
        // The relay takes no mark beyond what it sent.
        let within = self.latest_last.iter().filter(move |(_, up_to)| *up_to <= cursor);
        within.map(|(peer, up_to)| ClientFrame::Read { peer: peer.clone(), up_to: *up_to })
    }

    /// The places of these marks mean nothing any more.
    pub(crate) fn forget(&mut self) {
        self.latest_last.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: usize) -> UserId {
        UserId::parse(format!("user {n}")).unwrap()
    }

    fn seq(n: u64) -> Seq {
        Seq::new(n).unwrap()
    }

    #[test]
    fn the_latest_are_kept_and_no_more_than_the_bound() {
        let marks = (0..READS_MAX + 10).map(|n| (user(n), seq(5))).collect();
        let mut reads = Reads::restore(marks);
        assert_eq!(reads.frames(seq(5)).count(), READS_MAX);
        assert!(!reads.raise(&user(10), seq(5)), "the oldest that is kept");
        assert!(reads.raise(&user(10), seq(6)), "is the latest now");
        assert!(reads.raise(&user(0), seq(5)), "was forgotten, and drives another one out");
        assert!(!reads.raise(&user(10), seq(6)));
        assert!(reads.raise(&user(11), seq(5)), "the one that was driven out");
        assert_eq!(reads.frames(seq(6)).count(), READS_MAX);
    }
}

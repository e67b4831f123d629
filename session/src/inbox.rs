//! Where the session is in the person's mailbox: what arrived, what is missing, what is safe.

use std::collections::VecDeque;
use std::time::Duration;

use duologue_protocol::{ClientFrame, MessageId, Seq, UserId};

use crate::clock::Time;
use crate::io::Ticket;
use crate::seen::Seen;

/// How long the answer to a `fetch` may take before it is asked for again: a page of the mailbox over a
/// slow link.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// How many places may wait for the store, each with its ticket. Above it, places are acknowledged
/// together: later, but never before they are stored.
const STORING_MAX: usize = 64;

/// The cursors, and what depends on them.
#[derive(Debug)]
pub(crate) struct Inbox {
    /// Everything up to here is here.
    cursor: Seq,
    /// The same for receipts, by their version.
    receipts: Seq,
    seen: Seen,
    /// Everything up to here is in the store.
    stored: Seq,
    /// Places on their way to the store, by rising ticket; at most [`STORING_MAX`].
    storing: VecDeque<(Ticket, Seq)>,
    /// Up to where the relay was told on this link that everything is in the store, and may have noted it.
    acknowledged: Seq,
    /// Set while something is missing and was asked for: when to ask again.
    fetch_due: Option<Time>,
}

/// What a frame that moves the cursor is to the one who gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It comes next.
    Next,
    /// It was here before.
    Repeat,
    /// Something before it is missing.
    Hole,
}

impl Inbox {
    /// Goes on from where an earlier session was.
    pub(crate) fn restore(cursor: Seq, receipts: Seq, seen: Vec<(UserId, MessageId)>) -> Self {
        Self {
            cursor,
            receipts,
            seen: Seen::restore(seen),
            stored: cursor,
            storing: VecDeque::new(),
            acknowledged: Seq::START,
            fetch_due: None,
        }
    }

    pub(crate) fn cursor(&self) -> Seq {
        self.cursor
    }

    pub(crate) fn receipts(&self) -> Seq {
        self.receipts
    }

    /// A link was opened, and the relay goes on from these places; `opened` are those that `open` said,
    /// and by now ours may be further, by another link. Returns whether the places moved and whether the
    /// mailbox's numbers begin anew.
    pub(crate) fn welcome(&mut self, opened: (Seq, Seq), cursor: Seq, receipts: Seq) -> Welcomed {
        self.fetch_due = None;
        // Lower: the relay doesn't know ours. Higher: no relay should say so; going along would skip
        // mail, and staying makes a hole that is noticed and asked for.
        let begins_anew = cursor < opened.0;
        let moved = begins_anew || receipts < opened.1;
        if receipts < opened.1 {
            self.receipts = receipts;
        }
        if begins_anew {
            self.cursor = cursor;
            // What is in the store, or on its way there, has places of another order.
            self.stored = Seq::START;
            self.storing.clear();
        }
        Welcomed { moved, begins_anew }
    }

    /// Where a `message` fits in. The cursor moves if it comes next.
    pub(crate) fn message(&mut self, seq: Seq, prev: Seq) -> Fit {
        if seq <= self.cursor {
            return Fit::Repeat;
        }
        self.advance(prev, seq)
    }

    /// Where `caughtUp` fits in. The cursor moves if there is nothing missing before it.
    pub(crate) fn caught_up(&mut self, prev: Seq, cursor: Seq) -> Fit {
        if prev <= self.cursor && cursor <= self.cursor {
            self.fetch_due = None;
            return Fit::Repeat;
        }
        self.advance(prev, cursor)
    }

    fn advance(&mut self, prev: Seq, to: Seq) -> Fit {
        if prev > self.cursor {
            return Fit::Hole;
        }
        self.cursor = to;
        self.fetch_due = None;
        Fit::Next
    }

    /// Whether this message was not here before, under any place. From now on it was.
    pub(crate) fn is_new(&mut self, from: &UserId, id: &MessageId) -> bool {
        self.seen.is_new(from, id)
    }

    /// There is a hole: what to ask for, unless it was just asked for.
    pub(crate) fn fetch(&mut self, now: Time) -> Option<ClientFrame> {
        if self.fetch_due.is_some_and(|due| now < due) {
            return None;
        }
        self.fetch_due = Some(now + FETCH_TIMEOUT);
        Some(ClientFrame::Fetch { after: self.cursor })
    }

    /// When to [`fetch`](Self::fetch) again, if the link is still the same.
    pub(crate) fn fetch_due(&self) -> Option<Time> {
        self.fetch_due
    }

    /// The store has the cursor's place once it has this ticket.
    pub(crate) fn storing(&mut self, ticket: Ticket) {
        if self.storing.len() >= STORING_MAX {
            self.storing.pop_back();
        }
        self.storing.push_back((ticket, self.cursor));
    }

    /// The store has everything up to `ticket`.
    pub(crate) fn persisted(&mut self, ticket: Ticket) {
        while let Some((_, place)) = self.storing.pop_front_if(|(first, _)| *first <= ticket) {
            self.stored = self.stored.max(place);
        }
    }

    /// The relay may not have kept what it was told last.
    pub(crate) fn acknowledge_again(&mut self) {
        self.acknowledged = Seq::START;
    }

    /// What to tell the relay of what is in the store, if there is news.
    pub(crate) fn acknowledge(&mut self) -> Option<ClientFrame> {
        (self.stored > self.acknowledged).then(|| {
            self.acknowledged = self.stored;
            ClientFrame::Received { up_to: self.stored }
        })
    }

    /// A `delivered` of this version. Returns where the receipts' cursor is now; `None` for a repeat.
    pub(crate) fn delivered(&mut self, version: Seq) -> Option<Seq> {
        // A `read` of the same version may follow. Were the cursor at it already, a link that breaks
        // in between would lose that one.
        self.receipt(version, version.before())
    }

    /// The same for a `read`, which is the last of its version.
    pub(crate) fn read(&mut self, version: Seq) -> Option<Seq> {
        self.receipt(version, version)
    }

    fn receipt(&mut self, version: Seq, reach: Seq) -> Option<Seq> {
        // One of the cursor's own version is the other half of the same receipt, or does no harm.
        (version >= self.receipts).then(|| {
            self.receipts = self.receipts.max(reach);
            self.receipts
        })
    }
}

/// What `welcome` did to the cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Welcomed {
    /// They are not where they were.
    pub(crate) moved: bool,
    /// The relay doesn't know our place in the mailbox: its numbers mean something else from here on.
    pub(crate) begins_anew: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(n: u64) -> Seq {
        Seq::new(n).unwrap()
    }

    #[test]
    fn a_store_that_never_answers_costs_bounded_memory_and_acknowledges_nothing_early() {
        let mut inbox = Inbox::restore(Seq::START, Seq::START, Vec::new());
        for n in 1..=10_000 {
            assert_eq!(inbox.message(seq(n), seq(n - 1)), Fit::Next);
            inbox.storing(Ticket(n));
            assert!(inbox.storing.len() <= STORING_MAX);
        }
        assert_eq!(inbox.acknowledge(), None);
        let mut last = 0;
        for ticket in (1..=10_000).step_by(7).chain([10_000]) {
            inbox.persisted(Ticket(ticket));
            if let Some(ClientFrame::Received { up_to }) = inbox.acknowledge() {
                assert!(last < up_to.get() && up_to.get() <= ticket);
                last = up_to.get();
            }
        }
        assert_eq!(last, 10_000);
    }
    #[test]
    fn a_store_that_is_always_behind_still_lets_something_be_acknowledged() {
        let mut inbox = Inbox::restore(Seq::START, Seq::START, Vec::new());
        let behind = 3 * STORING_MAX as u64;
        let mut acknowledged = 0;
        for n in 1..=10_000 {
            inbox.message(seq(n), seq(n - 1));
            inbox.storing(Ticket(n));
            inbox.persisted(Ticket(n.saturating_sub(behind)));
            acknowledged += u32::from(inbox.acknowledge().is_some());
        }
        assert!(acknowledged > 1_000, "{acknowledged}");
        assert!(inbox.stored.get() > 10_000 - 3 * behind, "{}", inbox.stored);
    }
}

//! What the person is looking at, and what that means: which messages count as read, and where the
//! line above the new ones stands.

use duologue_protocol::UserId;
use duologue_session::{Change, Input};
use leptos::prelude::*;

use super::App;
use super::conversations::Conversation;
use crate::store::record::Progress;

/// What the person is looking at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    peer: Option<UserId>,
    is_visible: bool,
    /// The index of the message above which the line stands.
    divider: Option<usize>,
    /// They came to look, and the messages that they missed were not shown to them yet.
    just_came: bool,
}

impl Reading {
    /// Where the line above the new messages stands, by the index of the message below it.
    pub fn divider(&self) -> Option<usize> {
        self.divider
    }

    /// Takes in what is open and whether the tab can be seen. `is_settled`: nothing that was missed is
    /// still on its way. `sees_end`: the latest message is in view. Says whether `conversation`, the open one, counts as
    /// read now: not with the look that draws a line, which the view goes to first.
    pub fn look(
        &mut self,
        peer: Option<&UserId>,
        is_visible: bool,
        is_settled: bool,
        sees_end: bool,
        conversation: Option<&Conversation>,
    ) -> bool {
        if self.peer.as_ref() != peer {
            self.divider = None;
        }
        self.just_came |= is_visible && (!self.is_visible || self.peer.as_ref() != peer);
        (self.peer, self.is_visible) = (peer.cloned(), is_visible);
        if is_visible && !is_settled {
            // Missed messages come in, and get their line together, unless one stands already.
            self.just_came |= self.divider.is_none();
        }
        if !is_visible || !is_settled {
            return false;
        }
        let first_unread = conversation.and_then(Conversation::first_unread);
        if std::mem::take(&mut self.just_came) && first_unread.is_some() {
            self.divider = first_unread;
            return false;
        }
        sees_end && first_unread.is_some()
    }

    /// The person wrote something: what stands above is not new to them.
    pub fn wrote(&mut self) {
        self.divider = None;
    }
}

impl App {
    /// What the person can see now counts as read, and the peer is told so.
    pub(super) fn look(self) {
        let (peer, is_visible) = (self.open_peer(), self.is_visible.get() && !self.is_covered());
        let is_settled = !self.is_catching_up.get();
        let mut reading = self.reading.get_untracked();
        let sees_end = self.sees_end_of.with(|of| of.is_some() && *of == peer);
        let has_read = self.conversations.with(|all| {
            let conversation = peer.as_ref().and_then(|peer| all.with(peer));
            reading.look(peer.as_ref(), is_visible, is_settled, sees_end, conversation)
        });
        let before = self.reading.get_untracked();
        if before != reading {
            let has_line = reading.divider.is_some() && reading.divider != before.divider;
            self.reading.set(reading);
            if has_line {
                // The view goes to the line: what is below it is seen once the reader is there.
                self.sees_end_of.set(None);
            }
        }
        // A stranger is not told that what they wrote was read, before the person has taken it up.
        let talks = |peer: &UserId| self.peers.with(|peers| peers.is_accepted(peer));
        if let Some(peer) = peer.filter(|peer| talks(peer) && has_read) {
            self.has_read(peer);
        }
    }

    /// The person has read all that `peer` wrote.
    pub(super) fn has_read(self, peer: UserId) {
        let latest = self
            .conversations
            .with_untracked(|all| all.with(&peer).and_then(Conversation::latest_theirs));
        let (Some(latest), Some(driver)) = (latest, self.driver()) else { return };
        let up_to = latest.seq;
        if driver.is_of_this_era(latest) {
            driver.input(Input::UserRead { peer, up_to });
        } else {
            // The relay began anew since, and knows nothing of these messages.
            let progress = Progress { era: latest.era, ..Progress::default() };
            let change = Change::ReadHere { peer, up_to };
            self.conversations.update(|all| all.apply(&change, progress));
            driver.keep_read(change, progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use duologue_protocol::{Content, MessageId, Seq, UnixMillis};
    use duologue_session::{Change, Message};

    use super::*;
    use crate::app::conversations::Conversations;
    use crate::store::record::Progress;

    /// The page with one conversation: what the components and signals do around `Reading`.
    #[derive(Default)]
    struct Page {
        reading: Reading,
        all: Conversations,
        received: u64,
    }

    fn ben() -> UserId {
        UserId::parse("ben").unwrap()
    }

    impl Page {
        fn receives(&mut self) {
            self.received += 1;
            let message = Message {
                id: MessageId::parse(self.received.to_string()).unwrap(),
                from: ben(),
                content: Content::parse("hi").unwrap(),
                seq: Seq::new(self.received).unwrap(),
                at: UnixMillis(1),
            };
            self.all.apply(&Change::Received(message), Progress::default());
        }

        /// Where the line stands after a look, and how many are unread then.
        fn look(&mut self, is_open: bool, visible: bool, settled: bool) -> (Option<usize>, u32) {
            let peer = is_open.then(ben);
            let conversation = self.all.with(&ben()).filter(|_| is_open);
            // The first look may draw the line; by the second the view is where that has led.
            self.reading.look(peer.as_ref(), visible, settled, true, conversation);
            if self.reading.look(peer.as_ref(), visible, settled, true, conversation) {
                let up_to = self.all.with(&ben()).unwrap().latest_theirs().unwrap().seq;
                let change = Change::ReadHere { peer: ben(), up_to };
                self.all.apply(&change, Progress::default());
            }
            let unread = self.all.with(&ben()).map_or(0, |conversation| conversation.unread);
            (self.reading.divider(), unread)
        }
    }

    #[test]
    fn whoever_opens_a_conversation_sees_where_the_new_ones_begin_until_they_leave() {
        let mut page = Page::default();
        page.receives();
        page.receives();
        assert_eq!(page.look(false, true, true), (None, 2));
        assert_eq!(page.look(true, true, true), (Some(0), 0));
        page.receives();
        assert_eq!(page.look(true, true, true), (Some(0), 0), "it stays, and nothing is unread");
        assert_eq!(page.look(false, true, true), (None, 0));
        assert_eq!(page.look(true, true, true), (None, 0), "nothing is new any more");
    }

    #[test]
    fn what_is_below_the_view_is_not_read() {
        let mut page = Page::default();
        page.receives();
        let conversation = page.all.with(&ben());
        let mut look =
            |sees_end| page.reading.look(Some(&ben()), true, true, sees_end, conversation);
        assert!(!look(true), "the view goes to the line first");
        assert!(!look(false));
        assert!(look(true));
        assert_eq!(page.reading.divider(), Some(0));
    }

    #[test]
    fn a_message_that_comes_while_one_looks_needs_no_line() {
        let mut page = Page::default();
        page.look(true, true, true);
        page.receives();
        assert_eq!(page.look(true, true, true), (None, 0));
    }

    #[test]
    fn a_hidden_tab_reads_nothing_and_shows_the_line_when_it_is_seen_again() {
        let mut page = Page::default();
        page.look(true, true, true);
        page.receives();
        page.look(true, true, true);
        page.look(true, false, true);
        page.receives();
        assert_eq!(page.look(true, false, true), (None, 1));
        assert_eq!(page.look(true, true, true), (Some(1), 0));
        page.look(true, false, true);
        page.receives();
        assert_eq!(page.look(true, true, true), (Some(2), 0), "the line moves to the newer ones");
        page.reading.wrote();
        assert_eq!(page.look(true, true, true), (None, 0));
    }

    #[test]
    fn what_was_missed_is_read_once_all_of_it_is_here_and_has_its_line() {
        let mut page = Page::default();
        assert_eq!(page.look(true, true, true), (None, 0), "before the network there is history");
        page.look(true, true, false);
        page.receives();
        page.receives();
        assert_eq!(page.look(true, true, false), (None, 2));
        assert_eq!(page.look(true, true, true), (Some(0), 0));
        page.look(true, true, false);
        page.receives();
        assert_eq!(page.look(true, true, true), (Some(0), 0), "a line that stands stays");
    }
}

//! What was said: every conversation of this sitting, in plain structs.

use std::sync::Arc;

use duologue_protocol::content::InvalidContent;
use duologue_protocol::{Content, MessageId, UnixMillis, UserId};
use duologue_session::Message;

/// One message of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its sender's name for it.
    pub id: MessageId,
    /// What it says.
    pub content: Content,
    /// When it was written or, once the relay has it, when the relay took it.
    pub at: UnixMillis,
    /// Whose it is, and what became of it.
    pub state: EntryState,
}

/// Whose a message is, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EntryState {
    /// The peer's.
    Theirs,
    /// One's own, on its way to the relay.
    Queued,
    /// One's own, and the relay handed it on.
    Sent,
    /// One's own, refused for this reason.
    Failed(String),
}

impl EntryState {
    /// Whether the message is one's own.
    pub fn is_mine(&self) -> bool {
        *self != Self::Theirs
    }
}

/// All that was said with one person.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The other one.
    pub peer: UserId,
    /// In the order in which it is shown. Shared, since the page draws from copies.
    pub entries: Vec<Arc<Entry>>,
    /// How many of the peer's messages came while the conversation was not open.
    pub unread: u32,
}

/// Every conversation, the one with the latest message first.
#[derive(Clone, Debug, Default)]
pub struct Conversations {
    latest_first: Vec<Conversation>,
}

impl Conversations {
    /// All of them, the one with the latest message first.
    pub fn iter(&self) -> impl Iterator<Item = &Conversation> {
        self.latest_first.iter()
    }

    /// The one with `peer`.
    pub fn with(&self, peer: &UserId) -> Option<&Conversation> {
        self.latest_first.iter().find(|conversation| conversation.peer == *peer)
    }

    /// Makes sure that there is a conversation with `peer`, and takes its messages as read.
    pub fn open(&mut self, peer: &UserId) {
        let index = self.index_of(peer);
        self.latest_first[index].unread = 0;
    }

    /// Takes in what one wrote oneself.
    pub fn wrote(&mut self, peer: &UserId, id: MessageId, content: Content, at: UnixMillis) {
        self.append(peer, Entry { id, content, at, state: EntryState::Queued });
    }

    /// Takes in what the relay brought to `me`. `is_open`: whether the person sees it at once.
    pub fn received(&mut self, me: &UserId, message: Message, is_open: bool) {
        let Message { id, from, to, content, at } = message;
        // One's own message arrives only if it was sent elsewhere: another tab, another browser.
        let (peer, state) =
            if from == *me { (to, EntryState::Sent) } else { (from, EntryState::Theirs) };
        let is_unread = state == EntryState::Theirs && !is_open;
        self.append(&peer, Entry { id, content, at, state });
        self.latest_first[0].unread += u32::from(is_unread);
    }

    /// The relay took a message to `peer`.
    pub fn accepted(&mut self, peer: &UserId, id: &MessageId, at: UnixMillis) {
        self.change(peer, id, |entry| {
            entry.state = EntryState::Sent;
            entry.at = at;
        });
    }

    /// A message to `peer` was refused.
    pub fn failed(&mut self, peer: &UserId, id: &MessageId, reason: String) {
        self.change(peer, id, |entry| entry.state = EntryState::Failed(reason));
    }

    /// The person wants to try a refused message again: it is queued, and its content is to be sent.
    pub fn retry(&mut self, peer: &UserId, id: &MessageId) -> Option<Content> {
        let mut content = None;
        self.change(peer, id, |entry| {
            if matches!(entry.state, EntryState::Failed(_)) {
                entry.state = EntryState::Queued;
                content = Some(entry.content.clone());
            }
        });
        content
    }

    /// What is still on its way, in the order in which it was written to each person: to be handed to a
    /// new session.
    pub fn queued(&self) -> Vec<(UserId, MessageId, Content)> {
        let queued = |conversation: &Conversation| {
            let peer = conversation.peer.clone();
            let entries = conversation.entries.clone();
            let is_queued = |entry: &Arc<Entry>| entry.state == EntryState::Queued;
            entries
                .into_iter()
                .filter(is_queued)
                .map(move |entry| (peer.clone(), entry.id.clone(), entry.content.clone()))
        };
        self.iter().flat_map(queued).collect()
    }

    /// How many messages wait for a link.
    pub fn queued_count(&self) -> usize {
        let is_queued = |entry: &&Arc<Entry>| entry.state == EntryState::Queued;
        self.iter().map(|conversation| conversation.entries.iter().filter(is_queued).count()).sum()
    }

    fn append(&mut self, peer: &UserId, entry: Entry) {
        let index = self.index_of(peer);
        self.latest_first[..=index].rotate_right(1);
        self.latest_first[0].entries.push(Arc::new(entry));
    }

    fn change(&mut self, peer: &UserId, id: &MessageId, change: impl FnOnce(&mut Entry)) {
        let index = self.index_of(peer);
        let entries = &mut self.latest_first[index].entries;
        // From the end: what changes is nearly always among the latest.
        let mine = entries.iter_mut().rev().find(|entry| entry.id == *id && entry.state.is_mine());
        if let Some(entry) = mine {
            change(Arc::make_mut(entry));
        }
    }

    fn index_of(&mut self, peer: &UserId) -> usize {
        let known = self.latest_first.iter().position(|c| c.peer == *peer);
        known.unwrap_or_else(|| {
            let conversation = Conversation { peer: peer.clone(), entries: Vec::new(), unread: 0 };
            self.latest_first.push(conversation);
            self.latest_first.len() - 1
        })
    }
}

/// What a person typed as a message: without the white space at its ends and without the control
/// characters that a paste may bring and nobody sees. `None` if nothing is left.
///
/// # Errors
/// The rule of [`InvalidContent`] that it breaks.
pub fn compose(typed: &str) -> Result<Option<Content>, InvalidContent> {
    let visible = |c: &char| !c.is_ascii_control() || matches!(c, '\t' | '\n' | '\r');
    let text: String = typed.chars().filter(visible).collect();
    let text = text.trim_end().trim_start_matches(['\n', '\r']);
    if text.trim().is_empty() { Ok(None) } else { Content::parse(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn id(text: &str) -> MessageId {
        MessageId::parse(text).unwrap()
    }

    fn content(text: &str) -> Content {
        Content::parse(text).unwrap()
    }

    fn message(from: &str, to: &str, name: &str) -> Message {
        Message {
            id: id(name),
            from: user(from),
            to: user(to),
            content: content("hi"),
            at: UnixMillis(9),
        }
    }

    #[test]
    fn the_latest_conversation_comes_first_and_unread_are_counted() {
        let me = user("ann");
        let mut all = Conversations::default();
        all.received(&me, message("ben", "ann", "1"), false);
        all.received(&me, message("cleo", "ann", "2"), true);
        all.received(&me, message("ben", "ann", "3"), false);
        let names: Vec<_> = all.iter().map(|c| (c.peer.to_string(), c.unread)).collect();
        assert_eq!(names, [("ben".to_owned(), 2), ("cleo".to_owned(), 0)]);
        all.open(&user("ben"));
        assert_eq!(all.with(&user("ben")).unwrap().unread, 0);
    }

    #[test]
    fn what_one_sent_elsewhere_is_ones_own_and_not_unread() {
        let mut all = Conversations::default();
        all.received(&user("ann"), message("ann", "ben", "1"), false);
        let ben = all.with(&user("ben")).unwrap();
        assert_eq!((ben.unread, &ben.entries[0].state), (0, &EntryState::Sent));
    }

    #[test]
    fn a_message_goes_from_queued_to_its_end() {
        let ben = user("ben");
        let mut all = Conversations::default();
        all.wrote(&ben, id("1"), content("one"), UnixMillis(1));
        all.wrote(&ben, id("2"), content("two"), UnixMillis(2));
        assert_eq!(all.queued_count(), 2);
        all.accepted(&ben, &id("1"), UnixMillis(7));
        all.failed(&ben, &id("2"), "ben is not connected".into());
        let entries = &all.with(&ben).unwrap().entries;
        assert_eq!((&entries[0].state, entries[0].at), (&EntryState::Sent, UnixMillis(7)));
        assert_eq!(entries[1].state, EntryState::Failed("ben is not connected".into()));

        assert_eq!(all.retry(&ben, &id("2")), Some(content("two")));
        assert_eq!(all.retry(&ben, &id("2")), None, "it is on its way");
        assert_eq!(all.queued(), [(ben, id("2"), content("two"))]);
    }

    #[test]
    fn a_peer_cannot_change_my_message_by_using_its_id() {
        let (me, ben) = (user("ann"), user("ben"));
        let mut all = Conversations::default();
        all.wrote(&ben, id("1"), content("mine"), UnixMillis(1));
        all.received(&me, message("ben", "ann", "1"), true);
        all.accepted(&ben, &id("1"), UnixMillis(7));
        let states: Vec<_> =
            all.with(&ben).unwrap().entries.iter().map(|e| e.state.clone()).collect();
        assert_eq!(states, [EntryState::Sent, EntryState::Theirs]);
    }

    #[test]
    fn what_is_typed_becomes_a_message_or_nothing_or_says_why_not() {
        assert_eq!(compose(" \n "), Ok(None));
        assert_eq!(compose("\n  two spaces\n\n"), Ok(Some(content("  two spaces"))));
        assert_eq!(compose("a\u{0}b\u{1b}c\td"), Ok(Some(content("abc\td"))));
        assert_eq!(compose(&"秋".repeat(6_000)), Err(InvalidContent::TooLarge(18_000)));
    }
}

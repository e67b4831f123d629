//! What was said: every conversation of this person with this relay, in plain structs.

use std::collections::HashMap;
use std::sync::Arc;

use duologue_protocol::content::InvalidContent;
use duologue_protocol::{Content, MessageId, Relation, UnixMillis, UserId};
use duologue_session::{Change, Draft, Message, Reason};

use crate::store::Loaded;
use crate::store::deed::Deed;
use crate::store::record::{Entry, EntryState, Marks, MessageRecord, PeerRecord, Place, Progress};

/// What a person is told of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The peer's.
    Theirs,
    /// One's own, on its way to the relay.
    Queued,
    /// One's own, and on the relay's disk.
    Sent,
    /// One's own, and safe with a client of the peer's.
    Delivered,
    /// One's own, and read.
    Read,
    /// One's own, refused for this reason.
    Failed(Reason),
}

impl Status {
    /// The one that is shown. `hides_reads`: who keeps theirs to themselves doesn't see the other's.
    #[must_use]
    pub fn seen(self, hides_reads: bool) -> Self {
        match self {
            Self::Read if hides_reads => Self::Delivered,
            status => status,
        }
    }
}

/// All that was said with one person.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The other one.
    pub peer: UserId,
    /// In the order in which it is shown. None is ever removed or moved, so an entry's index is a name
    /// for it. Shared, since the page draws from copies.
    pub entries: Vec<Arc<Entry>>,
    /// How many of the peer's messages the person has not read.
    pub unread: u32,
    /// What one did to messages and the relay doesn't have yet, or doesn't want.
    acts: Vec<Entry>,
    /// How many of one's own are still on their way: counted as they change, since the page asks with each change.
    queued: usize,
    delivered: Marks,
    read: Marks,
    read_here: Place,
    /// Where each message is, by [`name_of`].
    positions: HashMap<String, usize>,
}

impl Conversation {
    fn new(peer: UserId) -> Self {
        let PeerRecord { peer, delivered, read, read_here, .. } = PeerRecord::new(peer);
        let (entries, positions) = (Vec::new(), HashMap::new());
        let acts = Vec::new();
        Self { peer, entries, unread: 0, acts, queued: 0, delivered, read, read_here, positions }
    }

    /// What the person is told of an entry.
    pub fn status(&self, entry: &Entry) -> Status {
        match &entry.state {
            EntryState::Theirs { .. } => Status::Theirs,
            EntryState::Queued => Status::Queued,
            EntryState::Failed { reason, rule } => {
                Status::Failed(Reason { rule: *rule, words: reason.clone() })
            }
            EntryState::Sent { place } if self.read.cover(*place) => Status::Read,
            EntryState::Sent { place } if self.delivered.cover(*place) => Status::Delivered,
            EntryState::Sent { .. } => Status::Sent,
        }
    }

    /// The entry that a relation names, and its index.
    pub fn find(&self, relation: &Relation) -> Option<(usize, &Arc<Entry>)> {
        let is_mine = relation.from_user_id != self.peer;
        let index = *self.positions.get(&name_of(is_mine, &relation.id))?;
        self.entries.get(index).map(|entry| (index, entry))
    }

    /// What one did last to a message, if that is still on its way or was refused.
    pub fn act_on(&self, entry: &Entry) -> Option<&Entry> {
        let is_on = |act: &&Entry| {
            Deed::of(&act.content, &self.peer, true).is_some_and(|deed| deed.is_on(entry))
        };
        self.acts.iter().rev().find(is_on)
    }

    /// The latest of one's own messages whose words may be changed.
    pub fn latest_to_edit(&self) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.is_mine() && entry.can_change())
    }

    /// The index of the first message that the person has not read.
    pub fn first_unread(&self) -> Option<usize> {
        let newest_first = self.entries.iter().enumerate().rev();
        let theirs = newest_first.filter(|(_, entry)| !entry.is_mine());
        let unread = theirs.take(usize::try_from(self.unread).unwrap_or(usize::MAX));
        unread.last().map(|(index, _)| index)
    }

    /// The latest of the peer's messages: having read it is having read all.
    pub fn latest_theirs(&self) -> Option<Place> {
        self.theirs_newest_first().next()
    }

    fn theirs_newest_first(&self) -> impl Iterator<Item = Place> {
        self.entries.iter().rev().filter_map(|entry| match entry.state {
            EntryState::Theirs { place } => Some(place),
            _ => None,
        })
    }

    fn count_unread(&mut self) {
        // They are in the relay's order: what comes before a read one was read.
        let unread = self.theirs_newest_first().take_while(|place| *place > self.read_here).count();
        self.unread = u32::try_from(unread).unwrap_or(u32::MAX);
    }

    fn knows(&self, is_mine: bool, id: &MessageId) -> bool {
        self.positions.contains_key(&name_of(is_mine, id))
    }

    fn append(&mut self, entry: Entry) {
        self.positions.insert(name_of(entry.is_mine(), &entry.id), self.entries.len());
        self.queued += usize::from(is_queued(&entry));
        self.entries.push(Arc::new(entry));
    }

    /// Changes the entry of this name, if it is here.
    fn change(&mut self, is_mine: bool, id: &MessageId, change: impl FnOnce(&mut Entry)) {
        let index = self.positions.get(&name_of(is_mine, id));
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(*index)) {
            self.queued -= usize::from(is_queued(entry));
            change(Arc::make_mut(entry));
            self.queued += usize::from(is_queued(entry));
        } else if let Some(act) = self.acts.iter_mut().find(|act| is_mine && act.id == *id) {
            change(act);
            self.acts.retain(|act| !matches!(act.state, EntryState::Sent { .. }));
        }
    }

    /// Does to a message what `content` says.
    fn amend(&mut self, deed: &Deed, content: &Content) {
        self.change(deed.on_mine, &deed.id, |entry| entry.amend(deed, content));
    }
}

/// Every conversation, the one with the latest message first.
#[derive(Clone, Debug, Default)]
pub struct Conversations {
    latest_first: Vec<Conversation>,
    /// Counts how often all of it was replaced: only within one of these is an index a name.
    sitting: usize,
}

impl Conversations {
    /// What an earlier sitting left behind.
    pub fn new(loaded: Loaded) -> Self {
        let mut all = Self::default();
        for PeerRecord { peer, delivered, read, read_here, .. } in loaded.peers {
            let conversation = all.of(&peer);
            (conversation.delivered, conversation.read) = (delivered, read);
            conversation.read_here = read_here;
        }
        for MessageRecord { peer, entry, .. } in loaded.messages {
            if Deed::of(&entry.content, &peer, entry.is_mine()).is_some() {
                all.of(&peer).acts.push(entry);
            } else {
                all.latest(&peer).append(entry);
            }
        }
        // What is known of a peer without a message is no conversation to show.
        all.latest_first.retain(|one| !one.entries.is_empty() || !one.acts.is_empty());
        all.latest_first.iter_mut().for_each(Conversation::count_unread);
        all
    }

    /// Replaces all of it by what an earlier sitting left behind.
    pub fn load(&mut self, loaded: Loaded) {
        *self = Self { sitting: self.sitting + 1, ..Self::new(loaded) };
    }

    /// How many messages there are with `peer`, and in which sitting.
    pub fn extent(&self, peer: &UserId) -> (usize, usize) {
        (self.sitting, self.with(peer).map_or(0, |conversation| conversation.entries.len()))
    }

    /// All of them, the one with the latest message first.
    pub fn iter(&self) -> impl Iterator<Item = &Conversation> {
        self.latest_first.iter()
    }

    /// The one with `peer`.
    pub fn with(&self, peer: &UserId) -> Option<&Conversation> {
        self.latest_first.iter().find(|conversation| conversation.peer == *peer)
    }

    /// Whether anything was said with `peer`.
    pub fn has_messages_with(&self, peer: &UserId) -> bool {
        self.with(peer).is_some_and(|conversation| !conversation.entries.is_empty())
    }

    /// Makes sure that there is a conversation with `peer`.
    pub fn open(&mut self, peer: &UserId) {
        self.of(peer);
    }

    /// Takes in what changed. `progress`: where the change leads; its places are of that era.
    pub fn apply(&mut self, change: &Change, progress: Progress) {
        match change {
            Change::Queued { draft, at } => {
                self.wrote(draft, *at, EntryState::Queued, Entry::queue);
            }
            Change::SentElsewhere { draft, seq, at } => {
                let place = progress.place(*seq);
                let store = |entry: &mut Entry| entry.store(place, *at);
                self.wrote(draft, *at, EntryState::Sent { place }, store);
            }
            Change::Received(message) => self.received(message, progress.place(message.seq)),
            Change::Moved { from, id, seq } => {
                let conversation = self.of(from);
                let place = progress.place(*seq);
                conversation.change(false, id, |entry| entry.store(place, entry.at));
                conversation.count_unread();
            }
            Change::Stored { id, to, seq, at } => {
                self.of(to).change(true, id, |entry| entry.store(progress.place(*seq), *at));
            }
            Change::Failed { id, to, reason } => {
                self.of(to).change(true, id, |entry| entry.fail(reason));
            }
            Change::Delivered { peer, up_to, .. } => {
                self.of(peer).delivered.raise(progress.place(*up_to));
            }
            Change::Read { peer, up_to, .. } => self.of(peer).read.raise(progress.place(*up_to)),
            Change::ReadHere { peer, up_to } => {
                let conversation = self.of(peer);
                conversation.read_here = conversation.read_here.max(progress.place(*up_to));
                conversation.count_unread();
            }
            Change::Pinned { .. } | Change::Place { .. } => {}
        }
    }

    /// Forgets what was said with `peer`, but for what is still on its way. Returns what went: whether it was one's
    /// own, and its name.
    pub fn delete(&mut self, peer: &UserId) -> Vec<(bool, MessageId)> {
        let Some(index) = self.latest_first.iter().position(|one| one.peer == *peer) else {
            return Vec::new();
        };
        let mut old = self.latest_first.remove(index);
        let (kept, gone): (Vec<_>, Vec<_>) = old.entries.drain(..).partition(|one| is_queued(one));
        let (acts, done): (Vec<_>, Vec<_>) = old.acts.drain(..).partition(is_queued);
        old.acts = acts;
        (old.unread, old.queued, old.positions) = (0, 0, HashMap::new());
        // An index names another message from here on.
        self.sitting += 1;
        if !kept.is_empty() || !old.acts.is_empty() {
            for entry in kept {
                old.append(Arc::unwrap_or_clone(entry));
            }
            self.latest_first.insert(index, old);
        }
        let gone = gone.into_iter().map(|entry| (entry.is_mine(), entry.id.clone()));
        gone.chain(done.into_iter().map(|act| (true, act.id))).collect()
    }

    /// The refused message of this name, to be tried again.
    pub fn failed(&self, peer: &UserId, id: &MessageId) -> Option<Draft> {
        let conversation = self.with(peer)?;
        let index = conversation.positions.get(&name_of(true, id));
        let entry = match index.and_then(|index| conversation.entries.get(*index)) {
            Some(entry) => entry,
            None => conversation.acts.iter().find(|act| act.id == *id)?,
        };
        let is_failed = matches!(entry.state, EntryState::Failed { .. });
        is_failed.then(|| draft_of(peer, entry))
    }

    /// What is still on its way, in the order in which it was written to each person: to be handed to a
    /// new session.
    pub fn queued(&self) -> Vec<Draft> {
        let queued = |conversation: &Conversation| {
            let entries = conversation.entries.iter().map(Arc::as_ref);
            let queued = entries.chain(&conversation.acts).filter(|entry| is_queued(entry));
            queued.map(|entry| draft_of(&conversation.peer, entry)).collect::<Vec<_>>()
        };
        self.iter().flat_map(queued).collect()
    }

    /// How many messages wait to be sent.
    pub fn queued_count(&self) -> usize {
        let acts = |one: &Conversation| one.acts.iter().filter(|act| is_queued(act)).count();
        self.iter().map(|conversation| conversation.queued + acts(conversation)).sum()
    }

    fn wrote(
        &mut self,
        Draft { id, to, content }: &Draft,
        at: UnixMillis,
        new: EntryState,
        change: impl FnOnce(&mut Entry),
    ) {
        let new = Entry::new(id.clone(), content.clone(), at, new);
        if let Some(deed) = Deed::of(content, to, true) {
            let conversation = self.of(to);
            conversation.amend(&deed, content);
            if conversation.acts.iter().any(|act| act.id == *id) {
                conversation.change(true, id, change);
            } else if is_queued(&new) {
                conversation.acts.push(new);
            }
        } else if self.of(to).knows(true, id) {
            self.of(to).change(true, id, change);
        } else {
            self.latest(to).append(new);
        }
    }

    fn received(&mut self, Message { id, from, content, at, .. }: &Message, place: Place) {
        if let Some(deed) = Deed::of(content, from, false) {
            self.of(from).amend(&deed, content);
        } else if self.of(from).knows(false, id) {
            let conversation = self.of(from);
            conversation.change(false, id, |entry| entry.store(place, *at));
            conversation.count_unread();
        } else {
            let state = EntryState::Theirs { place };
            let conversation = self.latest(from);
            conversation.append(Entry::new(id.clone(), content.clone(), *at, state));
            conversation.unread += u32::from(place > conversation.read_here);
        }
    }

    /// The conversation with `peer`, as the one with the latest message.
    fn latest(&mut self, peer: &UserId) -> &mut Conversation {
        let index = self.index_of(peer);
        self.latest_first[..=index].rotate_right(1);
        &mut self.latest_first[0]
    }

    fn of(&mut self, peer: &UserId) -> &mut Conversation {
        let index = self.index_of(peer);
        &mut self.latest_first[index]
    }

    fn index_of(&mut self, peer: &UserId) -> usize {
        let known = self.latest_first.iter().position(|c| c.peer == *peer);
        known.unwrap_or_else(|| {
            self.latest_first.push(Conversation::new(peer.clone()));
            self.latest_first.len() - 1
        })
    }
}

/// A name for a message: a peer may give one the id that one of mine has.
fn name_of(is_mine: bool, id: &MessageId) -> String {
    format!("{} {id}", if is_mine { "mine" } else { "theirs" })
}

fn is_queued(entry: &Entry) -> bool {
    entry.state == EntryState::Queued
}

fn draft_of(peer: &UserId, entry: &Entry) -> Draft {
    Draft { id: entry.id.clone(), to: peer.clone(), content: entry.content.clone() }
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
#[path = "conversations_tests.rs"]
mod tests;

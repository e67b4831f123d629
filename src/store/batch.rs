//! What one transaction makes of the records: texts in, texts out, so that the rules need no browser.

use std::collections::HashMap;

use duologue_protocol::{Content, MessageId, UnixMillis, UserId};
use duologue_session::{Change, Draft, Message};
use serde::Serialize;

use super::reading::Record;
use super::record::{
    Book, DraftRecord, Entry, EntryState, MessageRecord, PeerRecord, Place, Progress, Verdict,
};

/// Where records are kept, by what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// [`MessageRecord`]s.
    Messages,
    /// [`PeerRecord`]s.
    Peers,
    /// [`DraftRecord`]s.
    Drafts,
    /// One [`Book`].
    Book,
}

impl Table {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Messages, Self::Peers, Self::Drafts, Self::Book];

    /// Its name in the database.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Peers => "peers",
            Self::Drafts => "drafts",
            Self::Book => "book",
        }
    }
}

/// One record's place in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) table: Table,
    pub(super) name: String,
}

impl Key {
    const BOOK: Self = Self { table: Table::Book, name: String::new() };

    /// A peer may give a message the id that one of mine has; a name has no line break in it.
    fn message(peer: &UserId, is_mine: bool, id: &MessageId) -> Self {
        let whose = if is_mine { "mine" } else { "theirs" };
        Self { table: Table::Messages, name: format!("{peer}\n{whose}\n{id}") }
    }

    fn peer(peer: &UserId) -> Self {
        Self { table: Table::Peers, name: peer.to_string() }
    }

    fn draft(peer: &UserId) -> Self {
        Self { table: Table::Drafts, name: peer.to_string() }
    }

    fn text(&self) -> String {
        format!("{}\n{}", self.table.name(), self.name)
    }
}

/// Something to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A change in the person's conversations.
    Change {
        /// What changed.
        change: Change,
        /// Where it leads; its places are of that era.
        progress: Progress,
    },
    /// A text that was not sent yet; an empty one is none.
    Draft(DraftRecord),
    /// The person says something of a peer.
    Verdict {
        /// Of whom.
        peer: UserId,
        /// What.
        verdict: Verdict,
    },
    /// The person wants a message gone from this browser. One that is still on its way stays.
    Deleted {
        /// With whom it was exchanged.
        peer: UserId,
        /// Whether it is one's own.
        is_mine: bool,
        /// Its name.
        id: MessageId,
    },
    /// A message that was on its way belongs elsewhere now.
    Moved {
        /// To whom it is.
        peer: UserId,
        /// Its name.
        id: MessageId,
    },
}

impl Step {
    /// Of whom it says whether they are who they seem, or are wanted.
    pub(super) fn decides_on(&self) -> Option<&UserId> {
        match self {
            Self::Verdict { peer, .. }
            | Self::Change { change: Change::Pinned { peer, .. }, .. } => Some(peer),
            _ => None,
        }
    }

    /// The record that it changes, beside the book.
    fn key(&self) -> Option<Key> {
        match self {
            Self::Draft(draft) => Some(Key::draft(&draft.peer)),
            Self::Verdict { peer, .. } => Some(Key::peer(peer)),
            Self::Moved { peer, id } => Some(Key::message(peer, true, id)),
            Self::Deleted { peer, is_mine, id } => Some(Key::message(peer, *is_mine, id)),
            Self::Change { change, .. } => match change {
                Change::Queued { draft, .. } | Change::SentElsewhere { draft, .. } => {
                    Some(Key::message(&draft.to, true, &draft.id))
                }
                Change::Stored { id, to, .. } | Change::Failed { id, to, .. } => {
                    Some(Key::message(to, true, id))
                }
                Change::Received(message) => Some(Key::message(&message.from, false, &message.id)),
                Change::Moved { from, id, .. } => Some(Key::message(from, false, id)),
                Change::Delivered { peer, .. }
                | Change::Read { peer, .. }
                | Change::Pinned { peer, .. }
                | Change::ReadHere { peer, .. } => Some(Key::peer(peer)),
                Change::Place { .. } => None,
            },
        }
    }
}

/// One transaction: the records that its steps change, first as they are found, then as they are to be.
pub(super) struct Batch {
    steps: Vec<Step>,
    /// New messages get at least this order.
    least_order: u64,
    /// Each record that a step changes, once.
    pub(super) cells: Vec<Cell>,
    /// Where each cell is, by its key as text.
    positions: HashMap<String, usize>,
    /// Of whom a step decides something.
    decided: Vec<UserId>,
}

/// A record's place and its text.
pub(super) struct Cell {
    pub(super) key: Key,
    /// `None`: there is no such record.
    pub(super) text: Option<String>,
    /// Whether the steps changed the text.
    pub(super) is_changed: bool,
}

impl Batch {
    /// A batch whose cells are to be filled with what is found under their keys.
    pub(super) fn new(steps: Vec<Step>, least_order: u64) -> Self {
        let (cells, positions) = (Vec::new(), HashMap::new());
        let decided = steps.iter().filter_map(Step::decides_on).cloned().collect();
        let mut batch = Self { steps, least_order, cells, positions, decided };
        batch.add(Key::BOOK);
        for key in batch.steps.iter().filter_map(Step::key).collect::<Vec<_>>() {
            batch.add(key);
        }
        batch
    }

    /// Whether losing it to a power cut would lose more than a few typed letters.
    pub(super) fn is_precious(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step, Step::Draft(_)))
    }

    /// Does the steps to the texts of the cells. A record that can't be read counts as missing, but for what
    /// is known of a peer: that stays as it is.
    pub(super) fn run(&mut self) {
        for step in std::mem::take(&mut self.steps) {
            self.take(&step);
        }
    }

    /// What is known now of those of whom a step decided something.
    pub(super) fn decided(&self) -> Vec<PeerRecord> {
        self.decided.iter().filter_map(|peer| self.read(&Key::peer(peer))).collect()
    }

    fn add(&mut self, key: Key) {
        if !self.positions.contains_key(&key.text()) {
            self.positions.insert(key.text(), self.cells.len());
            self.cells.push(Cell { key, text: None, is_changed: false });
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Draft(draft) if draft.text.is_empty() => self.set(&Key::draft(&draft.peer), None),
            Step::Draft(draft) => self.write(&Key::draft(&draft.peer), draft),
            Step::Verdict { peer, verdict } => self.peer(peer, |record| record.judge(*verdict)),
            Step::Deleted { peer, is_mine, id } => {
                let key = Key::message(peer, *is_mine, id);
                let record = self.read::<MessageRecord>(&key);
                if record.is_none_or(|record| record.entry.state != EntryState::Queued) {
                    self.set(&key, None);
                }
            }
            Step::Moved { peer, id } => {
                let key = Key::message(peer, true, id);
                let record = self.read::<MessageRecord>(&key);
                // What the relay has taken meanwhile stays.
                if record.is_some_and(|record| record.entry.state == EntryState::Queued) {
                    self.set(&key, None);
                }
            }
            Step::Change { change, progress } => {
                self.change(change, *progress);
                let book = self.book();
                let progress = book.progress.merged(*progress);
                self.write(&Key::BOOK, &Book { progress, ..book });
            }
        }
    }

    fn change(&mut self, change: &Change, progress: Progress) {
        match change {
            Change::Queued { draft, at } => {
                self.message(draft, *at, Entry::queue, EntryState::Queued);
            }
            Change::SentElsewhere { draft, seq, at } => {
                let place = progress.place(*seq);
                let store = |entry: &mut Entry| entry.store(place, *at);
                self.message(draft, *at, store, EntryState::Sent { place });
            }
            Change::Stored { id, to, seq, at } => {
                let key = Key::message(to, true, id);
                self.known(&key, |entry| entry.store(progress.place(*seq), *at));
            }
            Change::Failed { id, to, reason } => {
                self.known(&Key::message(to, true, id), |entry| entry.fail(reason));
            }
            Change::Moved { from, id, seq } => {
                let key = Key::message(from, false, id);
                self.known(&key, |entry| entry.store(progress.place(*seq), entry.at));
            }
            Change::Received(message) => self.received(message, progress.place(message.seq)),
            Change::Delivered { peer, up_to, .. } => {
                self.peer(peer, |record| record.delivered.raise(progress.place(*up_to)));
            }
            Change::Read { peer, up_to, .. } => {
                self.peer(peer, |record| record.read.raise(progress.place(*up_to)));
            }
            Change::ReadHere { peer, up_to } => self.peer(peer, |record| {
                record.read_here = record.read_here.max(progress.place(*up_to));
            }),
            Change::Pinned { peer, fingerprint, instead_of } => {
                self.peer(peer, |record| record.pin(*fingerprint, *instead_of));
            }
            Change::Place { .. } => {}
        }
    }

    /// One's own message that may be here already: changed if it is, else written down as `new`.
    fn message(
        &mut self,
        draft: &Draft,
        at: UnixMillis,
        change: impl FnOnce(&mut Entry),
        new: EntryState,
    ) {
        let key = Key::message(&draft.to, true, &draft.id);
        self.upsert(&key, (&draft.to, &draft.id, &draft.content), at, change, new);
    }

    fn received(&mut self, message: &Message, place: Place) {
        let Message { id, from, content, at, .. } = message;
        let store = |entry: &mut Entry| entry.store(place, *at);
        let key = Key::message(from, false, id);
        self.upsert(&key, (from, id, content), *at, store, EntryState::Theirs { place });
    }

    fn upsert(
        &mut self,
        key: &Key,
        (peer, id, content): (&UserId, &MessageId, &Content),
        at: UnixMillis,
        change: impl FnOnce(&mut Entry),
        new: EntryState,
    ) {
        if let Some(mut record) = self.read::<MessageRecord>(key) {
            change(&mut record.entry);
            self.write(key, &record);
            return;
        }
        let book = self.book();
        let order = book.next_order.max(self.least_order);
        self.write(&Key::BOOK, &Book { next_order: order + 1, ..book });
        let entry = Entry { id: id.clone(), content: content.clone(), at, state: new };
        self.write(key, &MessageRecord { order, peer: peer.clone(), entry });
    }

    /// News of a message that should be here. Without the message there is nothing to keep.
    fn known(&mut self, key: &Key, change: impl FnOnce(&mut Entry)) {
        if let Some(mut record) = self.read::<MessageRecord>(key) {
            change(&mut record.entry);
            self.write(key, &record);
        }
    }

    fn peer(&mut self, peer: &UserId, change: impl FnOnce(&mut PeerRecord)) {
        let key = Key::peer(peer);
        let mut record = match self.read(&key) {
            Some(record) => record,
            None if self.text(&key).is_none() => PeerRecord::new(peer.clone()),
            // There is a pin in it, perhaps, or that they are blocked: a page that can read it is to find it.
            None => return,
        };
        change(&mut record);
        self.write(&key, &record);
    }

    fn book(&self) -> Book {
        self.read(&Key::BOOK).unwrap_or_default()
    }

    fn read<T: Record>(&self, key: &Key) -> Option<T> {
        T::read(self.text(key)?)
    }

    fn text(&self, key: &Key) -> Option<&str> {
        let index = *self.positions.get(&key.text())?;
        self.cells.get(index)?.text.as_deref()
    }

    fn write(&mut self, key: &Key, record: &impl Serialize) {
        // Records are structs of strings and numbers with string keys: serde_json can't fail on them.
        if let Ok(text) = serde_json::to_string(record) {
            self.set(key, Some(text));
        }
    }

    fn set(&mut self, key: &Key, text: Option<String>) {
        let index = self.positions.get(&key.text());
        if let Some(cell) = index.and_then(|index| self.cells.get_mut(*index)) {
            cell.is_changed |= cell.text != text;
            cell.text = text;
        }
    }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;

//! What one transaction makes of the records: texts in, texts out, so that the rules need no browser.

use std::collections::HashMap;

use duologue_protocol::{UnixMillis, UserId};
use duologue_session::{Change, Draft, Message};
use serde::Serialize;

use super::deed::Deed;
use super::reading::Record;
use super::record::{Book, Entry, EntryState, MessageRecord, PeerRecord, Place, Progress};
use super::step::{Key, Step};

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
        for key in batch.steps.iter().flat_map(Step::keys).collect::<Vec<_>>() {
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
                self.drop_if_done(&key);
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

    /// One's own message that may be here already: changed if it is, else written down as `new`. What does something
    /// to another message does it at once, and is written down for as long as it is on its way.
    fn message(
        &mut self,
        draft: &Draft,
        at: UnixMillis,
        change: impl FnOnce(&mut Entry),
        new: EntryState,
    ) {
        let Draft { id, to, content } = draft;
        let key = Key::message(to, true, id);
        if let Some(deed) = Deed::of(content, to, true) {
            self.known(&Key::message(to, deed.on_mine, &deed.id), |on| on.amend(&deed, content));
        }
        let entry = Entry::new(id.clone(), content.clone(), at, new);
        self.upsert(&key, to, change, entry);
        self.drop_if_done(&key);
    }

    /// What the peer does to a message needs no record of its own: it comes again, if it has to, with the same outcome.
    fn received(&mut self, message: &Message, place: Place) {
        let Message { id, from, content, at, .. } = message;
        if let Some(deed) = Deed::of(content, from, false) {
            self.known(&Key::message(from, deed.on_mine, &deed.id), |on| on.amend(&deed, content));
            return;
        }
        let store = |entry: &mut Entry| entry.store(place, *at);
        let new = Entry::new(id.clone(), content.clone(), *at, EntryState::Theirs { place });
        self.upsert(&Key::message(from, false, id), from, store, new);
    }

    fn upsert(&mut self, key: &Key, peer: &UserId, change: impl FnOnce(&mut Entry), new: Entry) {
        if let Some(mut record) = self.read::<MessageRecord>(key) {
            change(&mut record.entry);
            self.write(key, &record);
            return;
        }
        let book = self.book();
        let order = book.next_order.max(self.least_order);
        self.write(&Key::BOOK, &Book { next_order: order + 1, ..book });
        self.write(key, &MessageRecord { order, peer: peer.clone(), entry: new });
    }

    /// What one did to another message is in that one, once the relay has it.
    fn drop_if_done(&mut self, key: &Key) {
        let Some(MessageRecord { peer, entry, .. }) = self.read(key) else { return };
        let is_sent = matches!(entry.state, EntryState::Sent { .. });
        if is_sent && Deed::of(&entry.content, &peer, true).is_some() {
            self.set(key, None);
        }
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

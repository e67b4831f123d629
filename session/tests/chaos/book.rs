//! What a driver makes of a session's changes.

use std::collections::BTreeMap;

use duologue_protocol::{MessageId, Seq, UserId};
use duologue_session::{Change, Saved};

/// What a driver keeps of a session's changes: once for the page, once for the store.
#[derive(Clone, Default)]
pub(crate) struct Book {
    pub(crate) saved: Saved,
    /// What was received, in the order in which it came, and where it is now.
    pub(crate) shown: Vec<(UserId, MessageId)>,
    pub(crate) places: BTreeMap<(UserId, MessageId), Seq>,
    pub(crate) queued: Vec<MessageId>,
    pub(crate) receipts: BTreeMap<UserId, (Seq, Seq)>,
}

impl Book {
    pub(crate) fn apply(&mut self, change: &Change) {
        let saved = &mut self.saved;
        match change.clone() {
            Change::Queued { draft, .. } => {
                self.queued.push(draft.id.clone());
                saved.outbox.push(draft);
            }
            Change::Stored { id, .. } => saved.outbox.retain(|draft| draft.id != id),
            Change::Received(message) => {
                let key = (message.from, message.id);
                assert!(!self.places.contains_key(&key), "{key:?} shown twice");
                self.places.insert(key.clone(), message.seq);
                self.shown.push(key.clone());
                saved.seen.push(key);
                saved.cursor = message.seq;
            }
            Change::Moved { from, id, seq } => {
                *self.places.get_mut(&(from, id)).unwrap() = seq;
                saved.cursor = seq;
            }
            Change::Delivered { peer, up_to, version } => {
                let marks = self.receipts.entry(peer).or_default();
                marks.0 = up_to.max(marks.0);
                saved.receipts = version;
            }
            Change::Read { peer, up_to, version } => {
                let marks = self.receipts.entry(peer).or_default();
                marks.1 = up_to.max(marks.1);
                saved.receipts = version;
            }
            Change::ReadHere { peer, up_to } => {
                saved.reads.retain(|(known, _)| *known != peer);
                saved.reads.push((peer, up_to));
            }
            Change::Pinned { peer, fingerprint, instead_of } => {
                assert_eq!(instead_of, None, "nobody decides anything");
                saved.pins.push((peer, fingerprint));
            }
            Change::Place { cursor, receipts } => {
                assert!(cursor >= saved.cursor, "this relay knows every place");
                (saved.cursor, saved.receipts) = (cursor, receipts);
            }
            // From an own link of before, whose message the new one got through first.
            Change::SentElsewhere { draft, .. } => assert!(self.queued.contains(&draft.id)),
            Change::Failed { id, reason, .. } => panic!("{id:?} failed: {reason}"),
        }
    }
}

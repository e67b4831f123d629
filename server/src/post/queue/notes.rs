//! How far mailboxes were delivered, until it is written down.
//!
//! Nobody waits for that as one waits for a message to be stored, and each takes several times what a message takes to
//! write. So what is said of a mailbox within a moment is one note, written together with those of all others.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use duologue_protocol::{Seq, UserId};
use tokio::time::{Duration, Instant};

use super::Room;
use crate::outgoing::Outgoing;

/// How long after the last notes the next ones are written, where only messages come meanwhile: too short to be seen by
/// whoever wrote them, and as long as some dozens of commits. It is also what a classic page gets once more after a crash.
pub(super) const NOTES_EVERY: Duration = Duration::from_millis(20);

/// Mail is safe with its addressee.
#[derive(Clone, Debug)]
pub struct Note {
    /// Whose mailbox.
    pub to: UserId,
    /// Whose mail in it; everybody's if `None`.
    pub from: Option<UserId>,
    /// Up to where.
    pub up_to: Seq,
    /// Who is told if that can't be written: everybody who said so, and nobody of a classic page.
    pub readers: Vec<Outgoing>,
}

/// The notes that wait, one for a mailbox or for a sender's part of it.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// In an order that is always the same, since versions of receipts follow it.
    waiting: BTreeMap<(UserId, Option<UserId>), Waiting>,
    /// When notes were last taken out.
    taken: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    note: Note,
    room: Room,
    /// How many jobs had been put in before it. All mail that it means is among them.
    after: u64,
}

impl Notes {
    /// Adds a note to what waits of its mailbox. The room of what was there already is enough for both. `after`: how many
    /// jobs have been put in before it.
    pub(super) fn add(&mut self, note: Note, room: Room, after: u64) {
        match self.waiting.entry((note.to.clone(), note.from.clone())) {
            Entry::Vacant(vacant) => {
                vacant.insert(Waiting { note, room, after });
            }
            Entry::Occupied(mut occupied) => {
                occupied.get_mut().after = after;
                let there = &mut occupied.get_mut().note;
                there.up_to = there.up_to.max(note.up_to);
                for reader in note.readers {
                    if !there.readers.iter().any(|other| other.is(&reader)) {
                        there.readers.push(reader);
                    }
                }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When what waits is to be written, if anything does: at once after a quiet time.
    pub(super) fn due(&self) -> Option<Instant> {
        let next = self.taken.map_or_else(Instant::now, |taken| taken + NOTES_EVERY);
        (!self.is_empty()).then_some(next)
    }

    /// What is to be written behind the first `done` jobs of all. A note stays, as it is now, while some of the mail that it
    /// means may be behind those: whoever said it is told only of the last time.
    pub(super) fn take(&mut self, done: u64) -> Vec<(Note, Room)> {
        self.taken = Some(Instant::now());
        let mut notes = Vec::with_capacity(self.waiting.len());
        let waiting = std::mem::take(&mut self.waiting);
        for (mailbox, one) in waiting {
            if one.after <= done {
                notes.push((one.note, one.room));
            } else {
                let note = Note { readers: Vec::new(), ..one.note.clone() };
                notes.push((note, Room::unbounded()));
                self.waiting.insert(mailbox, one);
            }
        }
        notes
    }
}

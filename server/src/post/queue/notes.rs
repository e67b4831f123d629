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
    waiting: BTreeMap<(UserId, Option<UserId>), (Note, Room)>,
    /// When notes were last taken out.
    taken: Option<Instant>,
}

impl Notes {
    /// Adds a note to what waits of its mailbox. The room of what was there already is enough for both.
    pub(super) fn add(&mut self, note: Note, room: Room) {
        match self.waiting.entry((note.to.clone(), note.from.clone())) {
            Entry::Vacant(vacant) => {
                vacant.insert((note, room));
            }
            Entry::Occupied(mut occupied) => {
                let there = &mut occupied.get_mut().0;
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

    /// Takes out everything.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Note, Room)> + use<> {
        self.taken = Some(Instant::now());
        std::mem::take(&mut self.waiting).into_values()
    }

    /// What waits, as it is now. It stays, since some of the mail that it means is behind what is written with it: whoever
    /// said it is told only of the last time.
    pub(super) fn copy(&mut self) -> impl Iterator<Item = (Note, Room)> {
        self.taken = Some(Instant::now());
        self.waiting.values().map(|(note, _)| {
            let note = Note { readers: Vec::new(), ..note.clone() };
            (note, Room::unbounded())
        })
    }
}

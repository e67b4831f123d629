//! New mail that is held for one connection until it is decided: stored or not.

use std::collections::VecDeque;
use std::sync::Arc;

use duologue_protocol::Seq;

use crate::mailbox::Mail;

/// How much is held, in messages: what a busy conversation brings in the milliseconds that a page or a
/// commit takes. Above it, a page is read instead.
const LATE_MAX: usize = 64;

/// The same in bytes, so that what is handed over at once fits the connection's queue.
const LATE_MAX_BYTES: usize = 256 * 1024;

/// Held mail, in its order.
#[derive(Debug, Default)]
pub(super) struct Late {
    held: VecDeque<(Arc<Mail>, Fate)>,
    bytes: usize,
    /// Some is not held.
    is_lost: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Undecided,
    Stored,
    /// It was stored before, or could not be stored.
    Dropped,
}

impl Late {
    /// Holds a message.
    pub(super) fn hold(&mut self, mail: &Arc<Mail>) {
        let bytes = size(mail);
        if self.held.len() >= LATE_MAX || self.bytes + bytes > LATE_MAX_BYTES {
            self.is_lost = true;
        }
        if !self.is_lost {
            self.bytes += bytes;
            self.held.push_back((Arc::clone(mail), Fate::Undecided));
        }
    }

    /// A message came that is not to be held.
    pub(super) fn lose(&mut self) {
        self.is_lost = true;
    }

    /// Whether there is more than is held.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// What became of a message.
    pub(super) fn decided(&mut self, seq: Seq, is_stored: bool) {
        if let Ok(index) = self.held.binary_search_by_key(&seq, |(mail, _)| mail.seq) {
            self.held[index].1 = if is_stored { Fate::Stored } else { Fate::Dropped };
        }
    }

    /// Holds what comes up to a place no more.
    pub(super) fn skip(&mut self, reach: Seq) {
        while let Some((mail, _)) = self.held.pop_front_if(|(mail, _)| mail.seq <= reach) {
            self.bytes -= size(&mail);
        }
    }

    /// Takes out the next message, if it is stored.
    pub(super) fn next_stored(&mut self) -> Option<Arc<Mail>> {
        while let Some((mail, fate)) = self.held.pop_front_if(|(_, fate)| *fate != Fate::Undecided)
        {
            self.bytes -= size(&mail);
            if fate == Fate::Stored {
                return Some(mail);
            }
        }
        None
    }
}

fn size(mail: &Mail) -> usize {
    mail.content.as_ref().map_or(0, |content| content.as_str().len())
        + mail.classic.as_ref().map_or(0, |text| text.len())
}

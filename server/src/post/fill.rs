//! How full each mailbox is: what is kept for one person is bounded, and people that this person never wrote to can't
//! make it all of that.
//!
//! The counts are in memory, of those who got mail since the start. A count is looked up once, and again only where it
//! would have a message refused and may be too high.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use duologue_protocol::UserId;

use crate::mailbox::{Kept, Mail, Mailbox};

/// How much may be kept for one person: twelve thousand short messages a day over thirty days, or eight thousand of the
/// longest; and a disk of a few gigabytes holds some dozens of mailboxes that somebody fills on purpose.
const FULL_BYTES: u64 = 128 * 1024 * 1024;

/// How full a mailbox may be for people that its owner has never written to: a quarter, so that whoever floods it from
/// new names leaves room for those with whom the owner talks.
const STRANGERS_BYTES: u64 = FULL_BYTES / 4;

/// What a message takes beside its words, about: its names, its id in a row and in an index, and its places.
const MAIL_OVERHEAD: u64 = 256;

/// How many counts are kept: some ten megabytes. Then one makes room for the next, whichever it is.
const FILLS_MAX: usize = 65_536;

/// How many people are remembered to be known to a mailbox's owner: more than flood it at one time, or each message of
/// theirs would be a question to the database.
const KNOWN_MAX: usize = 8;

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Fills(HashMap<UserId, Fill>);

#[derive(Debug)]
struct Fill {
    kept: Kept,
    /// Something may have been removed since.
    is_doubtful: bool,
    /// Some of those to whom the owner has written, as far as that was asked, the latest first.
    known: VecDeque<UserId>,
}

/// Why there is no room for a message; `Display` says it to its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// For nobody's.
    ForAll,
    /// For one of somebody to whom the addressee never wrote.
    ForStrangers,
}

impl Fills {
    /// Counts a message that is to be stored, if there is room for it.
    ///
    /// # Errors
    /// [`Full`].
    pub(super) fn take(&mut self, mailbox: &mut dyn Mailbox, mail: &Mail) -> Result<(), Full> {
        // Nearly always it is known, and there is room for anybody's.
        if let Some(fill) = self.0.get_mut(&mail.to) {
            let kept = fill.kept.and(mail);
            if bytes(kept) <= STRANGERS_BYTES {
                fill.kept = kept;
                return Ok(());
            }
        } else {
            self.look_up(mailbox, &mail.to);
        }
        let mut decision = self.decide(mailbox, mail);
        if decision.is_err() && self.0.get(&mail.to).is_some_and(|fill| fill.is_doubtful) {
            self.look_up(mailbox, &mail.to);
            decision = self.decide(mailbox, mail);
        }
        if decision.is_ok()
            && let Some(fill) = self.0.get_mut(&mail.to)
        {
            fill.kept = fill.kept.and(mail);
        }
        decision
    }

    /// A message that was counted is not stored after all.
    pub(super) fn give_back(&mut self, mail: &Mail) {
        if let Some(fill) = self.0.get_mut(&mail.to) {
            fill.kept = fill.kept.without(mail);
        }
    }

    /// Something is removed, and of whose mail nobody says.
    pub(super) fn doubt(&mut self) {
        for fill in self.0.values_mut() {
            fill.is_doubtful = true;
            fill.known.clear();
        }
    }

    fn decide(&mut self, mailbox: &mut dyn Mailbox, mail: &Mail) -> Result<(), Full> {
        let Some(fill) = self.0.get_mut(&mail.to) else { return Ok(()) };
        let bytes = bytes(fill.kept.and(mail));
        if bytes > FULL_BYTES {
            return Err(Full::ForAll);
        }
        if bytes <= STRANGERS_BYTES || fill.known.contains(&mail.from) {
            return Ok(());
        }
        match mailbox.has_written(&mail.to, &mail.from) {
            Ok(false) => return Err(Full::ForStrangers),
            Ok(true) => {
                fill.known.truncate(KNOWN_MAX - 1);
                fill.known.push_front(mail.from.clone());
            }
            // What a failing disk doesn't tell is not held against anybody; it takes no message either.
            Err(_) => {}
        }
        Ok(())
    }

    fn look_up(&mut self, mailbox: &mut dyn Mailbox, to: &UserId) {
        let Ok(kept) = mailbox.kept(to) else { return };
        // Not all at once: whoever writes to many names would have every full mailbox counted anew.
        if self.0.len() >= FILLS_MAX
            && let Some(one) = self.0.keys().next().cloned()
        {
            self.0.remove(&one);
        }
        self.0.insert(to.clone(), Fill { kept, is_doubtful: false, known: VecDeque::new() });
    }
}

fn bytes(kept: Kept) -> u64 {
    kept.bytes.saturating_add(kept.count.saturating_mul(MAIL_OVERHEAD))
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForAll => write!(
                f,
                "their mailbox is full: {} MiB are kept for one person, until they expire",
                FULL_BYTES >> 20
            ),
            Self::ForStrangers => write!(
                f,
                "their mailbox is filled to {} MiB, and takes no more from people to whom they \
                 never wrote",
                STRANGERS_BYTES >> 20
            ),
        }
    }
}

#[cfg(test)]
mod tests;

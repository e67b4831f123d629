//! The relay's post office boxes: every message and every receipt, until they expire.
//!
//! [`Mailbox`] writes and [`Reader`]s read; `contract.rs` tests what both promise, for every
//! implementation. Who is connected and who gets a message at once is the hub's business; threads and
//! queues are the post's.

mod memory;
mod numbering;
mod sqlite;

#[cfg(test)]
mod contract;

use std::fmt;
use std::sync::Arc;

use bytestring::ByteString;
use duologue_protocol::identity::PublicKey;
use duologue_protocol::{Content, MessageId, Seq, UnixMillis, UserId, classic};

pub use memory::{MEMORY_MAX_BYTES, MemoryMailbox};
pub use sqlite::{OpenError, SqliteMailbox};

/// A message to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its place in the relay's order: higher than that of all mail before it.
    pub seq: Seq,
    /// Who wrote it.
    pub from: UserId,
    /// Who it is for.
    pub to: UserId,
    /// The sender's name for it. To a classic text the relay gives one, and never the same to two: whether there was
    /// one like it before is not looked for.
    pub id: MessageId,
    /// When the relay took it.
    pub at: UnixMillis,
    /// What a v1 client said. `None` for a classic text: what of it v1 can say is read from it
    /// when there is somebody to hear it.
    pub content: Option<Content>,
    /// What it says to a classic page, where that isn't the content in classic words.
    pub classic: Option<ByteString>,
}

/// One thing to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A message.
    Append(Arc<Mail>),
    /// A message that is not to be stored, but may have been before.
    Look(Arc<Mail>),
    /// Everything in `to`'s mailbox up to a place is safe with a client of theirs. `from` narrows it to
    /// the mail of one sender.
    Delivered {
        /// Whose mailbox.
        to: UserId,
        /// Whose mail in it; everybody's if `None`.
        from: Option<UserId>,
        /// The place.
        up_to: Seq,
        /// The version of the receipts that this makes: higher than all before it.
        version: Seq,
    },
    /// `to` has read what `from` wrote, up to a place. What is read is delivered as well.
    Read {
        /// Who has read.
        to: UserId,
        /// Who wrote.
        from: UserId,
        /// The place.
        up_to: Seq,
        /// As with `Delivered`.
        version: Seq,
    },
    /// A name belongs to a key from now on. One that belongs to a key already stays as it is.
    Claim {
        /// The name.
        name: UserId,
        /// The key.
        key: PublicKey,
    },
}

/// What became of an [`Entry`] once its batch is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// A message: it is stored under its own place.
    New,
    /// A message: the very same was stored before, at this place and time. Nothing was written.
    Repeat {
        /// Its place.
        seq: Seq,
        /// When the relay took it.
        at: UnixMillis,
    },
    /// A message: its sender used this id before, for another addressee or other words. Nothing was
    /// written.
    IdReused,
    /// `Look`: no message of this sender has this id.
    Absent,
    /// `Delivered` and `Read`: these receipts changed, each with the entry's version, in the order of
    /// their senders. None, if all of them said as much or more before. Senders who have no mail there
    /// get none.
    Receipts(Vec<Receipt>),
    /// `Claim`: it is kept.
    Claimed,
    /// `Read`: nothing is kept that `from` wrote to `to`, up to that place. Nothing was written.
    UnknownPeer,
}

/// How far somebody got with the mail of one sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The sender, who is to be told.
    pub from: UserId,
    /// Who got the mail.
    pub to: UserId,
    /// Up to where it was delivered: the place of a message of theirs.
    pub delivered: Seq,
    /// Up to where it was read, likewise; [`Seq::START`] if nothing was.
    pub read: Seq,
    /// When this receipt changed last, in the order of all receipts.
    pub version: Seq,
}

/// How much is kept for somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many messages.
    pub count: u64,
    /// What they say, in bytes.
    pub bytes: u64,
}

/// Which mail of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Whose mailbox.
    pub to: UserId,
    /// Whose mail in it; everybody's if `None`.
    pub from: Option<UserId>,
    /// Only what came after this place.
    pub after: Seq,
}

/// A part of a mailbox, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most [`PAGE_MAX`] messages, at most about [`PAGE_MAX_BYTES`] together, at least one if there
    /// is any.
    pub mail: Vec<Mail>,
    /// Whether there is more after these.
    pub more: bool,
}

/// How many messages a page has at the most: enough that a thousand missed messages take ten reads.
pub const PAGE_MAX: usize = 100;

/// How large a page's contents are together, in bytes, before it ends: a quarter of what may wait for
/// one connection. The message that reaches this is still in it.
pub const PAGE_MAX_BYTES: usize = 256 * 1024;

/// The writing side of the mailboxes. One thread owns it.
pub trait Mailbox: Send + 'static {
    /// Writes a batch, all of it or nothing, and returns once it is on the disk. The outcomes are in
    /// the order of the entries; an entry sees what those before it in the batch wrote.
    ///
    /// # Errors
    /// [`StorageError`]: nothing of the batch is stored. The next call tries anew whatever has to be.
    fn write(&mut self, batch: &[Entry]) -> Result<Vec<Written>, StorageError>;

    /// Removes messages that the relay took before `before`, in the order of their places and at most
    /// `at_most`; returns how many. Stops at the first that is not older, so a step never searches: one
    /// that a wrong clock dated ahead keeps those behind it until then. With a message goes a receipt
    /// that stands at it. The last message of all stays, whatever its age: its place is taken.
    ///
    /// # Errors
    /// [`StorageError`].
    fn expire(&mut self, before: UnixMillis, at_most: usize) -> Result<usize, StorageError>;

    /// How much is kept for `to`. Looks at all of it.
    ///
    /// # Errors
    /// [`StorageError`].
    fn kept(&mut self, to: &UserId) -> Result<Kept, StorageError>;

    /// Whether anything is kept that `from` wrote to `to`.
    ///
    /// # Errors
    /// [`StorageError`].
    fn has_written(&mut self, from: &UserId, to: &UserId) -> Result<bool, StorageError>;

    /// Another reader of the same mailboxes.
    ///
    /// # Errors
    /// [`StorageError`].
    fn reader(&self) -> Result<Box<dyn Reader>, StorageError>;

    /// Where a relay that starts on these mailboxes now begins to count. Above every place that an
    /// earlier one gave out, also for what it never stored; stored itself before this returns.
    ///
    /// # Errors
    /// [`StorageError`].
    fn first_seq(&mut self, now: UnixMillis) -> Result<Seq, StorageError>;

    /// Every name that belongs to a key, in no order. They don't expire.
    ///
    /// # Errors
    /// [`StorageError`].
    fn claims(&mut self) -> Result<Vec<(UserId, PublicKey)>, StorageError>;
}

/// The reading side. Sees every batch whose [`Mailbox::write`] has returned.
pub trait Reader: Send + 'static {
    /// The mail of a query, in its order, up to a page.
    ///
    /// # Errors
    /// [`StorageError`].
    fn page(&mut self, query: &Query) -> Result<Page, StorageError>;

    /// The receipts of `from`'s mail that changed after a version, in the order of their versions, at
    /// most `at_most`.
    ///
    /// # Errors
    /// [`StorageError`].
    fn receipts(
        &mut self,
        from: &UserId,
        after: Seq,
        at_most: usize,
    ) -> Result<Vec<Receipt>, StorageError>;

    /// Up to where `from`'s mail to `to` was delivered; [`Seq::START`] if nothing was.
    ///
    /// # Errors
    /// [`StorageError`].
    fn delivered(&mut self, to: &UserId, from: &UserId) -> Result<Seq, StorageError>;
}

/// The disk doesn't do its part: it is full, read-only, locked by somebody else, or the file is damaged.
/// Says which, in words for the log and for the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageError {
    /// What is wrong, in words that hold no name and no message.
    pub reason: String,
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for StorageError {}

/// Why a message can't be stored where another one is.
const PLACE_TAKEN: &str = "the relay gave a message a place that is taken";

/// Takes mail into a page until that is full, and looks whether there was more.
fn fill<E>(mail: impl IntoIterator<Item = Result<Mail, E>>) -> Result<Page, E> {
    let mut page = Page::default();
    let mut bytes = 0;
    for mail in mail {
        let mail = mail?;
        if page.mail.len() == PAGE_MAX || bytes >= PAGE_MAX_BYTES {
            page.more = true;
            break;
        }
        bytes += mail.bytes();
        page.mail.push(mail);
    }
    Ok(page)
}

impl Mail {
    /// What it says to a v1 client; `None` for a classic text that v1 can't say.
    pub(crate) fn said(&self) -> Option<Content> {
        let of_classic = || classic::content_of(self.classic.as_ref()?).ok();
        self.content.clone().or_else(of_classic)
    }

    /// How much it says.
    fn bytes(&self) -> usize {
        let content = self.content.as_ref().map_or(0, Content::bytes);
        content + self.classic.as_ref().map_or(0, |classic| classic.len())
    }
}

impl Kept {
    /// The same with one more message.
    pub(crate) fn and(self, mail: &Mail) -> Self {
        Self { count: self.count + 1, bytes: self.bytes + mail.bytes() as u64 }
    }

    /// The same with one less.
    pub(crate) fn without(self, mail: &Mail) -> Self {
        let bytes = self.bytes.saturating_sub(mail.bytes() as u64);
        Self { count: self.count.saturating_sub(1), bytes }
    }
}

impl StorageError {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

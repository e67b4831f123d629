//! Between the hub and the mailboxes: a queue, one writer with group commit, one reader.
//!
//! An [`Office`] is all of it, with the hub, as plain steps; [`Threads`] runs them where a disk makes them wait, and
//! [`Turns`] where nothing does. A simulator runs them itself, and can stop between any two.

mod fill;
mod queue;
mod reader;
mod threads;
mod turns;
mod writer;

use std::fmt;
use std::sync::Arc;

use duologue_protocol::UnixMillis;

use crate::hub::Hub;
use crate::mailbox::{Mailbox, StorageError};
use crate::metrics::Metrics;
use crate::pace::Pace;

pub(crate) use fill::Full;
pub(crate) use queue::Refused;
pub use queue::{BATCH_MAX, Fetch, FetchWhat, Job, Note, Queue, Room, Sender, Share, Size};
pub use reader::PageReader;
pub use threads::Threads;
pub use turns::Turns;
pub use writer::{Committed, Writer};

/// A hub, its mailboxes, and what is between them.
pub struct Office {
    /// Who is here.
    pub hub: Arc<Hub>,
    /// What waits to be written.
    pub queue: Arc<Queue>,
    /// Writes it.
    pub writer: Writer,
    /// Reads pages.
    pub reader: PageReader,
}

impl Office {
    /// An office over these mailboxes, where everybody sends as fast as they like.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open(mailbox: Box<dyn Mailbox>, now: UnixMillis) -> Result<Self, StorageError> {
        Self::paced(mailbox, now, Pace::default(), Arc::default())
    }

    /// The same, where names keep a pace, and what is refused is counted.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn paced(
        mut mailbox: Box<dyn Mailbox>,
        now: UnixMillis,
        pace: Pace,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StorageError> {
        let first = mailbox.first_seq(now)?;
        let queue = Arc::<Queue>::default();
        let hub = Arc::new(Hub::new(first, mailbox.claims()?, Arc::clone(&queue), pace, metrics));
        let reader = PageReader::new(mailbox.reader()?, Arc::clone(&hub));
        let writer = Writer::new(mailbox, Arc::clone(&hub), first);
        Ok(Self { hub, queue, writer, reader })
    }
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Office").field("queue", &self.queue).finish_non_exhaustive()
    }
}

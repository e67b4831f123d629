//! What is counted of the mailboxes, by a watch around them: what each commit wrote, how long it took, and whether they
//! take writes at all. What is written, and who hears of it, is the post's business.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use duologue_protocol::identity::PublicKey;
use duologue_protocol::{Seq, UnixMillis, UserId};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};

use super::Metrics;
use crate::mailbox::{Entry, Kept, Mailbox, Reader, StorageError, Written};

/// The longest commits that are told apart, in seconds: from a disk with a cache to one that is hardly there. The
/// database gives up on somebody's lock after some seconds.
const SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The mailboxes of a relay.
#[derive(Debug)]
pub(crate) struct Storage {
    pub(super) stored: Counter,
    pub(super) repeated: Counter,
    /// Counted by the hub: what comes behind a refused message never gets as far as the mailboxes.
    pub(crate) refused: Counter,
    pub(super) receipts: Family<ReceiptKind, Counter>,
    /// Of `receipts`.
    delivered: Counter,
    /// Likewise.
    read: Counter,
    pub(super) batches: Histogram,
    pub(super) seconds: Histogram,
    pub(super) failed: Counter,
    /// Messages of the batch that is being written.
    pub(super) writing: Gauge,
    /// What is wrong since the last batch.
    failure: Mutex<Option<StorageError>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ReceiptKind {
    kind: &'static str,
}

const DELIVERED: ReceiptKind = ReceiptKind { kind: "delivered" };
const READ: ReceiptKind = ReceiptKind { kind: "read" };

/// Mailboxes that are watched while they are written to.
pub(crate) struct Measured {
    mailbox: Box<dyn Mailbox>,
    metrics: Arc<Metrics>,
}

/// What became of a batch.
#[derive(Default)]
struct Outcomes {
    stored: u64,
    repeated: u64,
    delivered: u64,
    read: u64,
}

impl Default for Storage {
    fn default() -> Self {
        let receipts = Family::default();
        Self {
            stored: Counter::default(),
            repeated: Counter::default(),
            refused: Counter::default(),
            delivered: receipts.get_or_create_owned(&DELIVERED),
            read: receipts.get_or_create_owned(&READ),
            receipts,
            // 1 to 2,048, as many as go into one batch.
            batches: Histogram::new(exponential_buckets(1.0, 2.0, 12)),
            seconds: Histogram::new(SECONDS),
            failed: Counter::default(),
            writing: Gauge::default(),
            failure: Mutex::default(),
        }
    }
}

impl Storage {
    /// Why nothing can be stored, if the last batch could not be.
    pub(crate) fn failure(&self) -> Option<StorageError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, batch: &[Entry], outcome: &Result<Vec<Written>, StorageError>, took: Duration) {
        // A batch has a few hundred entries at the most.
        self.batches.observe(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
        self.seconds.observe(took.as_secs_f64());
        match outcome {
            Ok(written) => {
                let Outcomes { stored, repeated, delivered, read } = Outcomes::of(batch, written);
                self.stored.inc_by(stored);
                self.repeated.inc_by(repeated);
                self.delivered.inc_by(delivered);
                self.read.inc_by(read);
            }
            Err(_) => {
                self.failed.inc();
            }
        }
        let failure = outcome.as_ref().err().cloned();
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

impl Outcomes {
    fn of(batch: &[Entry], written: &[Written]) -> Self {
        let mut outcomes = Self::default();
        for (entry, written) in batch.iter().zip(written) {
            match (entry, written) {
                (_, Written::New) => outcomes.stored += 1,
                (_, Written::Repeat { .. }) => outcomes.repeated += 1,
                (Entry::Read { .. }, Written::Receipts(receipts)) => {
                    outcomes.read += receipts.len() as u64;
                }
                (_, Written::Receipts(receipts)) => outcomes.delivered += receipts.len() as u64,
                _ => {}
            }
        }
        outcomes
    }
}

impl Measured {
    pub(crate) fn new(mailbox: Box<dyn Mailbox>, metrics: Arc<Metrics>) -> Self {
        Self { mailbox, metrics }
    }
}

impl Mailbox for Measured {
    fn write(&mut self, batch: &[Entry]) -> Result<Vec<Written>, StorageError> {
        let storage = &self.metrics.storage;
        let messages =
            batch.iter().filter(|entry| matches!(entry, Entry::Append(_) | Entry::Look(_)));
        storage.writing.set(i64::try_from(messages.count()).unwrap_or(i64::MAX));
        let started = Instant::now();
        let outcome = self.mailbox.write(batch);
        storage.note(batch, &outcome, started.elapsed());
        storage.writing.set(0);
        outcome
    }

    fn expire(&mut self, before: UnixMillis, at_most: usize) -> Result<usize, StorageError> {
        self.mailbox.expire(before, at_most)
    }

    fn kept(&mut self, to: &UserId) -> Result<Kept, StorageError> {
        self.mailbox.kept(to)
    }

    fn has_written(&mut self, from: &UserId, to: &UserId) -> Result<bool, StorageError> {
        self.mailbox.has_written(from, to)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StorageError> {
        self.mailbox.reader()
    }

    fn first_seq(&mut self, now: UnixMillis) -> Result<Seq, StorageError> {
        self.mailbox.first_seq(now)
    }

    fn claims(&mut self) -> Result<Vec<(UserId, PublicKey)>, StorageError> {
        self.mailbox.claims()
    }
}

impl fmt::Debug for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measured").finish_non_exhaustive()
    }
}

//! How many frames of clients may wait to be written, and whose: whoever reads a frame gets room for it first.
//!
//! A part is for connections that have little in it. Whoever sends as fast as they can fills the rest, and waits for each
//! commit; somebody beside them who now and then says a word must not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many frames of clients may wait to be written: a second of a fast disk's work, and at most
/// 64 MiB if all of them are as large as they can be.
pub(super) const WAITING_MAX: usize = 4_096;

/// How many more there are for those who have little: enough for 32 of them, each with as much as is little.
pub(super) const RESERVED: usize = 2_048;

/// How many frames are little: twice what a client of v1 has unanswered, and so more than people who write to each other
/// have.
pub(super) const LITTLE: usize = 64;

/// A place in the queue, held until what takes it is done.
#[derive(Debug, Default)]
pub struct Room {
    _permit: Option<OwnedSemaphorePermit>,
    share: Option<Share>,
}

/// How many places one connection has. Clones are of the same connection.
#[derive(Clone, Debug, Default)]
pub struct Share(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    places: AtomicUsize,
    /// How many jobs of the connection are in the queue: changed by who has its lock.
    jobs: AtomicUsize,
}

/// The places that are free.
#[derive(Debug)]
pub(super) struct Rooms {
    for_all: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
}

impl Room {
    /// Of no bound: for tests, and for what is bounded otherwise.
    pub fn unbounded() -> Self {
        Self::default()
    }

    /// What it is for begins to wait; returns whether nothing else of its connection does. What is of none is by itself.
    /// For whoever has the queue's lock.
    pub(super) fn wait(&self) -> bool {
        self.share.as_ref().is_none_or(|share| share.0.jobs.fetch_add(1, Ordering::Relaxed) == 0)
    }

    /// The same when it waits no more: whether nothing else of its connection does.
    pub(super) fn wait_no_more(&self) -> bool {
        self.share.as_ref().is_none_or(|share| share.0.jobs.fetch_sub(1, Ordering::Relaxed) == 1)
    }

    fn of(permit: OwnedSemaphorePermit, share: &Share) -> Self {
        share.0.places.fetch_add(1, Ordering::Relaxed);
        Self { _permit: Some(permit), share: Some(share.clone()) }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(share) = &self.share {
            share.0.places.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Share {
    fn is_little(&self) -> bool {
        self.0.places.load(Ordering::Relaxed) < LITTLE
    }
}

impl Default for Rooms {
    fn default() -> Self {
        Self {
            for_all: Arc::new(Semaphore::new(WAITING_MAX)),
            reserved: Arc::new(Semaphore::new(RESERVED)),
        }
    }
}

impl Rooms {
    /// A place, once there is one. The semaphores are never closed, so they always give one.
    pub(super) async fn one(&self, share: &Share) -> Room {
        let for_all = Arc::clone(&self.for_all).acquire_owned();
        let permit = if share.is_little() {
            let reserved = Arc::clone(&self.reserved).acquire_owned();
            tokio::select! {
                biased;
                permit = for_all => permit,
                permit = reserved => permit,
            }
        } else {
            for_all.await
        };
        permit.map_or_else(|_| Room::unbounded(), |permit| Room::of(permit, share))
    }

    /// A place, where there is one now. Those who wait come first.
    pub(super) fn try_one(&self, share: &Share) -> Option<Room> {
        let free = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        let of_reserved = || share.is_little().then(|| free(&self.reserved)).flatten();
        let permit = free(&self.for_all).or_else(of_reserved)?;
        Some(Room::of(permit, share))
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.for_all.available_permits() + self.reserved.available_permits()
    }
}

//! How often something may be done: token buckets, one for each who does it.
//!
//! What is counted, and what becomes of whoever does it too often, is for others to say.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use tokio::time::Instant;

/// How many buckets that are not full a table holds: some megabytes. Whoever comes with more names or addresses
/// than this at a time is not to be stopped by counting each of them; what all may do together is bounded
/// elsewhere. Those who find no room are let through.
pub(crate) const BUCKETS_MAX: usize = 65_536;

/// How often a table is cleaned at the most: it takes a millisecond or two when it is full.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

/// So many in a time, and so many at once after a rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// How long one of them takes to come back.
    each: Duration,
    /// How long an empty bucket takes to be full.
    whole: Duration,
}

/// The buckets of all who did something lately. One that is full is as good as none, and goes.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    rate: Rate,
    /// When each is full again: all that there is to know of a bucket.
    full_at: HashMap<K, Instant>,
    swept_at: Option<Instant>,
    max: usize,
}

impl Rate {
    /// `count` in `time`, and at once `burst`.
    pub(crate) fn new(count: NonZeroU32, time: Duration, burst: u32) -> Self {
        let each = time / count.get();
        Self { each, whole: each * burst.max(1) }
    }
}

impl<K: Clone + Eq + Hash> Buckets<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, full_at: HashMap::new(), swept_at: None, max: BUCKETS_MAX }
    }

    /// Takes one out of a bucket.
    ///
    /// # Errors
    /// How long the bucket takes until there is one in it.
    pub(crate) fn take(&mut self, key: &K, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.get(key).copied().unwrap_or(now).max(now) + self.rate.each;
        let missing = full_at - now;
        match missing.checked_sub(self.rate.whole) {
            None | Some(Duration::ZERO) => {}
            Some(too_much) => return Err(too_much),
        }
        if let Some(bucket) = self.full_at.get_mut(key) {
            *bucket = full_at;
        } else if self.has_room(now) {
            self.full_at.insert(key.clone(), full_at);
        }
        Ok(())
    }

    fn has_room(&mut self, now: Instant) -> bool {
        if self.swept_at.is_none_or(|swept_at| now >= swept_at + SWEEP_EVERY) {
            self.swept_at = Some(now);
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        self.full_at.len() < self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn buckets(a_second: u32, burst: u32) -> Buckets<u32> {
        Buckets::new(Rate::new(NonZeroU32::new(a_second).unwrap(), SECOND, burst))
    }

    #[test]
    fn a_rested_bucket_gives_its_burst_and_then_its_rate() {
        let (start, mut buckets) = (Instant::now(), buckets(10, 30));
        for _ in 0..30 {
            assert_eq!(buckets.take(&1, start), Ok(()));
        }
        assert_eq!(buckets.take(&1, start), Err(SECOND / 10));
        assert_eq!(buckets.take(&2, start), Ok(()), "others have theirs");
        // A refusal takes nothing.
        assert_eq!(buckets.take(&1, start), Err(SECOND / 10));
        assert_eq!(buckets.take(&1, start + SECOND / 20), Err(SECOND / 20));
        assert_eq!(buckets.take(&1, start + SECOND / 10), Ok(()));
        assert_eq!(buckets.take(&1, start + SECOND / 10), Err(SECOND / 10));
        // However long the rest, no more than the burst.
        let later = start + 1_000 * SECOND;
        assert_eq!((0..100).filter(|_| buckets.take(&1, later).is_ok()).count(), 30);
    }

    #[test]
    fn full_buckets_go_and_the_table_is_bounded() {
        let (start, mut buckets) = (Instant::now(), buckets(1, 100));
        buckets.max = 50;
        for key in 0..1_000 {
            assert_eq!(buckets.take(&key, start), Ok(()), "who finds no room is let through");
        }
        assert_eq!(buckets.full_at.len(), 50);
        let later = start + SWEEP_EVERY;
        assert_eq!(buckets.take(&5_000, later), Ok(()));
        assert_eq!(buckets.full_at.len(), 1);
    }
}

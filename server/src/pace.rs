//! How many messages a name sends in a time, over all of its connections.
//!
//! Who sends more is told when to go on ([`hub`](crate::hub) refuses what comes before then), or, where nobody could be
//! told, is read from more slowly.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duologue_protocol::UserId;
use tokio::time::{Instant, sleep};

use crate::rate::{Buckets, Rate};

/// How many messages a name sends in a second: far more than people and the scripts of a few friends say, and a small
/// part of what a disk takes, so that one who floods leaves room for everybody else.
pub const MESSAGE_RATE: u32 = 100;

/// How many at once after a rest: all that a client keeps while it is offline, twice, as after a link that broke in
/// the middle. Whoever comes back from a journey waits for nothing.
const BURST: u32 = 2_000;

/// How long the pause of one who sent too much is at least. As many messages as a second brings have room then; after
/// the moment that one takes, all but one would be refused again.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// The rule of one relay, and who has sent how much.
#[derive(Debug, Default)]
pub struct Pace(Option<Mutex<Buckets<UserId>>>);

impl Pace {
    /// So many messages a second for each name; 0 for as many as it likes.
    pub fn new(a_second: u32) -> Self {
        let rate = NonZeroU32::new(a_second);
        let rate = rate.map(|rate| Rate::new(rate, Duration::from_secs(1), rate.get().max(BURST)));
        Self(rate.map(|rate| Mutex::new(Buckets::new(rate))))
    }

    /// Counts a message; returns whether the name may send it now.
    pub(crate) fn admits(&self, name: &UserId) -> bool {
        self.lock().is_none_or(|mut buckets| buckets.take(name, Instant::now()).is_ok())
    }

    /// Waits until the name may send a message, and counts it.
    pub(crate) async fn wait(&self, name: &UserId) {
        loop {
            let taken = self.lock().map(|mut buckets| buckets.take(name, Instant::now()));
            match taken {
                None | Some(Ok(())) => return,
                Some(Err(wait)) => sleep(wait).await,
            }
        }
    }

    /// A panic can't leave the buckets half changed: no code that may panic runs under the lock.
    fn lock(&self) -> Option<MutexGuard<'_, Buckets<UserId>>> {
        self.0.as_ref().map(|buckets| buckets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_outbox_goes_through_twice_and_more_does_not() {
        let (ann, ben) = (UserId::parse("ann").unwrap(), UserId::parse("ben").unwrap());
        let pace = Pace::new(1);
        assert!((0..BURST).all(|_| pace.admits(&ann)));
        assert!((0..BURST).any(|_| !pace.admits(&ann)));
        assert!(pace.admits(&ben), "each name has its own");
        assert!((0..10 * BURST).all(|_| Pace::new(0).admits(&ann)));
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_go_on_one_by_one() {
        let ann = UserId::parse("ann").unwrap();
        let pace = Pace::new(10);
        while pace.admits(&ann) {}
        let started = Instant::now();
        // As from several connections of one name.
        futures_util::future::join_all((0..100).map(|_| pace.wait(&ann))).await;
        let took = started.elapsed();
        assert!(
            (Duration::from_millis(9_900)..Duration::from_secs(11)).contains(&took),
            "{took:?}"
        );
        Pace::default().wait(&ann).await;
    }
}

//! Refusals in the log: enough of them to see what happens, and no way to fill a disk.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

/// How often they are logged.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// Refusals that were not logged yet.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Unlogged>);

#[derive(Debug, Default)]
struct Unlogged {
    count: u64,
    logged_at: Option<Instant>,
}

impl Refusals {
    /// Logs refusals, many in one line.
    pub(super) fn note(&self, last: &dyn fmt::Display) {
        if let Some(count) = self.due(Instant::now()) {
            info!(count, %last, "requests refused");
        }
    }

    /// One more; returns how many are to be logged now.
    fn due(&self, now: Instant) -> Option<u64> {
        // A panic can't leave the count half changed.
        let mut unlogged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unlogged.count += 1;
        if unlogged.logged_at.is_some_and(|logged_at| now < logged_at + LOG_EVERY) {
            return None;
        }
        unlogged.logged_at = Some(now);
        Some(std::mem::take(&mut unlogged.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_a_line_every_ten_seconds() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        let due = |seconds| refusals.due(start + Duration::from_secs(seconds));
        assert_eq!(due(0), Some(1));
        assert!((0..10).all(|second| due(second).is_none()));
        assert_eq!(due(10), Some(11));
        assert_eq!(due(25), Some(1));
    }
}

//! How long to wait before the next attempt.

use std::time::Duration;

use duologue_protocol::limits::{BACKOFF_CEILING, BACKOFF_FLOOR};

/// Exponential backoff with full jitter: the n-th wait is random between nothing and
/// `BACKOFF_FLOOR × 2ⁿ`, at most `BACKOFF_CEILING`. Full, so that a restarted relay isn't met by
/// everybody at once.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait; counts as one more failure.
    pub(crate) fn next(&mut self, rng: &mut fastrand::Rng) -> Duration {
        let bound = BACKOFF_FLOOR.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_CEILING);
        self.failures = self.failures.saturating_add(1);
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        // At least 1 ms, so that the driver gets its turn between two attempts.
        Duration::from_millis(rng.u64(1..=millis))
    }

    /// How many attempts failed since the last that worked.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Starts over: things look better.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_is_within_its_bound_and_the_bounds_are_used() {
        let mut longest = [Duration::ZERO; 10];
        for seed in 0..2_000 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut backoff = Backoff::default();
            for (n, longest) in longest.iter_mut().enumerate() {
                let wait = backoff.next(&mut rng);
                let bound =
                    (BACKOFF_FLOOR * 2u32.pow(u32::try_from(n).unwrap())).min(BACKOFF_CEILING);
                assert!(wait <= bound, "wait {n} of {wait:?} over {bound:?}");
                *longest = wait.max(*longest);
            }
        }
        assert!(longest[0] > BACKOFF_FLOOR.mul_f32(0.95), "{longest:?}");
        assert!(longest[9] > BACKOFF_CEILING.mul_f32(0.95), "{longest:?}");
    }

    #[test]
    fn a_thousand_failures_do_not_overflow() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut backoff = Backoff::default();
        for _ in 0..1_000 {
            assert!(backoff.next(&mut rng) <= BACKOFF_CEILING);
        }
        assert_eq!(backoff.failures(), 1_000);
        backoff.reset();
        assert!(backoff.next(&mut rng) <= BACKOFF_FLOOR);
    }
}

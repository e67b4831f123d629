//! Time as the session sees it.

use std::ops::Add;
use std::time::Duration;

/// A point in time: milliseconds since 1970 by the driver's wall clock. The wall clock, since it goes on
/// while a laptop sleeps; a monotonic clock may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// How long after `earlier` this is; zero if it isn't.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// Makes a wall clock that may be set back into one that never runs backwards, so that no deadline
/// moves an hour away because somebody corrected the clock.
#[derive(Debug, Default)]
pub(crate) struct ForwardClock {
    /// The latest time given out.
    latest: u64,
    /// What to add to the wall clock, in milliseconds.
    offset: u64,
}

impl ForwardClock {
    /// The driver's time as the session's.
    pub(crate) fn advance(&mut self, wall: Time) -> Time {
        let mut now = wall.0.saturating_add(self.offset);
        if now < self.latest {
            self.offset += self.latest - now;
            now = self.latest;
        }
        self.latest = now;
        Time(now)
    }

    /// The session's time as the driver's.
    pub(crate) fn to_wall(&self, time: Time) -> Time {
        Time(time.0.saturating_sub(self.offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_stands_still_and_then_goes_on() {
        let mut clock = ForwardClock::default();
        assert_eq!(clock.advance(Time(10_000)), Time(10_000));
        assert_eq!(clock.advance(Time(4_000)), Time(10_000));
        assert_eq!(clock.advance(Time(4_500)), Time(10_500));
        assert_eq!(clock.to_wall(Time(11_000)), Time(5_000));
    }
}

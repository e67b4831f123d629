//! What the session does while the relay can't store anything, or wants it to send more slowly.

use std::time::Duration;

use crate::clock::Time;

/// The first pause after the relay could not store: a disk that is full is seldom emptied sooner.
pub const PAUSE_FLOOR: Duration = Duration::from_secs(1);

/// The longest one: a person who watches sees that it is tried.
pub const PAUSE_CEILING: Duration = Duration::from_secs(30);

/// How long to wait before something is tried once more: longer with each time that it was in vain.
#[derive(Debug, Default)]
struct Pauses {
    in_vain: u32,
}

impl Pauses {
    fn next(&mut self, rng: &mut fastrand::Rng) -> Duration {
        let bound = PAUSE_FLOOR.saturating_mul(1 << self.in_vain.min(16)).min(PAUSE_CEILING);
        self.in_vain = self.in_vain.saturating_add(1);
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        // At least half of it: unlike after a broken link, the relay is there and has trouble enough.
        Duration::from_millis(rng.u64(millis / 2..=millis))
    }
}

/// Whether sending is held back. It begins with a refusal and ends with the first message that is
/// stored; in between, each refusal makes the pause before the next attempt longer.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    is_on: bool,
    pauses: Pauses,
    /// No message is sent before.
    until: Option<Time>,
    /// No message is sent before all that are in flight have their answers either.
    is_draining: bool,
}

impl Hold {
    /// The relay refused a message. The first refusal counts; those of what was in flight with it are
    /// no news. `after`: when to go on, if the relay said. Returns whether this is where the hold begins.
    pub(crate) fn refuse(
        &mut self,
        now: Time,
        after: Option<Duration>,
        rng: &mut fastrand::Rng,
    ) -> bool {
        if std::mem::replace(&mut self.is_draining, true) {
            return false;
        }
        let pause = match after {
            // Not for hours, whatever a relay says.
            Some(after) => after.min(PAUSE_CEILING),
            None => self.pauses.next(rng),
        };
        self.until = Some(now + pause);
        !std::mem::replace(&mut self.is_on, true)
    }

    /// When the next attempt is due; `None` if messages may be sent.
    pub(crate) fn until(&self) -> Option<Time> {
        self.until
    }

    /// The pause is over, or there is a new link: it is to be seen whether the relay can store now.
    pub(crate) fn try_again(&mut self) {
        self.until = None;
    }

    /// Whether messages may be sent. Never two copies of one are on their way on one link: if the relay
    /// stored the first and refused the second, it would take nothing before a third, which would not
    /// come.
    pub(crate) fn may_send(&mut self, has_in_flight: impl FnOnce() -> bool) -> bool {
        if self.until.is_some() || self.is_draining && has_in_flight() {
            return false;
        }
        self.is_draining = false;
        true
    }

    /// The relay can store again, or there is nothing left to be stored. Returns whether there was a
    /// hold to end.
    pub(crate) fn end(&mut self) -> bool {
        self.until = None;
        self.pauses = Pauses::default();
        std::mem::take(&mut self.is_on)
    }
}

/// Whether the relay could not note what was received or read. That holds up no message, and is no news
/// to the person: it is said again later.
#[derive(Debug, Default)]
pub(crate) struct Unnoted {
    pauses: Pauses,
    again_at: Option<Time>,
}

impl Unnoted {
    /// The relay refused; it may do so for each of what was said at once, and the first counts.
    pub(crate) fn refuse(&mut self, now: Time, rng: &mut fastrand::Rng) {
        if self.again_at.is_none() {
            self.again_at = Some(now + self.pauses.next(rng));
        }
    }

    /// When to say it again.
    pub(crate) fn again_at(&self) -> Option<Time> {
        self.again_at
    }

    /// It is being said again, in the hope that the relay takes it.
    pub(crate) fn try_again(&mut self) {
        self.again_at = None;
    }

    /// Things look better: the next pause is a short one. Returns whether there is something to say.
    pub(crate) fn end(&mut self) -> bool {
        std::mem::take(self).again_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_within_their_bounds_and_begin_anew_after_the_end() {
        for seed in 0..500 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut hold = Hold::default();
            for _ in 0..2 {
                let mut bound = PAUSE_FLOOR;
                for n in 0..40 {
                    assert_eq!(hold.refuse(Time(5_000), None, &mut rng), n == 0);
                    assert!(!hold.may_send(|| false));
                    let pause = hold.until().unwrap().since(Time(5_000));
                    assert!(bound / 2 <= pause && pause <= bound, "{pause:?} of {bound:?}");
                    bound = (bound * 2).min(PAUSE_CEILING);
                    hold.try_again();
                    assert!(!hold.may_send(|| true));
                    assert!(hold.may_send(|| false));
                }
                assert!(hold.end());
                assert!(!hold.end());
                assert_eq!(hold.until(), None);
            }
        }
    }
}

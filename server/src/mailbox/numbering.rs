//! Where a relay that starts begins to count. Storing what this computes is each mailbox's own matter.
//!
//! Two things keep it above whatever an earlier life gave out:
//!
//! - The clock. A relay restored from a backup knows nothing of what it gave out after that backup, and
//!   one with `--ephemeral` knows nothing at all; but time has passed since. A second is worth 2²²
//!   places, more than any relay gives out in one.
//! - A gap above the last place that is known. It covers a clock that was set back, and places that
//!   were given out live while the disk failed.

use duologue_protocol::{Seq, UnixMillis};

/// The gap: what a relay that gives out 50,000 places a second needs for a day without its disk.
const GAP: u64 = 1 << 32;

/// The gap is at most this part of what is left, so that a relay that crashes and starts every second for
/// months doesn't run out of places.
const GAP_PART: u64 = 1 << 20;

/// The second before which no Duologue ran, since 1970: 2023-11-14.
const FIRST_SECOND: u64 = 1_700_000_000;

/// A second is worth two to the power of this.
const SECOND_BITS: u32 = 22;

/// The last second that counts: half of all places, in 2057. A clock that is centuries ahead for once
/// must not use up the other half; from there on the gap alone counts.
const SECONDS_MAX: u64 = (Seq::MAX.get() >> SECOND_BITS) / 2;

/// The first place of a relay that starts now, given the highest place that is stored and the one where
/// the last relay began.
pub(super) fn first_seq(last: Seq, base: Seq, now: UnixMillis) -> Seq {
    let taken = last.max(base);
    let left = Seq::MAX.get() - taken.get();
    let above_gap = taken.plus(GAP.min(left / GAP_PART).max(1));
    let seconds = (now.0 / 1_000).saturating_sub(FIRST_SECOND).min(SECONDS_MAX);
    above_gap.max(Seq::START.plus(seconds << SECOND_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn seq(number: u64) -> Seq {
        Seq::new(number).unwrap()
    }

    #[test]
    fn the_clock_counts_on_an_empty_mailbox() {
        assert_eq!(first_seq(Seq::START, Seq::START, NOW), seq(100_000_000 << 22));
        let later = UnixMillis(NOW.0 + 1_000);
        assert_eq!(first_seq(Seq::START, Seq::START, later), seq(100_000_001 << 22));
    }

    #[test]
    fn the_gap_counts_when_the_clock_is_behind() {
        let first = first_seq(Seq::START, Seq::START, NOW);
        for now in [0, 1_699_999_999_999, NOW.0 - 365 * 86_400_000, NOW.0] {
            let now = UnixMillis(now);
            assert_eq!(first_seq(Seq::START, first, now), first.plus(GAP));
            assert_eq!(first_seq(first, Seq::START, now), first.plus(GAP));
        }
        assert!(first_seq(Seq::START, Seq::START, UnixMillis(0)) > Seq::START);
    }

    #[test]
    fn a_clock_far_ahead_leaves_half_of_all_places() {
        let first = first_seq(Seq::START, Seq::START, UnixMillis(u64::MAX));
        assert!(first <= seq(1 << 52));
        assert_eq!(first_seq(Seq::START, first, NOW), first.plus(GAP));
    }

    #[test]
    fn no_loop_of_restarts_uses_up_all_places() {
        let mut base = Seq::START;
        for _ in 0..10_000_000 {
            let next = first_seq(Seq::START, base, NOW);
            assert!(next > base);
            base = next;
        }
        assert!(Seq::MAX.get() - base.get() > 1 << 36, "{base}");
    }

    #[test]
    fn the_end_of_all_places_is_no_overflow() {
        assert_eq!(first_seq(Seq::MAX, Seq::MAX, NOW), Seq::MAX);
        assert_eq!(first_seq(Seq::MAX.before(), Seq::START, NOW), Seq::MAX);
    }
}

//! Where the plot of latencies has what: a logarithmic axis, a strip of dots for each transport.

use rust_i18n::t;

use crate::language::Words;

/// The axis begins nowhere below this, in microseconds: browsers' clocks are no finer.
const LEAST: u32 = 100;

/// Room at both ends, in thousandths of the width, so that no dot is cut.
const EDGE: u32 = 30;

/// So many heights there are for dots, so that those of the same time don't hide each other.
const LANES: usize = 5;

/// A logarithmic axis over whole decades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Where it begins: the exponent of ten, in microseconds.
    first: u32,
    /// Where it ends.
    last: u32,
}

/// A labelled place on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Where, in thousandths of the width.
    pub place: u32,
    /// What it says.
    pub label: Words,
}

impl Axis {
    /// The axis on which latencies from `min` to `max` have their places.
    pub fn over(min: u32, max: u32) -> Self {
        let first = min.max(LEAST).ilog10();
        let mut last = first + 1;
        // The end of the numbers is the end of the axis, too.
        while 10_u32.checked_pow(last).is_some_and(|end| end < max) {
            last += 1;
        }
        Self { first, last }
    }

    /// Where a latency is, in thousandths of the width.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1000")]
    pub fn place(self, micros: u32) -> u32 {
        let decades = f64::from(micros.max(1)).log10() - f64::from(self.first);
        let part = (decades / f64::from(self.last - self.first)).clamp(0.0, 1.0);
        EDGE + (part * f64::from(1_000 - 2 * EDGE) + 0.5) as u32
    }

    /// The powers of ten.
    pub fn ticks(self) -> Vec<Tick> {
        let place =
            |power| EDGE + (1_000 - 2 * EDGE) * (power - self.first) / (self.last - self.first);
        let tick = |power| Tick { place: place(power), label: label(power) };
        (self.first..=self.last).map(tick).collect()
    }
}

/// In which lane a message's dot is.
pub fn lane(number: usize) -> usize {
    // Neighbours in time are not neighbours in height.
    number * 2 % LANES
}

fn label(power: u32) -> Words {
    let zeros = |count: u32| "0".repeat(count as usize);
    match power {
        0..=2 => t!("unit.ms", number = format!("0.{}1", zeros(2 - power))),
        3..=5 => t!("unit.ms", number = format!("1{}", zeros(power - 3))),
        _ => t!("unit.seconds", number = format!("1{}", zeros(power - 6))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis) -> Vec<String> {
        axis.ticks().into_iter().map(|tick| tick.label.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn the_axis_has_the_decades_around_what_it_shows() {
        assert_eq!(labels(Axis::over(1_200, 250_000)), ["1 ms", "10 ms", "100 ms", "1 s"]);
        assert_eq!(labels(Axis::over(1_000, 10_000)), ["1 ms", "10 ms"]);
        assert_eq!(labels(Axis::over(5_000, 5_000)), ["1 ms", "10 ms"]);
        assert_eq!(labels(Axis::over(0, 0)), ["0.1 ms", "1 ms"]);
        assert_eq!(labels(Axis::over(2_000_000, 30_000_000)), ["1 s", "10 s", "100 s"]);
        assert_eq!(Axis::over(1, u32::MAX).last, 10, "it ends");
    }

    #[test]
    fn places_are_even_for_equal_ratios_and_stay_inside() {
        let axis = Axis::over(1_000, 100_000);
        assert_eq!([1_000, 10_000, 100_000].map(|us| axis.place(us)), [30, 500, 970]);
        assert_eq!([0, 1, u32::MAX].map(|us| axis.place(us)), [30, 30, 970]);
        let places: Vec<u32> = axis.ticks().iter().map(|tick| tick.place).collect();
        assert_eq!(places, [30, 500, 970]);
    }

    #[test]
    fn messages_that_follow_each_other_are_in_different_lanes() {
        let lanes: Vec<usize> = (0..6).map(lane).collect();
        assert_eq!(lanes, [0, 2, 4, 1, 3, 0]);
    }
}

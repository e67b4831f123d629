//! How long answers take, and what is drawn of it.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// As many as the plot has room for.
pub const SAMPLES_MAX: usize = 60;

/// From the first of them to the last.
const STEPS: u32 = 59;

/// The plot's width in its own units.
pub const WIDTH: u32 = 300;
/// Its height.
pub const HEIGHT: u32 = 80;
/// Room for the dots at its edges.
const EDGE: u32 = 4;

/// The top of the plot shows this at the least: of two times below it neither is worth a look.
const LEAST_TOP: u32 = 10;

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How long it took, in milliseconds.
    pub millis: u32,
    /// Whether it was a `pong`; else it is the answer to a POST.
    pub is_pong: bool,
}

/// The latest answers, and how many heartbeats there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    samples: VecDeque<Sample>,
    /// Pings that were sent.
    pub sent: u64,
    /// Those that were answered.
    pub answered: u64,
}

/// The samples in numbers, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The shortest.
    pub min: u32,
    /// The one in the middle.
    pub median: u32,
    /// The longest.
    pub max: u32,
    /// The latest.
    pub last: u32,
    /// How many there are.
    pub count: usize,
}

/// What is drawn, as the `d` of SVG paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plot {
    /// From each sample to the next.
    pub line: String,
    /// A dot for each `pong`.
    pub pongs: String,
    /// A dot for each answer to a POST.
    pub posts: String,
    /// What the top stands for, in milliseconds.
    pub top: u32,
}

impl Pulse {
    pub(super) fn add(&mut self, sample: Sample) {
        if self.samples.len() == SAMPLES_MAX {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// The latest, the oldest first.
    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter()
    }

    /// Nothing before the first answer.
    pub fn summary(&self) -> Option<Summary> {
        let mut times: Vec<u32> = self.samples.iter().map(|sample| sample.millis).collect();
        let last = *times.last()?;
        times.sort_unstable();
        let (min, median, max) = (times[0], times[times.len() / 2], times[times.len() - 1]);
        Some(Summary { min, median, max, last, count: times.len() })
    }

    /// The latest sample is at the right edge.
    pub fn plot(&self) -> Plot {
        let top = self.samples.iter().map(|sample| sample.millis).max().unwrap_or(0).max(LEAST_TOP);
        let mut plot = Plot { top, ..Plot::default() };
        let (width, height) = (WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE);
        for (behind, sample) in (0_u32..).zip(self.samples.iter().rev()) {
            let x = EDGE + width - width * behind / STEPS;
            let share = u64::from(height) * u64::from(sample.millis) / u64::from(top);
            let y = u64::from(EDGE + height) - share;
            // Writing to a string can't fail.
            let _ = write!(plot.line, "{}{x} {y}", if behind == 0 { 'M' } else { 'L' });
            // A line of no length with round ends is a dot.
            let dots = if sample.is_pong { &mut plot.pongs } else { &mut plot.posts };
            let _ = write!(dots, "M{x} {y}h0");
        }
        plot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(times: &[u32]) -> Pulse {
        let mut pulse = Pulse::default();
        for millis in times {
            pulse.add(Sample { millis: *millis, is_pong: true });
        }
        pulse
    }

    #[test]
    fn times_in_numbers() {
        assert_eq!(Pulse::default().summary(), None);
        let summary = Summary { min: 2, median: 5, max: 900, last: 7, count: 5 };
        assert_eq!(pulse(&[5, 900, 2, 3, 7]).summary(), Some(summary));
        assert_eq!(pulse(&[0; 100]).summary().unwrap().count, SAMPLES_MAX);
    }

    #[test]
    fn the_plot_stays_in_its_frame_whatever_comes() {
        assert_eq!(Pulse::default().plot().line, "");
        assert_eq!(pulse(&[20, 10]).plot().line, "M296 40L292 4");
        let numbers = |path: &str| -> Vec<u32> {
            path.split(['M', 'L', ' ']).filter_map(|part| part.parse().ok()).collect()
        };
        let drawn = numbers(&pulse(&[u32::MAX; 200]).plot().line);
        assert_eq!(drawn.len(), 2 * SAMPLES_MAX);
        for pair in drawn.chunks(2) {
            assert!(pair[0] >= EDGE && pair[0] <= WIDTH && pair[1] <= HEIGHT, "{pair:?}");
        }
    }

    #[test]
    fn a_fast_link_is_a_flat_line_at_the_bottom() {
        assert_eq!(pulse(&[0, 1]).plot().top, LEAST_TOP);
    }
}

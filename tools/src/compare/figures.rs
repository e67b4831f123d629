//! What is shown of an exchange as numbers. Whole numbers all the way: hundredths of requests, tenths of
//! milliseconds.

use duologue::app::numbers::grouped;

use super::Outcome;
use super::run::Counts;

/// How latencies are spread, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The shortest.
    pub min: u32,
    /// Half of them are no longer.
    pub median: u32,
    /// Nine in ten are no longer (the nearest rank: one of them, never something between two).
    pub ninety: u32,
    /// The longest.
    pub max: u32,
}

impl Spread {
    /// The spread of these; `None` of none.
    pub fn of(mut values: Vec<u32>) -> Option<Self> {
        values.sort_unstable();
        let (min, max) = (*values.first()?, *values.last()?);
        let (count, half) = (values.len(), values.len() / 2);
        let median =
            if count % 2 == 1 { values[half] } else { values[half - 1].midpoint(values[half]) };
        let ninety = values[(count * 9).div_ceil(10) - 1];
        Some(Self { min, median, ninety, max })
    }
}

/// Something that is told of each transport.
pub struct Figure {
    /// Its name for programs; `words` has the one for people.
    pub key: &'static str,
    /// What it is; `None` where it is not known.
    pub of: fn(&Outcome) -> Option<String>,
}

/// All of them, in the order in which they are shown.
pub const FIGURES: [Figure; 11] = [
    Figure {
        key: "delivered",
        of: |outcome| Some(format!("{} / {}", outcome.run.arrived, outcome.run.planned)),
    },
    Figure { key: "latency-min", of: |outcome| latency(outcome, |spread| spread.min) },
    Figure { key: "latency-median", of: |outcome| latency(outcome, |spread| spread.median) },
    Figure { key: "latency-90", of: |outcome| latency(outcome, |spread| spread.ninety) },
    Figure { key: "latency-max", of: |outcome| latency(outcome, |spread| spread.max) },
    Figure { key: "polls-per-message", of: |outcome| each(outcome, |counts| counts.polls) },
    Figure {
        key: "empty-polls-per-message",
        of: |outcome| each(outcome, |counts| counts.empty_polls),
    },
    Figure { key: "requests-per-message", of: |outcome| each(outcome, |counts| counts.requests) },
    Figure { key: "bytes-up-per-message", of: |outcome| whole(outcome, |counts| counts.bytes_up) },
    Figure {
        key: "bytes-down-per-message",
        of: |outcome| whole(outcome, |counts| counts.bytes_down),
    },
    Figure { key: "bytes-per-message", of: |outcome| bytes_each(outcome).map(grouped) },
];

/// What each delivered message took of something, in hundredths; `None` if none was delivered.
pub fn hundredths(count: u64, delivered: u32) -> Option<u64> {
    let delivered = u64::from(delivered);
    (delivered > 0).then(|| (count * 100 + delivered / 2) / delivered)
}

/// Bytes of both, up and down, for each delivered message.
pub fn bytes_each(outcome: &Outcome) -> Option<u64> {
    rounded(outcome, |counts| counts.bytes_up + counts.bytes_down)
}

/// Hundredths as a number with two digits behind the point.
pub fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Microseconds as milliseconds with one digit behind the point.
pub fn millis(micros: u32) -> String {
    let tenths = micros.saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The same with all three.
pub fn millis_exact(micros: u64) -> String {
    format!("{}.{:03}", micros / 1_000, micros % 1_000)
}

fn latency(outcome: &Outcome, pick: fn(Spread) -> u32) -> Option<String> {
    outcome.run.spread().map(|spread| millis(pick(spread)))
}

fn each(outcome: &Outcome, pick: fn(&Counts) -> u64) -> Option<String> {
    hundredths(pick(&outcome.run.counts), outcome.run.arrived).map(decimal)
}

fn whole(outcome: &Outcome, pick: fn(&Counts) -> u64) -> Option<String> {
    rounded(outcome, pick).map(grouped)
}

fn rounded(outcome: &Outcome, pick: fn(&Counts) -> u64) -> Option<u64> {
    let (counts, delivered) = (&outcome.run.counts, u64::from(outcome.run.arrived));
    let is_known = !counts.lacks_bytes && delivered > 0;
    is_known.then(|| (pick(counts) + delivered / 2) / delivered)
}

#[cfg(test)]
mod tests {
    use duologue_session::Transport;

    use super::*;
    use crate::compare::Trouble;
    use crate::compare::testing::{all_three, failed, outcome};

    fn shown(outcome: &Outcome) -> Vec<(&'static str, Option<String>)> {
        FIGURES.iter().map(|figure| (figure.key, (figure.of)(outcome))).collect()
    }

    #[test]
    fn a_spread_has_the_middle_and_the_nearest_rank() {
        let of = |values: &[u32]| Spread::of(values.to_vec());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some(Spread { min: 7, median: 7, ninety: 7, max: 7 }));
        let ten: Vec<u32> = (1..=10).rev().collect();
        assert_eq!(of(&ten), Some(Spread { min: 1, median: 5, ninety: 9, max: 10 }));
        let eleven: Vec<u32> = (1..=11).collect();
        assert_eq!(of(&eleven), Some(Spread { min: 1, median: 6, ninety: 10, max: 11 }));
        let huge = of(&[u32::MAX, u32::MAX]);
        assert_eq!(huge.map(|spread| spread.median), Some(u32::MAX), "no overflow");
    }

    #[test]
    fn numbers_are_rounded_and_keep_their_zeros() {
        assert_eq!(
            [decimal(0), decimal(5), decimal(100), decimal(1_234)],
            ["0.00", "0.05", "1.00", "12.34"]
        );
        assert_eq!(
            [millis(0), millis(49), millis(50), millis(12_345)],
            ["0.0", "0.0", "0.1", "12.3"]
        );
        assert_eq!([millis_exact(0), millis_exact(12_345)], ["0.000", "12.345"]);
        assert_eq!(hundredths(2, 3), Some(67));
        assert_eq!(hundredths(201, 200), Some(101), "more than one looks like more than one");
        assert_eq!(hundredths(5, 0), None);
    }

    #[test]
    fn figures_are_for_each_delivered_message() {
        let [short, _, websocket] = all_three();
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            ("delivered", some("2 / 2")),
            ("latency-min", some("130.0")),
            ("latency-median", some("190.2")),
            ("latency-90", some("250.4")),
            ("latency-max", some("250.4")),
            ("polls-per-message", some("4.00")),
            ("empty-polls-per-message", some("3.00")),
            ("requests-per-message", some("10.00")),
            ("bytes-up-per-message", some("4\u{202f}000")),
            ("bytes-down-per-message", some("3\u{202f}000")),
            ("bytes-per-message", some("7\u{202f}000")),
        ];
        assert_eq!(shown(&short), expected);
        let of_websocket = shown(&websocket);
        assert_eq!(of_websocket[5].1, some("0.00"));
        assert_eq!(of_websocket[10].1, some("400"));
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let nothing = failed(Transport::LongPolling, Trouble::NoConnection);
        assert_eq!(shown(&nothing)[0].1.as_deref(), Some("0 / 2"));
        assert!(shown(&nothing).iter().skip(1).all(|(_, value)| value.is_none()));
        let counts = Counts { lacks_bytes: true, requests: 1, ..Counts::default() };
        let vague = outcome(Transport::LongPolling, &[1], counts);
        assert_eq!(bytes_each(&vague), None);
        assert_eq!(shown(&vague)[7].1.as_deref(), Some("1.00"));
    }
}

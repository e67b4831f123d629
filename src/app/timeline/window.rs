//! Which part of a long timeline is drawn: what can be seen, and as much again above and below it. What isn't drawn
//! is room of the height that it had when it was, or that the others have on average.

use std::ops::Range;

/// How high a message is taken for before any was drawn, in CSS pixels: one line, with the space around it.
const FIRST_GUESS: f64 = 48.0;

/// How much is drawn beyond what can be seen, in heights of the view: a fling's next frame finds it there.
const OVERSCAN: f64 = 1.5;

/// How little of that may be left before it is drawn anew: a few messages at a time cost the browser hardly more than
/// one.
const ENOUGH: f64 = 1.0;

/// How many messages are drawn at the least, so that a view whose height isn't known yet shows something.
const LEAST: usize = 24;

/// How high each message is, as far as it was drawn.
#[derive(Clone, Debug)]
pub struct Heights {
    /// Zero: it was never drawn.
    known: Vec<f64>,
    sum: f64,
    count: f64,
    /// How high each of the others is taken for.
    guess: f64,
}

impl Default for Heights {
    fn default() -> Self {
        Self { known: Vec::new(), sum: 0.0, count: 0.0, guess: FIRST_GUESS }
    }
}

/// Where the view is, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    /// How far its lower edge is above the timeline's end.
    pub from_end: f64,
    /// How high it is.
    pub height: f64,
}

/// What is drawn, and the room in the place of what isn't.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// The messages, by index.
    pub range: Range<usize>,
    /// The height of what is above them.
    pub above: f64,
    /// The height of what is below them.
    pub below: f64,
}

impl Heights {
    /// How many messages there are.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks whether there are none")]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// There are so many messages now. A number that falls means that they are others.
    pub fn set_len(&mut self, len: usize) {
        if len < self.known.len() {
            *self = Self::default();
        }
        self.known.resize(len, 0.0);
    }

    /// A message was drawn, and is so high.
    pub fn measured(&mut self, index: usize, height: f64) {
        let Some(known) = self.known.get_mut(index) else { return };
        if *known > 0.0 {
            self.sum -= *known;
            self.count -= 1.0;
        }
        *known = height;
        if height > 0.0 {
            self.sum += height;
            self.count += 1.0;
        }
    }

    /// From now on the others are taken for as high as those that were drawn are on average. That moves what can be
    /// seen, if there are others below it.
    pub fn guess_anew(&mut self) {
        if self.count > 0.0 {
            self.guess = self.sum / self.count;
        }
    }

    fn room(&self, range: Range<usize>) -> f64 {
        let heights = self.known.get(range).unwrap_or_default().iter();
        heights.map(|known| if *known > 0.0 { *known } else { self.guess }).sum()
    }

    /// What to draw for this view, where `before` was drawn until now.
    pub fn drawn(&self, view: View, before: &Range<usize>) -> Drawn {
        let len = self.known.len();
        let kept = self.with_room(before.clone());
        let within = |share: f64| {
            let beyond = view.height * share;
            (view.from_end - beyond, view.from_end + view.height + beyond)
        };
        let (lower, upper) = within(ENOUGH);
        let reaches_down = before.end == len || kept.below <= lower;
        let reaches_up = before.start == 0 || kept.below + self.room(before.clone()) >= upper;
        let is_of_these = before.end <= len && before.len() >= LEAST.min(len);
        if is_of_these && reaches_down && reaches_up {
            return kept;
        }
        let (lower, upper) = within(OVERSCAN);
        let (mut start, mut end) = (len, 0);
        // From the last one up, since that is where the view is measured from.
        let mut reached = 0.0;
        for (index, known) in self.known.iter().enumerate().rev() {
            let height = if *known > 0.0 { *known } else { self.guess };
            let (bottom, top) = (reached, reached + height);
            reached = top;
            if top >= lower && bottom <= upper {
                (start, end) = (index, end.max(index + 1));
            } else if bottom > upper {
                break;
            }
        }
        // A view beyond the beginning: what was measured last made the timeline shorter.
        if end == 0 {
            (start, end) = (0, len.min(LEAST));
        }
        let start = start.min(end.saturating_sub(LEAST));
        let end = end.max((start + LEAST).min(len));
        self.with_room(start..end)
    }

    /// What to draw so that this message can be seen.
    pub fn around(&self, index: usize, view_height: f64) -> Drawn {
        let below = self.room(index.saturating_add(1).min(self.known.len())..self.known.len());
        self.drawn(
            View { from_end: (below - view_height / 2.0).max(0.0), height: view_height },
            &(0..0),
        )
    }

    /// The same part, with the room as it is known now.
    pub fn with_room(&self, range: Range<usize>) -> Drawn {
        let (above, below) = (self.room(0..range.start), self.room(range.end..self.known.len()));
        Drawn { range, above, below }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(len: usize) -> Heights {
        let mut heights = Heights::default();
        heights.set_len(len);
        heights
    }

    fn at(from_end: f64) -> View {
        View { from_end, height: 600.0 }
    }

    #[test]
    fn ten_thousand_messages_are_drawn_as_some_dozens() {
        let heights = heights(10_000);
        for from_end in [0.0, 1_000.0, 100_000.0, 479_400.0, 900_000.0] {
            let drawn = heights.drawn(at(from_end), &(0..0));
            assert!((LEAST..80).contains(&drawn.range.len()), "{from_end}: {drawn:?}");
        }
        assert_eq!(heights.drawn(at(0.0), &(0..0)).range.end, 10_000);
        assert_eq!(heights.drawn(at(479_400.0), &(0..0)).range.start, 0);
    }

    #[test]
    fn what_can_be_seen_is_drawn_and_the_rest_is_room() {
        let mut heights = heights(1_000);
        for index in 0..1_000 {
            heights.measured(index, if index % 2 == 0 { 40.0 } else { 80.0 });
        }
        for from_end in [0.0, 333.0, 30_000.0, 59_400.0] {
            let Drawn { range, above, below } = heights.drawn(at(from_end), &(0..0));
            let height: f64 = range.clone().map(|n| if n % 2 == 0 { 40.0 } else { 80.0 }).sum();
            assert!((above + height + below - 60_000.0).abs() < 0.001);
            assert!(below <= from_end && above <= 60_000.0 - from_end - 600.0, "{from_end}");
        }
    }

    #[test]
    fn what_was_never_drawn_is_as_high_as_the_others() {
        let mut heights = heights(100);
        heights.measured(99, 100.0);
        heights.measured(98, 200.0);
        heights.measured(98, 300.0);
        let above = |heights: &Heights| heights.with_room(98..100).above;
        assert!((above(&heights) - 98.0 * FIRST_GUESS).abs() < 0.001, "nothing moves by itself");
        heights.guess_anew();
        assert!((above(&heights) - 98.0 * 200.0).abs() < 0.001);
    }

    #[test]
    fn few_messages_are_all_drawn_and_none_is_none() {
        assert_eq!(heights(0).drawn(at(0.0), &(0..0)), Drawn::default());
        let view = View::default();
        assert_eq!(heights(3).drawn(view, &(0..0)).range, 0..3);
        assert_eq!(
            heights(1_000).drawn(view, &(0..0)).range,
            976..1_000,
            "the view isn't there yet"
        );
    }

    #[test]
    fn what_is_drawn_stays_until_its_end_comes_near() {
        let heights = heights(1_000);
        let first = heights.drawn(at(20_000.0), &(0..0));
        let mut drawn = first.clone();
        for step in 1..200 {
            let from_end = 20_000.0 + f64::from(step) * 7.0;
            let next = heights.drawn(at(from_end), &drawn.range);
            let top = 48_000.0 - next.above;
            assert!(next.below <= from_end - 600.0 && top >= from_end + 1_200.0, "{next:?}");
            let moved = drawn.range.start - next.range.start;
            assert!(moved == 0 || moved > 5, "some at a time: {moved}");
            drawn = next;
        }
        assert_ne!(drawn, first);
    }

    #[test]
    fn what_comes_at_the_end_is_drawn() {
        let mut heights = heights(1_000);
        let before = heights.drawn(at(0.0), &(0..0));
        heights.set_len(1_001);
        let drawn = heights.drawn(at(0.0), &before.range);
        assert_eq!(drawn.range.end, 1_001);
        assert!(drawn.below.abs() < 0.001);
        heights.set_len(3);
        assert_eq!(heights.drawn(at(0.0), &drawn.range).range, 0..3, "others, and fewer");
    }

    #[test]
    fn any_message_can_be_jumped_to() {
        let heights = heights(10_000);
        for index in [0, 1, 5_000, 9_998, 9_999, 20_000] {
            let drawn = heights.around(index, 600.0);
            assert!(drawn.range.contains(&index.min(9_999)), "{index}: {drawn:?}");
        }
    }

    #[test]
    fn other_messages_begin_anew() {
        let mut heights = heights(10);
        heights.measured(9, 500.0);
        heights.guess_anew();
        heights.set_len(11);
        assert!((heights.with_room(10..11).above - 5_000.0).abs() < 0.001);
        heights.set_len(5);
        assert!((heights.with_room(5..5).above - 5.0 * FIRST_GUESS).abs() < 0.001);
    }
}

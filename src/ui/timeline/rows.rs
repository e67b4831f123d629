//! The messages that are drawn, one below the other. At both ends some come and go as the reader moves; those in between
//! are not touched.
//!
//! In the place of Leptos' `For`, which takes some out and puts them in again whenever others come before them: the
//! browser lays out those anew as well.

use std::collections::VecDeque;
use std::ops::Range;

use leptos::prelude::*;
use leptos::tachys::renderer::types::{Element, Node};

/// What is drawn.
pub(super) struct Rows {
    /// What a row's own state belongs to, or it would be gone when others are drawn.
    owner: Owner,
    sitting: usize,
    start: usize,
    drawn: VecDeque<(Owner, <AnyView as Render>::State)>,
}

impl Rows {
    /// Nothing is drawn yet. They last as long as the component that has them.
    pub(super) fn new() -> Self {
        Self { owner: Owner::new(), sitting: 0, start: 0, drawn: VecDeque::new() }
    }

    /// Draws these, and takes away what else there was. `sitting`: an index names a message only within one.
    pub(super) fn draw(
        &mut self,
        (place, end): (&Element, Option<&Node>),
        sitting: usize,
        range: Range<usize>,
        row: impl Fn(usize) -> AnyView,
    ) {
        let build = |owner: &Owner, index| {
            let owner = owner.child();
            let state = owner.with(|| row(index).build());
            (owner, state)
        };
        let is_other =
            self.sitting != sitting || range.start >= self.end() || range.end <= self.start;
        while is_other || self.end() > range.end {
            let Some((_, mut gone)) = self.drawn.pop_back() else { break };
            gone.unmount();
        }
        if self.drawn.is_empty() {
            (self.sitting, self.start) = (sitting, range.start);
        }
        while self.start < range.start {
            let Some((_, mut gone)) = self.drawn.pop_front() else { break };
            gone.unmount();
            self.start += 1;
        }
        while self.start > range.start {
            let mut new = build(&self.owner, self.start - 1);
            match self.drawn.front() {
                Some((_, first)) => first.insert_before_this_or_marker(place, &mut new.1, end),
                None => new.1.mount(place, end),
            }
            self.drawn.push_front(new);
            self.start -= 1;
        }
        while self.end() < range.end {
            let mut new = build(&self.owner, self.end());
            new.1.mount(place, end);
            self.drawn.push_back(new);
        }
    }

    fn end(&self) -> usize {
        self.start + self.drawn.len()
    }
}

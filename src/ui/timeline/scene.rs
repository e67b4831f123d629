//! Which part of a timeline is drawn as its reader moves, and how a message is brought into view.
//!
//! Once a frame it is looked at where everything is, and then at most once something is drawn: what is asked of the
//! browser between two changes makes it lay out all of the first one at once.

use std::mem;
use std::time::Duration;

use leptos::html::Div;
use leptos::prelude::*;

use crate::app::timeline::spot::Spot;
use crate::app::timeline::window::{Drawn, Heights, View};
use crate::platform::{self, ReversedBox, Rows, Timer};

/// From this far above the end on, in CSS pixels, somebody is taken for reading what is above.
const READING_ABOVE: f64 = 120.0;

/// How much of what is above a message is to be seen when that is brought to the top, to its middle, in CSS pixels: the
/// line over it, and the message before.
const ROOM_ABOVE: f64 = 140.0;

/// How long a message is marked that was looked for.
const MARKED_FOR: Duration = Duration::from_secs(3);

/// How often what is to be shown is brought to its place at the most: each time more of what is around it was measured.
const SHOW_TRIES: u32 = 8;

/// A timeline's own state: a handle.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    /// The box that scrolls.
    pub(super) place: NodeRef<Div>,
    /// What is drawn.
    pub(super) drawn: RwSignal<Drawn>,
    heights: StoredValue<Heights>,
    /// How high the view was when it was last looked at: asking for it makes the browser lay out everything that has
    /// just been drawn.
    height: StoredValue<f64>,
    /// How wide the view was then, if it was looked at.
    pub(super) width: RwSignal<Option<usize>>,
    /// How many messages there were when the reader was last at the end; `None` while they are.
    pub(super) left_at: RwSignal<Option<usize>>,
    /// Whether they are there, as far as it was looked.
    pub(super) is_at_end: RwSignal<bool>,
    /// Where somebody reads above the end. Kept as they move: a browser that leaves a page may break its connection
    /// before it says so, and the strip that tells of that is in the layout by then.
    pub(super) reads_at: StoredValue<Option<Spot>>,
    /// Where the view was when it became higher or lower, as it does for that strip. Until it is elsewhere, the reader
    /// hasn't moved.
    resized_at: StoredValue<Option<f64>>,
    /// Which message is to be marked once it is in view.
    points_at: StoredValue<Option<usize>>,
    /// Until when one is.
    unmarks: StoredValue<Option<Timer>, LocalStorage>,
    /// Whether a message is on its way into view: until it is there, the place of everything is a guess.
    settles: StoredValue<bool>,
    /// Whether the next frame has a look already.
    is_due: StoredValue<bool>,
}

impl Scene {
    /// Nothing is drawn yet.
    pub(super) fn new() -> Self {
        Self {
            place: NodeRef::new(),
            drawn: RwSignal::new(Drawn::default()),
            heights: StoredValue::new(Heights::default()),
            height: StoredValue::new(0.0),
            width: RwSignal::new(None),
            left_at: RwSignal::new(None),
            is_at_end: RwSignal::new(false),
            reads_at: StoredValue::new(None),
            resized_at: StoredValue::new(None),
            points_at: StoredValue::new(None),
            unmarks: StoredValue::new_local(None),
            settles: StoredValue::new(false),
            is_due: StoredValue::new(false),
        }
    }

    /// The box; `None` once the timeline is gone, which it may be by the next frame.
    pub(super) fn place(self) -> Option<ReversedBox> {
        self.place.try_get_untracked().flatten().map(|place| ReversedBox::new(&place))
    }

    /// The reader has moved, or something was drawn: the next frame has a look.
    pub(super) fn wake(self) {
        let was_due = self.is_due.try_update_value(|is_due| mem::replace(is_due, true));
        if was_due == Some(false) {
            platform::next_frame(move || {
                // It may be gone by then.
                self.is_due.try_set_value(false);
                self.look();
            });
        }
    }

    /// Takes in where everything is, and draws what is to be seen there.
    fn look(self) {
        let Some(place) = self.place().filter(|_| !self.settles.get_value()) else { return };
        if let Some(spot) = self.kept_over_a_turn(place.width()) {
            return self.show(spot);
        }
        if place.width() == 0 {
            return;
        }
        let (view, rows) = (view_of(&place), place.rows());
        let has_moved = self.has_moved(view);
        let is_above = view.from_end > READING_ABOVE;
        if self.left_at.get_untracked().is_some() != is_above {
            let count = self.heights.with_value(Heights::len);
            self.left_at.set(is_above.then_some(count));
        }
        if self.is_at_end.get_untracked() == is_above {
            self.is_at_end.set(!is_above);
        }
        if has_moved {
            let spot = rows.as_ref().filter(|_| is_above).and_then(Spot::nearest);
            self.reads_at.set_value(spot);
        }
        // Where somebody reads, what is below them stays as high as it is.
        self.measured(rows, !is_above);
        let before = self.drawn.get_untracked();
        let drawn = self.heights.with_value(|heights| heights.drawn(view, &before.range));
        // As long as what can be seen is drawn there is nothing to do.
        if drawn != before {
            self.drawn.set(drawn);
        }
    }

    /// Where somebody reads, if the view has just become wider or narrower: then all rows have other heights, and what
    /// was there is elsewhere. So it is where the view comes back from behind the panel on a phone, where it had no width:
    /// browsers don't agree on where it is then.
    fn kept_over_a_turn(self, width: usize) -> Option<Spot> {
        let before = self.width.get_untracked();
        if before == Some(width) {
            return None;
        }
        self.width.set(Some(width));
        self.reads_at.get_value().filter(|_| before.is_some() && width > 0)
    }

    /// Whether what is seen is where the reader wants it, and not where it came to as the view changed its height.
    fn has_moved(self, view: View) -> bool {
        let from_end = Some(view.from_end);
        // The browser says the same number again if nothing has changed.
        if self.height.get_value().to_bits() != view.height.to_bits() {
            self.height.set_value(view.height);
            self.resized_at.set_value(from_end);
        } else if self.resized_at.get_value() != from_end {
            self.resized_at.set_value(None);
        }
        self.resized_at.get_value().is_none()
    }

    /// Takes in how high the rows are. `may_move`: nothing that is seen depends on how high the others are taken for.
    fn measured(self, rows: Option<Rows>, may_move: bool) {
        let Some(rows) = rows else { return };
        self.heights.update_value(|heights| {
            for (n, height) in rows.heights.into_iter().enumerate() {
                heights.measured(rows.first + n, height);
            }
            if may_move {
                heights.guess_anew();
            }
        });
    }

    /// There are so many messages now.
    pub(super) fn grow(self, count: usize, is_another: bool) {
        self.heights.update_value(|heights| {
            if is_another {
                *heights = Heights::default();
            }
            heights.set_len(count);
        });
        if is_another {
            self.left_at.set(None);
        }
        let before = self.drawn.with_untracked(|drawn| drawn.range.clone());
        let is_at_the_end = self.left_at.get_untracked().is_none() && !self.settles.get_value();
        let drawn = if is_at_the_end || is_another {
            let view = View { from_end: 0.0, height: self.height.get_value() };
            self.heights.with_value(|heights| heights.drawn(view, &before))
        } else {
            // Nothing moves where somebody reads.
            self.heights.with_value(|heights| heights.with_room(before))
        };
        self.drawn.set(drawn);
    }

    /// Goes to the latest message.
    pub(super) fn to_end(self, count: usize) {
        self.left_at.set(None);
        self.grow(count, false);
        if let Some(place) = self.place() {
            place.to_end();
        }
    }

    /// Whether the view is at the end, and on its way to nowhere else.
    pub(super) fn is_free(self) -> bool {
        self.left_at.get_untracked().is_none() && !self.settles.get_value()
    }

    /// Brings a message into view, and marks it for a moment: it looks like any other.
    pub(super) fn point_at(self, index: usize) {
        self.points_at.set_value(Some(index));
        self.show(Spot { index, below_middle: 0 });
    }

    /// Marks what is to be marked, once it is there.
    fn mark(self, place: &ReversedBox) {
        if let Some(index) = self.points_at.try_update_value(Option::take).flatten() {
            place.mark(Some(index));
            let unmark = move || {
                if let Some(place) = self.place() {
                    place.mark(None);
                }
            };
            self.unmarks.set_value(Some(Timer::after(MARKED_FOR, unmark)));
        }
    }

    /// Brings a message to the top of the view, or as near to it as there is room for below.
    pub(super) fn show_at_the_top(self, index: usize) {
        let height = self.place().map(|place| place.height()).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "no view is that high")]
        let below_middle = (ROOM_ABOVE - height / 2.0) as i32;
        self.show(Spot { index, below_middle });
    }

    /// Brings a message into view, wherever it is.
    pub(super) fn show(self, spot: Spot) {
        self.settles.set_value(true);
        self.is_at_end.set(false);
        self.reads_at.set_value(Some(spot));
        let height = self.place().map(|place| place.height()).unwrap_or_default();
        self.drawn.set(self.heights.with_value(|heights| heights.around(spot.index, height)));
        self.settle_on(spot, SHOW_TRIES);
    }

    /// What is around it is drawn, and measured; with what is known then it is drawn again, until nothing changes.
    fn settle_on(self, spot: Spot, tries: u32) {
        platform::next_frame(move || {
            let Some(place) = self.place() else { return };
            place.hold(true);
            place.show(spot.index, spot.below_middle);
            let view = view_of(&place);
            self.measured(place.rows(), true);
            let before = self.drawn.get_untracked();
            let mut drawn = self.heights.with_value(|all| all.with_room(before.range.clone()));
            if drawn == before {
                // The room is right, so the view says what is to be drawn.
                drawn = self.heights.with_value(|heights| heights.drawn(view, &before.range));
            }
            if drawn == before || tries == 0 {
                self.settles.set_value(false);
                place.hold(false);
                self.mark(&place);
                self.look();
            } else {
                self.drawn.set(drawn);
                self.settle_on(spot, tries - 1);
            }
        });
    }
}

fn view_of(place: &ReversedBox) -> View {
    View { from_end: place.from_end(), height: place.height() }
}

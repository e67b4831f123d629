//! What was said in one conversation: the part of it that can be seen, and how one gets to the rest.

pub mod announcer;
pub mod menu;
pub mod message;
pub mod quote;
pub mod reactions;
mod text;

use std::ops::Range;

use duologue_protocol::UserId;
use leptos::html::Div;
use leptos::prelude::*;
use rust_i18n::t;

use self::announcer::Announcer;
use self::message::MessageItem;
use crate::app::App;
use crate::app::timeline::spot::Spot;
use crate::app::timeline::window::{Drawn, Heights, View};
use crate::app::trust_words::isolated;
use crate::platform::{self, News, ReversedBox};

/// From this far above the end on, in CSS pixels, somebody is taken for reading what is above.
const READING_ABOVE: f64 = 120.0;

/// How often what is to be shown is brought to its place at the most: each time more of what is around it was measured.
const SHOW_TRIES: u32 = 8;

/// A timeline's own state: a handle.
#[derive(Clone, Copy)]
struct Scene {
    place: NodeRef<Div>,
    drawn: RwSignal<Drawn>,
    heights: StoredValue<Heights>,
    /// How high the view was when it was last looked at: asking for it makes the browser lay out everything that has
    /// just been drawn.
    height: StoredValue<f64>,
    /// How many messages there were when the reader was last at the end; `None` while they are.
    left_at: RwSignal<Option<usize>>,
    /// Where somebody reads above the end. Kept as they move: a browser that leaves a page may break its connection
    /// before it says so, and the strip that tells of that is in the layout by then.
    reads_at: StoredValue<Option<Spot>>,
    /// Whether a message is on its way into view: until it is there, the place of everything is a guess.
    settles: StoredValue<bool>,
}

/// The messages with `peer`, the latest at the bottom.
#[component]
pub fn Timeline(
    /// The other one.
    peer: UserId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let scene = Scene {
        place: NodeRef::new(),
        drawn: RwSignal::new(Drawn::default()),
        heights: StoredValue::new(Heights::default()),
        height: StoredValue::new(0.0),
        left_at: RwSignal::new(None),
        reads_at: StoredValue::new(None),
        settles: StoredValue::new(false),
    };
    let name = peer.to_string();
    let shown = peer.clone();
    let extent = Memo::new(move |_| app.conversations.with(|all| all.extent(&shown)));
    let count = Memo::new(move |_| extent.get().1);
    let left = peer.clone();
    let spot = StoredValue::new(Spot::take(&peer));
    let leaving = platform::on_news(move |news| match news {
        // One that was not used yet is still the place.
        News::Hidden => Spot::keep(&left, spot.get_value().or(scene.reads_at.get_value())),
        News::Visible => Spot::keep(&left, None),
        News::Online => {}
    });
    let listeners = StoredValue::new_local(vec![leaving]);
    Effect::new(move || {
        if let Some(place) = scene.place.get() {
            let moved = ReversedBox::new(&place).on_move(move || scene.look());
            listeners.update_value(|all| all.push(moved));
            untrack(|| scene.look());
        }
    });
    Effect::new(move |before: Option<(usize, usize)>| {
        let extent = extent.get();
        let is_another = before.is_some_and(|before| before.0 != extent.0 || before.1 > extent.1);
        untrack(|| scene.grow(extent.1, is_another));
        if let Some(found) = spot.get_value().filter(|spot| spot.index < extent.1) {
            spot.set_value(None);
            untrack(|| scene.show(found));
        }
        extent
    });
    // What is drawn now is measured once it is laid out: the room in the place of the rest follows from that.
    Effect::new(move || {
        scene.drawn.track();
        platform::next_frame(move || scene.measure());
    });
    Effect::new(move || {
        let wanted = app.shown_message.get();
        if let Some(index) = wanted.filter(|index| *index < count.get_untracked()) {
            app.shown_message.set(None);
            untrack(|| scene.show(Spot { index, below_middle: 0 }));
        }
    });
    let range = Memo::new(move |_| scene.drawn.with(|drawn| drawn.range.clone()));
    let indices = move || {
        let (sitting, count) = extent.get();
        let Range { start, end } = range.get();
        (start.min(count)..end.min(count)).map(move |index| (sitting, index))
    };
    let above = move || pixels(scene.drawn.with(|drawn| drawn.above));
    let below = move || pixels(scene.drawn.with(|drawn| drawn.below));
    let announced = peer.clone();
    view! {
        // The box is turned upside down by its style: it stays at the latest message by itself, and a
        // reader who scrolled up stays where they are.
        <div
            class="timeline"
            tabindex="0"
            role="region"
            aria-label=t!("timeline.label")
            node_ref=scene.place
        >
            <div class="messages">
                <div class="room" style:height=above></div>
                // Messages are neither moved nor removed: an index is a name for one. What changes of a
                // message changes in its place.
                <For each=indices key=|named| *named let((_, index))>
                    <MessageItem peer=peer.clone() index />
                </For>
                <div class="room" style:height=below></div>
            </div>
            {move || (count.get() == 0).then(|| view! {
                <p class="nothing-yet muted">{t!("timeline.empty", peer = isolated(&name)).into_owned()}</p>
            })}
        </div>
        <JumpToLatest scene count />
        <Announcer peer=announced extent />
    }
}

/// A height for a style. In whole pixels: writing a fraction would add 4 KB to the page.
#[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
fn pixels(height: f64) -> String {
    format!("{}px", height as i64)
}

impl Scene {
    /// The box; `None` once the timeline is gone, which it may be by the next frame.
    fn place(self) -> Option<ReversedBox> {
        self.place.try_get_untracked().flatten().map(|place| ReversedBox::new(&place))
    }

    fn view(self) -> View {
        let view = |place: ReversedBox| View { from_end: place.from_end(), height: place.height() };
        self.place().map(view).unwrap_or_default()
    }

    /// The reader has moved.
    fn look(self) {
        let Some(place) = self.place().filter(|_| !self.settles.get_value()) else { return };
        let view = self.view();
        self.height.set_value(view.height);
        let drawn = self.heights.with_value(|heights| heights.drawn(view));
        let is_above = view.from_end > READING_ABOVE;
        if self.left_at.get_untracked().is_some() != is_above {
            let count = self.heights.with_value(Heights::len);
            self.left_at.set(is_above.then_some(count));
        }
        let nearest = is_above.then(|| place.nearest()).flatten();
        let spot = nearest.map(|(index, below_middle)| Spot { index, below_middle });
        self.reads_at.set_value(spot);
        // As long as what can be seen is drawn there is nothing to do.
        if self.drawn.with_untracked(|before| before.range != drawn.range) {
            self.drawn.set(drawn);
        }
    }

    /// There are so many messages now.
    fn grow(self, count: usize, is_another: bool) {
        self.heights.update_value(|heights| {
            if is_another {
                *heights = Heights::default();
            }
            heights.set_len(count);
        });
        if is_another {
            self.left_at.set(None);
        }
        let is_at_the_end = self.left_at.get_untracked().is_none() && !self.settles.get_value();
        let drawn = if is_at_the_end || is_another {
            let view = View { from_end: 0.0, height: self.height.get_value() };
            self.heights.with_value(|heights| heights.drawn(view))
        } else {
            // Nothing moves where somebody reads.
            let range = self.drawn.with_untracked(|drawn| drawn.range.clone());
            self.heights.with_value(|heights| heights.with_room(range))
        };
        self.drawn.set(drawn);
    }

    fn measure(self) {
        let Some(place) = self.place() else { return };
        let measured = place.measure();
        // Where somebody reads, what is below them stays as high as it is.
        let may_move = self.settles.get_value() || self.left_at.get_untracked().is_none();
        let Some(room) = self.heights.try_update_value(|heights| {
            for (index, height) in measured {
                heights.measured(index, height);
            }
            if may_move {
                heights.guess_anew();
            }
            heights.with_room(self.drawn.get_untracked().range)
        }) else {
            return;
        };
        if self.drawn.with_untracked(|drawn| *drawn != room) {
            self.drawn.set(room);
        }
        self.look();
    }

    /// Brings a message into view, wherever it is.
    fn show(self, spot: Spot) {
        self.settles.set_value(true);
        self.reads_at.set_value(Some(spot));
        let height = self.view().height;
        self.drawn.set(self.heights.with_value(|heights| heights.around(spot.index, height)));
        self.settle_on(spot, SHOW_TRIES);
    }

    /// What is around it is drawn, and measured; with what is known then it is drawn again, until nothing changes.
    fn settle_on(self, spot: Spot, tries: u32) {
        platform::next_frame(move || {
            let Some(place) = self.place() else { return };
            place.hold(true);
            place.show(spot.index, spot.below_middle);
            let before = self.drawn.get_untracked();
            self.measure();
            let mut drawn = self.drawn.get_untracked();
            if drawn == before {
                // The room is right, so the view says what is to be drawn.
                let view = self.view();
                drawn = self.heights.with_value(|heights| heights.drawn(view));
            }
            if drawn == before || tries == 0 {
                self.settles.set_value(false);
                place.hold(false);
                self.look();
            } else {
                self.drawn.set(drawn);
                self.settle_on(spot, tries - 1);
            }
        });
    }
}

/// Leads back to the latest message, and says how many came meanwhile.
#[component]
fn JumpToLatest(scene: Scene, count: Memo<usize>) -> impl IntoView {
    let came = move || scene.left_at.get().map(|left_at| count.get().saturating_sub(left_at));
    let press = move |_| {
        scene.left_at.set(None);
        scene.grow(count.get_untracked(), false);
        if let Some(place) = scene.place() {
            place.to_end();
        }
        if let Some(place) = scene.place.get_untracked() {
            // The button goes: the focus would be nowhere.
            let _ = place.focus();
        }
    };
    move || {
        came().map(|came| {
            let label = match came {
                0 => t!("timeline.latest").into_owned(),
                came => t!("timeline.latest_new", count = came).into_owned(),
            };
            view! {
                <div class="jump">
                    <button class="button jump-button" type="button" aria-label=label on:click=press>
                        <span class="jump-sign" aria-hidden="true"></span>
                        {(came > 0).then_some(came)}
                    </button>
                </div>
            }
        })
    }
}

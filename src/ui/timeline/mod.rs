//! What was said in one conversation: the part of it that can be seen, and how one gets to the rest.

pub mod announcer;
pub mod menu;
pub mod message;
pub mod quote;
pub mod reactions;
mod rows;
mod scene;
mod text;

use duologue_protocol::UserId;
use leptos::ev::MouseEvent;
use leptos::html::Div;
use leptos::prelude::*;
use rust_i18n::t;

use self::announcer::Announcer;
use self::message::MessageItem;
use self::rows::Rows;
use self::scene::Scene;
use crate::app::App;
use crate::app::conversations::Conversations;
use crate::app::numbers;
use crate::app::reading::Reading;
use crate::app::timeline::spot::Spot;
use crate::app::trust_words::isolated;
use crate::platform::{self, News};

/// What the messages of a timeline share: a handle.
#[derive(Clone, Copy)]
pub struct Shared {
    app: App,
    /// The other one.
    peer: StoredValue<UserId>,
    /// Above which message the line stands that says that new ones begin.
    divider: Memo<Option<usize>>,
    /// Which message's menu is open.
    menu: RwSignal<Option<usize>>,
    /// How wide the view is.
    width: RwSignal<Option<usize>>,
}

impl Shared {
    /// Somebody pressed a message's dots, or beside a menu that is open: not every browser moves the focus for that.
    fn press(self, event: &MouseEvent) {
        let pressed = platform::index_at(event, ".more");
        let is_in_menu = platform::index_at(event, ".message-menu").is_some();
        let open = self.menu.get_untracked();
        if !is_in_menu && open != pressed {
            self.menu.set(pressed);
        } else if pressed.is_some() {
            self.menu.set(None);
        }
    }
}

/// The messages with `peer`, the latest at the bottom.
#[component]
pub fn Timeline(
    /// The other one.
    peer: UserId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let scene = Scene::new();
    let shared = Shared {
        app,
        peer: StoredValue::new(peer.clone()),
        divider: Memo::new(move |_| app.reading.with(Reading::divider)),
        menu: RwSignal::new(None),
        width: scene.width,
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
        scene.place.track();
        if let Some(place) = scene.place() {
            let moved = place.on_move(move || scene.wake());
            listeners.update_value(|all| all.push(moved));
            scene.wake();
        }
    });
    Effect::new(move |before: Option<(usize, usize)>| {
        let extent = extent.get();
        let is_another = before.is_some_and(|before| before.0 != extent.0 || before.1 > extent.1);
        if is_another {
            shared.menu.set(None);
        }
        untrack(|| scene.grow(extent.1, is_another));
        if let Some(found) = spot.get_value().filter(|spot| spot.index < extent.1) {
            spot.set_value(None);
            untrack(|| scene.show(found));
        }
        extent
    });
    lead(shared, scene, count, spot);
    let messages = draw(shared, scene, extent);
    // What is drawn now is measured once it is laid out: the room in the place of the rest follows from that. Behind the
    // panel it may not have been.
    Effect::new(move || {
        scene.drawn.track();
        app.has_panel.track();
        scene.wake();
    });
    let above = move || platform::pixels(scene.drawn.with(|drawn| drawn.above));
    let below = move || platform::pixels(scene.drawn.with(|drawn| drawn.below));
    let (announced, stranger) = (peer.clone(), peer);
    // To a stranger one says nothing before one has decided to.
    let between = Memo::new(move |_| app.between(&stranger).is_some());
    view! {
        // The box is turned upside down by its style: it stays at the latest message by itself, and a
        // reader who scrolled up stays where they are.
        <div
            class="timeline"
            class:aloof=between
            tabindex="0"
            role="region"
            aria-label=t!("timeline.label")
            node_ref=scene.place
        >
            <div
                class="messages"
                class:with-menu=move || shared.menu.get().is_some()
                node_ref=messages
                on:click=move |event| shared.press(&event)
                on:focusout=move |event| {
                    // Another message's may have been opened meanwhile.
                    let left = platform::index_at(&event, ".item");
                    if platform::leaves(&event, ".item") && shared.menu.get_untracked() == left {
                        shared.menu.set(None);
                    }
                }
            >
                <div class="room" style:height=above></div>
                // The rows are drawn between the two.
                <div class="room" style:height=below></div>
            </div>
            {move || (count.get() == 0).then(|| view! {
                <p class="nothing-yet muted">{t!("timeline.empty", peer = isolated(&name)).into_owned()}</p>
            })}
        </div>
        <JumpToLatest shared scene count />
        <Announcer peer=announced extent />
    }
}

/// Has the view go where somebody wants it, and says whether that is at the end. `spot`: where it goes before that.
fn lead(shared: Shared, scene: Scene, count: Memo<usize>, spot: StoredValue<Option<Spot>>) {
    let Shared { app, peer, divider, .. } = shared;
    Effect::new(move || {
        let wanted = app.shown_message.get();
        if let Some(index) = wanted.filter(|index| *index < count.get_untracked()) {
            app.shown_message.set(None);
            untrack(|| scene.point_at(index));
        }
    });
    Effect::new(move |before: Option<Option<usize>>| {
        let divider = divider.get();
        // Whoever reads elsewhere, or is on their way, stays there; and so does whoever has read all of it, where the line
        // is drawn anew in another language.
        let is_free =
            spot.with_value(Option::is_none) && scene.is_free() && untrack(|| unread(shared)) > 0;
        if let Some(index) = divider.filter(|_| is_free && before.flatten() != divider) {
            // Whoever comes back goes on where they were.
            untrack(|| scene.show_at_the_top(index));
        }
        divider
    });
    Effect::new(move |before: Option<u32>| {
        let sent = app.sent.get();
        if before.is_some_and(|before| before != sent) {
            // What one says oneself one wants to see.
            untrack(|| scene.to_end(count.get_untracked()));
        }
        sent
    });
    Effect::new(move || {
        let of = scene.is_at_end.get().then(|| peer.get_value());
        app.sees_end_of.set(of);
    });
}

/// How many messages of the conversation are unread.
fn unread(Shared { app, peer, .. }: Shared) -> usize {
    let of = |all: &Conversations| peer.with_value(|peer| all.with(peer).map(|one| one.unread));
    usize::try_from(app.conversations.with(of).unwrap_or_default()).unwrap_or(usize::MAX)
}

/// Draws the messages that are to be seen into the box that it gives.
fn draw(shared: Shared, scene: Scene, extent: Memo<(usize, usize)>) -> NodeRef<Div> {
    let range = Memo::new(move |_| scene.drawn.with(|drawn| drawn.range.clone()));
    let messages = NodeRef::<Div>::new();
    let rows = StoredValue::new_local(Rows::new());
    Effect::new(move || {
        let Some(place) = messages.get() else { return };
        let ((sitting, count), range) = (extent.get(), range.get());
        let range = range.start.min(count)..range.end.min(count);
        // Messages are neither moved nor removed: an index is a name for one. What changes of a message changes in its
        // place.
        let row = |index| view! { <MessageItem shared index /> }.into_any();
        untrack(|| {
            // A menu goes with its message, and doesn't come back with it.
            if shared.menu.get_untracked().is_some_and(|index| !range.contains(&index)) {
                shared.menu.set(None);
            }
            rows.update_value(|rows| {
                rows.draw((&place, place.last_element_child().as_deref()), sitting, range, row);
            });
        });
    });
    messages
}

/// Leads back to the latest message, and says how many came meanwhile.
#[component]
fn JumpToLatest(shared: Shared, scene: Scene, count: Memo<usize>) -> impl IntoView {
    let came = Memo::new(move |_| {
        let came = count.get().saturating_sub(scene.left_at.get()?);
        Some(came.max(unread(shared)))
    });
    let press = move |_| {
        scene.to_end(count.get_untracked());
        if let Some(place) = scene.place.get_untracked() {
            // The button goes: the focus would be nowhere.
            let _ = place.focus();
        }
    };
    move || {
        came.get().map(|came| {
            let label = match came {
                0 => t!("timeline.latest").into_owned(),
                came => t!("timeline.latest_new", count = numbers::count(came)).into_owned(),
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

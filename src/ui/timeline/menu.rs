//! What one can do to a message: a button beside it, and what it opens.

use std::sync::Arc;

use duologue_protocol::UserId;
use leptos::ev::KeyboardEvent;
use leptos::html::{Button, Div};
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::platform;
use crate::store::record::Entry;
use crate::ui::shown::Show;

/// The reactions at hand.
const REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

/// Something in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    React(&'static str),
    Reply,
    Copy,
    Edit,
    Delete,
}

/// The button that opens the menu.
#[component]
pub fn MenuButton(
    /// Itself.
    button: NodeRef<Button>,
    /// Whether the menu is open.
    has_menu: RwSignal<bool>,
    /// The other one.
    peer: UserId,
    /// The message.
    entry: Memo<Arc<Entry>>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let between = Memo::new(move |_| app.between(&peer).is_some());
    // What is gone can't be answered; and to a stranger one says nothing before one has decided to.
    let is_there = move || entry.with(|entry| !entry.amended.is_deleted) && !between.get();
    view! {
        <Show when=is_there>
            <button
                class="icon-button more"
                type="button"
                aria-label=t!("message.actions")
                aria-expanded=move || has_menu.get().to_string()
                node_ref=button
                on:click=move |_| has_menu.update(|has_menu| *has_menu = !*has_menu)
            >
                <span aria-hidden="true">"⋯"</span>
            </button>
        </Show>
    }
}

/// What one can do. It stands in the timeline's flow: nothing covers the conversation, and nothing is cut off at its
/// edges.
#[component]
pub fn MessageMenu(
    /// The other one.
    peer: UserId,
    /// Which message it is.
    index: usize,
    /// The message.
    entry: Memo<Arc<Entry>>,
    /// The button that opened it.
    button: NodeRef<Button>,
    /// Whether it is open.
    has_menu: RwSignal<bool>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let is_sure = RwSignal::new(false);
    let panel = NodeRef::<Div>::new();
    let peer = StoredValue::new(peer);
    let close = move || {
        has_menu.set(false);
        if let Some(button) = button.get_untracked() {
            // Where it came from; nothing else can go wrong here.
            let _ = button.focus();
        }
    };
    let choose = move |choice: Choice| {
        if choice == Choice::Delete && !is_sure.get_untracked() {
            return is_sure.set(true);
        }
        close();
        peer.with_value(|peer| match choice {
            Choice::React(emoji) => app.react(peer, index, emoji),
            Choice::Reply => app.reply(peer, index),
            Choice::Edit => app.edit(peer, index),
            Choice::Delete => app.take_back(peer, index),
            Choice::Copy => {
                let copied = platform::copy(entry.get_untracked().content.as_str().to_owned());
                platform::spawn(async move {
                    // Refused, it is not there: the words can still be marked by hand.
                    let _ = copied.await;
                });
            }
        });
    };
    let on_key = move |event: KeyboardEvent| {
        let Some(panel) = panel.get_untracked() else { return };
        let at = platform::focused_child(&panel);
        let to = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => at + 1,
            "ArrowLeft" | "ArrowUp" => at.saturating_sub(1),
            "Escape" => {
                event.prevent_default();
                return close();
            }
            _ => return,
        };
        event.prevent_default();
        platform::focus_child(&panel, to);
    };
    Effect::new(move || {
        if let Some(panel) = panel.get() {
            platform::focus_child(&panel, 0);
        }
    });
    let item = move |choice: Choice, words: String| {
        let class = if matches!(choice, Choice::React(_)) { "emoji" } else { "button small" };
        view! {
            <button class=class type="button" on:click=move |_| choose(choice)>{words}</button>
        }
    };
    let items = move || {
        let can_change = entry.with(|entry| entry.is_mine() && entry.can_change());
        let delete = move || {
            if is_sure.get() { t!("message.really_delete") } else { t!("message.delete") }
        };
        view! {
            {REACTIONS.map(|emoji| item(Choice::React(emoji), emoji.to_owned()))}
            {item(Choice::Reply, t!("message.reply").into_owned())}
            {platform::can_copy().then(|| item(Choice::Copy, t!("message.copy").into_owned()))}
            {can_change.then(|| view! {
                {item(Choice::Edit, t!("message.edit").into_owned())}
                <button
                    class="button small danger"
                    type="button"
                    on:click=move |_| choose(Choice::Delete)
                >
                    {delete}
                </button>
            })}
        }
    };
    view! {
        <div
            class="message-menu"
            role="group"
            aria-label=t!("message.actions")
            node_ref=panel
            on:keydown=on_key
        >
            {items}
        </div>
    }
}

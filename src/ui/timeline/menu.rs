//! What one can do to a message: what the button beside it opens.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use rust_i18n::t;

use super::Shared;
use crate::platform;
use crate::store::record::Entry;

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

/// What one can do. It lies over the timeline, so that nothing moves, and where its message is still to be seen.
#[component]
pub(super) fn MessageMenu(
    /// What the messages share.
    shared: Shared,
    /// Which message it is.
    index: usize,
    /// The message.
    entry: Memo<Arc<Entry>>,
) -> impl IntoView {
    let Shared { app, peer, menu, width, .. } = shared;
    let is_sure = RwSignal::new(false);
    let panel = NodeRef::<Div>::new();
    let close = move || {
        menu.set(None);
        if let Some(panel) = panel.get_untracked() {
            platform::focus_beside(&panel, ".item", ".more");
        }
    };
    let choose = move |choice: Choice| {
        if choice == Choice::Delete && !is_sure.get_untracked() {
            return is_sure.set(true);
        }
        close();
        if choice == Choice::Delete {
            // Of what is gone the button is gone.
            platform::focus_on(".timeline");
        }
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
        let last = panel.children().length().saturating_sub(1);
        let edge = if event.shift_key() { 0 } else { last };
        let to = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => at + 1,
            "ArrowLeft" | "ArrowUp" => at.saturating_sub(1),
            // At its ends one goes on beside the message, as if there had been no menu.
            "Tab" if u32::try_from(at) == Ok(edge) => return close(),
            "Escape" => {
                event.prevent_default();
                return close();
            }
            _ => return,
        };
        event.prevent_default();
        platform::focus_child(&panel, to);
    };
    Effect::new(move |was_there: Option<bool>| {
        width.track();
        let panel = panel.get();
        if let Some(panel) = &panel {
            platform::put_beside(panel, ".message", ".timeline");
            if was_there != Some(true) {
                platform::focus_child(panel, 0);
            }
        }
        panel.is_some()
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

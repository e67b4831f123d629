//! What was said in one conversation.

use duologue_protocol::{UnixMillis, UserId};
use leptos::prelude::*;

use crate::app::App;
use crate::app::conversations::{Conversation, Conversations, Status};
use crate::app::words;
use crate::platform;

/// The messages with `peer`, the latest at the bottom.
#[component]
pub fn Timeline(
    /// The other one.
    peer: UserId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = peer.to_string();
    let counted = peer.clone();
    let count = Memo::new(move |_| {
        app.conversations.with(|all| all.with(&counted).map_or(0, |c| c.entries.len()))
    });
    view! {
        // The box is turned upside down by its style: it stays at the latest message by itself, and a
        // reader who scrolled up stays where they are.
        <div class="timeline" tabindex="0" role="region" aria-label="Messages">
            // What is added is read aloud; a message that goes from sent to read is not read again.
            <ol class="messages" role="log" aria-live="polite" aria-relevant="additions">
                // Messages are neither moved nor removed: an index is a name for one. What changes of a
                // message changes in its place.
                <For each=move || 0..count.get() key=|index| *index let:index>
                    <MessageItem peer=peer.clone() index />
                </For>
            </ol>
            <Show when=move || count.get() == 0>
                <p class="nothing-yet muted">
                    "Nothing said yet. Write to " <bdi>{name.clone()}</bdi> " below."
                </p>
            </Show>
        </div>
    }
}

/// What may change of a message.
#[derive(Clone, PartialEq)]
struct Fate {
    status: Status,
    at: UnixMillis,
}

impl Fate {
    fn of(all: &Conversations, peer: &UserId, index: usize) -> Option<Self> {
        let conversation = all.with(peer)?;
        let entry = conversation.entries.get(index)?;
        Some(Self { status: conversation.status(entry), at: entry.at })
    }
}

#[component]
fn MessageItem(peer: UserId, index: usize) -> impl IntoView {
    let app = expect_context::<App>();
    let entry = app.conversations.with_untracked(|all| {
        let entries = all.with(&peer).map(|conversation: &Conversation| &conversation.entries);
        entries.and_then(|entries| entries.get(index).cloned())
    });
    // Drawn for the entries that there are.
    let entry = entry?;
    let is_mine = entry.is_mine();
    let said_by = if is_mine { "You".to_owned() } else { peer.to_string() };
    let fallback = Fate { status: Status::Theirs, at: entry.at };
    let id = StoredValue::new(entry.id.clone());
    let name = StoredValue::new(peer.clone());
    let fate = Memo::new(move |_| {
        app.conversations
            .with(|all| Fate::of(all, &peer, index))
            .unwrap_or_else(|| fallback.clone())
    });
    let class = move || {
        let whose = if is_mine { " mine" } else { "" };
        format!("message{whose} {}", fate.with(|fate| words::class(&fate.status)))
    };
    let delivery = Memo::new(move |_| fate.with(|fate| words::delivery(&fate.status)));
    let time = Memo::new(move |_| platform::local_time(fate.with(|fate| fate.at)));
    let failure = move || match fate.get().status {
        Status::Failed(reason) => Some(reason),
        _ => None,
    };
    let retry = move |_| app.retry(&name.get_value(), &id.get_value());
    Some(view! {
        <Show when=move || app.divider.get() == Some(index)>
            <li class="new-divider"><span>"New messages"</span></li>
        </Show>
        <li class=class>
            <span class="sr-only">{said_by} ": "</span>
            <p class="text" dir="auto">{entry.content.as_str().to_owned()}</p>
            <p class="meta fine">
                <time>{time}</time>
                {move || delivery.get().map(|words| view! {
                    <span class="delivery"><span class="sign" aria-hidden="true"></span>{words}</span>
                })}
            </p>
            {move || failure().map(|reason| view! {
                <p class="failure fine">
                    "Not sent: " {reason} ". "
                    <button class="link-button" type="button" on:click=retry>
                        "Try again"
                    </button>
                </p>
            })}
        </li>
    })
}

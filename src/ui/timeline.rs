//! What was said in one conversation.

use std::sync::Arc;

use duologue_protocol::{MessageId, UserId};
use leptos::prelude::*;

use crate::app::App;
use crate::app::conversations::{Entry, EntryState};
use crate::platform;

/// The messages with `peer`, the latest at the bottom.
#[component]
pub fn Timeline(
    /// The other one.
    peer: UserId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = peer.to_string();
    let for_entries = peer.clone();
    let entries = move || {
        app.conversations
            .with(|all| all.with(&for_entries).map(|c| c.entries.clone()).unwrap_or_default())
    };
    let is_empty = {
        let entries = entries.clone();
        Memo::new(move |_| entries().is_empty())
    };
    view! {
        // The box is turned upside down by its style: it stays at the latest message by itself, and a
        // reader who scrolled up stays where they are.
        <div class="timeline" tabindex="0" role="region" aria-label="Messages">
            <ol class="messages" role="log" aria-live="polite">
                <For each=entries key=|entry| key(entry) let:entry>
                    <MessageItem peer=peer.clone() entry />
                </For>
            </ol>
            <Show when=move || is_empty.get()>
                <p class="nothing-yet muted">
                    "Nothing said yet. Write to " <bdi>{name.clone()}</bdi> " below."
                </p>
            </Show>
        </div>
    }
}

/// An entry is drawn anew when this changes. `Theirs` sets apart a peer's message that happens to have
/// the id of one's own.
fn key(entry: &Entry) -> (MessageId, EntryState) {
    (entry.id.clone(), entry.state.clone())
}

#[component]
fn MessageItem(peer: UserId, entry: Arc<Entry>) -> impl IntoView {
    let app = expect_context::<App>();
    let id = entry.id.clone();
    let state = match entry.state {
        EntryState::Theirs => "theirs",
        EntryState::Queued => "queued",
        EntryState::Sent => "sent",
        EntryState::Failed(_) => "failed",
    };
    let said_by = if entry.state.is_mine() { "You".to_owned() } else { peer.to_string() };
    let delivery = match &entry.state {
        EntryState::Theirs | EntryState::Failed(_) => None,
        EntryState::Queued => Some("Waiting"),
        EntryState::Sent => Some("Sent"),
    };
    let failure = match &entry.state {
        EntryState::Failed(reason) => Some(reason.clone()),
        _ => None,
    };
    view! {
        <li class=format!("message {state}") class:mine=entry.state.is_mine()>
            <span class="sr-only">{said_by} ": "</span>
            <p class="text" dir="auto">{entry.content.as_str().to_owned()}</p>
            <p class="meta fine">
                <time>{platform::local_time(entry.at)}</time>
                {delivery.map(|delivery| view! { <span class="delivery">{delivery}</span> })}
            </p>
            {failure.map(|reason| view! {
                <p class="failure fine">
                    "Not sent: " {reason} ". "
                    <button class="link-button" type="button" on:click=move |_| app.retry(&peer, id.clone())>
                        "Try again"
                    </button>
                </p>
            })}
        </li>
    }
}

//! What was said in one conversation.

use duologue_protocol::{UnixMillis, UserId};
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::app::conversations::{Conversations, Status};
use crate::app::links::{self, Part};
use crate::app::reading::Reading;
use crate::app::trust_words::isolated;
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
    let shown = peer.clone();
    let extent = Memo::new(move |_| app.conversations.with(|all| all.extent(&shown)));
    let indices = move || {
        let (sitting, count) = extent.get();
        (0..count).map(move |index| (sitting, index))
    };
    view! {
        // The box is turned upside down by its style: it stays at the latest message by itself, and a
        // reader who scrolled up stays where they are.
        <div class="timeline" tabindex="0" role="region" aria-label=t!("timeline.label")>
            // What is added is read aloud; a message that goes from sent to read is not read again.
            <ol class="messages" role="log" aria-live="polite" aria-relevant="additions">
                // Messages are neither moved nor removed: an index is a name for one. What changes of a
                // message changes in its place.
                <For each=indices key=|named| *named let((_, index))>
                    <MessageItem peer=peer.clone() index />
                </For>
            </ol>
            {move || (extent.get().1 == 0).then(|| view! {
                <p class="nothing-yet muted">{t!("timeline.empty", peer = isolated(&name)).into_owned()}</p>
            })}
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
    // It is drawn for the entries that there are.
    let entry = app.conversations.with_untracked(|all| {
        all.with(&peer).and_then(|conversation| conversation.entries.get(index).cloned())
    })?;
    let is_mine = entry.is_mine();
    let said_by = if is_mine { t!("message.you").into_owned() } else { peer.to_string() };
    let (id, to) = (entry.id.clone(), peer.clone());
    let first = Fate { status: Status::Theirs, at: entry.at };
    let fate = Memo::new(move |_| {
        let fate = app.conversations.with(|all| Fate::of(all, &peer, index));
        fate.unwrap_or_else(|| first.clone())
    });
    let is_first_new = move || app.reading.with(Reading::divider) == Some(index);
    // One closure for all that may change: what it draws is patched in its place.
    Some(move || {
        let Fate { status, at } = fate.get();
        let whose = if is_mine { " mine" } else { "" };
        let class = format!("message{whose} {}", words::class(&status));
        let delivery = words::delivery(&status);
        let failure = match status {
            Status::Failed(reason) => Some(reason),
            _ => None,
        };
        let (to, id) = (to.clone(), id.clone());
        view! {
            {is_first_new().then(|| view! {
                <li class="new-divider"><span>{t!("timeline.new")}</span></li>
            })}
            <li class=class>
                <span class="sr-only">{said_by.clone()} ": "</span>
                <p class="text" dir="auto">{text(entry.content.as_str())}</p>
                <p class="meta fine">
                    <time>{platform::local_time(at)}</time>
                    <span class="delivery"><span class="sign" aria-hidden="true"></span>{delivery}</span>
                </p>
                {failure.map(|reason| view! {
                    <p class="failure fine">
                        {t!("message.failed", reason = reason).into_owned()} " "
                        <button class="link-button" type="button" on:click=move |_| app.retry(&to, &id)>
                            {t!("message.try_again")}
                        </button>
                    </p>
                })}
            </li>
        }
    })
}

/// A text with its links. Whoever follows one leaves nothing behind: no opener, no referrer. An address is shown from
/// left to right, whatever stands around it: in another order it would be another one.
fn text(text: &str) -> impl IntoView + use<> {
    let part = |part| match part {
        Part::Text(text) => text.into_any(),
        Part::Link { text, href } => view! {
            <a href=href target="_blank" rel="noopener noreferrer" dir="ltr">{text}</a>
        }
        .into_any(),
    };
    links::parts(text).into_iter().map(part).collect_view()
}

//! One message: what stands above it, what it says, and what became of it.

use std::sync::Arc;

use duologue_protocol::{UnixMillis, UserId};
use leptos::prelude::*;
use rust_i18n::t;

use super::text::text;
use crate::app::App;
use crate::app::conversations::{Conversations, Status};
use crate::app::reading::Reading;
use crate::app::timeline::{Day, day_words, placement};
use crate::app::words;
use crate::platform::{self, DateStyle};

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

/// The message of this index, with what stands above it.
#[component]
pub fn MessageItem(
    /// The other one.
    peer: UserId,
    /// Which message it is.
    index: usize,
) -> impl IntoView {
    let app = expect_context::<App>();
    // It is drawn for the entries that there are.
    let (before, entry) = app.conversations.with_untracked(|all| {
        let entries = &all.with(&peer)?.entries;
        let before = index.checked_sub(1).and_then(|before| entries.get(before));
        entries.get(index).map(|entry| (before.map(Arc::clone), Arc::clone(entry)))
    })?;
    let placement = placement(before.as_deref(), &entry, day_of);
    let is_mine = entry.is_mine();
    let said_by = if is_mine { t!("message.you").into_owned() } else { peer.to_string() };
    let (id, to) = (entry.id.clone(), peer.clone());
    let first = Fate { status: Status::Theirs, at: entry.at };
    let fate = Memo::new(move |_| {
        let fate = app.conversations.with(|all| Fate::of(all, &peer, index));
        fate.unwrap_or_else(|| first.clone())
    });
    let is_first_new = Memo::new(move |_| app.reading.with(Reading::divider) == Some(index));
    let position = if placement.begins_group { "first" } else { "" };
    let whose = if is_mine { "mine" } else { "" };
    let class = move || format!("message {whose} {}", fate.with(|fate| words::class(&fate.status)));
    let delivery = move || fate.with(|fate| words::delivery(&fate.status));
    let time = move || platform::local_time(fate.get().at);
    let exactly = move || platform::date(fate.get().at, DateStyle::Full);
    let failure = move || match fate.get().status {
        Status::Failed(reason) => {
            let (to, id) = (to.clone(), id.clone());
            Some(view! {
                <p class="failure fine">
                    {t!("message.failed", reason = reason).into_owned()} " "
                    <button class="link-button" type="button" on:click=move |_| app.retry(&to, &id)>
                        {t!("message.try_again")}
                    </button>
                </p>
            })
        }
        _ => None,
    };
    Some(view! {
        <div class=format!("item {position}") data-index=index.to_string()>
            {placement.day.map(day)}
            <Show when=move || is_first_new.get()>
                <p class="new-divider"><span>{t!("timeline.new")}</span></p>
            </Show>
            <div class=class>
                <span class="sr-only">{said_by} ": "</span>
                {text(entry.content.as_str())}
                <p class="meta fine">
                    <time title=exactly>{time}</time>
                    <span class="delivery"><span class="sign" aria-hidden="true"></span>{delivery}</span>
                </p>
                {failure}
            </div>
        </div>
    })
}

/// The day that begins here.
fn day(day: Day) -> impl IntoView {
    let today = day_of(UnixMillis(platform::now().0));
    // At noon in Greenwich it is this day nearly everywhere; what is written is the day, and no time.
    let noon = UnixMillis(u64::try_from(day.number).unwrap_or_default() * 86_400_000 + 43_200_000);
    let style = |with_year| if with_year { DateStyle::DayOfYear } else { DateStyle::Day };
    let words = day_words(day, today, |with_year| platform::date(noon, style(with_year)));
    view! { <h2 class="day"><span>{words}</span></h2> }
}

fn day_of(at: UnixMillis) -> Day {
    let (number, year) = platform::local_day(at);
    Day { number, year }
}

//! One message: what stands above it, what it says, what was done to it, and what became of it.

use std::sync::Arc;

use duologue_protocol::{MessageId, RelationKind, UnixMillis, UserId};
use duologue_session::Reason;
use leptos::prelude::*;
use rust_i18n::t;

use super::Shared;
use super::menu::MessageMenu;
use super::quote::Quote;
use super::reactions::Reactions;
use super::text::text;
use crate::app::conversations::{Conversations, Status};
use crate::app::timeline::{Day, day_words, placement};
use crate::app::{rules, words};
use crate::platform::{self, DateStyle};
use crate::store::record::{Entry, EntryState};

/// What may change of a message.
#[derive(Clone, PartialEq)]
struct Fate {
    status: Status,
    /// The same one is found to be so at once.
    entry: Arc<Entry>,
    act: Option<ActFate>,
}

/// What became of what the person did to it last, until the relay has it.
#[derive(Clone, PartialEq)]
struct ActFate {
    id: MessageId,
    /// Why it was refused, if it was.
    refusal: Option<Reason>,
}

impl Fate {
    fn of(all: &Conversations, peer: &UserId, index: usize, hides_reads: bool) -> Option<Self> {
        let conversation = all.with(peer)?;
        let entry = conversation.entries.get(index)?;
        let act = conversation.act_on(entry).map(|act| {
            let refusal = match &act.state {
                EntryState::Failed { reason, rule } => {
                    Some(Reason { rule: *rule, words: reason.clone() })
                }
                _ => None,
            };
            ActFate { id: act.id.clone(), refusal }
        });
        let status = conversation.status(entry).seen(hides_reads);
        Some(Self { status, entry: Arc::clone(entry), act })
    }
}

/// The message of this index, with what stands above it. Hundreds are drawn in a second while somebody scrolls, so each
/// has as little of its own as can be: what all of them share is the timeline's.
#[component]
pub(super) fn MessageItem(
    /// What it shares with the others.
    shared: Shared,
    /// Which message it is.
    index: usize,
) -> impl IntoView {
    let Shared { app, peer, divider, menu, .. } = shared;
    // It is drawn for the entries that there are.
    let (before, entry) = app.conversations.with_untracked(|all| {
        let entries = &peer.with_value(|peer| all.with(peer))?.entries;
        let before = index.checked_sub(1).and_then(|before| entries.get(before));
        entries.get(index).map(|entry| (before.map(Arc::clone), Arc::clone(entry)))
    })?;
    let placement = placement(before.as_deref(), &entry, day_of);
    let (is_mine, at) = (entry.is_mine(), entry.at);
    let said_by = if is_mine {
        format!("{}: ", t!("message.you"))
    } else {
        peer.with_value(|peer| format!("{peer}: "))
    };
    let first = Fate { status: Status::Theirs, entry, act: None };
    let fate = Memo::new(move |_| {
        let hides_reads = !app.tells_reads();
        let of = |all: &_| peer.with_value(|peer| Fate::of(all, peer, index, hides_reads));
        // A conversation that was deleted is still drawn for a moment.
        app.conversations.with(of).unwrap_or_else(|| first.clone())
    });
    let entry = Memo::new(move |_| fate.with(|fate| Arc::clone(&fate.entry)));
    let position = if placement.begins_group { "first" } else { "" };
    let whose = if is_mine { "mine" } else { "" };
    let class = move || {
        fate.with(|fate| {
            let act = if fate.act.is_some() { "pending" } else { "" };
            // What is gone can't be answered: the button goes.
            let gone = if fate.entry.amended.is_deleted { "gone" } else { "" };
            format!("message {whose} {} {act} {gone}", words::class(&fate.status))
        })
    };
    let has_menu = move || menu.get() == Some(index);
    Some(view! {
        <div class=format!("item {position} {whose}") data-index=index.to_string()>
            {placement.day.map(|new| day(new, at))}
            {move || (divider.get() == Some(index)).then(new_divider)}
            <div class=class>
                <span class="sr-only">{said_by}</span>
                {move || peer.with_value(|peer| said(&entry.get(), peer))}
                {move || fate.with(|fate| fine_print(shared, fate))}
                // What a press on it does is the timeline's business, and what it shows the style's.
                <div class="more-place">
                    <button
                        class="icon-button more"
                        type="button"
                        aria-label=t!("message.actions")
                        aria-expanded=move || has_menu().to_string()
                    ></button>
                </div>
            </div>
            <Reactions shared index entry />
            {move || has_menu().then(|| view! { <MessageMenu shared index entry /> })}
        </div>
    })
}

fn new_divider() -> AnyView {
    view! { <p class="new-divider"><span>{t!("timeline.new")}</span></p> }.into_any()
}

/// What a message says now.
fn said(entry: &Entry, peer: &UserId) -> AnyView {
    if entry.amended.is_deleted {
        return view! { <p class="text deleted">{t!("message.deleted")}</p> }.into_any();
    }
    let answers = entry.content.relation().filter(|about| about.kind == RelationKind::Reply);
    let quote = answers.map(|about| view! { <Quote peer=peer.clone() about=about.clone() /> });
    view! { {quote} {text(entry.content.as_str())} }.into_any()
}

/// When it was said and what became of it; and why it, or what was done to it, was refused, with a way to try again.
fn fine_print(shared: Shared, fate: &Fate) -> AnyView {
    let at = fate.entry.at;
    let edited =
        fate.entry.amended.is_edited.then(|| view! { <span>{t!("message.edited")} " "</span> });
    let words = words::delivery(&fate.status);
    let delivery = (!words.is_empty()).then(|| {
        view! {
            <span class="delivery"><span class="sign" aria-hidden="true"></span>{words}</span>
        }
    });
    view! {
        <p class="meta fine">
            {edited}
            <time title=platform::date(at, DateStyle::Full)>{platform::local_time(at)}</time>
            {delivery}
        </p>
        {failure(shared, fate)}
    }
    .into_any()
}

fn failure(Shared { app, peer, .. }: Shared, fate: &Fate) -> Option<AnyView> {
    let act = fate.act.as_ref().and_then(|act| {
        let reason = rules::of_a_refusal(act.refusal.as_ref()?);
        let words = t!("message.act_failed", reason = reason);
        Some((words, act.id.clone()))
    });
    let (words, id) = match &fate.status {
        Status::Failed(reason) => {
            let reason = rules::of_a_refusal(reason);
            (t!("message.failed", reason = reason), fate.entry.id.clone())
        }
        _ => act?,
    };
    let retry = move |_| peer.with_value(|peer| app.retry(peer, &id));
    Some(
        view! {
            <p class="failure fine">
                {words.into_owned()} " "
                <button class="link-button" type="button" on:click=retry>
                    {t!("message.try_again")}
                </button>
            </p>
        }
        .into_any(),
    )
}

/// The day that begins here, with a message of the time `at`.
fn day(day: Day, at: UnixMillis) -> impl IntoView {
    let today = day_of(UnixMillis(platform::now().0));
    let style = |with_year| if with_year { DateStyle::DayOfYear } else { DateStyle::Day };
    let words = day_words(day, today, |with_year| platform::date(at, style(with_year)));
    view! { <h3 class="day"><span>{words}</span></h3> }
}

fn day_of(at: UnixMillis) -> Day {
    let (number, year) = platform::local_day(at);
    Day { number, year }
}

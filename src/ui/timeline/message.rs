//! One message: what stands above it, what it says, what was done to it, and what became of it.

use std::sync::Arc;

use duologue_protocol::{MessageId, RelationKind, UnixMillis, UserId};
use leptos::prelude::*;
use rust_i18n::t;

use super::menu::{MenuButton, MessageMenu};
use super::quote::Quote;
use super::reactions::Reactions;
use super::text::text;
use crate::app::App;
use crate::app::conversations::{Conversations, Status};
use crate::app::reading::Reading;
use crate::app::timeline::{Day, day_words, placement};
use crate::app::words;
use crate::platform::{self, DateStyle};
use crate::store::record::{Entry, EntryState};
use crate::ui::shown::Show;

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
    refusal: Option<String>,
}

impl Fate {
    fn of(all: &Conversations, peer: &UserId, index: usize, hides_reads: bool) -> Option<Self> {
        let conversation = all.with(peer)?;
        let entry = conversation.entries.get(index)?;
        let act = conversation.act_on(entry).map(|act| {
            let refusal = match &act.state {
                EntryState::Failed { reason } => Some(reason.clone()),
                _ => None,
            };
            ActFate { id: act.id.clone(), refusal }
        });
        let status = match conversation.status(entry) {
            // Who keeps theirs to themselves doesn't see the other's.
            Status::Read if hides_reads => Status::Delivered,
            status => status,
        };
        Some(Self { status, entry: Arc::clone(entry), act })
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
    let (is_mine, at) = (entry.is_mine(), entry.at);
    let said_by = if is_mine { t!("message.you").into_owned() } else { peer.to_string() };
    let of = peer.clone();
    let first = Fate { status: Status::Theirs, entry, act: None };
    let fate = Memo::new(move |_| {
        let hides_reads = !app.tells_reads();
        let fate = app.conversations.with(|all| Fate::of(all, &of, index, hides_reads));
        // A conversation that was deleted is still drawn for a moment.
        fate.unwrap_or_else(|| first.clone())
    });
    let entry = Memo::new(move |_| fate.with(|fate| Arc::clone(&fate.entry)));
    let is_first_new = Memo::new(move |_| app.reading.with(Reading::divider) == Some(index));
    let position = if placement.begins_group { "first" } else { "" };
    let whose = if is_mine { "mine" } else { "" };
    let class = move || {
        fate.with(|fate| {
            let act = if fate.act.is_some() { "pending" } else { "" };
            format!("message {whose} {} {act}", words::class(&fate.status))
        })
    };
    let delivery = move || fate.with(|fate| words::delivery(&fate.status));
    let time = move || platform::local_time(entry.get().at);
    let exactly = move || platform::date(entry.get().at, DateStyle::Full);
    let is_edited = move || entry.get().amended.is_edited;
    let (retried, quoted) = (peer.clone(), peer.clone());
    let (menu_of, of_button) = (peer.clone(), peer.clone());
    let (has_menu, button) = (RwSignal::new(false), NodeRef::new());
    Some(view! {
        <div
            class=format!("item {position} {whose}")
            data-index=index.to_string()
            on:focusout=move |event| {
                if platform::leaves(&event) {
                    has_menu.set(false);
                }
            }
        >
            {placement.day.map(|new| day(new, at))}
            <Show when=move || is_first_new.get()>
                <p class="new-divider"><span>{t!("timeline.new")}</span></p>
            </Show>
            <div class=class>
                <span class="sr-only">{said_by} ": "</span>
                {move || said(&entry.get(), &quoted)}
                <p class="meta fine">
                    <Show when=is_edited><span>{t!("message.edited")} " "</span></Show>
                    <time title=exactly>{time}</time>
                    <span class="delivery"><span class="sign" aria-hidden="true"></span>{delivery}</span>
                </p>
                {move || fate.with(|fate| failure(app, &retried, fate))}
                <MenuButton button has_menu peer=of_button entry />
            </div>
            <Reactions peer index entry />
            <Show when=move || has_menu.get()>
                <MessageMenu peer=menu_of.clone() index entry button has_menu />
            </Show>
        </div>
    })
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

/// Why the message, or what was done to it, was refused, and a way to try again.
fn failure(app: App, peer: &UserId, fate: &Fate) -> Option<AnyView> {
    let act = fate.act.as_ref().and_then(|act| {
        let words = t!("message.act_failed", reason = act.refusal.as_ref()?);
        Some((words, act.id.clone()))
    });
    let (words, id) = match &fate.status {
        Status::Failed(reason) => (t!("message.failed", reason = reason), fate.entry.id.clone()),
        _ => act?,
    };
    let peer = peer.clone();
    Some(
        view! {
            <p class="failure fine">
                {words.into_owned()} " "
                <button class="link-button" type="button" on:click=move |_| app.retry(&peer, &id)>
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

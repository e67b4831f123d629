//! The list of conversations, and how to start one.

use std::sync::Arc;

use duologue_protocol::UserId;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use rust_i18n::t;

use super::connection::LinkBadge;
use super::invite::CopyButton;
use super::your_key::KeyDialog;
use crate::app::App;
use crate::app::acquaintance::Barrier;
use crate::app::conversations::Conversation;
use crate::app::peers::Peers;
use crate::app::route::{Route, hash_of};
use crate::app::trust_words::isolated;
use crate::platform;
use crate::store::record::{Entry, Standing};

/// The left pane.
#[component]
pub fn Sidebar() -> impl IntoView {
    let app = expect_context::<App>();
    let key_dialog = expect_context::<KeyDialog>();
    let me = move || app.me.get().map(|me| me.to_string()).unwrap_or_default();
    view! {
        <nav class="sidebar" aria-label=t!("list.label")>
            <header class="sidebar-head">
                <Avatar name=Signal::derive(me) />
                <div class="grow">
                    <button
                        id="your-key"
                        class="my-name"
                        type="button"
                        aria-haspopup="dialog"
                        aria-label=move || t!("list.you_are", name = isolated(&me())).into_owned()
                        on:click=move |_| key_dialog.open()
                    >
                        <bdi>{me}</bdi>
                    </button>
                    <LinkBadge />
                </div>
                <InviteButton />
            </header>
            <NewConversation />
            <ul class="list">
                <For each=move || rows(app) key=Row::clone let:row>
                    <ConversationRow row />
                </For>
            </ul>
            <OutOfSight />
            <Show when=move || app.conversations.with(|all| all.iter().next().is_none())>
                <p class="empty muted">
                    {t!("list.empty")}
                </p>
            </Show>
        </nav>
    }
}

/// A round sign with a name's first letter.
#[component]
pub fn Avatar(
    /// Whose sign it is.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let letter = move || {
        name.with(|name| name.chars().next().map(|c| c.to_uppercase().to_string()))
            .unwrap_or_default()
    };
    // One of six tints, the same for the same name everywhere.
    let tint =
        move || format!("avatar tint-{}", name.with(|n| n.bytes().map(u32::from).sum::<u32>() % 6));
    view! { <span class=tint aria-hidden="true">{letter}</span> }
}

#[component]
fn InviteButton() -> impl IntoView {
    let app = expect_context::<App>();
    let link = move || {
        let invitation = app.me.get().map(|me| Route::invitation(me, app.my_key.get()));
        invitation.map(|route| platform::link_to(&route.to_hash())).unwrap_or_default()
    };
    view! { <CopyButton label=t!("invite.button") text=link /> }
}

#[component]
fn NewConversation() -> impl IntoView {
    let app = expect_context::<App>();
    let (name, set_name) = signal(String::new());
    let (problem, set_problem) = signal(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match UserId::parse(platform::one_form(&name.get_untracked())) {
            Ok(peer) if app.me.get_untracked().is_some_and(|me| me == peer) => {
                set_problem.set(Some(t!("name.thats_you").into_owned()));
            }
            Ok(peer) => {
                set_name.set(String::new());
                app.accept(&peer);
                app.go(&Route::with(peer));
            }
            Err(_) if name.with_untracked(|name| name.trim().is_empty()) => {
                set_problem.set(Some(t!("name.theirs_missing").into_owned()));
            }
            Err(rule) => set_problem.set(Some(t!("name.invalid", rule = rule).into_owned())),
        }
    };
    view! {
        <form class="new" on:submit=submit>
            <input
                class="field"
                aria-label=t!("list.write_to_label")
                placeholder=t!("list.write_to")
                autocomplete="off"
                spellcheck="false"
                enterkeyhint="go"
                aria-describedby="new-problem"
                prop:value=name
                on:input=move |event| {
                    set_name.set(event_target_value(&event));
                    set_problem.set(None);
                }
            />
            <button class="button" type="submit">{t!("list.open")}</button>
            <p id="new-problem" class="problem" role="alert">{problem}</p>
        </form>
    }
}

/// All that a row shows: rows are drawn anew only when one of these changes.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Row {
    peer: UserId,
    last: String,
    time: String,
    unread: u32,
    is_request: bool,
}

impl Row {
    fn of(conversation: &Conversation, is_request: bool) -> Self {
        let last = conversation.entries.last().map(Arc::as_ref);
        Self {
            peer: conversation.peer.clone(),
            last: last.map(snippet).unwrap_or_default(),
            time: last.map(|entry| platform::local_time(entry.at)).unwrap_or_default(),
            unread: conversation.unread,
            is_request,
        }
    }
}

/// More than the widest row can show; the rest of a 16 KiB message needn't be laid out.
const SNIPPET_CHARS: usize = 120;

fn snippet(entry: &Entry) -> String {
    let words = entry.content.as_str().split_whitespace().take(SNIPPET_CHARS).collect::<Vec<_>>();
    let text: String = words.join(" ").chars().take(SNIPPET_CHARS).collect();
    if entry.is_mine() { t!("list.you_said", text = text).into_owned() } else { text }
}

fn rows(app: App) -> Vec<Row> {
    let row = |conversation: &Conversation| match app.between(&conversation.peer) {
        Some(Barrier::Ignored | Barrier::Blocked) => None,
        barrier => Some(Row::of(conversation, barrier == Some(Barrier::Request))),
    };
    app.conversations.with(|all| all.iter().filter_map(row).collect())
}

#[component]
fn ConversationRow(row: Row) -> impl IntoView {
    let app = expect_context::<App>();
    let Row { peer, last, time, unread, is_request } = row;
    let route = Route::with(peer.clone());
    // The panel stays open from one conversation to the next.
    let href = move || format!("#{}", hash_of(&route, app.has_panel.get()));
    let name = peer.to_string();
    let is_open = Memo::new(move |_| app.open_peer().as_ref() == Some(&peer));
    view! {
        <li>
            <a class="row" href=href aria-current=move || is_open.get().then_some("page")>
                <Avatar name=name.clone() />
                <span class="row-text">
                    <span class="row-top">
                        <bdi class="row-name">{name}</bdi>
                        <span class="fine muted">{time}</span>
                    </span>
                    <span class="row-top">
                        {is_request.then(|| view! { <span class="tag">{t!("list.request")}</span> })}
                        <span class="row-last muted" dir="auto">{last}</span>
                        {(unread > 0).then(|| view! {
                            <span class="badge">
                                <span aria-hidden="true">{unread}</span>
                                <span class="sr-only">{t!("list.unread", count = unread).into_owned()}</span>
                            </span>
                        })}
                    </span>
                </span>
            </a>
        </li>
    }
}

/// Who was ignored or blocked, folded up.
#[component]
fn OutOfSight() -> impl IntoView {
    let app = expect_context::<App>();
    let hidden = Memo::new(move |_| app.peers.with(Peers::out_of_sight));
    let row = move |(peer, standing): (UserId, Standing)| {
        let state =
            if standing == Standing::Blocked { t!("list.blocked") } else { t!("list.ignored") };
        let href = format!("#{}", Route::with(peer.clone()).to_hash());
        view! {
            <li>
                <a class="row" href=href>
                    <bdi class="row-name grow">{peer.to_string()}</bdi>
                    <span class="tag">{state}</span>
                </a>
            </li>
        }
    };
    view! {
        <Show when=move || hidden.with(|hidden| !hidden.is_empty())>
            <details class="out-of-sight">
                <summary>
                    {move || t!("list.out_of_sight", count = hidden.with(Vec::len)).into_owned()}
                </summary>
                <ul>{move || hidden.get().into_iter().map(row).collect_view()}</ul>
            </details>
        </Show>
    }
}

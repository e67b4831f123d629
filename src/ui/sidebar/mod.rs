//! The list of conversations, and how to start one.

pub mod avatar;
pub mod finder;
pub mod row;

use duologue_protocol::UserId;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use rust_i18n::t;

use self::avatar::Avatar;
use self::finder::{Finder, FoundMessages, Query};
use self::row::ConversationRow;
pub(crate) use self::row::when;
use super::connection::LinkBadge;
use super::invite::{CodeButton, CopyButton};
use super::parts::Tool;
use super::tool_dialog::ToolDialog;
use crate::app::App;
use crate::app::list::Row;
use crate::app::peers::Peers;
use crate::app::route::Route;
use crate::app::search::find;
use crate::app::trust_words::isolated;
use crate::platform;
use crate::store::record::Standing;
use crate::ui::shown::Show;

/// The left pane.
#[component]
pub fn Sidebar() -> impl IntoView {
    let app = expect_context::<App>();
    let tools = expect_context::<ToolDialog>();
    let query = RwSignal::new(String::new());
    provide_context(Query(query));
    let me = move || app.me.get().map(|me| me.to_string()).unwrap_or_default();
    view! {
        <nav class="sidebar" aria-label=t!("list.label") on:keydown=move |event| step(query, &event)>
            <header class="sidebar-head">
                <Avatar name=Signal::derive(me) />
                <div class="grow">
                    <button
                        id="your-key"
                        class="my-name"
                        type="button"
                        aria-haspopup="dialog"
                        aria-label=move || t!("list.you_are", name = isolated(&me())).into_owned()
                        on:click=move |_| tools.open(Tool::Key)
                    >
                        <bdi>{me}</bdi>
                    </button>
                    <LinkBadge />
                </div>
                <InviteButton />
                <button
                    id="settings"
                    class="icon-button"
                    type="button"
                    aria-label=t!("settings.label")
                    aria-haspopup="dialog"
                    on:click=move |_| tools.open(Tool::Settings)
                >
                    <span class="gear" aria-hidden="true"></span>
                </button>
            </header>
            <Finder />
            <List />
        </nav>
    }
}

#[component]
fn InviteButton() -> impl IntoView {
    let app = expect_context::<App>();
    view! { <CopyButton label=t!("invite.button") text=Signal::derive(move || app.invite_link()) /> }
}

/// The conversations: those that are here, those in which it was found, and those that are put away.
#[component]
fn List() -> impl IntoView {
    let app = expect_context::<App>();
    let Query(query) = expect_context();
    let rows = Memo::new(move |_| app.rows());
    let here = move || {
        let wanted = query.get();
        let mut here = rows.with(|(here, _)| here.clone());
        if !wanted.trim().is_empty() {
            here.extend(rows.with(|(_, away)| away.clone()));
            here.retain(|row| find(row.peer.as_str(), wanted.trim()).is_some());
        }
        here
    };
    let away = Memo::new(move |_| rows.with(|(_, away)| away.clone()));
    Effect::new(move || {
        // What is said moves a row up.
        app.sent.track();
        if app.open_peer().is_some() {
            // Once its row is marked: whoever goes on by the keyboard may have left what can be seen.
            platform::next_frame(|| platform::reveal(".list [aria-current=page]"));
        }
    });
    let is_searching = move || query.with(|query| !query.trim().is_empty());
    view! {
        <div class="list">
            <ul>
                <For each=here key=Row::clone let:row>
                    <ConversationRow row />
                </For>
            </ul>
            <FoundMessages />
            <Show when=move || !is_searching() && away.with(|away| !away.is_empty())>
                <details class="out-of-sight">
                    <summary>{move || t!("list.archived", count = away.with(Vec::len)).into_owned()}</summary>
                    <ul>
                        <For each=move || away.get() key=Row::clone let:row>
                            <ConversationRow row />
                        </For>
                    </ul>
                </details>
            </Show>
            <OutOfSight />
            // Where the list is all there is to see, nothing else shows the code.
            <Show when=move || {
                !is_searching() && rows.with(|(here, away)| !here.is_empty() || !away.is_empty())
            }>
                <p class="empty-actions"><CodeButton /></p>
            </Show>
            <Show when=move || rows.with(|(here, away)| here.is_empty() && away.is_empty())>
                <div class="empty">
                    <p class="muted">{t!("list.empty")}</p>
                    <p class="empty-actions">
                        <CopyButton
                            label=t!("invite.copy")
                            text=Signal::derive(move || app.invite_link())
                        />
                        <CodeButton />
                    </p>
                </div>
            </Show>
        </div>
    }
}

/// The arrows go from row to row, and Esc ends a search.
fn step(query: RwSignal<String>, event: &KeyboardEvent) {
    let by = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        "Escape" if query.with_untracked(|query| !query.is_empty()) => {
            event.stop_propagation();
            query.set(String::new());
            return platform::focus_on(".new input");
        }
        _ => return,
    };
    if platform::focus_next(".row", by) {
        event.prevent_default();
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
        let name = peer.to_string();
        let is_open = Memo::new(move |_| app.open_peer().as_ref() == Some(&peer));
        view! {
            <li>
                <a class="row" href=href aria-current=move || is_open.get().then_some("page")>
                    <span class="avatar-place"><Avatar name=name.clone() /></span>
                    <bdi class="row-name grow">{name}</bdi>
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

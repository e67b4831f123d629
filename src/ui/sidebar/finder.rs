//! The field above the list: it finds conversations and messages, and opens a conversation with somebody new.

use duologue_protocol::UserId;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Input;
use leptos::prelude::*;
use rust_i18n::t;

use super::avatar::Avatar;
use super::row::when;
use crate::app::App;
use crate::app::acquaintance::Barrier;
use crate::app::numbers;
use crate::app::route::{Route, hash_of};
use crate::app::rules;
use crate::app::search::{FOUND_MAX, Found, search};
use crate::app::trust_words::isolated;
use crate::platform;
use crate::ui::shown::Show;

/// What is looked for.
#[derive(Clone, Copy)]
pub struct Query(pub RwSignal<String>);

/// The field, with a button for somebody new.
#[component]
pub fn Finder() -> impl IntoView {
    let app = expect_context::<App>();
    let Query(query) = expect_context();
    let (problem, set_problem) = signal(None::<String>);
    let field = NodeRef::<Input>::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match UserId::parse(platform::one_form(&query.get_untracked())) {
            Ok(peer) if app.me.get_untracked().is_some_and(|me| me == peer) => {
                set_problem.set(Some(t!("name.thats_you").into_owned()));
            }
            Ok(peer) => {
                query.set(String::new());
                app.accept(&peer);
                app.go(&Route::with(peer));
            }
            Err(_) if query.with_untracked(|name| name.trim().is_empty()) => {
                set_problem.set(Some(t!("name.theirs_missing").into_owned()));
            }
            Err(rule) => set_problem.set(Some(rules::of_a_name(&rule))),
        }
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        // What was found goes before somebody new; for them there is the button.
        "Enter" if !platform::composes(&event) && !is_known(app, &query.get_untracked()) => {
            if query.with_untracked(|query| query.trim().is_empty()) {
                return;
            }
            if platform::press_first(".list .row:not(.found)") {
                event.prevent_default();
                query.set(String::new());
            } else if platform::press_first(".list .found") {
                event.prevent_default();
            }
        }
        _ => {}
    };
    Effect::new(move || {
        app.wants_finder.track();
        if let Some(field) = field.get().filter(|_| app.wants_finder.get_untracked() > 0) {
            // Not before the list is drawn, where it was hidden: what is hidden can't have the focus.
            platform::next_frame(move || drop(field.focus()));
        }
    });
    view! {
        <form class="new" role="search" on:submit=submit>
            <input
                node_ref=field
                type="search"
                class="field"
                aria-label=t!("list.find_label")
                placeholder=t!("list.find")
                autocomplete="off"
                spellcheck="false"
                enterkeyhint="go"
                aria-describedby="new-problem"
                prop:value=query
                on:input=move |event| {
                    query.set(event_target_value(&event));
                    set_problem.set(None);
                }
                on:keydown=on_key
            />
            <button class="button" type="submit">{t!("list.open")}</button>
            <p id="new-problem" class="problem" role="alert">{problem}</p>
        </form>
    }
}

/// Whether there is a conversation with somebody of exactly this name.
fn is_known(app: App, name: &str) -> bool {
    let peer = UserId::parse(platform::one_form(name));
    peer.is_ok_and(|peer| app.conversations.with_untracked(|all| all.with(&peer).is_some()))
}

/// The messages in which it was found.
#[component]
pub fn FoundMessages() -> impl IntoView {
    let app = expect_context::<App>();
    let Query(query) = expect_context();
    let shows = move |peer: &UserId| {
        !matches!(app.between(peer), Some(Barrier::Ignored | Barrier::Blocked))
    };
    let found = Memo::new(move |_| {
        query.with(|query| app.conversations.with(|all| search(all, query, shows)))
    });
    let count = move || match found.with(Vec::len) {
        0 => t!("list.nothing_found").into_owned(),
        1 => t!("list.found.one").into_owned(),
        count => t!("list.found.other", count = numbers::count(count)).into_owned(),
    };
    view! {
        <Show when=move || query.with(|query| !query.trim().is_empty())>
            <h2 class="list-head">{t!("list.messages")}</h2>
            <p class="sr-only" role="status">{count}</p>
            <Show when=move || found.with(Vec::is_empty)>
                <p class="empty muted">
                    {move || t!("list.nothing", words = isolated(query.get().trim())).into_owned()}
                </p>
            </Show>
            <ul>
                <For each=move || found.get() key=Found::clone let:one>
                    <FoundMessage one />
                </For>
            </ul>
            <Show when=move || found.with(Vec::len) == FOUND_MAX>
                <p class="empty muted">
                    {t!("list.found.most", count = numbers::count(FOUND_MAX)).into_owned()}
                </p>
            </Show>
        </Show>
    }
}

#[component]
fn FoundMessage(one: Found) -> impl IntoView {
    let app = expect_context::<App>();
    let Found { peer, index, is_mine, at, parts: [before, hit, after] } = one;
    let before = if is_mine { t!("list.you_said", text = before).into_owned() } else { before };
    let name = peer.to_string();
    let route = Route::with(peer);
    let href = move || format!("#{}", hash_of(&route, app.has_panel.get()));
    // The link opens the conversation; which message is meant is not in its address.
    let press = move |_| app.shown_message.set(Some(index));
    view! {
        <li>
            <a class="row found" href=href on:click=press>
                <Avatar name=name.clone() />
                <span class="row-text">
                    <span class="row-top">
                        <bdi class="row-name">{name}</bdi>
                        <span class="fine muted">{when(at)}</span>
                    </span>
                    <span class="found-text muted" dir="auto">{before}<mark>{hit}</mark>{after}</span>
                </span>
            </a>
        </li>
    }
}

//! The state of the link in words, and what to do about it.

use std::time::Duration;

use duologue_session::LinkState;
use leptos::ev::SubmitEvent;
use leptos::html::Button;
use leptos::prelude::*;
use rust_i18n::t;

use super::new_version::NewVersion;
use super::rich::rich;
use crate::app::App;
use crate::app::affairs::Affairs;
use crate::app::conversations::Conversations;
use crate::app::moves::TWO_PANES;
use crate::app::words::{self, LinkWords, Notice, describe};
use crate::platform::{self, Ticker};
use crate::ui::shown::Show;

/// A strip above the conversation while the link is not well; nothing while it is.
#[component]
pub fn ConnectionBar() -> impl IntoView {
    let app = expect_context::<App>();
    let words = link_words(app);
    let needs_help = Memo::new(move |_| words.with(|words| words.needs_help));
    let waiting = move || {
        words::waiting(app.conversations.with(Conversations::queued_count)).unwrap_or_default()
    };
    let no_relay = move || app.relay.with(Option::is_none);
    view! {
        <div class="connection-bar">
            <Show when=move || words.with(|words| words.long.is_some() || words.needs_help)>
                <section class="connection" aria-label=t!("link.label")>
                    // Not a live region: a countdown that is read aloud each second helps nobody.
                    <p class="grow connection-words">
                        {move || {
                            let said = words.get();
                            let first = said.long.unwrap_or_else(|| said.short.into_owned());
                            t!("link.sentences", first = first, then = waiting()).into_owned()
                        }}
                    </p>
                    // It is there while that is being done, so that nothing moves.
                    <button
                        class="button"
                        type="button"
                        disabled=move || words.with(|words| !words.can_reconnect)
                        on:click=move |_| app.reconnect_now()
                    >
                        {t!("link.reconnect_now")}
                    </button>
                    <Show when=move || words.with(|words| words.can_leave)>
                        <button
                            id="leave"
                            class="button"
                            type="button"
                            on:click=move |_| app.leave()
                        >
                            {t!("link.another_name")}
                        </button>
                    </Show>
                    <Show when=move || needs_help.get()>
                        <RelayHelp />
                    </Show>
                </section>
            </Show>
            <Show when=no_relay>
                <section class="connection" aria-label=t!("link.label")>
                    <p class="grow connection-words">{t!("link.help.unknown")}</p>
                    <RelayHelp />
                </section>
            </Show>
            {move || {
                let notices = app.affairs.with(|affairs| words::notices(affairs, &waiting()));
                notices.into_iter().map(|notice| strip(app, notice)).collect_view()
            }}
            <NewVersion />
        </div>
    }
}

/// A dot and a word, which changes seldom, so it may be read aloud. Pressing it opens the connection
/// panel.
#[component]
pub fn LinkBadge() -> impl IntoView {
    let app = expect_context::<App>();
    let words = link_words(app);
    let class = move || format!("link {}", words.with(|words| words.tone.class()));
    let short = Memo::new(move |_| words.with(|words| words.short.clone()));
    let label = move || t!("link.details", state = short.get()).into_owned();
    let button = NodeRef::<Button>::new();
    // The badge that opened the panel gets the focus back: there is one in each pane.
    let opened = StoredValue::new(false);
    let press = move |_| {
        opened.set_value(!app.has_panel.get_untracked());
        app.toggle_panel();
    };
    Effect::new(move |was_open: Option<bool>| {
        let is_open = app.has_panel.get();
        if was_open == Some(true) && !is_open && opened.get_value() {
            opened.set_value(false);
            // Not before the panes are drawn: what is hidden can't have the focus.
            set_timeout(move || drop(button.get_untracked().map(|b| b.focus())), Duration::ZERO);
        }
        is_open
    });
    view! {
        <button
            class=class
            type="button"
            aria-label=label
            aria-expanded=move || app.has_panel.get().to_string()
            node_ref=button
            on:click=press
        >
            {short}
        </button>
        <span class="sr-only" role="status">{short}</span>
    }
}

/// How to start a relay, and how to use another one.
#[component]
fn RelayHelp() -> impl IntoView {
    let app = expect_context::<App>();
    let address = move || app.relay.get().map(|relay| relay.to_string()).unwrap_or_default();
    let (typed, set_typed) = signal(String::new());
    let (problem, set_problem) = signal(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let outcome = typed.with_untracked(|typed| app.use_relay(typed));
        set_problem.set(outcome.is_err().then(|| t!("link.help.invalid").into_owned()));
        if outcome.is_ok() {
            set_typed.set(String::new());
        }
    };
    // On a phone it would take the conversation's place.
    let is_open = platform::is_wide(TWO_PANES) || app.relay.with_untracked(Option::is_none);
    view! {
        <details class="help" open=is_open>
            <summary>{t!("link.help.title")}</summary>
            <p>
                {move || app.relay.with(Option::is_some).then(|| {
                    // What the language has between two sentences.
                    let between = t!("link.sentences", first = "", then = "").into_owned();
                    (rich(&t!("link.help.place"), &[("address", &address())]), between)
                })}
                {rich(
                    &t!("link.help.start"),
                    &[("serve", "cargo xtask serve"), ("binary", "duologue-server")],
                )}
            </p>
            <form class="help-form" on:submit=submit>
                <label class="sr-only" for="relay">{t!("link.help.address")}</label>
                <input
                    id="relay"
                    class="field grow"
                    placeholder="wss://chat.example.org"
                    autocomplete="off"
                    spellcheck="false"
                    inputmode="url"
                    aria-describedby="relay-problem"
                    prop:value=typed
                    on:input=move |event| {
                        set_typed.set(event_target_value(&event));
                        set_problem.set(None);
                    }
                />
                <button class="button" type="submit">{t!("link.help.use")}</button>
                <p id="relay-problem" class="problem" role="alert">{problem}</p>
            </form>
        </details>
    }
}

/// One thing that the person should know.
fn strip(app: App, notice: Notice) -> impl IntoView {
    let Notice { class, words, can_be_seen } = notice;
    view! {
        <section class=format!("connection {class}") role="status">
            <p class="grow connection-words">{words}</p>
            <button
                class="button"
                type="button"
                hidden=!can_be_seen
                on:click=move |_| app.affairs.update(Affairs::have_been_seen)
            >
                {t!("notice.ok")}
            </button>
        </section>
    }
}

/// The link in words, told anew each second while there is a countdown.
fn link_words(app: App) -> Memo<LinkWords> {
    let now = RwSignal::new(platform::now());
    let ticker = StoredValue::new_local(None::<Ticker>);
    Effect::new(move || {
        let counts_down = matches!(app.link.get(), LinkState::Waiting { .. });
        now.set(platform::now());
        let tick = move || now.set(platform::now());
        ticker.set_value(counts_down.then(|| Ticker::every(Duration::from_secs(1), tick)));
    });
    Memo::new(move |_| app.link.with(|link| describe(link, now.get())))
}

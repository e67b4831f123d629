//! Where one writes: Enter sends, Shift+Enter breaks the line.

use duologue_protocol::UserId;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::prelude::*;
use rust_i18n::t;

use super::emoji_picker::EmojiPicker;
use crate::app::App;
use crate::app::acting::{Composing, Purpose};
use crate::app::drafts;
use crate::app::moves::TWO_PANES;
use crate::app::numbers::grouped;
use crate::app::rules;
use crate::app::trust_words::isolated;
use crate::platform;

/// The composer of the conversation with `peer`.
#[component]
pub fn Composer(
    /// Who gets what is written.
    peer: UserId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let typed = peer.clone();
    let text = move || app.typed(&typed);
    let is_blank = {
        let text = text.clone();
        move || text().trim().is_empty()
    };
    let (problem, set_problem) = signal(None::<String>);
    let field = NodeRef::<Textarea>::new();
    let label = t!("composer.label", peer = isolated(peer.as_str())).into_owned();
    let (typist, emoji_to) = (peer.clone(), peer.clone());
    let about = peer.clone();
    let keyed = StoredValue::new(peer.clone());
    let send = move || match app.send(&peer) {
        Ok(()) => {
            set_problem.set(None);
            if let Some(field) = field.get_untracked() {
                // Without a field there is nothing to focus; nothing else can go wrong here.
                let _ = field.focus();
            }
        }
        Err(rule) => set_problem.set(Some(rules::of_a_message(&rule))),
    };
    let on_key = {
        let send = send.clone();
        move |event: KeyboardEvent| {
            // While an input method composes, Enter picks a candidate.
            if platform::composes(&event) {
                return;
            }
            let is_done = match event.key().as_str() {
                "Enter" if !event.shift_key() => {
                    send();
                    true
                }
                key => keyed.with_value(|peer| untrack(|| turns(app, peer, key))),
            };
            if is_done {
                event.prevent_default();
            }
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    Effect::new(move || {
        // Whoever opens a conversation beside the list wants to write; on a phone a keyboard would cover it.
        if let Some(field) = field.get().filter(|_| platform::is_wide(TWO_PANES)) {
            // Nothing can be wrong with a field that has just been drawn.
            let _ = field.focus();
        }
    });
    Effect::new(move |before: Option<u32>| {
        let offered = app.files_offered.get();
        if before.is_some_and(|before| before != offered) {
            set_problem.set(Some(t!("composer.text_only").into_owned()));
        }
        offered
    });
    let to_emoji = StoredValue::new(emoji_to);
    let pick = move |emoji: &str| {
        if let Some(field) = field.get_untracked() {
            let text = platform::insert_at_caret(&field, emoji);
            to_emoji.with_value(|peer| app.type_text(peer, text));
            set_problem.set(None);
        }
    };
    let left = {
        let text = text.clone();
        Memo::new(move |_| drafts::room_left(&text()))
    };
    view! {
        <form class="composer" on:submit=on_submit>
            <p id="composer-problem" class="problem" role="alert">{problem}</p>
            {counter(left, problem)}
            <AboutMessage peer=about field />
            <div class="composer-row">
                <EmojiPicker pick />
                <textarea
                    node_ref=field
                    class="field grow"
                    rows="1"
                    dir="auto"
                    placeholder=t!("composer.placeholder")
                    aria-label=label
                    aria-describedby="composer-problem"
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    enterkeyhint="send"
                    prop:value=text
                    on:input=move |event| {
                        app.type_text(&typist, event_target_value(&event));
                        set_problem.set(None);
                    }
                    on:keydown=on_key
                ></textarea>
                <button class="button primary" type="submit" disabled=is_blank>
                    {t!("composer.send")}
                </button>
            </div>
        </form>
    }
}

/// How much may still be written, near the limit, or how much it is too much.
fn counter(left: Memo<Option<i64>>, problem: ReadSignal<Option<String>>) -> impl IntoView {
    move || {
        // What can't be sent says so already.
        left.get().filter(|left| *left >= 0 || problem.with(Option::is_none)).map(|left| {
            let words = match left {
                0.. => t!("composer.left", count = grouped(left.unsigned_abs())).into_owned(),
                _ => t!("composer.too_long", count = grouped(left.unsigned_abs())).into_owned(),
            };
            view! { <p class="counter fine" class:over=left < 0>{words}</p> }
        })
    }
}

/// What a key does to what the composer is about; false where it does nothing.
fn turns(app: App, peer: &UserId, key: &str) -> bool {
    match key {
        // As in other chats: what one said last is at hand.
        "ArrowUp" if app.typed(peer).is_empty() => app.edit_latest(peer),
        "Escape" if app.composing(peer).is_some() => app.stop_composing(peer),
        _ => return false,
    }
    true
}

/// What the composer is about, above it, where that is a message.
#[component]
fn AboutMessage(peer: UserId, field: NodeRef<Textarea>) -> impl IntoView {
    let app = expect_context::<App>();
    let of = peer.clone();
    let composing = Memo::new(move |_| {
        let Composing { purpose, about, snippet } = app.composing(&of)?;
        let title = match purpose {
            Purpose::Edit { .. } => t!("composer.edits"),
            Purpose::Reply if about.from_user_id == of => {
                t!("composer.answers", peer = isolated(of.as_str())).into_owned().into()
            }
            Purpose::Reply => t!("composer.answers_oneself"),
        };
        Some((title, snippet))
    });
    Effect::new(move || {
        if composing.get().is_some()
            && let Some(field) = field.get_untracked()
        {
            // Whoever pressed a button goes on here.
            let _ = field.focus();
        }
    });
    move || {
        composing.get().map(|(title, snippet)| {
            let peer = peer.clone();
            view! {
                <div class="about">
                    <p class="about-words">
                        <span class="fine strong">{title}</span>
                        <span class="fine muted one-line" dir="auto">{snippet}</span>
                    </p>
                    <button
                        class="icon-button"
                        type="button"
                        aria-label=t!("composer.stop")
                        on:click=move |_| {
                            app.stop_composing(&peer);
                            if let Some(field) = field.get_untracked() {
                                // The button goes: the focus would be nowhere.
                                let _ = field.focus();
                            }
                        }
                    >
                        <span aria-hidden="true">"✕"</span>
                    </button>
                </div>
            }
        })
    }
}

//! A few dozen emoji to press: what people mostly want, in no more bytes than this sentence. Systems have the rest
//! at hand by a key of their own.

use leptos::ev::KeyboardEvent;
use leptos::html::{Button, Div};
use leptos::prelude::*;
use rust_i18n::t;

use crate::platform;
use crate::ui::shown::Show;

/// How many stand in a row: as many as in the style.
const COLUMNS: usize = 8;

/// Those that are offered, the most wanted first.
const OFFERED: &str = "👍 ❤️ 😂 😊 🙏 🎉 😍 😭 👋 😅 🔥 👏 😎 🤔 😘 💪 🥳 😉 🙂 😢 🤣 🥰 😁 😴 🙈 😬 😱 😡 🤷 🤦 👀 ✨ 💯 ✅ ❌ ❓ \
    ❗ 💡 ☕ 🍺 🍕 🎂 🎁 🌹 ☀️ 🌧️ 🌙 ⭐ 🚀 🚗 🏠 💻 📷 🎵 ⚽ 🐶 🐱 🌈 💔 👌";

/// A button that opens the picker; `pick` gets what was picked.
#[component]
pub fn EmojiPicker(
    /// What to do with the one that is picked.
    pick: impl Fn(&str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let panel = NodeRef::<Div>::new();
    let button = NodeRef::<Button>::new();
    let close = move || {
        is_open.set(false);
        if let Some(button) = button.get_untracked() {
            // Where it came from; nothing else can go wrong here.
            let _ = button.focus();
        }
    };
    Effect::new(move || {
        if let Some(panel) = panel.get() {
            platform::focus_child(&panel, 0);
        }
    });
    let on_key = move |event: KeyboardEvent| {
        let Some(panel) = panel.get_untracked() else { return };
        let at = platform::focused_child(&panel);
        let to = match event.key().as_str() {
            "ArrowRight" => at + 1,
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowDown" => at + COLUMNS,
            "ArrowUp" => at.saturating_sub(COLUMNS),
            "Escape" => {
                event.stop_propagation();
                return close();
            }
            _ => return,
        };
        event.prevent_default();
        platform::focus_child(&panel, to);
    };
    let offered = move |emoji: &'static str| {
        view! {
            <button
                class="emoji"
                type="button"
                on:click=move |_| {
                    pick(emoji);
                    is_open.set(false);
                }
            >
                {emoji}
            </button>
        }
    };
    view! {
        // Whoever goes on elsewhere doesn't want it any more.
        <div class="emoji-place" on:focusout=move |event| {
            if platform::leaves(&event, ".emoji-place") {
                is_open.set(false);
            }
        }>
            <button
                class="icon-button"
                type="button"
                aria-label=t!("composer.emoji")
                aria-expanded=move || is_open.get().to_string()
                node_ref=button
                on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
            >
                <span aria-hidden="true">"☺"</span>
            </button>
            <Show when=move || is_open.get()>
                <div
                    class="emoji-panel"
                    role="group"
                    aria-label=t!("composer.emoji")
                    node_ref=panel
                    on:keydown=on_key
                >
                    {OFFERED.split(' ').filter(|emoji| !emoji.is_empty()).map(offered).collect_view()}
                </div>
            </Show>
        </div>
    }
}

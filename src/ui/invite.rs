//! The ways to hand an invitation on: a button that copies a text and says so, and one that shows a code.

use std::borrow::Cow;
use std::time::Duration;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_i18n::t;

use super::parts::Tool;
use super::tool_dialog::ToolDialog;
use crate::platform::{self, Timer};

/// How long the button says what happened.
const SHOWN_FOR: Duration = Duration::from_secs(2);

/// Copies `text` when it is clicked. Where the browser has no clipboard for us, a field with the text
/// appears to copy it from by hand.
#[component]
pub fn CopyButton(
    /// What the button says.
    label: Cow<'static, str>,
    /// What it copies.
    text: Signal<String>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let by_hand = RwSignal::new(None::<String>);
    let field = NodeRef::<Input>::new();
    let timer = StoredValue::new_local(None::<Timer>);
    let click = move |_| {
        spawn_local(async move {
            let text = text.get_untracked();
            if platform::copy(text.clone()).await {
                copied.set(true);
                by_hand.set(None);
                timer.set_value(Some(Timer::after(SHOWN_FOR, move || copied.set(false))));
            } else {
                by_hand.set(Some(text));
            }
        });
    };
    view! {
        <button class="button" type="button" on:click=click>
            {move || if copied.get() { t!("invite.copied") } else { label.clone() }}
        </button>
        <span class="sr-only" role="status">{move || copied.get().then(|| t!("invite.link_copied"))}</span>
        {move || by_hand.get().map(|text| view! {
            <label class="by-hand fine">
                {t!("invite.by_hand")}
                <input
                    class="field"
                    readonly
                    node_ref=field
                    prop:value=text
                    on:focus=move |_| {
                        if let Some(field) = field.get_untracked() {
                            field.select();
                        }
                    }
                />
            </label>
        })}
    }
}

/// Opens the invitation as a code to scan.
#[component]
pub fn CodeButton() -> impl IntoView {
    let tools = expect_context::<ToolDialog>();
    view! {
        <button
            class="button"
            type="button"
            aria-haspopup="dialog"
            on:click=move |_| tools.open(Tool::Invite)
        >
            {t!("invite.show_code")}
        </button>
    }
}

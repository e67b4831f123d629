//! What this browser has stored: how much, all of it as a file, and none of it any more.

use duologue::app::settings::Request;
use duologue::platform;
use leptos::html::Button;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_i18n::t;

use super::Desk;
use crate::focus;
use crate::language::Words;

/// How much there is, and buttons.
pub(super) fn data(desk: Desk) -> AnyView {
    let (used, set_used) = signal(None::<u64>);
    spawn_local(async move {
        let bytes = platform::storage_used().await;
        set_used.try_set(bytes);
    });
    let asks = RwSignal::new(false);
    let (ask, keep) = (NodeRef::<Button>::new(), NodeRef::<Button>::new());
    focus::follows(asks, ask, keep);
    let delete = move || {
        desk.ask(Request::Delete);
        asks.set(false);
    };
    let question = move || {
        view! {
            <p role="alert">{t!("settings.data.warning")}</p>
            <p class="key-actions">
                <button
                    id="keep-everything"
                    class="button"
                    type="button"
                    node_ref=keep
                    on:click=move |_| asks.set(false)
                >
                    {t!("settings.data.keep")}
                </button>
                <button
                    id="delete-everything"
                    class="button danger"
                    type="button"
                    on:click=move |_| delete()
                >
                    {t!("settings.data.delete_now")}
                </button>
            </p>
        }
    };
    view! {
        <section class="setting" aria-labelledby="settings-data">
            <h3 id="settings-data">{t!("settings.data.title")}</h3>
            <p>{move || used.get().map(amount)}</p>
            <p class="fine muted">{t!("settings.data.about")}</p>
            <Show
                when=move || asks.get()
                fallback=move || view! {
                    <p class="key-actions">
                        <button
                            id="export-everything"
                            class="button"
                            type="button"
                            on:click=move |_| desk.ask(Request::Export)
                        >
                            {t!("settings.data.export")}
                        </button>
                        <button
                            id="ask-to-delete"
                            class="button"
                            type="button"
                            node_ref=ask
                            on:click=move |_| asks.set(true)
                        >
                            {t!("settings.data.delete")}
                        </button>
                    </p>
                }
            >
                {question()}
            </Show>
        </section>
    }
    .into_any()
}

/// So much is stored.
fn amount(bytes: u64) -> Words {
    let kilobytes = bytes.div_ceil(1_000);
    if kilobytes < 1_000 {
        return t!("settings.data.kilobytes", number = kilobytes);
    }
    let tenths = kilobytes.div_ceil(100);
    t!("settings.data.megabytes", number = format!("{}.{}", tenths / 10, tenths % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_their_own_unit() {
        let all = [0, 1, 999_000, 999_001, 1_234_567, 20_000_000].map(amount);
        let expected =
            ["0\u{a0}KB", "1\u{a0}KB", "999\u{a0}KB", "1.0\u{a0}MB", "1.3\u{a0}MB", "20.0\u{a0}MB"];
        for (said, expected) in all.iter().zip(expected) {
            assert!(said.contains(expected), "{said} for {expected}");
        }
    }
}

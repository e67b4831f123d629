//! Where the person keeps a conversation: pinned, muted, archived, or no longer; and that they want no more of it.

use duologue_protocol::UserId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::app::moves::TWO_PANES;
use crate::app::route::Route;
use crate::platform;
use crate::store::record::{Filing, Standing};
use crate::ui::shown::Show;

/// The buttons for it.
#[component]
pub fn FilingButtons(
    /// The other one.
    peer: UserId,
) -> impl IntoView {
    let app = expect_context::<App>();
    let peer = StoredValue::new(peer);
    let filing =
        Memo::new(move |_| peer.with_value(|peer| app.peers.with(|peers| peers.get(peer).filing)));
    let file = move |change: fn(&mut Filing)| peer.with_value(|peer| app.file(peer, change));
    let is_sure = RwSignal::new(false);
    let delete = move |_| {
        if is_sure.get_untracked() {
            peer.with_value(|peer| app.delete_conversation(peer));
            app.go(&Route::Home);
            if platform::is_wide(TWO_PANES) {
                app.find();
            }
        }
        is_sure.set(true);
    };
    let is_accepted = move || {
        let standing = peer.with_value(|peer| app.peers.with(|peers| peers.standing(peer)));
        standing == Some(Standing::Accepted)
    };
    let label =
        move || if is_sure.get() { t!("filing.really_delete") } else { t!("filing.delete") };
    let switch = move |words: String, is_on: fn(Filing) -> bool, change: fn(&mut Filing)| {
        view! {
            <button
                class="button small"
                type="button"
                aria-pressed=move || is_on(filing.get()).to_string()
                on:click=move |_| file(change)
            >
                {words}
            </button>
        }
    };
    view! {
        <p class="peer-actions">
            {switch(
                t!("filing.pin").into_owned(),
                |filing| filing.is_pinned,
                |filing| filing.is_pinned = !filing.is_pinned,
            )}
            {switch(
                t!("filing.mute").into_owned(),
                |filing| filing.is_muted,
                |filing| filing.is_muted = !filing.is_muted,
            )}
            {switch(
                t!("filing.archive").into_owned(),
                |filing| filing.is_archived,
                |filing| filing.is_archived = !filing.is_archived,
            )}
            <Show when=is_accepted>
                <button
                    class="button small danger"
                    type="button"
                    on:click=move |_| peer.with_value(|peer| app.block(peer))
                >
                    {t!("trust.block")}
                </button>
            </Show>
            <button
                class="button small danger"
                type="button"
                on:click=delete
                on:blur=move |_| is_sure.set(false)
            >
                {label}
            </button>
        </p>
    }
}

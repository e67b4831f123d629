//! The emoji that stand at a message.

use std::sync::Arc;

use leptos::prelude::*;
use rust_i18n::t;

use super::Shared;
use crate::app::trust_words::isolated;
use crate::store::record::{Amended, Entry};

/// One's own and the peer's, each a button that adds one's own or takes it back.
#[component]
pub(super) fn Reactions(
    /// What the messages share.
    shared: Shared,
    /// Which message it is.
    index: usize,
    /// The message.
    entry: Memo<Arc<Entry>>,
) -> impl IntoView {
    let Shared { app, peer, .. } = shared;
    let chip = move |emoji: String, is_mine: bool, is_theirs: bool| {
        let name = peer.with_value(|peer| isolated(peer.as_str()));
        let label = match (is_mine, is_theirs) {
            (true, true) => t!("reaction.both", emoji = emoji, peer = name),
            (true, false) => t!("reaction.mine", emoji = emoji),
            _ => t!("reaction.theirs", emoji = emoji, peer = name),
        };
        let pressed = emoji.clone();
        view! {
            <button
                class="reaction"
                type="button"
                aria-pressed=is_mine.to_string()
                aria-label=label.into_owned()
                on:click=move |_| peer.with_value(|peer| app.react(peer, index, &pressed))
            >
                {emoji} {(is_mine && is_theirs).then_some(" 2")}
            </button>
        }
    };
    move || {
        let Amended { mine, theirs, .. } = entry.with(|entry| entry.amended.clone());
        let chips = match (mine, theirs) {
            (None, None) => return None,
            (Some(mine), Some(theirs)) if mine == theirs => vec![chip(mine, true, true)],
            (mine, theirs) => {
                let theirs = theirs.map(|theirs| chip(theirs, false, true));
                theirs.into_iter().chain(mine.map(|mine| chip(mine, true, false))).collect()
            }
        };
        Some(view! { <p class="reactions">{chips}</p> })
    }
}

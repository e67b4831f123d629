//! The message that another one answers, in short.

use duologue_protocol::{Relation, UserId};
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::app::list::snippet;
use crate::platform;

/// Who said it and how it begins; a press leads there.
#[component]
pub fn Quote(
    /// The other one of the conversation.
    peer: UserId,
    /// Which message.
    about: Relation,
) -> impl IntoView {
    let app = expect_context::<App>();
    let author =
        if about.from_user_id == peer { peer.to_string() } else { t!("message.you").into_owned() };
    // What it says may change, and it may be deleted here.
    let found = Memo::new(move |_| {
        app.conversations.with(|all| {
            let (index, entry) = all.with(&peer)?.find(&about)?;
            Some((index, snippet(entry)))
        })
    });
    move || match found.get() {
        Some((index, words)) => view! {
            <button
                class="quote"
                type="button"
                title=t!("message.show_quoted")
                on:click=move |_| {
                    // The answer may go out of what is drawn, and the focus with it.
                    platform::focus_on(".timeline");
                    app.shown_message.set(Some(index));
                }
            >
                <bdi class="fine strong">{author.clone()}</bdi>
                <span class="fine quote-words" dir="auto">{words}</span>
            </button>
        }
        .into_any(),
        None => view! { <p class="quote fine muted">{t!("message.not_here")}</p> }.into_any(),
    }
}

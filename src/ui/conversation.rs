//! The open conversation: head, timeline, composer. Or what to do when there is none.

use leptos::prelude::*;

use super::composer::Composer;
use super::connection::LinkBadge;
use super::invite::CopyButton;
use super::sidebar::Avatar;
use super::timeline::Timeline;
use crate::app::App;
use crate::app::route::Route;
use crate::platform;

/// The right pane.
#[component]
pub fn ConversationPane() -> impl IntoView {
    let app = expect_context::<App>();
    let peer = Memo::new(move |_| app.open_peer());
    view! {
        {move || match peer.get() {
            Some(peer) => {
                let name = peer.to_string();
                view! {
                    <header class="head">
                        <a class="back" href="#/" aria-label="All conversations">"‹"</a>
                        <Avatar name=name.clone() />
                        <h1 class="grow"><bdi>{name}</bdi></h1>
                        <LinkBadge />
                    </header>
                    <Timeline peer=peer.clone() />
                    <Composer peer />
                }.into_any()
            }
            None => view! { <NoConversation /> }.into_any(),
        }}
    }
}

#[component]
fn NoConversation() -> impl IntoView {
    let app = expect_context::<App>();
    let link = move || {
        let me = app.me.get_untracked();
        me.map(|me| platform::link_to(&Route::with(me).to_hash())).unwrap_or_default()
    };
    let is_own_link = move || app.route.get() != Route::Home;
    view! {
        <header class="head">
            <a class="back" href="#/" aria-label="All conversations">"‹"</a>
            <h1 class="grow">"Duologue"</h1>
            <LinkBadge />
        </header>
        <section class="nothing">
            <Show
                when=is_own_link
                fallback=|| view! { <h2>"Invite somebody"</h2> }
            >
                <h2>"This is your own invite link"</h2>
            </Show>
            <p class="muted">"Send them this link. Once they open it and say their name, you can talk."</p>
            <p class="link-box"><bdi dir="ltr">{link}</bdi></p>
            <CopyButton label="Copy link" hint="your invite link" text=link />
            <p class="fine muted">
                "To try it alone, open the link in a second tab and choose another name there."
            </p>
        </section>
    }
}

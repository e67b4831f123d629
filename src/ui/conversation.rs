//! The open conversation: head, timeline, composer. Or what to do when there is none.

use duologue_protocol::UserId;
use leptos::prelude::*;
use rust_i18n::t;

use super::composer::Composer;
use super::connection::LinkBadge;
use super::invite::{CodeButton, CopyButton};
use super::peer_card::{CardOpener, Doubts, PeerCard, TrustBadge};
use super::presence::PresenceLine;
use super::request::Request;
use super::sidebar::avatar::Avatar;
use super::timeline::Timeline;
use crate::app::App;
use crate::app::route::Route;
use crate::platform;
use crate::ui::shown::Show;

/// The right pane.
#[component]
pub fn ConversationPane() -> impl IntoView {
    let app = expect_context::<App>();
    let peer = Memo::new(move |_| app.open_peer());
    view! {
        // Each is drawn by itself: drawn into what another one left, it would have its messages, and what was typed there.
        <For each=move || peer.get() key=UserId::clone let:peer>
            <Conversation peer />
        </For>
        <Show when=move || peer.with(Option::is_none)>
            <NoConversation />
        </Show>
    }
}

#[component]
fn Conversation(peer: UserId) -> impl IntoView {
    let name = peer.to_string();
    let shows_card = RwSignal::new(false);
    let of_card = peer.clone();
    view! {
        <header class="head">
            <a class="back" href="#/" aria-label=t!("list.back")>"‹"</a>
            <Avatar name=name.clone() />
            <div class="grow">
                <h2><CardOpener name shows_card /></h2>
                <p class="head-line">
                    <TrustBadge peer=peer.clone() shows_card />
                    <PresenceLine peer=peer.clone() />
                </p>
            </div>
            <LinkBadge />
        </header>
        {move || {
            let peer = of_card.clone();
            shows_card.get().then(|| view! { <PeerCard peer shows_card /> })
        }}
        <Timeline peer=peer.clone() />
        <Doubts peer=peer.clone() shows_card />
        <Answer peer />
    }
}

/// What the person can say: a message, or whether they want to talk at all.
#[component]
fn Answer(peer: UserId) -> impl IntoView {
    let app = expect_context::<App>();
    let of = peer.clone();
    let between = Memo::new(move |_| app.between(&of));
    move || match between.get() {
        None => view! { <Composer peer=peer.clone() /> }.into_any(),
        Some(barrier) => view! { <Request peer=peer.clone() barrier /> }.into_any(),
    }
}

#[component]
fn NoConversation() -> impl IntoView {
    let app = expect_context::<App>();
    let link = move || app.invite_link();
    let is_own_link = move || app.route.get() != Route::Home;
    view! {
        <header class="head">
            <a class="back" href="#/" aria-label=t!("list.back")>"‹"</a>
            <p class="grow">"Duologue"</p>
            <LinkBadge />
        </header>
        <section class="nothing">
            <h2>{move || if is_own_link() { t!("invite.own_link") } else { t!("invite.title") }}</h2>
            <p class="muted">{t!("invite.what")}</p>
            <p class="link-box"><bdi dir="ltr">{link}</bdi></p>
            <p class="nothing-actions">
                <CopyButton label=t!("invite.copy") text=Signal::derive(link) />
                <CodeButton />
                {platform::can_share().then(|| view! {
                    <button
                        class="button"
                        type="button"
                        on:click=move |_| platform::spawn(platform::share(link()))
                    >
                        {t!("invite.share")}
                    </button>
                })}
            </p>
            <p class="fine muted">
                {t!("invite.try_alone")}
            </p>
        </section>
    }
}

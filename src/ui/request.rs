//! Somebody has written to whom the person has said nothing: whether they want to talk.

use duologue_protocol::UserId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::app::acquaintance::Barrier;
use crate::app::trust_words::isolated;

/// Stands in the composer's place until the person wants to talk.
#[component]
pub fn Request(
    /// The other one.
    peer: UserId,
    /// What the person has decided before, if anything.
    barrier: Barrier,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = isolated(peer.as_str());
    let act = move |act: fn(App, &UserId)| {
        let peer = peer.clone();
        move |_| act(app, &peer)
    };
    let words = match barrier {
        Barrier::Request => t!("request.asks", peer = name),
        Barrier::Ignored => t!("request.ignored", peer = name),
        Barrier::Blocked => t!("request.blocked", peer = name),
    };
    let accept = match barrier {
        Barrier::Blocked => t!("request.unblock"),
        Barrier::Request | Barrier::Ignored => t!("request.accept"),
    };
    view! {
        <section class="request" aria-label=t!("request.label")>
            <p>{words}</p>
            <p class="request-actions">
                <button class="button primary" type="button" on:click=act(App::accept)>{accept}</button>
                {(barrier == Barrier::Request).then(|| view! {
                    <button class="button" type="button" on:click=act(App::ignore)>{t!("request.ignore")}</button>
                })}
                {(barrier != Barrier::Blocked).then(|| view! {
                    <button class="button danger" type="button" on:click=act(App::block)>{t!("request.block")}</button>
                })}
            </p>
        </section>
    }
}

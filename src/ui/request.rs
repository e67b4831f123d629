//! Somebody has written to whom the person has said nothing: whether they want to talk.

use duologue_protocol::UserId;
use leptos::prelude::*;

use crate::app::App;
use crate::app::acquaintance::Barrier;

/// Stands in the composer's place until the person wants to talk.
#[component]
pub fn Request(
    /// The other one.
    peer: UserId,
    /// What the person has decided before, if anything.
    barrier: Barrier,
) -> impl IntoView {
    let app = expect_context::<App>();
    let name = peer.to_string();
    let act = move |act: fn(App, &UserId)| {
        let peer = peer.clone();
        move |_| act(app, &peer)
    };
    let words = match barrier {
        Barrier::Request => {
            " wants to talk to you. Until you accept, they can’t see that you have read this."
        }
        Barrier::Ignored => " is ignored. They aren’t told.",
        Barrier::Blocked => " is blocked: what they write is dropped. They aren’t told.",
    };
    let accept = if barrier == Barrier::Blocked { "Unblock" } else { "Accept" };
    view! {
        <section class="request" aria-label="Request">
            <p><bdi>{name}</bdi> {words}</p>
            <p class="request-actions">
                <button class="button primary" type="button" on:click=act(App::accept)>{accept}</button>
                {(barrier == Barrier::Request).then(|| view! {
                    <button class="button" type="button" on:click=act(App::ignore)>"Ignore"</button>
                })}
                {(barrier != Barrier::Blocked).then(|| view! {
                    <button class="button" type="button" on:click=act(App::block)>"Block"</button>
                })}
            </p>
        </section>
    }
}

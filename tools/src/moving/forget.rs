//! Forgets the person in this browser, once they have read what is lost by that.

use leptos::html::Button;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_i18n::t;

use super::House;
use super::words::{Forgot, sentence};
use crate::focus;
use duologue::app::moving::{Request, Resident};
use duologue::store::{forget_messages, moving};

/// A button, and behind it the question whether it is meant.
pub(super) fn forget_key(house: House, resident: Resident) -> AnyView {
    let (asks, is_working) = (RwSignal::new(false), RwSignal::new(false));
    let name = resident.name.to_string();
    let forget = move || {
        is_working.set(true);
        let resident = resident.clone();
        spawn_local(async move {
            let how = forget(house, &resident).await;
            house.forgotten.try_set(Some((resident.name.to_string(), how)));
        });
    };
    let (ask, keep) = (NodeRef::<Button>::new(), NodeRef::<Button>::new());
    focus::follows(asks, ask, keep);
    let question = move || {
        let (name, forget) = (name.clone(), forget.clone());
        view! {
            <p>{sentence(&t!("forget.warning"), &name)}</p>
            <p class="key-actions">
                <button
                    id="keep-name"
                    class="button"
                    type="button"
                    node_ref=keep
                    on:click=move |_| asks.set(false)
                >
                    {t!("forget.keep")}
                </button>
                <button
                    id="forget-name"
                    class="button danger"
                    type="button"
                    disabled=is_working
                    on:click=move |_| forget()
                >
                    {sentence(&t!("forget.forget"), &name)}
                </button>
            </p>
        }
    };
    view! {
        <section class="key-part" aria-labelledby="forget-title">
            <h3 id="forget-title">{t!("forget.title")}</h3>
            <Show
                when=move || asks.get()
                fallback=move || view! {
                    <p>{t!("forget.about")}</p>
                    <p class="key-actions">
                        <button
                            id="ask-to-forget"
                            class="button danger"
                            type="button"
                            node_ref=ask
                            on:click=move |_| asks.set(true)
                        >
                            {t!("forget.ask")}
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

/// The page lets go of it first: what it goes on to store would be there again.
async fn forget(house: House, resident: &Resident) -> Forgot {
    let Resident { name, relay, .. } = resident;
    house.ask(Request::BeNobody);
    let has_no_messages = forget_messages(name, relay).await;
    match (moving::forget(name).await, has_no_messages) {
        (true, true) => Forgot::All,
        (true, false) => Forgot::NotTheMessages,
        (false, _) => Forgot::NotTheKey,
    }
}

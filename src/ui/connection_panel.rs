//! The place of the connection panel, whose code is loaded when it is opened, so that nobody waits for it who wants to
//! chat.

use std::cell::Cell;

use leptos::prelude::*;
use rust_i18n::t;

use super::parts::{Bridge, Part, PartPlace};
use crate::app::App;
use crate::app::panel::Request;
use crate::platform;
use crate::ui::shown::Show;

/// The looks of what is loaded when it is opened, which nobody else needs either.
pub(super) const STYLE: &str = "panel.css";

/// The panel, while it is open.
#[component]
pub fn ConnectionPanel() -> impl IntoView {
    let app = expect_context::<App>();
    let next = Cell::new(0);
    let see = move || {
        let excerpt = app.read_record(next.get());
        next.set(excerpt.next);
        excerpt
    };
    let ask = move |request| match request {
        Request::Close => app.close_panel(),
        Request::Prefer(preference) => app.prefer(preference),
    };
    let place = PartPlace::in_context();
    place.open(Part::Panel(Bridge::new(see, ask)));
    view! {
        <link rel="stylesheet" href=STYLE />
        <div class="panel-place">
            {move || place.show()}
            <Show when=move || place.is_missing()>
                <section class="panel" aria-label=t!("link.label")>
                    <header class="head panel-head">
                        <h2 class="grow">{t!("link.label")}</h2>
                        <button
                            id="close-panel"
                            class="button small"
                            type="button"
                            on:click=move |_| app.close_panel()
                        >
                            {t!("close")}
                        </button>
                    </header>
                    {missing()}
                </section>
            </Show>
        </div>
    }
}

/// What there is to say in the place of a part that can't be had, and to do.
pub(super) fn missing() -> AnyView {
    view! {
        <div class="empty missing">
            <p role="alert">{t!("link.panel_missing")}</p>
            <button class="button" type="button" on:click=|_| platform::reload()>
                {t!("link.load_again")}
            </button>
        </div>
    }
    .into_any()
}

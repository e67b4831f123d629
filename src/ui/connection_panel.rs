//! The place of the connection panel, which is a module of its own: it is loaded when it is opened, so that
//! nobody waits for it who wants to chat.

use leptos::html::Div;
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::app::choice;
use crate::platform::{self, Bridge, Module, Tool};
use crate::ui::shown::Show;

/// The module's name beside the page, as Trunk has it.
pub(super) const MODULE: &str = "tools.js";

/// Its looks, which nobody else needs either.
pub(super) const STYLE: &str = "panel.css";

/// What the module may ask of the page: to close the panel, or `prefer KEY`.
pub const CLOSE: &str = "close";
/// See [`CLOSE`].
pub const PREFER: &str = "prefer ";

/// The panel, while it is open.
#[component]
pub fn ConnectionPanel() -> impl IntoView {
    let app = expect_context::<App>();
    let place = NodeRef::<Div>::new();
    let (trouble, set_trouble) = signal(false);
    let opened = StoredValue::new_local(None::<(Module, Bridge)>);
    Effect::new(move || {
        let Some(place) = place.get() else { return };
        platform::spawn(async move {
            let bridge = Bridge::new(move |from| app.read_record(from), move |what| ask(app, what));
            let module = Module::load(MODULE).await;
            // The panel may have been closed meanwhile: then there is nothing to keep it in.
            let is_there = place.is_connected();
            match module.filter(|module| is_there && module.open(Tool::Panel, &place, &bridge)) {
                Some(module) => drop(opened.try_set_value(Some((module, bridge)))),
                None => drop(set_trouble.try_set(is_there)),
            }
        });
    });
    on_cleanup(move || {
        if let Some((module, _)) = opened.try_update_value(Option::take).flatten() {
            module.close(Tool::Panel);
        }
    });
    view! {
        <link rel="stylesheet" href=STYLE />
        <div class="panel-place" node_ref=place>
            <Show when=move || trouble.get()>
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
                    <p class="empty" role="alert">
                        {t!("link.panel_missing")}
                    </p>
                </section>
            </Show>
        </div>
    }
}

fn ask(app: App, what: &str) {
    match what.strip_prefix(PREFER) {
        Some(key) => app.prefer(choice::preference(key)),
        None if what == CLOSE => app.close_panel(),
        // From a newer module than this page.
        None => {}
    }
}

//! The place of the dialog about the person's key, where they save it to a file, bring it from one, or forget
//! it. What it shows is in the page's second module, which is loaded when the dialog opens.

use leptos::html::Dialog;
use leptos::prelude::*;
use rust_i18n::t;

use super::connection_panel::{MODULE, STYLE};
use crate::app::App;
use crate::app::moving::CLOSE;
use crate::platform::{self, Bridge, Module, Tool};

/// Whether the dialog is open.
#[derive(Clone, Copy)]
pub struct KeyDialog(RwSignal<bool>);

impl KeyDialog {
    /// It is not open yet.
    pub fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }

    /// Opens it.
    pub fn open(self) {
        self.0.set(true);
    }
}

/// The place of the dialog: beside what the page shows, since what it does changes that.
#[component]
pub fn KeyDialogPlace() -> impl IntoView {
    let KeyDialog(is_open) = expect_context();
    view! {
        <Show when=move || is_open.get()>
            <OpenDialog is_open />
        </Show>
    }
}

#[component]
fn OpenDialog(is_open: RwSignal<bool>) -> impl IntoView {
    let app = expect_context::<App>();
    let dialog = NodeRef::<Dialog>::new();
    let (trouble, set_trouble) = signal(false);
    let opened = StoredValue::new_local(None::<(Module, Bridge)>);
    let ask = move |what: &str| match dialog.get_untracked() {
        // By the browser's own means, so that it gives the focus back to where it was.
        Some(dialog) if what == CLOSE => dialog.close(),
        _ => app.move_house(what),
    };
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if dialog.show_modal().is_err() {
            // It is open already, or gone.
            return;
        }
        platform::spawn(async move {
            let bridge = Bridge::new(move |_| app.resident(), ask);
            let module = Module::load(MODULE).await;
            let is_there = dialog.is_connected();
            match module.filter(|module| is_there && module.open(Tool::Key, &dialog, &bridge)) {
                Some(module) => drop(opened.try_set_value(Some((module, bridge)))),
                None => drop(set_trouble.try_set(is_there)),
            }
        });
    });
    on_cleanup(move || {
        if let Some((module, _)) = opened.try_update_value(Option::take).flatten() {
            module.close(Tool::Key);
        }
    });
    view! {
        <link rel="stylesheet" href=STYLE />
        <dialog
            id="key-dialog"
            class="dialog"
            aria-label=t!("key.label")
            node_ref=dialog
            on:close=move |_| is_open.set(false)
        >
            <Show when=move || trouble.get()>
                <form method="dialog" class="empty">
                    <p role="alert">{t!("link.panel_missing")}</p>
                    <button class="button">{t!("close")}</button>
                </form>
            </Show>
        </dialog>
    }
}

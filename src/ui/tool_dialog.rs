//! The place of the dialogs that are opened seldom: the one about the person's key, where they save it to a file, bring
//! it from one, or forget it, the one with what can be set, and the invitation as a code. What they show is in the page's second module, which is
//! loaded when one of them opens.

use leptos::html::Dialog;
use leptos::prelude::*;
use rust_i18n::t;

use super::connection_panel::{MODULE, STYLE};
use crate::app::App;
use crate::app::moving::CLOSE;
use crate::app::settings::Request;
use crate::platform::{self, Bridge, Module, Tool};
use crate::ui::shown::Show;

/// Which dialog is open, if any.
#[derive(Clone, Copy)]
pub struct ToolDialog(RwSignal<Option<Tool>>);

impl ToolDialog {
    /// None is open yet.
    pub fn provide() -> Self {
        let none = Self(RwSignal::new(None));
        provide_context(none);
        none
    }

    /// Opens one.
    pub fn open(self, tool: Tool) {
        self.0.set(Some(tool));
    }
}

/// The place of the dialogs: beside what the page shows, since what they do changes that.
#[component]
pub fn ToolDialogPlace() -> impl IntoView {
    let ToolDialog(open) = expect_context();
    move || open.get().map(|tool| view! { <OpenDialog tool open /> })
}

#[component]
fn OpenDialog(tool: Tool, open: RwSignal<Option<Tool>>) -> impl IntoView {
    let app = expect_context::<App>();
    let dialog = NodeRef::<Dialog>::new();
    let (trouble, set_trouble) = signal(false);
    let opened = StoredValue::new_local(None::<(Module, Bridge)>);
    // By the browser's own means, so that it gives the focus back to where it was.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let on_close = move |_| {
        // The browser says so a moment later: by then it may be open again, or another one in its place.
        let dialog = dialog.try_get_untracked().flatten();
        if dialog.is_some_and(|dialog| dialog.is_connected() && !dialog.open()) {
            open.update(|open| *open = open.filter(|open| *open != tool));
        }
    };
    let ask = move |what: &str| match (tool, Request::parse(what)) {
        (Tool::Settings, Some(Request::Close)) => close(),
        (Tool::Settings, Some(Request::OpenKey)) => {
            close();
            open.set(Some(Tool::Key));
        }
        (Tool::Settings, Some(request)) => app.set(request),
        (Tool::Key | Tool::Invite, _) if what == CLOSE => close(),
        (Tool::Key, _) => app.move_house(what),
        _ => {}
    };
    let read = move |_| match tool {
        Tool::Settings => app.settings().to_text(),
        Tool::Invite => untrack(|| app.invite_link()),
        Tool::Key | Tool::Panel => app.resident(),
    };
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if dialog.show_modal().is_err() {
            // It is open already, or gone.
            return;
        }
        platform::spawn(async move {
            let bridge = Bridge::new(read, ask);
            let module = Module::load(MODULE).await;
            let is_there = dialog.is_connected();
            match module.filter(|module| is_there && module.open(tool, &dialog, &bridge)) {
                Some(module) => drop(opened.try_set_value(Some((module, bridge)))),
                None => drop(set_trouble.try_set(is_there)),
            }
        });
    });
    on_cleanup(move || {
        if let Some((module, _)) = opened.try_update_value(Option::take).flatten() {
            module.close(tool);
        }
    });
    let (id, label) = match tool {
        Tool::Settings => ("settings-dialog", t!("settings.label")),
        Tool::Invite => ("invite-dialog", t!("invite.title")),
        Tool::Key | Tool::Panel => ("key-dialog", t!("key.label")),
    };
    view! {
        <link rel="stylesheet" href=STYLE />
        <dialog
            id=id
            class="dialog"
            aria-label=label
            node_ref=dialog
            on:close=on_close
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

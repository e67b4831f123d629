//! The place of the dialogs that are opened seldom: the one about the person's key, where they save it to a file, bring
//! it from one, or forget it, the one with what can be set, and the invitation as a code. What they show is loaded when
//! one of them opens.

use leptos::html::Dialog;
use leptos::prelude::*;
use rust_i18n::t;

use super::connection_panel::{STYLE, missing};
use super::dialog_head::dialog_head;
use super::parts::{Bridge, Part, PartPlace, Tool};
use crate::app::{App, moving, settings};
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
    let place = PartPlace::in_context();
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
    let part = move || match tool {
        Tool::Settings => {
            let ask = move |request| match request {
                settings::Request::Close => close(),
                settings::Request::OpenKey => {
                    close();
                    open.set(Some(Tool::Key));
                }
                request => app.set(request),
            };
            Part::Settings(Bridge::new(move || app.settings(), ask))
        }
        Tool::Key => {
            let ask = move |request| match request {
                moving::Request::Close => close(),
                request => app.move_house(request),
            };
            Part::Key(Bridge::new(move || app.resident(), ask))
        }
        Tool::Invite => {
            Part::Invite(Bridge::new(move || untrack(|| app.invite_link()), move |()| close()))
        }
    };
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        // It fails where it is open already, or gone.
        if dialog.show_modal().is_ok() {
            place.open(part());
        }
    });
    let id = match tool {
        Tool::Settings => "settings-dialog",
        Tool::Invite => "invite-dialog",
        Tool::Key => "key-dialog",
    };
    let title = move || match tool {
        Tool::Settings => t!("settings.label"),
        Tool::Invite => t!("invite.title"),
        Tool::Key => t!("key.label"),
    };
    view! {
        <link rel="stylesheet" href=STYLE />
        <dialog
            id=id
            class="dialog"
            // A press beside it closes it, but where something was typed that can't be had again.
            closedby=if tool == Tool::Key { "closerequest" } else { "any" }
            aria-label=title()
            node_ref=dialog
            on:close=on_close
        >
            {move || place.show()}
            <Show when=move || place.is_missing()>
                {dialog_head("missing-title", title())}
                {missing()}
            </Show>
        </dialog>
    }
}

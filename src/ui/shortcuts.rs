//! What the keyboard does wherever the focus is, and the list of it.

use leptos::html::Dialog;
use leptos::prelude::*;
use rust_i18n::t;

use super::dialog_head::dialog_head;
use crate::app::App;
use crate::app::route::Route;
use crate::platform::{self, KeyPress, Modifier};

/// Whether a key is one of a letter, or whatever else stands in a text. A space scrolls.
fn is_typed(key: &str) -> bool {
    key != " " && key.chars().count() == 1
}

/// Listens to the keyboard, and lists what can be pressed under `?`.
#[component]
pub fn Shortcuts() -> impl IntoView {
    let app = expect_context::<App>();
    let dialog = NodeRef::<Dialog>::new();
    let listener = platform::on_key(move |press| {
        match press {
            KeyPress { key: "k", with: Modifier::Command, .. }
            | KeyPress { key: "/", with: Modifier::None, is_in_field: false, .. } => app.find(),
            KeyPress { key: "?", is_in_field: false, .. } => {
                // Fails where it is open already.
                drop(dialog.get_untracked().map(|dialog| dialog.show_modal()));
            }
            KeyPress { key: "ArrowDown", with: Modifier::Alt, .. } => app.go_by(1),
            KeyPress { key: "ArrowUp", with: Modifier::Alt, .. } => app.go_by(-1),
            KeyPress { key, with: Modifier::None, is_in_field: false, is_handled: false }
                if is_typed(key) && platform::has_focus("body, .timeline") =>
            {
                // Whoever types means to write.
                platform::focus_on(".composer textarea");
                return false;
            }
            KeyPress { key: "Escape", is_handled: false, .. } => {
                if app.has_panel.get_untracked() {
                    app.close_panel();
                } else if let Some(peer) = app.open_peer() {
                    app.go(&Route::Home);
                    // From where one goes on to another.
                    let row = format!(".row[href=\"#{}\"]", Route::with(peer).to_hash());
                    platform::next_frame(move || platform::focus_on(&row));
                }
            }
            _ => return false,
        }
        true
    });
    let listener = StoredValue::new_local(Some(listener));
    on_cleanup(move || drop(listener.try_update_value(Option::take)));
    let row = |keys: &'static [&'static str], words: String| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd> }).collect_view();
        view! {
            <div class="shortcut">
                <dt>{keys}</dt>
                <dd>{words}</dd>
            </div>
        }
    };
    view! {
        <dialog
            id="shortcuts"
            class="dialog"
            closedby="any"
            aria-labelledby="shortcuts-title"
            node_ref=dialog
        >
            {dialog_head("shortcuts-title", t!("shortcuts.title"))}
            <dl>
                {row(&["Ctrl", "K"], t!("shortcuts.find").into_owned())}
                {row(&["↑", "↓"], t!("shortcuts.rows").into_owned())}
                {row(&["Alt", "↑", "↓"], t!("shortcuts.next").into_owned())}
                {row(&["Esc"], t!("shortcuts.back").into_owned())}
                {row(&["Enter"], t!("shortcuts.send").into_owned())}
                {row(&["Shift", "Enter"], t!("shortcuts.line").into_owned())}
                {row(&["↑"], t!("shortcuts.edit").into_owned())}
                {row(&["?"], t!("shortcuts.this").into_owned())}
            </dl>
        </dialog>
    }
}

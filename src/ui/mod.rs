//! What the person sees. Components render the page's state and hand actions to it; they hold no rules
//! of their own.

pub mod composer;
pub mod connection;
pub mod connection_panel;
pub mod conversation;
pub mod dialog_head;
pub mod door;
pub mod emoji_picker;
pub mod filing;
pub mod invitation_code;
pub mod invite;
pub mod new_version;
pub mod parts;
pub mod peer_card;
pub mod presence;
pub mod request;
mod rich;
pub mod shortcuts;
pub mod shown;
pub mod sidebar;
pub mod timeline;
pub mod tool_dialog;
pub mod welcome;

use leptos::prelude::*;

use crate::app::route::Route;
use crate::app::{App, newcomer};
use crate::platform;
use crate::ui::shown::Show;
use connection::ConnectionBar;
use connection_panel::ConnectionPanel;
use conversation::ConversationPane;
use door::Arrival;
use parts::{Open, Tool};
use shortcuts::Shortcuts;
use sidebar::Sidebar;
use tool_dialog::{ToolDialog, ToolDialogPlace};
use welcome::Welcome;

/// The whole page, for somebody who was at the door. `open`: how it gets what is loaded when it is opened.
pub fn page(Arrival { name, typed, opens }: Arrival, open: Open) -> impl IntoView {
    let app = App::new();
    provide_context(app);
    provide_context(open);
    let tools = ToolDialog::provide();
    if let Some(name) = name {
        app.become_user(name);
    }
    let suggested = move || newcomer::suggested_name(app.route.get_untracked());
    let answer = RwSignal::new(if typed.is_empty() { suggested() } else { typed });
    if let Some(tool) = opens {
        Effect::new(move || {
            // Where the focus goes when it closes.
            platform::focus_on("#have-key");
            tools.open(tool);
        });
    }
    let has_name = Memo::new(move |_| app.me.get().is_some());
    Effect::new(move |had: Option<bool>| {
        // What somebody answered is theirs, and of nobody who is asked later.
        if had == Some(true) && !has_name.get() {
            answer.set(suggested());
            platform::next_frame(|| platform::focus_on("#name"));
        }
        has_name.get()
    });
    view! {
        {move || {
            // In another language everything is said anew.
            app.language.track();
            view! {
                <Show when=has_name>
                    <Shell />
                </Show>
                <Show when=move || !has_name.get()>
                    <Welcome
                        inviter=Signal::derive(move || newcomer::inviter(app.route.get()))
                        name=answer
                        enter=move |me| app.become_user(me)
                        bring_key=move |_| tools.open(Tool::Key)
                    />
                </Show>
            }
        }}
        // It stays open while the language changes.
        <ToolDialogPlace />
    }
}

/// The panes: the list, the open conversation and the connection panel. A narrow screen shows one at a
/// time.
#[component]
fn Shell() -> impl IntoView {
    let app = expect_context::<App>();
    let in_conversation = move || app.route.get() != Route::Home;
    view! {
        <main class="shell" class:in-conversation=in_conversation class:with-panel=app.has_panel>
            // Whichever pane is shown alone on a narrow screen, it is under this heading.
            <h1 class="sr-only">"Duologue"</h1>
            <ConnectionBar />
            <Sidebar />
            <div class="main">
                <ConversationPane />
            </div>
            <Show when=move || app.has_panel.get()>
                <ConnectionPanel />
            </Show>
            <Shortcuts />
        </main>
    }
}

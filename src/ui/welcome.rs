//! The first question: a name.

use duologue_protocol::UserId;
use duologue_protocol::limits::USER_ID_MAX_CHARS;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::your_key::KeyDialog;
use crate::app::App;
use crate::app::route::Route;
use crate::platform;

/// Asks for a name; whoever came by an invitation reads from whom it is.
#[component]
pub fn Welcome() -> impl IntoView {
    let app = expect_context::<App>();
    let key_dialog = expect_context::<KeyDialog>();
    let (name, set_name) = signal(app.suggested_name());
    let (problem, set_problem) = signal(None::<String>);
    let inviter = move || match app.route.get() {
        Route::With { peer, .. } => Some(peer),
        Route::Home => None,
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match UserId::parse(platform::one_form(&name.get_untracked())) {
            Ok(me) if inviter().is_some_and(|peer| peer == me) => set_problem.set(Some(format!(
                "{me} is the one you want to talk to: choose another name for yourself."
            ))),
            Ok(me) => app.become_user(me),
            Err(_) if name.with_untracked(|name| name.trim().is_empty()) => {
                set_problem.set(Some("Type the name that the other one knows you by.".into()));
            }
            Err(rule) => set_problem.set(Some(format!("That can’t be a name: {rule}."))),
        }
    };
    view! {
        <main class="welcome">
            <form class="card" on:submit=submit novalidate>
                <div class="brand" aria-hidden="true">
                    <span class="brand-bubble"></span>
                    <span class="brand-bubble brand-bubble-answer"></span>
                </div>
                <h1>
                    {move || match inviter() {
                        Some(peer) => view! { "Talk to " <bdi>{peer.to_string()}</bdi> }.into_any(),
                        None => "Duologue".into_any(),
                    }}
                </h1>
                <p class="muted">
                    {move || match inviter() {
                        Some(_) => "A conversation between two people. What’s your name?",
                        None => "A conversation between two people, that you run yourself.",
                    }}
                </p>
                <label for="name">"Your name"</label>
                <input
                    id="name"
                    class="field"
                    autocomplete="nickname"
                    autofocus
                    enterkeyhint="go"
                    spellcheck="false"
                    maxlength=USER_ID_MAX_CHARS * 2
                    aria-describedby="name-problem"
                    aria-invalid=move || problem.get().is_some().to_string()
                    prop:value=name
                    on:input=move |event| {
                        set_name.set(event_target_value(&event));
                        set_problem.set(None);
                    }
                />
                <p id="name-problem" class="problem" role="alert">{problem}</p>
                <button class="button primary wide" type="submit">"Start"</button>
                <button
                    id="have-key"
                    class="link-button"
                    type="button"
                    aria-haspopup="dialog"
                    on:click=move |_| key_dialog.open()
                >
                    "I have a key file"
                </button>
                <p class="fine muted">
                    "Each tab is one person: open a second one to try it with yourself."
                </p>
            </form>
        </main>
    }
}

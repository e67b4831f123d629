//! The first question: a name. Asked by the [door](super::door) before the page is there, and by the page when a tab is
//! nobody's again.

use duologue_protocol::UserId;
use duologue_protocol::limits::USER_ID_MAX_CHARS;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::rules;
use crate::app::trust_words::isolated;
use crate::platform;

/// Asks for a name; whoever came by an invitation reads from whom it is.
#[component]
pub fn Welcome(
    /// Whose invitation it is.
    #[prop(into)]
    inviter: Signal<Option<UserId>>,
    /// What is in the field: a name to begin with, then what is typed. It outlives what is drawn anew in another language.
    name: RwSignal<String>,
    /// What follows when a name is chosen.
    #[prop(into)]
    enter: Callback<UserId>,
    /// What follows when they have a key in a file; it gets what was typed.
    #[prop(into)]
    bring_key: Callback<String>,
    /// Whether what follows is still on its way.
    #[prop(into, optional)]
    is_waiting: Signal<bool>,
    /// Whether it doesn't come.
    #[prop(into, optional)]
    is_missing: Signal<bool>,
) -> impl IntoView {
    let (problem, set_problem) = signal(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match UserId::parse(platform::one_form(&name.get_untracked())) {
            Ok(me) if inviter.get_untracked().is_some_and(|peer| peer == me) => set_problem
                .set(Some(t!("name.is_theirs", name = isolated(me.as_str())).into_owned())),
            Ok(me) => enter.run(me),
            Err(_) if name.with_untracked(|name| name.trim().is_empty()) => {
                set_problem.set(Some(t!("name.missing").into_owned()));
            }
            Err(rule) => set_problem.set(Some(rules::of_a_name(&rule))),
        }
    };
    view! {
        <main class="welcome">
            <form
                class="card"
                on:submit=submit
                novalidate
                aria-busy=move || is_waiting.get().to_string()
            >
                <div class="brand" aria-hidden="true">
                    <span class="brand-bubble"></span>
                    <span class="brand-bubble brand-bubble-answer"></span>
                </div>
                <h1>
                    {move || match inviter.get() {
                        Some(peer) => t!("welcome.talk_to", peer = isolated(peer.as_str())).into_owned(),
                        None => "Duologue".to_owned(),
                    }}
                </h1>
                <p class="muted">
                    {move || if inviter.with(Option::is_some) { t!("welcome.invited") } else { t!("welcome.tagline") }}
                </p>
                <label for="name">{t!("welcome.your_name")}</label>
                <input
                    id="name"
                    class="field"
                    autocomplete="nickname"
                    autofocus
                    enterkeyhint="go"
                    spellcheck="false"
                    maxlength=USER_ID_MAX_CHARS * 2
                    // What was answered is what is waited for.
                    readonly=is_waiting
                    aria-describedby="name-problem"
                    aria-invalid=move || problem.get().is_some().to_string()
                    prop:value=name
                    on:input=move |event| {
                        name.set(event_target_value(&event));
                        set_problem.set(None);
                    }
                />
                <p id="name-problem" class="problem" role="alert">
                    {move || {
                        let missing = || is_missing.get().then(|| t!("welcome.missing").into_owned());
                        problem.get().or_else(missing)
                    }}
                </p>
                <p class="sr-only" role="status">
                    {move || is_waiting.get().then(|| t!("welcome.waiting"))}
                </p>
                <button class="button primary wide" type="submit">
                    {move || if is_waiting.get() { t!("welcome.waiting") } else { t!("welcome.start") }}
                </button>
                <button
                    id="have-key"
                    class="link-button"
                    type="button"
                    aria-haspopup="dialog"
                    on:click=move |_| bring_key.run(name.get_untracked())
                >
                    {t!("welcome.have_key")}
                </button>
                <p class="fine muted">
                    {t!("welcome.try_alone")}
                </p>
            </form>
        </main>
    }
}

//! Brings a name and its keys from a file, for somebody who has no name here yet.

use duologue_protocol::UserId;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::key_file::FILE_MAX_BYTES;
use super::lock::{self, Belongings};
use super::passphrase::{Field, Typed, passphrase, show_toggle};
use super::{House, TO_DRAW, words};
use duologue::app::moving::{BE, CLOSE};
use duologue::platform::{self, Chosen};
use duologue::store::moving::{self, Imported};

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bringing {
    Idle,
    Working,
    /// There is another key under the same name.
    Doubtful(Belongings),
}

/// A file, its passphrase, and a button.
pub(super) fn bring_key(house: House) -> AnyView {
    let (typed, is_shown) = (Typed::new(), RwSignal::new(false));
    let file = NodeRef::<Input>::new();
    let (problem, set_problem) = signal(None::<&'static str>);
    let state = RwSignal::new(Bringing::Idle);
    let bring = move |belongings: Option<Belongings>| {
        set_problem.set(None);
        state.set(Bringing::Working);
        let work = async move {
            let replaces = belongings.is_some();
            let outcome = match belongings {
                Some(belongings) => use_key(house, belongings, replaces).await,
                None => match open(file, typed).await {
                    Ok(belongings) => use_key(house, belongings, replaces).await,
                    Err(problem) => Err(problem),
                },
            };
            let (next, problem) = match outcome {
                Ok(next) => (next, None),
                Err(problem) => (Bringing::Idle, Some(problem)),
            };
            set_problem.try_set(problem);
            state.try_set(next);
        };
        set_timeout(move || spawn_local(work), TO_DRAW);
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if state.with_untracked(|state| *state == Bringing::Idle) {
            bring(None);
        }
    };
    let is_working = move || state.with(|state| *state == Bringing::Working);
    let doubt = move || match state.get() {
        Bringing::Doubtful(belongings) => Some(view! {
            <section class="key-doubt" role="alert">
                <p>
                    "This browser already has another key under the name "
                    <strong><bdi>{belongings.name.clone()}</bdi></strong>
                    ". If the relay knows the name by the one in the file, you can replace it. The other key is \
                     lost then."
                </p>
                <p class="key-actions">
                    <button
                        id="keep-key"
                        class="button"
                        type="button"
                        on:click=move |_| state.set(Bringing::Idle)
                    >
                        "Keep the other one"
                    </button>
                    <button
                        id="replace-key"
                        class="button danger"
                        type="button"
                        on:click=move |_| bring(Some(belongings.clone()))
                    >
                        "Replace it"
                    </button>
                </p>
            </section>
        }),
        Bringing::Idle | Bringing::Working => None,
    };
    let field = Field {
        id: "passphrase",
        label: "Its passphrase",
        autocomplete: "current-password",
        described_by: "key-problem",
        typed,
    };
    view! {
        <p>
            "Choose the file that you saved under " <em>"Your key"</em>
            " in another browser. You are the same person in both then."
        </p>
        <form class="key-form" on:submit=submit novalidate>
            <label for="key-file">"Your key file"</label>
            <input
                id="key-file"
                class="field"
                type="file"
                accept=".json,application/json"
                node_ref=file
                on:change=move |_| set_problem.set(None)
            />
            {passphrase(field, is_shown, move || set_problem.set(None))}
            <p id="key-problem" class="problem" role="alert">{problem}</p>
            <p class="key-actions">
                <button id="use-key" class="button primary" type="submit" disabled=is_working>
                    "Use this key"
                </button>
                {show_toggle(is_shown)}
            </p>
            <p role="status">{move || is_working().then_some(words::WORKING)}</p>
        </form>
        {doubt}
    }
    .into_any()
}

async fn open(file: NodeRef<Input>, typed: Typed) -> Result<Belongings, &'static str> {
    let field = file.get_untracked().ok_or(words::NO_ANSWER)?;
    match platform::read_chosen(&field, FILE_MAX_BYTES).await {
        Chosen::Nothing => Err(words::NO_FILE),
        Chosen::TooLarge => Err(words::NOT_A_KEY_FILE),
        Chosen::Unreadable => Err(words::FILE_UNREADABLE),
        Chosen::Text(text) => lock::open(&text, &typed.get()).map_err(words::cannot_open),
    }
}

/// Has the page be whose key it is. What comes next, if anything does.
async fn use_key(
    house: House,
    belongings: Belongings,
    replaces: bool,
) -> Result<Bringing, &'static str> {
    let name = UserId::parse(platform::one_form(&belongings.name));
    let name = name.map_err(|_| words::NO_KEYS_INSIDE)?;
    match moving::import(&name, &belongings.account, replaces).await {
        Imported::Done => {
            house.ask(&format!("{BE}{name}"));
            house.ask(CLOSE);
            Ok(Bringing::Working)
        }
        Imported::OtherKey => Ok(Bringing::Doubtful(belongings)),
        Imported::NoKeys => Err(words::NO_KEYS_INSIDE),
    }
}

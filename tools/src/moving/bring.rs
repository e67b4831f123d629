//! Brings a name and its keys from a file, for somebody who has no name here yet.

use duologue_protocol::UserId;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_i18n::t;

use super::key_file::FILE_MAX_BYTES;
use super::lock::{self, Belongings};
use super::passphrase::{Field, Typed, passphrase, show_toggle};
use super::words::{self, sentence};
use super::{House, TO_DRAW};
use crate::language::Words;
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
    let (problem, set_problem) = signal(None::<Words>);
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
                <p>{sentence(&t!("bring.other_key"), &belongings.name)}</p>
                <p class="key-actions">
                    <button
                        id="keep-key"
                        class="button"
                        type="button"
                        on:click=move |_| state.set(Bringing::Idle)
                    >
                        {t!("bring.keep_other")}
                    </button>
                    <button
                        id="replace-key"
                        class="button danger"
                        type="button"
                        on:click=move |_| bring(Some(belongings.clone()))
                    >
                        {t!("bring.replace")}
                    </button>
                </p>
            </section>
        }),
        Bringing::Idle | Bringing::Working => None,
    };
    let field = Field {
        id: "passphrase",
        label: t!("bring.passphrase"),
        autocomplete: "current-password",
        described_by: "key-problem",
        typed,
    };
    view! {
        <p>{sentence(&t!("bring.about"), "")}</p>
        <form class="key-form" on:submit=submit novalidate>
            <label for="key-file">{t!("bring.file")}</label>
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
                    {t!("bring.use")}
                </button>
                {show_toggle(is_shown)}
            </p>
            <p role="status">{move || is_working().then_some(t!("key.working"))}</p>
        </form>
        {doubt}
    }
    .into_any()
}

async fn open(file: NodeRef<Input>, typed: Typed) -> Result<Belongings, Words> {
    let field = file.get_untracked().ok_or_else(|| t!("bring.no_answer"))?;
    match platform::read_chosen(&field, FILE_MAX_BYTES).await {
        Chosen::Nothing => Err(t!("bring.no_file")),
        Chosen::TooLarge => Err(t!("bring.not_a_key_file")),
        Chosen::Unreadable => Err(t!("bring.file_unreadable")),
        Chosen::Text(text) => lock::open(&text, &typed.get()).map_err(words::cannot_open),
    }
}

/// Has the page be whose key it is. What comes next, if anything does.
async fn use_key(house: House, belongings: Belongings, replaces: bool) -> Result<Bringing, Words> {
    let name = UserId::parse(platform::one_form(&belongings.name));
    let name = name.map_err(|_| t!("bring.no_keys_inside"))?;
    match moving::import(&name, &belongings.account, replaces).await {
        Imported::Done => {
            house.ask(&format!("{BE}{name}"));
            house.ask(CLOSE);
            Ok(Bringing::Working)
        }
        Imported::OtherKey => Ok(Bringing::Doubtful(belongings)),
        Imported::NoKeys => Err(t!("bring.no_keys_inside")),
    }
}

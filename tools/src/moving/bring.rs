//! Brings a name and its keys from a file, for somebody who has no name here yet.

use duologue_protocol::UserId;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_i18n::t;

use super::key_file::FILE_MAX_BYTES;
use super::lock::{self, Belongings, CannotOpen};
use super::passphrase::{Field, Trouble, Typed, passphrase, show_toggle};
use super::words::{self, sentence};
use super::{House, TO_DRAW};
use crate::language::Words;
use duologue::app::moving::Request;
use duologue::platform::{self, Chosen};
use duologue::store::moving::{self, Imported};

/// The fields' names in the document.
const FILE: &str = "key-file";
const PASSPHRASE: &str = "passphrase";

/// In the place of a field's name: what is of none.
const FORM: &str = "key-form";

/// What is wrong, and with which field.
type Wrong = (&'static str, Words);

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
    let trouble = Trouble::new();
    let state = RwSignal::new(Bringing::Idle);
    let bring = move |belongings: Option<Belongings>| {
        trouble.set(None);
        state.set(Bringing::Working);
        // The dialog may be closed before the work begins, or in the midst of it.
        let field = file.get_untracked();
        let chosen =
            field.map(|field| async move { platform::read_chosen(&field, FILE_MAX_BYTES).await });
        let passphrase = typed.get();
        let work = async move {
            let replaces = belongings.is_some();
            let outcome = match belongings {
                Some(belongings) => use_key(house, belongings, replaces).await,
                None => match open(chosen, &passphrase).await {
                    Ok(belongings) => use_key(house, belongings, replaces).await,
                    Err(wrong) => Err(wrong),
                },
            };
            let (next, wrong) = match outcome {
                Ok(next) => (next, None),
                Err(wrong) => (Bringing::Idle, Some(wrong)),
            };
            trouble.set(wrong);
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
        id: PASSPHRASE,
        label: t!("bring.passphrase"),
        autocomplete: "current-password",
        described_by: "",
        typed,
    };
    view! {
        <p>{sentence(&t!("bring.about"), "")}</p>
        <form class="key-form" on:submit=submit novalidate>
            <label for=FILE>{t!("bring.file")}</label>
            <input
                id=FILE
                class="field"
                type="file"
                accept=".json,application/json"
                aria-describedby=format!("{FILE}-problem")
                aria-invalid=move || trouble.is_at(FILE)
                node_ref=file
                on:change=move |_| trouble.set(None)
            />
            {trouble.below(FILE)}
            {passphrase(field, is_shown, trouble)}
            {trouble.below(FORM)}
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

async fn open(
    chosen: Option<impl Future<Output = Chosen>>,
    passphrase: &str,
) -> Result<Belongings, Wrong> {
    let chosen = chosen.ok_or_else(|| (FORM, t!("bring.no_answer")))?;
    match chosen.await {
        Chosen::Nothing => Err((FILE, t!("bring.no_file"))),
        Chosen::TooLarge => Err((FILE, t!("bring.not_a_key_file"))),
        Chosen::Unreadable => Err((FILE, t!("bring.file_unreadable"))),
        Chosen::Text(text) => lock::open(&text, passphrase).map_err(|why| {
            let at = match why {
                CannotOpen::Unreadable(_) => FILE,
                CannotOpen::WrongPassphrase => PASSPHRASE,
                CannotOpen::NoMemory => FORM,
            };
            (at, words::cannot_open(why))
        }),
    }
}

/// Has the page be whose key it is. What comes next, if anything does.
async fn use_key(house: House, belongings: Belongings, replaces: bool) -> Result<Bringing, Wrong> {
    let name = UserId::parse(platform::one_form(&belongings.name));
    let name = name.map_err(|_| (FILE, t!("bring.no_keys_inside")))?;
    match moving::import(&name, &belongings.account, replaces).await {
        Imported::Done => {
            house.ask(Request::Be(name));
            house.ask(Request::Close);
            Ok(Bringing::Working)
        }
        Imported::OtherKey => Ok(Bringing::Doubtful(belongings)),
        Imported::NoKeys => Err((FILE, t!("bring.no_keys_inside"))),
    }
}

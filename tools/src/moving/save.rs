//! Saves the person's name and keys to a file.

use duologue_protocol::UserId;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use rust_i18n::t;

use super::passphrase::{Field, Trouble, Typed, passphrase, show_toggle};
use super::{TO_DRAW, lock, words};
use crate::language::Words;
use duologue::platform;
use duologue::store::moving;

/// The fields' names in the document.
const NEW: &str = "new-passphrase";
const AGAIN: &str = "same-passphrase";

/// In the place of a field's name: what is of none.
const FORM: &str = "save-form";

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saving {
    Idle,
    Working,
    Done,
}

/// Two fields for the passphrase, and a button.
pub(super) fn save_key(name: UserId) -> AnyView {
    let (first, second, is_shown) = (Typed::new(), Typed::new(), RwSignal::new(false));
    let trouble = Trouble::new();
    let state = RwSignal::new(Saving::Idle);
    let saved = words::file_name(name.as_str());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let chosen = first.get();
        let weakness = words::weakness(&chosen).map(|words| (NEW, words));
        let differs = || (chosen != second.get()).then(|| (AGAIN, t!("keep.not_the_same")));
        let wrong = weakness.or_else(differs);
        let is_wrong = wrong.is_some();
        trouble.set(wrong);
        if is_wrong || state.get_untracked() != Saving::Idle {
            return;
        }
        state.set(Saving::Working);
        let name = name.clone();
        set_timeout(
            move || {
                spawn_local(async move {
                    let problem = save(&name, &chosen).await.err();
                    let next = if problem.is_none() { Saving::Done } else { Saving::Idle };
                    trouble.set(problem.map(|words| (FORM, words)));
                    state.try_set(next);
                });
            },
            TO_DRAW,
        );
    };
    let status = move || match state.get() {
        Saving::Idle => Words::default(),
        Saving::Working => t!("key.working"),
        Saving::Done => t!("keep.saved", file = saved),
    };
    let new = Field {
        id: NEW,
        label: t!("keep.passphrase"),
        autocomplete: "new-password",
        described_by: "passphrase-hint",
        typed: first,
    };
    let again = Field { id: AGAIN, label: t!("keep.again"), typed: second, ..new.clone() };
    view! {
        <section class="key-part" aria-labelledby="save-key-title">
            <h3 id="save-key-title">{t!("keep.title")}</h3>
            <p>{t!("keep.about")}</p>
            <form
                class="key-form"
                on:submit=submit
                hidden=move || state.get() == Saving::Done
                novalidate
            >
                {passphrase(new, is_shown, trouble)}
                <p id="passphrase-hint" class="fine muted">
                    {t!("keep.hint")}
                </p>
                {passphrase(again, is_shown, trouble)}
                {trouble.below(FORM)}
                <p class="key-actions">
                    <button
                        id="save-key"
                        class="button primary"
                        type="submit"
                        disabled=move || state.get() == Saving::Working
                    >
                        {t!("keep.save")}
                    </button>
                    {show_toggle(is_shown)}
                </p>
            </form>
            <p id="key-saved" role="status">{status}</p>
        </section>
    }
    .into_any()
}

async fn save(name: &UserId, passphrase: &str) -> Result<(), Words> {
    let account = moving::export(name).await.ok_or_else(|| t!("keep.no_keys"))?;
    let chance = lock::Chance { salt: platform::random_bytes(), nonce: platform::random_bytes() };
    let belongings = lock::Belongings { name: name.to_string(), account };
    let text = lock::lock(&belongings, passphrase, chance).map_err(words::cannot_lock)?;
    let file = words::file_name(name.as_str());
    let is_saved = platform::save_file(&file, "application/json", &text);
    is_saved.then_some(()).ok_or_else(|| t!("keep.not_saved"))
}

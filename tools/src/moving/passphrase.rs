//! A field for a passphrase, and what is wrong with a field. What is typed is in one place, which is wiped when the dialog
//! closes.

use leptos::prelude::*;
use rust_i18n::t;
use zeroize::Zeroizing;

use crate::language::Words;

use duologue::platform;

/// What is typed in a field.
#[derive(Clone, Copy)]
pub(super) struct Typed(StoredValue<Zeroizing<String>>);

impl Typed {
    pub(super) fn new() -> Self {
        Self(StoredValue::default())
    }

    /// What is typed by now, in the form that is the same on every keyboard.
    pub(super) fn get(self) -> Zeroizing<String> {
        self.0.with_value(|text| Zeroizing::new(platform::composed(text)))
    }
}

/// What is wrong in a form, if anything is: the name of its field in the document, or another one for what is of no field,
/// and words.
#[derive(Clone, Copy)]
pub(super) struct Trouble(RwSignal<Option<(&'static str, Words)>>);

impl Trouble {
    pub(super) fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// From now on this is wrong. It may be said when the form isn't there any more.
    pub(super) fn set(self, trouble: Option<(&'static str, Words)>) {
        self.0.try_set(trouble);
    }

    /// Whether it is in this field, as an attribute of it.
    pub(super) fn is_at(self, field: &'static str) -> Option<&'static str> {
        self.0
            .with(|trouble| trouble.as_ref().is_some_and(|(at, _)| *at == field))
            .then_some("true")
    }

    /// The words, where this field is, or what has that name; it is described by `NAME-problem`.
    pub(super) fn below(self, field: &'static str) -> AnyView {
        let words = move || {
            let trouble = self.0.get().filter(|(at, _)| *at == field);
            trouble.map(|(_, words)| words)
        };
        view! { <p id=format!("{field}-problem") class="problem" role="alert">{words}</p> }
            .into_any()
    }
}

/// A field.
#[derive(Clone)]
pub(super) struct Field {
    /// Its name in the document.
    pub(super) id: &'static str,
    /// What it says above it.
    pub(super) label: Words,
    /// What a password manager is to make of it.
    pub(super) autocomplete: &'static str,
    /// The name of what describes it, beside what is wrong with it; empty for nothing.
    pub(super) described_by: &'static str,
    /// Where what is typed goes.
    pub(super) typed: Typed,
}

/// The field, with its label above it, and what is wrong with it below. What was wrong may not be so any more once
/// something is typed.
pub(super) fn passphrase(field: Field, is_shown: RwSignal<bool>, trouble: Trouble) -> AnyView {
    let Field { id, label, autocomplete, described_by, typed } = field;
    let kind = move || if is_shown.get() { "text" } else { "password" };
    view! {
        <label for=id>{label}</label>
        <input
            id=id
            class="field"
            type=kind
            autocomplete=autocomplete
            autocapitalize="none"
            spellcheck="false"
            aria-describedby=format!("{described_by} {id}-problem")
            aria-invalid=move || trouble.is_at(id)
            on:input=move |event| {
                typed.0.set_value(Zeroizing::new(event_target_value(&event)));
                trouble.set(None);
            }
        />
        {trouble.below(id)}
    }
    .into_any()
}

/// Shows what is typed, or hides it.
pub(super) fn show_toggle(is_shown: RwSignal<bool>) -> AnyView {
    view! {
        <button
            class="button"
            type="button"
            aria-label=t!("key.show_what")
            aria-pressed=move || is_shown.get().to_string()
            on:click=move |_| is_shown.update(|shown| *shown = !*shown)
        >
            {t!("key.show")}
        </button>
    }
    .into_any()
}

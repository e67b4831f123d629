//! A field for a passphrase. What is typed is in one place, which is wiped when the dialog closes.

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

/// A field.
#[derive(Clone)]
pub(super) struct Field {
    /// Its name in the document.
    pub(super) id: &'static str,
    /// What it says above it.
    pub(super) label: Words,
    /// What a password manager is to make of it.
    pub(super) autocomplete: &'static str,
    /// The name of what describes it.
    pub(super) described_by: &'static str,
    /// Where what is typed goes.
    pub(super) typed: Typed,
}

/// The field, with its label above it. `on_typed`: what was wrong may not be so any more.
pub(super) fn passphrase(
    field: Field,
    is_shown: RwSignal<bool>,
    on_typed: impl Fn() + 'static,
) -> AnyView {
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
            aria-describedby=described_by
            on:input=move |event| {
                typed.0.set_value(Zeroizing::new(event_target_value(&event)));
                on_typed();
            }
        />
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

//! Choices of one among several, and switches: the browser's own controls with labels.

use duologue::app::settings::{Request, Settings};
use leptos::prelude::*;

use super::Desk;
use crate::language::Words;

/// One of several.
pub(super) struct Group {
    /// Its name in the document.
    pub(super) id: &'static str,
    /// Its title.
    pub(super) title: Words,
    /// What there is to choose from: names for programs, and for people.
    pub(super) options: Vec<(&'static str, Words)>,
    /// Which one is chosen.
    pub(super) chosen: fn(&Settings) -> String,
    /// What is asked for when another one is.
    pub(super) request: fn(&str) -> Request,
    /// What the choice means; nothing, if the labels say it.
    pub(super) about: fn(&Settings) -> Words,
}

/// On or off.
pub(super) struct Switch {
    /// Its name in the document.
    pub(super) id: &'static str,
    /// Its label.
    pub(super) title: Words,
    /// What it means.
    pub(super) about: fn(&Settings) -> Words,
    /// Whether it is on.
    pub(super) is_on: fn(&Settings) -> bool,
    /// Whether it can be switched.
    pub(super) is_possible: fn(&Settings) -> bool,
    /// What is asked for when it is.
    pub(super) request: fn(bool) -> Request,
}

pub(super) fn group(desk: Desk, group: Group) -> AnyView {
    let Group { id, title, options, chosen, request, about } = group;
    let options = options.into_iter().map(|(key, label)| {
        let is_chosen = move || desk.settings.with(|settings| chosen(settings) == key);
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name=format!("settings-{id}")
                    value=key
                    prop:checked=is_chosen
                    on:change=move |_| desk.ask(request(key))
                />
                <span>{label}</span>
            </label>
        }
        .into_any()
    });
    let options = options.collect::<Vec<_>>();
    view! {
        <fieldset id=format!("settings-{id}") class="setting" aria-describedby=format!("about-{id}")>
            <legend>{title}</legend>
            <div class="choices">{options}</div>
            <p id=format!("about-{id}") class="fine muted">
                {move || desk.settings.with(about)}
            </p>
        </fieldset>
    }
    .into_any()
}

pub(super) fn switch(desk: Desk, switch: Switch) -> AnyView {
    let Switch { id, title, about, is_on, is_possible, request } = switch;
    let flip = move |event| {
        desk.ask(request(event_target_checked(&event)));
        // What the page didn't do is not shown as done.
        desk.settings.notify();
    };
    view! {
        <div class="setting">
            <label class="switch">
                <span>{title}</span>
                <input
                    id=format!("settings-{id}")
                    type="checkbox"
                    role="switch"
                    aria-describedby=format!("about-{id}")
                    prop:checked=move || desk.settings.with(is_on)
                    disabled=move || !desk.settings.with(is_possible)
                    on:change=flip
                />
            </label>
            <p id=format!("about-{id}") class="fine muted">
                {move || desk.settings.with(about)}
            </p>
        </div>
    }
    .into_any()
}

//! The transport in use, why, and how to change it; the state, and the last sign of life.

use leptos::prelude::*;
use rust_i18n::t;

use super::Panel;
use super::draw::{attribute, element, figure, live, live_part, plain, words as said};
use crate::trace::words;
use duologue::app::choice::{self, PREFERENCES};
use duologue::app::panel::Request;

pub(super) fn now(panel: Panel) -> AnyView {
    let preference = move || panel.read(|trace| trace.preference);
    let choose = move |event| {
        panel.ask(Request::Prefer(choice::preference(&event_target_value(&event))));
        panel.look();
    };
    let options = PREFERENCES.into_iter().map(|one| {
        let value = vec![attribute("value", choice::key(one))];
        element("option", value, vec![plain(words::preference(one))])
    });
    view! {
        {live_part(panel, figures)}
        <label class="fine" for="transport">{t!("now.use")}</label>
        <select
            id="transport"
            class="field"
            aria-describedby="about-transport"
            prop:value=move || choice::key(preference())
            on:change=choose
        >
            {options.collect::<Vec<_>>()}
        </select>
        <div id="about-transport">
            {live(move || said("p", "fine muted", words::about_preference(preference())))}
        </div>
    }
    .into_any()
}

fn figures(panel: Panel) -> AnyView {
    let now = panel.second.get();
    let (in_use, proof) = panel.read(|trace| (trace.in_use(), trace.last_proof));
    let state = panel.read(|trace| trace.link.as_ref().map(|link| words::link(link, now)));
    let transport = in_use.map_or(t!("now.none_yet"), |one| words::transport(one.transport));
    let why = in_use.map(|one| words::why(one.why, &rust_i18n::locale())).unwrap_or_default();
    let last = proof.map_or(t!("now.never"), |at| words::age(at, now));
    let figures = vec![
        figure(t!("now.transport"), "transport", transport),
        figure(t!("now.why"), "why", why),
        figure(t!("now.state"), "state", state.unwrap_or_default()),
        figure(t!("now.last_proof"), "last-proof", last),
    ];
    element("dl", vec![attribute("class", "figures")], figures)
}

//! The transport in use, why, and how to change it; the state, and the last sign of life.

use leptos::prelude::*;

use super::Panel;
use super::figures::figure;
use crate::app::choice::{self, PREFERENCES};
use crate::app::words::describe;
use crate::tools::trace::words;
use crate::ui::connection_panel::PREFER;

pub(super) fn now(panel: Panel) -> AnyView {
    let transport = panel.text(|trace| {
        let in_use = trace.in_use().map(|one| words::transport(one.transport));
        in_use.unwrap_or(words::NONE_YET).into()
    });
    let why = panel
        .text(|trace| trace.in_use().map(|one| words::why(one.why)).unwrap_or_default().into());
    let proof = Memo::new(move |_| panel.read(|trace| trace.last_proof));
    let last = Memo::new(move |_| {
        proof.get().map_or(words::NEVER.into(), |at| words::age(at, panel.second.get()))
    });
    let state = Memo::new(move |_| {
        let now = panel.second.get();
        let words = panel.read(|trace| trace.link.as_ref().map(|link| describe(link, now)));
        let words = words.map(|words| [Some(words.short.into()), words.long]);
        words.into_iter().flatten().flatten().collect::<Vec<String>>().join(". ")
    });
    let preference = Memo::new(move |_| panel.read(|trace| trace.preference));
    let choose = move |event| {
        panel.ask(&format!("{PREFER}{}", event_target_value(&event)));
        panel.look();
    };
    let options = PREFERENCES.into_iter().map(|one| {
        view! { <option value=choice::key(one)>{words::preference(one)}</option> }
    });
    view! {
        <dl class="figures">
            {figure("Transport", "transport", transport)}
            {figure("Why", "why", why)}
            {figure("State", "state", state)}
            {figure("Last heard of", "last-proof", last)}
        </dl>
        <label class="fine" for="transport">"Use"</label>
        <select
            id="transport"
            class="field"
            aria-describedby="about-transport"
            prop:value=move || choice::key(preference.get())
            on:change=choose
        >
            {options.collect_view()}
        </select>
        <p id="about-transport" class="fine muted">
            {move || words::about_preference(preference.get())}
        </p>
    }
    .into_any()
}

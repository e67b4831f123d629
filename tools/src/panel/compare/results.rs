//! What a comparison came to: a plot, a sentence, a table, files.

use leptos::prelude::*;
use rust_i18n::t;

use super::{Bench, Phase, plot};
use crate::compare::figures::FIGURES;
use crate::compare::{Outcome, export, short_key, words};
use crate::language::Words;
use crate::panel::draw::{attribute, element, live, plain, pressed, words as said};
use crate::trace::words as of_panel;
use duologue::platform;

/// Nothing while it runs, or before.
pub(super) fn results(bench: Bench) -> AnyView {
    let outcomes = bench.outcomes.get();
    if outcomes.is_empty() || matches!(bench.phase.get(), Phase::Idle | Phase::Running) {
        return ().into_any();
    }
    let sentence = vec![attribute("data-compare", "sentence")];
    vec![
        plot::plot(&outcomes),
        element("p", sentence, vec![plain(words::summary(&outcomes))]),
        table(bench, &outcomes),
        explanations(),
        files(bench),
    ]
    .into_any()
}

fn table(bench: Bench, outcomes: &[Outcome]) -> AnyView {
    let title = words::caption(bench.plan.get_untracked());
    let heading = |scope: &'static str, text: Words| {
        element("th", vec![attribute("scope", scope)], vec![plain(text)])
    };
    let mut head = vec![element("td", vec![], vec![])];
    head.extend(outcomes.iter().map(|one| heading("col", of_panel::transport(one.transport))));
    let rows = FIGURES.iter().map(|figure| {
        let mut cells = vec![heading("row", words::figure(figure.key).0)];
        cells.extend(outcomes.iter().map(|outcome| {
            let key = format!("{}-{}", figure.key, short_key(outcome.transport));
            let value = (figure.of)(outcome).unwrap_or_else(|| words::UNKNOWN.into());
            element("td", vec![attribute("data-compare", key)], vec![plain(value)])
        }));
        element("tr", vec![], cells)
    });
    let rows = rows.collect();
    let parts = vec![
        element("caption", vec![], vec![plain(title.clone())]),
        element("thead", vec![], vec![element("tr", vec![], head)]),
        element("tbody", vec![], rows),
    ];
    // A box that scrolls has to be reached by keyboard, and to have a name then.
    let scrolls = vec![
        attribute("class", "compare-table"),
        attribute("tabindex", "0"),
        attribute("role", "region"),
        attribute("aria-label", title),
    ];
    let numbers = vec![attribute("class", "numbers"), attribute("data-compare", "table")];
    element("div", scrolls, vec![element("table", numbers, parts)])
}

fn explanations() -> AnyView {
    let all = FIGURES.iter().flat_map(|figure| {
        let (label, about) = words::figure(figure.key);
        [element("dt", vec![], vec![plain(label)]), said("dd", "fine muted", about)]
    });
    let list = element("dl", vec![attribute("class", "compare-about")], all.collect());
    element("details", vec![], vec![said("summary", "fine", t!("compare.meaning")), list])
}

fn files(bench: Bench) -> AnyView {
    let (said_last, say) = signal(Words::default());
    let button = |key: &'static str, label: Words, kind: Kind| {
        let attributes = vec![
            attribute("class", "button small"),
            attribute("type", "button"),
            attribute("data-compare", key),
            pressed(move |_| {
                say.set(if save(bench, kind) { t!("panel.saved") } else { t!("panel.not_saved") });
            }),
        ];
        element("button", attributes, vec![plain(label)])
    };
    let buttons = vec![
        button("save-csv", t!("compare.save_csv"), Kind::Csv),
        button("save-json", t!("compare.save_json"), Kind::Json),
    ];
    let status = vec![attribute("class", "fine muted"), attribute("role", "status")];
    vec![
        element("div", vec![attribute("class", "compare-files")], buttons),
        element("p", status, vec![live(move || plain(said_last.get()))]),
    ]
    .into_any()
}

#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Json,
}

fn save(bench: Bench, kind: Kind) -> bool {
    let now = platform::now();
    let (outcomes, plan) = (bench.outcomes.get_untracked(), bench.plan.get_untracked());
    let relay = bench.measured_relay.get_untracked();
    let (ending, media_type, text) = match kind {
        Kind::Csv => ("csv", "text/csv;charset=utf-8", export::csv(&outcomes)),
        Kind::Json => ("json", "application/json", export::json(&outcomes, plan, &relay, now)),
    };
    platform::save_file(&export::file_name(now, ending), media_type, &text)
}

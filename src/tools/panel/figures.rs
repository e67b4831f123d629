//! Numbers: round trips as a plot and in words, heartbeats, and what all of it costs.

use leptos::prelude::*;

use super::Panel;
use crate::tools::trace::Trace;
use crate::tools::trace::counters::{COUNTS, Count, Counters};
use crate::tools::trace::pulse::{HEIGHT, WIDTH};
use crate::tools::trace::words;

/// A label and what it is about.
pub(super) fn figure(label: &'static str, key: &'static str, value: Memo<String>) -> AnyView {
    view! {
        <div class="figure">
            <dt>{label}</dt>
            <dd data-figure=key>{value}</dd>
        </div>
    }
    .into_any()
}

pub(super) fn pulse(panel: Panel) -> AnyView {
    let plot = Memo::new(move |_| panel.read(|trace| trace.pulse.plot()));
    let summary = panel.text(|trace| words::round_trips(trace.pulse.summary()));
    let is_empty = Memo::new(move |_| plot.with(|plot| plot.line.is_empty()));
    view! {
        <div class="plot" hidden=is_empty>
            // The words below say the same.
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") aria-hidden="true">
                <path class="plot-line" d=move || plot.with(|plot| plot.line.clone()) />
                <path class="plot-pongs" d=move || plot.with(|plot| plot.pongs.clone()) />
                <path class="plot-posts" d=move || plot.with(|plot| plot.posts.clone()) />
            </svg>
            <span class="plot-top fine muted" aria-hidden="true">
                {move || words::milliseconds(plot.with(|plot| plot.top))}
            </span>
            <span class="plot-foot fine muted" aria-hidden="true">"0"</span>
        </div>
        <p data-figure="round-trips">{summary}</p>
        <dl class="figures">
            {figure("Pings sent", "pings", panel.text(|trace| trace.pulse.sent.to_string()))}
            {figure("Answered", "pongs", panel.text(|trace| trace.pulse.answered.to_string()))}
        </dl>
    }
    .into_any()
}

pub(super) fn counters(panel: Panel) -> AnyView {
    let current = Memo::new(move |_| panel.read(Trace::current));
    let sitting = Memo::new(move |_| panel.read(|trace| trace.sitting));
    let rows = COUNTS.into_iter().map(|count| row(count, current, sitting));
    view! {
        <table class="numbers">
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">"This connection"</th>
                    <th scope="col">"Since the page opened"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn row(count: Count, current: Memo<Counters>, sitting: Memo<Counters>) -> AnyView {
    let Count { key, of } = count;
    view! {
        <tr>
            <th scope="row">{words::count(key)}</th>
            <td data-figure=key>{move || words::number(of(&current.get()))}</td>
            <td data-figure=format!("sitting-{key}")>{move || words::number(of(&sitting.get()))}</td>
        </tr>
    }
    .into_any()
}

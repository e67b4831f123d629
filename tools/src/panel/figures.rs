//! Round trips as a plot and in words, heartbeats, what all of it costs, and what happened.

use duologue::app::numbers::grouped;
use duologue::platform;
use duologue_protocol::UnixMillis;
use leptos::prelude::*;
use rust_i18n::t;

use super::Panel;
use super::draw::{attribute, element, figure, live_part, plain, words as said};
use crate::language::Words;
use crate::trace::Trace;
use crate::trace::counters::{COUNTS, Count, Counters};
use crate::trace::pulse::{HEIGHT, Plot, WIDTH};
use crate::trace::words;

/// As many lines of the log as one scrolls through; the file has all.
const LINES_MAX: usize = 50;

pub(super) fn pulse(panel: Panel) -> AnyView {
    live_part(panel, |panel| {
        let pulse = panel.read(|trace| trace.pulse.clone());
        let summary = pulse.summary();
        let figures = vec![
            figure(t!("pulse.pings"), "pings", pulse.sent.to_string()),
            figure(t!("pulse.pongs"), "pongs", pulse.answered.to_string()),
        ];
        let text = vec![attribute("data-figure", "round-trips")];
        vec![
            if summary.is_some() { plot(pulse.plot()) } else { ().into_any() },
            element("p", text, vec![plain(words::round_trips(summary))]),
            element("dl", vec![attribute("class", "figures")], figures),
        ]
        .into_any()
    })
}

/// For those who see; the words below it say the same.
fn plot(plot: Plot) -> AnyView {
    let Plot { line, pongs, posts, top } = plot;
    view! {
        <div class="plot" aria-hidden="true">
            <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}")>
                {path("plot-line", line)} {path("plot-pongs", pongs)} {path("plot-posts", posts)}
            </svg>
            {said("span", "plot-top fine muted", words::milliseconds(top))}
            {said("span", "plot-foot fine muted", "0")}
        </div>
    }
    .into_any()
}

fn path(class: &'static str, d: String) -> AnyView {
    view! { <path class=class d=d /> }.into_any()
}

pub(super) fn counters(panel: Panel) -> AnyView {
    live_part(panel, |panel| {
        let (current, sitting) = panel.read(|trace| (Trace::current(trace), trace.sitting));
        let column =
            |title: Words| element("th", vec![attribute("scope", "col")], vec![plain(title)]);
        let head = vec![
            element("td", vec![], vec![]),
            column(t!("counters.this_connection")),
            column(t!("counters.this_sitting")),
        ];
        let head = element("thead", vec![], vec![element("tr", vec![], head)]);
        let rows = COUNTS.iter().map(|count| row(count, &current, &sitting)).collect();
        let body = element("tbody", vec![], rows);
        element("table", vec![attribute("class", "numbers")], vec![head, body])
    })
}

fn row(count: &Count, current: &Counters, sitting: &Counters) -> AnyView {
    let Count { key, of } = count;
    let label = vec![attribute("scope", "row")];
    let cell = |key: String, number| {
        element("td", vec![attribute("data-figure", key)], vec![plain(grouped(number))])
    };
    let cells = vec![
        element("th", label, vec![plain(words::count(key))]),
        cell((*key).to_owned(), of(current)),
        cell(format!("sitting-{key}"), of(sitting)),
    ];
    element("tr", vec![], cells)
}

pub(super) fn history(panel: Panel) -> AnyView {
    let list = vec![
        attribute("class", "log"),
        attribute("id", "connection-log"),
        attribute("tabindex", "0"),
        attribute("role", "region"),
        attribute("aria-label", t!("history.title")),
    ];
    let lines = live_part(panel, |panel| {
        // Not with each frame: words and times of day cost more than figures.
        panel.written.track();
        let locale = rust_i18n::locale();
        let lines = panel.trace.with_untracked(|trace| -> Vec<AnyView> {
            let latest = trace.log.lines().rev().take(LINES_MAX);
            latest
                .map(|line| {
                    let time = platform::local_time_exact(UnixMillis(line.at.0));
                    let time = said("time", "fine muted", time);
                    let what = plain(words::happening(&line.what, true, &locale));
                    element("li", vec![], vec![time, element("span", vec![], vec![what])])
                })
                .collect()
        });
        element("ol", vec![], lines)
    });
    element("div", list, vec![lines])
}

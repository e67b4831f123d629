//! The plot of latencies: a strip of dots for each transport over one logarithmic axis.
//!
//! Widths are in parts of the whole and heights in pixels, so that the text keeps its size on every screen.

use leptos::prelude::*;
use rust_i18n::t;

use crate::compare::plot::{Axis, Tick, lane};
use crate::compare::{Outcome, words};
use crate::panel::draw::words as said;

/// A strip's height: its label and its dots.
const STRIP: usize = 56;
/// From the strip's top to its label's line.
const LABEL: usize = 14;
/// To the first lane of dots.
const DOTS: usize = 26;
/// From one lane to the next.
const LANE: usize = 5;
/// The axis' numbers.
const FOOT: usize = 24;

/// Nothing if nothing arrived.
pub(super) fn plot(outcomes: &[Outcome]) -> AnyView {
    let arrived: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| outcome.run.arrived > 0).collect();
    let spreads = || arrived.iter().filter_map(|outcome| outcome.run.spread());
    let (min, max) = (spreads().map(|one| one.min).min(), spreads().map(|one| one.max).max());
    let (Some(min), Some(max)) = (min, max) else { return ().into_any() };
    let axis = Axis::over(min, max);
    let bottom = STRIP * arrived.len();
    let mut parts = Vec::new();
    let ticks = axis.ticks();
    let last = ticks.len() - 1;
    for (index, Tick { place, label }) in ticks.into_iter().enumerate() {
        parts.push(line("compare-grid", place, LABEL + 4, bottom));
        // The outermost numbers reach to the edges, and not beyond.
        let (x, anchor) = match index {
            0 => (0, "start"),
            _ if index == last => (1_000, "end"),
            _ => (place, "middle"),
        };
        parts.push(text(x, bottom + 16, anchor, label));
    }
    for (row, outcome) in arrived.into_iter().enumerate() {
        strip(&mut parts, axis, outcome, row * STRIP);
    }
    view! {
        <figure class="compare-plot" data-compare="plot">
            <svg
                role="img"
                aria-label=words::plot(outcomes)
                width="100%"
                height=(bottom + FOOT).to_string()
            >
                {parts}
            </svg>
            {said("figcaption", "fine muted", t!("compare.plot_key"))}
        </figure>
    }
    .into_any()
}

fn strip(parts: &mut Vec<AnyView>, axis: Axis, outcome: &Outcome, top: usize) {
    parts.push(text(0, top + LABEL, "start", words::strip(outcome)));
    for (number, message) in outcome.run.sent.iter().enumerate() {
        if let Some(latency) = message.latency {
            parts.push(dot(axis.place(latency), top + DOTS + lane(number) * LANE));
        }
    }
    if let Some(spread) = outcome.run.spread() {
        parts.push(line("compare-median", axis.place(spread.median), top + DOTS - 6, top + STRIP));
    }
}

fn dot(x: u32, y: usize) -> AnyView {
    view! { <circle cx=percent(x) cy=y.to_string() r="3.5" /> }.into_any()
}

fn line(class: &'static str, x: u32, from: usize, to: usize) -> AnyView {
    let x = percent(x);
    view! { <line class=class x1=x.clone() x2=x y1=from.to_string() y2=to.to_string() /> }
        .into_any()
}

fn text(x: u32, y: usize, anchor: &'static str, label: impl Into<String>) -> AnyView {
    view! { <text x=percent(x) y=y.to_string() text-anchor=anchor>{label.into()}</text> }.into_any()
}

fn percent(thousandths: u32) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

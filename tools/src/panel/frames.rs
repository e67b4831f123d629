//! The latest frames, one of which can be read.

use leptos::prelude::*;
use rust_i18n::t;

use super::Panel;
use super::draw::{attribute, element, live, live_attribute, plain, pressed, words as said};
use crate::trace::frames::{Frame, has_content, pretty};
use crate::trace::words;

/// As many as are drawn anew four times a second without anybody's typing feeling it; the file has all.
const SHOWN_MAX: usize = 40;

/// What is open.
#[derive(Clone, Copy)]
struct Reading {
    panel: Panel,
    /// The frame that is being read. It stays in the list, however many come.
    open: RwSignal<Option<Frame>>,
    /// Whether its message is shown.
    with_content: RwSignal<bool>,
}

pub(super) fn frames(panel: Panel) -> AnyView {
    let reading = Reading { panel, open: RwSignal::new(None), with_content: RwSignal::new(false) };
    let list = move || -> Vec<Frame> {
        let mut latest: Vec<Frame> =
            panel.read(|trace| trace.frames.iter().rev().take(SHOWN_MAX).cloned().collect());
        let oldest = latest.last().map_or(0, |frame| frame.number);
        latest.extend(reading.open.get().filter(|open| open.number < oldest));
        latest
    };
    // By their numbers: the one that has the focus keeps it when others come.
    let rows = view! {
        <For each=list key=|frame| frame.number let:frame>
            {row(reading, frame)}
        </For>
    };
    let attributes = vec![attribute("class", "frames"), attribute("id", "frame-log")];
    element("ol", attributes, vec![rows.into_any()])
}

fn row(reading: Reading, frame: Frame) -> AnyView {
    let number = frame.number;
    let is_open =
        move || reading.open.with(|open| open.as_ref().is_some_and(|open| open.number == number));
    let (arrow, direction) = if frame.is_up { ("↑", "up") } else { ("↓", "down") };
    let arrow = vec![
        element("span", vec![attribute("aria-hidden", "true")], vec![plain(arrow)]),
        said("span", "sr-only", words::direction(direction)),
    ];
    let at = frame.at;
    let age = live(move || plain(words::age(at, reading.panel.second.get())));
    let columns = vec![
        element("span", vec![], arrow),
        said("span", "frame-kind", words::frame_kind(frame.kind())),
        said("span", "fine muted", words::bytes(frame.text.len())),
        said("span", "fine muted", words::transport(frame.transport)),
        element("span", vec![attribute("class", "fine muted frame-age")], vec![age]),
    ];
    let button = vec![
        attribute("class", "frame"),
        attribute("type", "button"),
        attribute("data-direction", direction),
        live_attribute("aria-expanded", move || Some(if is_open() { "true" } else { "false" })),
        pressed(move |_| {
            let opened = (!is_open()).then(|| frame.clone());
            reading.with_content.set(false);
            reading.open.set(opened);
        }),
    ];
    let body = live(move || if is_open() { body(reading) } else { ().into_any() });
    element("li", vec![], vec![element("button", button, columns), body])
}

fn body(reading: Reading) -> AnyView {
    let text = reading.open.get_untracked().map(|frame| frame.text).unwrap_or_default();
    let hides = has_content(&text);
    let shown = reading.with_content;
    let read = live(move || plain(pretty(&text, shown.get())));
    let mut parts = vec![element("pre", vec![attribute("class", "frame-text")], vec![read])];
    if hides {
        let button = vec![
            attribute("class", "button small show-text"),
            attribute("type", "button"),
            pressed(move |_| shown.update(|shown| *shown = !*shown)),
        ];
        let label = move || {
            plain(if shown.get() { t!("frames.hide_text") } else { t!("frames.show_text") })
        };
        parts.push(element("button", button, vec![live(label)]));
    }
    parts.into_any()
}

//! The latest frames, one of which can be read.

use leptos::prelude::*;

use super::Panel;
use crate::tools::trace::frames::{Frame, has_content, pretty};
use crate::tools::trace::words;

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
    view! {
        <ol class="frames" id="frame-log">
            <For each=list key=|frame| frame.number let:frame>
                {row(reading, frame)}
            </For>
        </ol>
    }
    .into_any()
}

fn row(reading: Reading, frame: Frame) -> AnyView {
    let number = frame.number;
    let is_open =
        move || reading.open.with(|open| open.as_ref().map(|one| one.number)) == Some(number);
    let (arrow, direction) = if frame.is_up { ("↑", "up") } else { ("↓", "down") };
    let (kind, bytes) = (words::frame_kind(frame.kind()), frame.text.len());
    let (at, transport) = (frame.at, words::transport(frame.transport));
    let toggle = move |_| {
        let frame = (!is_open()).then(|| frame.clone());
        reading.with_content.set(false);
        reading.open.set(frame);
    };
    view! {
        <li>
            <button
                class="frame"
                type="button"
                data-direction=direction
                aria-expanded=move || is_open().to_string()
                on:click=toggle
            >
                <span aria-hidden="true">{arrow}</span>
                <span class="sr-only">{words::direction(direction)}</span>
                <span class="frame-kind">{kind}</span>
                <span class="fine muted">{words::bytes(bytes)}</span>
                <span class="fine muted">{transport}</span>
                <span class="fine muted frame-age">
                    {move || words::age(at, reading.panel.second.get())}
                </span>
            </button>
            {move || is_open().then(|| body(reading))}
        </li>
    }
    .into_any()
}

fn body(reading: Reading) -> AnyView {
    let text = reading.open.get_untracked().map(|frame| frame.text).unwrap_or_default();
    let hides = has_content(&text);
    let label =
        move || if reading.with_content.get() { words::HIDE_TEXT } else { words::SHOW_TEXT };
    view! {
        <pre class="frame-text" tabindex="0" dir="auto">
            {move || pretty(&text, reading.with_content.get())}
        </pre>
        {hides.then(|| view! {
            <button
                class="button small show-text"
                type="button"
                on:click=move |_| reading.with_content.update(|shown| *shown = !*shown)
            >
                {label}
            </button>
        })}
    }
    .into_any()
}

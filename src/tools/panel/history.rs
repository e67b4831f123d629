//! What happened, the latest first.

use duologue_protocol::UnixMillis;
use leptos::prelude::*;

use super::Panel;
use crate::platform;
use crate::tools::trace::log::Line;
use crate::tools::trace::words;

/// As many as one scrolls through; the file has all.
const SHOWN_MAX: usize = 50;

pub(super) fn history(panel: Panel) -> AnyView {
    let lines = move || -> Vec<Line> {
        panel.read(|trace| trace.log.lines().rev().take(SHOWN_MAX).cloned().collect())
    };
    view! {
        <ol class="log" id="connection-log" tabindex="0" role="group" aria-label=words::LOG.title>
            <For each=lines key=|line| line.number let:line>
                <li>
                    <time class="fine muted">
                        {platform::local_time_exact(UnixMillis(line.at.0))}
                    </time>
                    <span>{words::happening(&line.what, true)}</span>
                </li>
            </For>
        </ol>
    }
    .into_any()
}

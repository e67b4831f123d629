//! What comes in is read aloud, once and without a flood: the timeline itself is no live region, since scrolling
//! draws messages too.

use std::time::Duration;

use duologue_protocol::UserId;
use leptos::prelude::*;
use rust_i18n::t;

use crate::app::App;
use crate::app::numbers;
use crate::platform::{self, Timer};

/// What comes within this time is told in one sentence.
const PAUSE: Duration = Duration::from_millis(700);

/// A longer message is read where it stands.
const TOLD_CHARS: usize = 200;

/// Tells what `peer` writes while the conversation is open.
#[component]
pub fn Announcer(
    /// The other one.
    peer: UserId,
    /// Which sitting it is, and how many messages there are.
    extent: Memo<(usize, usize)>,
) -> impl IntoView {
    let app = expect_context::<App>();
    let (said, set_said) = signal(String::new());
    // From which message on nothing was told yet.
    let untold = StoredValue::new(None::<usize>);
    let timer = StoredValue::new_local(None::<Timer>);
    let tell = move || {
        let from = untold.try_update_value(Option::take).flatten().unwrap_or(usize::MAX);
        let theirs = app.conversations.with_untracked(|all| {
            let entries =
                all.with(&peer).and_then(|one| one.entries.get(from..)).unwrap_or_default();
            entries.iter().filter(|entry| !entry.is_mine()).cloned().collect::<Vec<_>>()
        });
        let words = match &theirs[..] {
            [] => return,
            [one] => {
                let text: String = one.content.as_str().chars().take(TOLD_CHARS).collect();
                t!("timeline.came", peer = peer, text = text).into_owned()
            }
            many => t!("timeline.many_came", peer = peer, count = numbers::count(many.len()))
                .into_owned(),
        };
        set_said.set(words);
    };
    Effect::new(move |before: Option<(usize, usize)>| {
        let (sitting, count) = extent.get();
        // What is there when the conversation is opened, or comes back from the store, is no news.
        let is_news = |before: &(usize, usize)| before.0 == sitting && before.1 < count;
        if let Some((_, before)) = before.filter(|before| is_news(before) && platform::is_visible())
        {
            untold.update_value(|untold| *untold = untold.or(Some(before)));
            timer.set_value(Some(Timer::after(PAUSE, tell.clone())));
        }
        (sitting, count)
    });
    view! { <p class="sr-only" role="log" aria-live="polite">{said}</p> }
}

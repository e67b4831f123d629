//! The connection panel: what happens on the wire, for whoever wants to see it. Beside the conversation on
//! a wide screen, a page of its own on a narrow one.

mod figures;
mod frames;
mod handshake;
mod history;
mod now;

use std::time::Duration;

use duologue_session::Time;
use leptos::ev::KeyboardEvent;
use leptos::html::Section;
use leptos::prelude::*;

use crate::app::record::Excerpt;
use crate::platform::{self, Page, Ticker};
use crate::tools::trace::Trace;
use crate::tools::trace::export::{self, Subject};
use crate::tools::trace::words::{self, Part};
use crate::ui::connection_panel::CLOSE;

/// How often what is new is looked for while the panel is open: four times a second looks alive, and
/// costs the same whether one frame came or fifty.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What the panel's parts read.
#[derive(Clone, Copy)]
struct Panel {
    page: StoredValue<Page, LocalStorage>,
    /// What to read from the page's record next.
    next: StoredValue<u64>,
    /// It changes with each frame and tells nobody: the panel's parts look again with each new version.
    trace: RwSignal<Trace>,
    /// Whose page it is, and the relay's address.
    subject: RwSignal<(String, String)>,
    /// The trace's version that is shown.
    version: RwSignal<u64>,
    /// When ages were told last.
    second: RwSignal<Time>,
    is_paused: RwSignal<bool>,
}

impl Panel {
    fn new(page: Page) -> Self {
        let panel = Self {
            page: StoredValue::new_local(page),
            next: StoredValue::new(0),
            trace: RwSignal::new(Trace::default()),
            subject: RwSignal::new(Default::default()),
            version: RwSignal::new(0),
            second: RwSignal::new(platform::now()),
            is_paused: RwSignal::new(false),
        };
        panel.look();
        panel
    }

    /// Looks for what is new.
    fn look(self) {
        if self.is_paused.get_untracked() {
            return;
        }
        self.take_in();
        let version = self.trace.with_untracked(Trace::version);
        if version != self.version.get_untracked() {
            self.version.set(version);
        }
        let now = platform::now();
        if now.since(self.second.get_untracked()) >= Duration::from_secs(1) {
            self.second.set(now);
        }
    }

    /// Reads what the page noted since the last time.
    fn take_in(self) {
        let text = self.page.with_value(|page| page.read(self.next.get_value()));
        // A page of another version says something that isn't understood: then nothing new is shown.
        let excerpt = text.and_then(|text| serde_json::from_str::<Excerpt>(&text).ok());
        let Some(Excerpt { next, is_cut, me, relay, noted }) = excerpt else { return };
        self.next.set_value(next);
        if self.subject.with_untracked(|before| (&before.0, &before.1) != (&me, &relay)) {
            self.subject.set((me, relay));
        }
        self.trace.update_untracked(|trace| {
            trace.is_cut |= is_cut;
            for (at, what) in noted {
                trace.take(at, what);
            }
        });
    }

    /// Has the page do something.
    fn ask(self, what: &str) {
        self.page.with_value(|page| page.ask(what));
    }

    /// Reads the trace, and again with each look that finds something new.
    fn read<T>(self, read: impl FnOnce(&Trace) -> T) -> T {
        self.version.track();
        self.trace.with_untracked(read)
    }

    /// A text from the trace. Takes a plain function, so that there is one memo's code for all.
    fn text(self, read: fn(&Trace) -> String) -> Memo<String> {
        Memo::new(move |_| self.read(read))
    }
}

/// The panel, while it is open.
pub fn connection_panel(page: Page) -> AnyView {
    let panel = Panel::new(page);
    let _ticker = StoredValue::new_local(Ticker::every(LOOK_EVERY, move || panel.look()));
    let section = NodeRef::<Section>::new();
    Effect::new(move || {
        if let Some(section) = section.get() {
            // It has just been drawn; nothing can be wrong with it.
            let _ = section.focus();
        }
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() {
            event.prevent_default();
            panel.ask(CLOSE);
        }
    };
    let pause = move |_| panel.is_paused.update(|paused| *paused = !*paused);
    view! {
        <section
            id="connection-panel"
            class="panel"
            aria-label=words::PANEL
            tabindex="-1"
            node_ref=section
            on:keydown=on_key
        >
            <header class="head panel-head">
                <h2 class="grow">{words::PANEL}</h2>
                <button
                    id="pause-panel"
                    class="button small"
                    type="button"
                    aria-pressed=move || panel.is_paused.get().to_string()
                    on:click=pause
                >
                    "Pause"
                </button>
                <button
                    id="close-panel"
                    class="button small"
                    type="button"
                    on:click=move |_| panel.ask(CLOSE)
                >
                    "Close"
                </button>
            </header>
            <div class="parts">
                {part(words::NOW, true, move || now::now(panel))}
                {part(words::PULSE, true, move || figures::pulse(panel))}
                {part(words::COUNTERS, true, move || figures::counters(panel))}
                {part(words::LOG, true, move || history::history(panel))}
                {part(words::FRAMES, false, move || frames::frames(panel))}
                {part(words::HANDSHAKE, false, move || handshake::handshake(panel))}
                {part(words::SAVE, true, move || save(panel))}
                // The place of the comparison of transports.
            </div>
        </section>
    }
    .into_any()
}

/// A part that can be folded. What is folded is not drawn, and costs nothing.
fn part(
    words: Part,
    is_open: bool,
    content: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let content: Box<dyn Fn() -> AnyView + Send + Sync> = Box::new(content);
    let is_open = RwSignal::new(is_open);
    let toggle = move |event: leptos::ev::MouseEvent| {
        // What the browser would do is done by `open`.
        event.prevent_default();
        is_open.update(|open| *open = !*open);
    };
    view! {
        <details class="part" id=format!("part-{}", words.id) open=move || is_open.get()>
            <summary on:click=toggle><h3>{words.title}</h3></summary>
            {move || is_open.get().then(|| view! {
                <p class="fine muted">{words.about}</p>
                {content()}
            })}
        </details>
    }
    .into_any()
}

fn save(panel: Panel) -> AnyView {
    let (said, set_said) = signal("");
    let save = move |_| {
        let (now, subject) = (platform::now(), panel.subject.get_untracked());
        let subject = Subject { me: &subject.0, relay: &subject.1 };
        let file = panel.trace.with_untracked(|trace| export::file(trace, subject, now));
        let is_saved = platform::save_file(&export::file_name(now), &file);
        set_said.set(if is_saved { words::SAVED } else { words::NOT_SAVED });
    };
    view! {
        <button id="save-trace" class="button" type="button" on:click=save>"Save trace"</button>
        <p class="fine muted" role="status">{said}</p>
    }
    .into_any()
}

//! The connection panel: what happens on the wire, for whoever wants to see it. Beside the conversation on
//! a wide screen, a page of its own on a narrow one.

pub mod compare;
mod draw;
mod figures;
mod frames;
mod handshake;
mod now;

use std::time::Duration;

use duologue_session::Time;
use leptos::ev::KeyboardEvent;
use leptos::html::Section;
use leptos::prelude::*;
use rust_i18n::t;

use crate::language::Words;
use crate::trace::Trace;
use crate::trace::export::{self, Subject};
use draw::{attribute, element, live, live_attribute, plain, pressed, words as said};
use duologue::app::panel::Request;
use duologue::app::record::Excerpt;
use duologue::platform::{self, Ticker};
use duologue::ui::parts::PanelBridge;

/// How often what is new is looked for while the panel is open: four times a second looks alive, and
/// costs the same whether one frame came or fifty.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What the panel's parts read.
#[derive(Clone, Copy)]
struct Panel {
    page: StoredValue<PanelBridge, LocalStorage>,
    /// It changes with each frame and tells nobody: the panel's parts look again with each new version.
    trace: RwSignal<Trace>,
    /// Whose page it is, and the relay's address.
    subject: RwSignal<(String, String)>,
    /// The trace's version that is shown.
    version: RwSignal<u64>,
    /// How many lines the log that is shown had.
    written: RwSignal<u64>,
    /// When ages were told last.
    second: RwSignal<Time>,
    is_paused: RwSignal<bool>,
}

impl Panel {
    fn new(page: PanelBridge) -> Self {
        let panel = Self {
            page: StoredValue::new_local(page),
            trace: RwSignal::new(Trace::default()),
            subject: RwSignal::new(Default::default()),
            version: RwSignal::new(0),
            written: RwSignal::new(0),
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
        let set = |signal: RwSignal<u64>, new| {
            if signal.get_untracked() != new {
                signal.set(new);
            }
        };
        let (version, written) =
            self.trace.with_untracked(|trace| (trace.version(), trace.log.written()));
        set(self.version, version);
        set(self.written, written);
        let now = platform::now();
        if now.since(self.second.get_untracked()) >= Duration::from_secs(1) {
            self.second.set(now);
        }
    }

    /// Reads what the page noted since the last time.
    fn take_in(self) {
        let Excerpt { is_cut, me, relay, noted, .. } = self.page.with_value(PanelBridge::see);
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
    fn ask(self, what: Request) {
        self.page.with_value(|page| page.ask(what));
    }

    /// Reads the trace, and again with each look that finds something new.
    fn read<T>(self, read: impl FnOnce(&Trace) -> T) -> T {
        self.version.track();
        self.trace.with_untracked(read)
    }
}

/// The panel, while it is open.
pub fn connection_panel(page: PanelBridge) -> AnyView {
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
        if event.key() == "Escape" && !platform::composes(&event) {
            event.prevent_default();
            panel.ask(Request::Close);
        }
    };
    let parts = vec![
        part("now", t!("now.title"), t!("now.about"), panel, true, now::now),
        part("pulse", t!("pulse.title"), t!("pulse.about"), panel, true, figures::pulse),
        part(
            "counters",
            t!("counters.title"),
            t!("counters.about"),
            panel,
            true,
            figures::counters,
        ),
        part("log", t!("history.title"), t!("history.about"), panel, true, figures::history),
        part("frames", t!("frames.title"), t!("frames.about"), panel, false, frames::frames),
        part(
            "handshake",
            t!("handshake.title"),
            t!("handshake.about"),
            panel,
            false,
            handshake::handshake,
        ),
        part("save", t!("save.title"), t!("save.about"), panel, true, save),
        part("compare", t!("compare.title"), t!("compare.about"), panel, false, |panel| {
            compare::comparison(Signal::derive(move || panel.subject.get().1))
        }),
    ];
    view! {
        <section
            id="connection-panel"
            class="panel"
            aria-label=t!("panel.title")
            tabindex="-1"
            node_ref=section
            on:keydown=on_key
        >
            {head(panel)}
            {element("div", vec![attribute("class", "parts")], parts)}
        </section>
    }
    .into_any()
}

fn head(panel: Panel) -> AnyView {
    let is_paused = panel.is_paused;
    let pause = vec![
        attribute("id", "pause-panel"),
        attribute("class", "button small"),
        attribute("type", "button"),
        live_attribute("aria-pressed", move || {
            Some(if is_paused.get() { "true" } else { "false" })
        }),
        pressed(move |_| is_paused.update(|paused| *paused = !*paused)),
    ];
    let close = vec![
        attribute("id", "close-panel"),
        attribute("class", "button small"),
        attribute("type", "button"),
        pressed(move |_| panel.ask(Request::Close)),
    ];
    let children = vec![
        said("h2", "grow", t!("panel.title")),
        element("button", pause, vec![plain(t!("panel.pause"))]),
        element("button", close, vec![plain(t!("panel.close"))]),
    ];
    element("header", vec![attribute("class", "head panel-head")], children)
}

/// A part that can be folded. What is folded is not drawn, and costs nothing.
fn part(
    id: &'static str,
    title: Words,
    about: Words,
    panel: Panel,
    is_open: bool,
    content: fn(Panel) -> AnyView,
) -> AnyView {
    let is_open = RwSignal::new(is_open);
    let toggle = pressed(move |event| {
        // What the browser would do is done by `open`.
        event.prevent_default();
        is_open.update(|open| *open = !*open);
    });
    let details = vec![
        attribute("class", "part"),
        attribute("id", format!("part-{id}")),
        live_attribute("open", move || is_open.get().then_some("")),
    ];
    let body = live(move || {
        if !is_open.get() {
            return ().into_any();
        }
        // Drawn anew when it is opened, and by itself when what it shows changes.
        vec![said("p", "fine muted", about.clone()), untrack(|| content(panel))].into_any()
    });
    let summary = element("summary", vec![toggle], vec![said("h3", "", title)]);
    element("details", details, vec![summary, body])
}

fn save(panel: Panel) -> AnyView {
    let (said_last, say) = signal(Words::default());
    let button = vec![
        attribute("id", "save-trace"),
        attribute("class", "button"),
        attribute("type", "button"),
        pressed(move |_| {
            let (now, subject) = (platform::now(), panel.subject.get_untracked());
            let subject = Subject { me: &subject.0, relay: &subject.1 };
            let file = panel.trace.with_untracked(|trace| export::file(trace, subject, now));
            let is_saved = platform::save_file(&export::file_name(now), "application/json", &file);
            say.set(if is_saved { t!("panel.saved") } else { t!("panel.not_saved") });
        }),
    ];
    let status = vec![attribute("class", "fine muted"), attribute("role", "status")];
    vec![
        element("button", button, vec![plain(t!("save.trace"))]),
        element("p", status, vec![live(move || plain(said_last.get()))]),
    ]
    .into_any()
}

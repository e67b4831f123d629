//! The comparison of transports: what to exchange, how far it is, and what it came to. Leaving it ends it.

mod plot;
mod results;

use duologue_session::Transport;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use rust_i18n::t;

use super::draw::{attribute, element, live, live_attribute, plain, words as said};
use crate::compare::exchange::{Comparison, Report};
use crate::compare::plan::{Field, Plan};
use crate::compare::{Outcome, TRANSPORTS, short_key, words};
use crate::language::Words;
use duologue::app::relay_address::RelayAddress;

/// Where the comparison is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Running,
    Done,
    Cancelled,
}

impl Phase {
    fn key(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What the parts of the comparison share.
#[derive(Clone, Copy)]
struct Bench {
    relay: Signal<String>,
    messages: RwSignal<String>,
    rate: RwSignal<String>,
    problem: RwSignal<Option<(Option<Field>, Words)>>,
    phase: RwSignal<Phase>,
    /// What is being exchanged, and how much of it arrived.
    progress: RwSignal<Option<(Transport, Option<u32>)>>,
    /// What ended, in order.
    outcomes: RwSignal<Vec<Outcome>>,
    /// What the results are of.
    plan: RwSignal<Plan>,
    measured_relay: RwSignal<String>,
    /// Dropped with the component, which closes its connections.
    running: StoredValue<Option<Comparison>, LocalStorage>,
}

/// The comparison, through the relay at this address (empty if there is none).
pub fn comparison(relay: Signal<String>) -> AnyView {
    let plan = Plan::default();
    let bench = Bench {
        relay,
        messages: RwSignal::new(plan.messages.to_string()),
        rate: RwSignal::new(plan.rate()),
        problem: RwSignal::new(None),
        phase: RwSignal::new(Phase::Idle),
        progress: RwSignal::new(None),
        outcomes: RwSignal::new(Vec::new()),
        plan: RwSignal::new(plan),
        measured_relay: RwSignal::new(String::new()),
        running: StoredValue::new_local(None),
    };
    let attributes = vec![
        attribute("class", "compare"),
        attribute("data-compare", "comparison"),
        live_attribute("data-state", move || Some(bench.phase.get().key())),
    ];
    let status = vec![
        attribute("class", "fine muted"),
        attribute("role", "status"),
        attribute("data-compare", "status"),
    ];
    let parts = vec![
        form(bench),
        element("p", status, vec![live(move || plain(bench.status()))]),
        live(move || bench.lines()),
        live(move || results::results(bench)),
    ];
    element("div", attributes, parts)
}

impl Bench {
    fn start(self) {
        let (messages, rate) = (self.messages.get_untracked(), self.rate.get_untracked());
        let plan = match Plan::parse(&messages, &rate) {
            Ok(plan) => plan,
            Err(what) => {
                return self.problem.set(Some((Some(what.field()), words::invalid(what))));
            }
        };
        let Ok(relay) = RelayAddress::parse(&self.relay.get_untracked()) else {
            return self.problem.set(Some((None, t!("problem.no_relay"))));
        };
        self.problem.set(None);
        self.outcomes.set(Vec::new());
        self.plan.set(plan);
        self.measured_relay.set(relay.to_string());
        self.phase.set(Phase::Running);
        let started = Comparison::start(plan, relay, &TRANSPORTS, move |report| self.hear(report));
        self.running.set_value(Some(started));
    }

    fn cancel(self) {
        self.running.set_value(None);
        self.progress.set(None);
        self.phase.set(Phase::Cancelled);
    }

    fn hear(self, report: Report) {
        match report {
            Report::Progress { transport, arrived } => {
                self.progress.set(Some((transport, arrived)));
            }
            Report::Ended(outcome) => self.outcomes.update(|all| all.push(outcome)),
            Report::Done => {
                self.progress.set(None);
                self.phase.set(Phase::Done);
            }
        }
    }

    /// Changes with each transport, and not with each message: it is read aloud.
    fn status(self) -> Words {
        match self.phase.get() {
            Phase::Idle => Words::default(),
            Phase::Running => {
                let number = self.outcomes.with(Vec::len);
                let transport = TRANSPORTS.get(number).copied();
                let say = |one| words::measuring(one, number + 1, TRANSPORTS.len());
                transport.map(say).unwrap_or_default()
            }
            Phase::Done => t!("compare.done"),
            Phase::Cancelled => t!("compare.cancelled"),
        }
    }

    /// What became of each exchange, and how far the present one is.
    fn lines(self) -> AnyView {
        let is_running = self.phase.get() == Phase::Running;
        let mut lines: Vec<AnyView> = self.outcomes.with(|outcomes| {
            let told = outcomes.iter().filter(|outcome| is_running || outcome.trouble.is_some());
            told.map(|outcome| {
                let state = if outcome.trouble.is_some() { "failed" } else { "done" };
                line(outcome.transport, state, words::ended(outcome))
            })
            .collect()
        });
        let mut parts = Vec::new();
        if is_running {
            let planned = self.plan.get().messages;
            if let Some((transport, arrived)) = self.progress.get() {
                let text = words::progress(transport, arrived, planned);
                lines.push(line(transport, "running", text));
            }
            parts.push(self.bar(planned));
        }
        parts.insert(0, element("ul", vec![attribute("class", "fine")], lines));
        parts.into_any()
    }

    fn bar(self, planned: u32) -> AnyView {
        let ended = u32::try_from(self.outcomes.with(Vec::len)).unwrap_or_default();
        let arrived = self.progress.get().and_then(|(_, arrived)| arrived).unwrap_or_default();
        let all = u32::try_from(TRANSPORTS.len()).unwrap_or_default();
        let bar = vec![
            attribute("aria-label", t!("compare.progress")),
            attribute("data-compare", "progress"),
            attribute("max", (planned * all).to_string()),
            attribute("value", (planned * ended + arrived).to_string()),
        ];
        element("progress", bar, vec![])
    }
}

fn line(transport: Transport, state: &'static str, text: Words) -> AnyView {
    let attributes = vec![
        attribute("data-compare", format!("run-{}", short_key(transport))),
        attribute("data-state", state),
    ];
    element("li", attributes, vec![plain(text)])
}

fn form(bench: Bench) -> AnyView {
    let is_running = move || bench.phase.get() == Phase::Running;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        // One button for both, so that it keeps the focus. Enter in a field can't end it: the fields are
        // disabled meanwhile.
        if bench.phase.get_untracked() == Phase::Running {
            bench.cancel();
        } else {
            bench.start();
        }
    };
    let button = vec![
        attribute("class", "button"),
        attribute("type", "submit"),
        live_attribute("data-compare", move || Some(if is_running() { "cancel" } else { "start" })),
    ];
    let label =
        live(move || plain(if is_running() { t!("compare.cancel") } else { t!("compare.start") }));
    let problem = vec![
        attribute("id", "compare-problem"),
        attribute("class", "problem"),
        attribute("role", "alert"),
        attribute("data-compare", "problem"),
    ];
    let words =
        live(move || plain(bench.problem.get().map(|(_, words)| words).unwrap_or_default()));
    let parts = vec![
        field(bench, Field::Messages, "compare-messages", t!("compare.messages"), bench.messages),
        field(bench, Field::Rate, "compare-rate", t!("compare.rate"), bench.rate),
        element("button", button, vec![label]),
        element("p", problem, vec![words]),
    ];
    view! { <form class="compare-form" on:submit=submit>{parts}</form> }.into_any()
}

fn field(
    bench: Bench,
    field: Field,
    id: &'static str,
    label: Words,
    text: RwSignal<String>,
) -> AnyView {
    let is_wrong = move || {
        bench.problem.with(|problem| problem.as_ref().is_some_and(|(one, _)| *one == Some(field)))
    };
    view! {
        <label for=id>
            {said("span", "fine", label)}
            <input
                id=id
                class="field"
                inputmode="decimal"
                autocomplete="off"
                aria-describedby="compare-problem"
                aria-invalid=move || is_wrong().then_some("true")
                disabled=move || bench.phase.get() == Phase::Running
                prop:value=text
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    bench.problem.set(None);
                }
            />
        </label>
    }
    .into_any()
}

//! The comparison of transports in a real browser: the exchange through a real relay, and its part of the
//! panel.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../tests/common/mod.rs"]
mod common;

use common::{Reports, Stub, appears, click, eventually, find, reads, text_of, type_into};
use duologue::app::relay_address::RelayAddress;
use duologue_session::Transport;
use duologue_tools::compare::Outcome;
use duologue_tools::compare::exchange::{Comparison, Report};
use duologue_tools::compare::plan::Plan;
use duologue_tools::panel::compare::comparison;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// `ws://HOST:PORT` of the relay under test.
const RELAY: &str = env!("DUOLOGUE_TEST_RELAY");

/// How many messages a test sends over each transport.
const MESSAGES: u32 = 4;

/// An address at which nothing answers: port 1 is reserved.
const NOBODY: &str = "ws://127.0.0.1:1";

/// Counts the `WebSocket`s that the page has open.
const COUNTED: &str = "
    window.realSocket = window.WebSocket;
    window.open_sockets = 0;
    window.WebSocket = class extends window.realSocket {
        constructor(url) { super(url); window.open_sockets += 1 }
        close() { window.open_sockets -= 1; super.close() }
    }";

fn plan() -> Plan {
    Plan::parse(&MESSAGES.to_string(), "20").unwrap()
}

fn start(relay: &str, transports: &[Transport], reports: &Reports<Report>) -> Comparison {
    Comparison::start(plan(), RelayAddress::parse(relay).unwrap(), transports, reports.sink())
}

async fn outcome(transport: Transport) -> Outcome {
    let reports = Reports::new();
    let _running = start(RELAY, &[transport], &reports);
    reports.until("the end", |report| (*report == Report::Done).then_some(())).await;
    let all = reports.all();
    assert_eq!(all[0], Report::Progress { transport, arrived: None });
    let ended = all.into_iter().find_map(|report| match report {
        Report::Ended(outcome) => Some(outcome),
        _ => None,
    });
    let outcome = ended.unwrap();
    assert_eq!((outcome.transport, &outcome.trouble), (transport, &None));
    assert_eq!((outcome.run.arrived, outcome.run.breaks), (MESSAGES, 0));
    assert!(outcome.run.sent.iter().all(|sent| sent.latency.is_some()));
    let due = |number| plan().due(number);
    let sent = (0..).zip(&outcome.run.sent);
    assert!(sent.clone().all(|(number, sent)| sent.at + 1_000 >= due(number)), "none was early");
    outcome
}

#[wasm_bindgen_test]
async fn over_a_websocket_there_are_frames_and_no_requests() {
    let counts = outcome(Transport::WebSocket).await.run.counts;
    assert_eq!((counts.requests, counts.polls, counts.lacks_bytes), (0, 0, false));
    let least = u64::from(MESSAGES) * 100;
    assert!(counts.bytes_up > least && counts.bytes_down > least, "{counts:?}");
}

#[wasm_bindgen_test]
async fn long_polling_needs_one_poll_of_the_receiver_for_each_message_at_the_most() {
    let counts = outcome(Transport::LongPolling).await.run.counts;
    assert!((1..=u64::from(MESSAGES)).contains(&counts.polls), "{counts:?}");
    assert_eq!((counts.empty_polls, counts.lacks_bytes), (0, false), "{counts:?}");
    assert!(counts.requests > counts.polls, "{counts:?}");
}

#[wasm_bindgen_test]
async fn short_polling_brings_every_message_too() {
    let counts = outcome(Transport::ShortPolling).await.run.counts;
    assert!(counts.polls > 0 && counts.requests > counts.polls, "{counts:?}");
    assert!(!counts.lacks_bytes && counts.bytes_up > 0, "{counts:?}");
}

#[wasm_bindgen_test]
async fn a_comparison_that_is_dropped_closes_everything_and_says_nothing_more() {
    let _counted = Stub::new(COUNTED, "window.WebSocket = window.realSocket");
    let open = || js_sys::eval("window.open_sockets").unwrap().as_f64();
    let reports = Reports::new();
    let running = start(RELAY, &[Transport::WebSocket], &reports);
    reports
        .until("a message", |report| match report {
            Report::Progress { arrived: Some(_), .. } => Some(()),
            _ => None,
        })
        .await;
    assert_eq!(open(), Some(2.0));
    drop(running);
    assert_eq!(open(), Some(0.0));
    let told = reports.all().len();
    // Another one's whole life is longer than the rest of the first one's.
    outcome(Transport::WebSocket).await;
    assert_eq!(reports.all().len(), told);
}

/// The component in the document, until it is dropped.
fn mounted(relay: &'static str) -> impl Sized {
    let body = web_sys::window().unwrap().document().unwrap().body().unwrap();
    mount_to(body.unchecked_into(), move || comparison(Signal::derive(move || relay.to_owned())))
}

async fn is(state: &str) {
    appears(&format!("[data-compare=comparison][data-state={state}]")).await;
}

fn cell(key: &str) -> String {
    text_of(&format!("td[data-compare={key}]")).unwrap()
}

#[wasm_bindgen_test]
async fn one_click_compares_all_three_and_shows_what_it_came_to() {
    let _open = mounted(RELAY);
    is("idle").await;
    type_into("#compare-messages", &MESSAGES.to_string());
    type_into("#compare-rate", "20");
    click("[data-compare=start]");
    is("running").await;
    reads("[data-compare=status]", "1 of 3").await;
    appears("progress[max='12']").await;
    appears("[data-compare=run-long]").await;
    is("done").await;
    assert_eq!(cell("polls-per-message-websocket"), "0.00");
    assert!(cell("polls-per-message-long").parse::<f64>().unwrap() <= 1.0);
    assert!(cell("latency-median-short").parse::<f64>().unwrap() > 0.0);
    assert!(cell("bytes-per-message-long").replace('\u{202f}', "").parse::<u32>().unwrap() > 0);
    for transport in ["short", "long", "websocket"] {
        assert_eq!(cell(&format!("delivered-{transport}")), "4 / 4");
    }
    let sentence = text_of("[data-compare=sentence]").unwrap();
    assert!(sentence.starts_with("Half of the messages took no more than"), "{sentence}");
    let dots = js_sys::eval("document.querySelectorAll('[data-compare=plot] circle').length");
    assert_eq!(dots.unwrap().as_f64(), Some(f64::from(MESSAGES) * 3.0));
    assert!(find("[data-compare=plot] svg[role=img][aria-label]").is_some());
}

#[wasm_bindgen_test]
async fn a_file_is_saved_with_what_was_measured() {
    let _stub = Stub::new(
        "window.realClick = HTMLAnchorElement.prototype.click;
         HTMLAnchorElement.prototype.click = function() { window.saved = this.download }",
        "HTMLAnchorElement.prototype.click = window.realClick",
    );
    let _open = mounted(RELAY);
    type_into("#compare-messages", "1");
    click("[data-compare=start]");
    is("done").await;
    for ending in ["csv", "json"] {
        click(&format!("[data-compare=save-{ending}]"));
        let name = js_sys::eval("window.saved").unwrap().as_string().unwrap();
        assert!(name.starts_with("duologue-transports-") && name.ends_with(ending), "{name}");
    }
}

#[wasm_bindgen_test]
async fn cancelling_ends_it_and_the_button_starts_anew() {
    let _open = mounted(NOBODY);
    click("[data-compare=start]");
    is("running").await;
    assert!(find("#compare-rate:disabled").is_some());
    let button = find("[data-compare=cancel]").unwrap();
    click("[data-compare=cancel]");
    is("cancelled").await;
    reads("[data-compare=status]", "Cancelled").await;
    assert!(button.is_same_node(find("[data-compare=start]").as_deref()), "the focus stays");
    assert!(find("progress").is_none() && find("[data-compare=table]").is_none());
}

#[wasm_bindgen_test]
async fn what_cannot_be_is_refused_with_words_at_its_field() {
    let _open = mounted(RELAY);
    type_into("#compare-messages", "many");
    click("[data-compare=start]");
    reads("[data-compare=problem]", "from 1 to 200").await;
    appears("#compare-messages[aria-invalid=true]").await;
    type_into("#compare-messages", "3");
    eventually("the problem's end", || text_of("[data-compare=problem]").filter(String::is_empty))
        .await;
    type_into("#compare-rate", "0");
    click("[data-compare=start]");
    appears("#compare-rate[aria-invalid=true]").await;
    is("idle").await;
}

#[wasm_bindgen_test]
async fn without_a_relay_it_says_so() {
    let _open = mounted("");
    click("[data-compare=start]");
    reads("[data-compare=problem]", "relay").await;
    is("idle").await;
}

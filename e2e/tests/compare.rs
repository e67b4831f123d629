//! The comparison of transports, run by a person in a real browser through the relay. Counts are asserted,
//! times are not.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use duologue_e2e::{Person, Relay, eventually, eventually_within};
use serde_json::{Value, json};

/// Three exchanges of a few seconds, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

async fn cell(person: &Person, key: &str) -> String {
    let script = "return document.querySelector(`[data-compare='${arguments[0]}']`)?.textContent";
    match person.browser.run(script, vec![json!(key)]).await {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

async fn number(person: &Person, key: &str) -> f64 {
    let text = cell(person, key).await;
    // In groups of three.
    text.replace('\u{202f}', "").parse().unwrap_or_else(|_| panic!("{key}: {text}"))
}

async fn state(person: &Person, patience: Duration, expected: &str) {
    let script = "return document.querySelector('[data-compare=comparison]')?.dataset.state";
    eventually_within(patience, &format!("the comparison to be {expected}"), async || {
        let seen = person.browser.run(script, vec![]).await;
        if seen == expected { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

async fn opens_the_comparison() -> (Relay, Person) {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    ann.clicks(".link").await;
    ann.browser.until("the panel", "return !!document.querySelector('#part-compare')").await;
    if ann.browser.run("return !document.querySelector('#compare-messages')", vec![]).await == true
    {
        ann.clicks("#part-compare summary").await;
    }
    ann.browser.until("the form", "return !!document.querySelector('#compare-messages')").await;
    (relay, ann)
}

#[tokio::test]
async fn the_same_exchange_costs_what_each_transport_costs() {
    let (_relay, ann) = opens_the_comparison().await;
    ann.types("#compare-messages", "6").await;
    ann.types("#compare-rate", "1").await;
    ann.clicks("[data-compare=start]").await;
    state(&ann, PATIENCE, "running").await;
    state(&ann, PATIENCE, "done").await;

    for transport in ["short", "long", "websocket"] {
        assert_eq!(cell(&ann, &format!("delivered-{transport}")).await, "6 / 6", "{transport}");
        assert!(number(&ann, &format!("bytes-per-message-{transport}")).await > 100.0);
    }
    // Messages a second apart: short polls come in between and find nothing, a held one waits for each.
    assert!(number(&ann, "empty-polls-per-message-short").await > 0.0);
    assert!(number(&ann, "polls-per-message-long").await <= 1.0);
    assert_eq!(cell(&ann, "empty-polls-per-message-long").await, "0.00");
    for what in ["polls", "empty-polls", "requests"] {
        assert_eq!(cell(&ann, &format!("{what}-per-message-websocket")).await, "0.00", "{what}");
    }
    let bytes = async |transport| number(&ann, &format!("bytes-per-message-{transport}")).await;
    assert!(bytes("websocket").await < bytes("long").await);
    println!("{}", cell(&ann, "table").await);

    let dots = "return document.querySelectorAll('[data-compare=plot] circle').length";
    assert_eq!(ann.browser.run(dots, vec![]).await, 18);
}

#[tokio::test]
async fn it_can_be_cancelled_and_says_what_is_wrong_with_a_plan() {
    let (_relay, ann) = opens_the_comparison().await;
    for (field, text) in
        [("#compare-messages", "0"), ("#compare-messages", "many"), ("#compare-rate", "0")]
    {
        ann.types("#compare-messages", "20").await;
        ann.types("#compare-rate", "2").await;
        ann.types(field, text).await;
        ann.clicks("[data-compare=start]").await;
        eventually("a rule in words", async || {
            let said = cell(&ann, "problem").await;
            if said.len() > 10 { Ok(()) } else { Err(said) }
        })
        .await;
        state(&ann, PATIENCE, "idle").await;
    }
    ann.types("#compare-rate", "2").await;
    ann.clicks("[data-compare=start]").await;
    state(&ann, PATIENCE, "running").await;
    ann.clicks("[data-compare=cancel]").await;
    state(&ann, PATIENCE, "cancelled").await;
}

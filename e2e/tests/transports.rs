//! The chat goes on where the network breaks WebSocket, comes back to it, and the panel says truthfully
//! what is in use: through a proxy that misbehaves when told to.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use duologue_e2e::{Fault, Person, Proxy, Relay, eventually_within};
use serde_json::{Value, json};

/// How long the page may take to notice a fault and to find another way: a heartbeat and its grace, an
/// attempt, a backoff; and as long again for a busy machine.
const TO_NOTICE: Duration = Duration::from_mins(2);

/// How long it may take to be back: the time between two probes, an attempt, and a busy machine.
const TO_RECOVER: Duration = Duration::from_mins(1);

const BURST: usize = 200;

/// Two people who talk, ann through a proxy. Both look at their panels.
struct Talk {
    proxy: Proxy,
    ann: Person,
    ben: Person,
    said: usize,
    relay: Relay,
}

impl Talk {
    async fn begin(faults: &[Fault]) -> Self {
        let relay = Relay::start(&[]).await;
        let proxy = Proxy::start(relay.address()).await;
        proxy.set(faults.iter().copied());
        let ann = Person::arrive(&format!("{}/#/with/ben", proxy.url()), "ann").await;
        let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
        eventually_within(TO_NOTICE, "a connection", async || {
            let seen = ann.browser.page_text().await;
            if seen.contains("Connected") { Ok(()) } else { Err(seen) }
        })
        .await;
        opens_panel(&ann).await;
        Self { proxy, ann, ben, said: 0, relay }
    }

    async fn uses(&self, transport: &str, patience: Duration) {
        uses(&self.ann, transport, patience).await;
    }

    /// Both say many things at once, and everything arrives once and in order.
    async fn bursts(&mut self) {
        let first = self.said;
        self.said += BURST;
        let texts =
            |who: &str| (first..first + BURST).map(|n| format!("{who} {n}")).collect::<Vec<_>>();
        self.ann.say_all(&texts("ann")).await;
        self.ben.say_all(&texts("ben")).await;
        for (reader, writer) in [(&self.ben, "ann"), (&self.ann, "ben")] {
            let expected: Vec<String> = (0..self.said).map(|n| format!("{writer} {n}")).collect();
            eventually_within(TO_NOTICE, "the burst", async || {
                let theirs = self.texts(reader, "theirs").await;
                let differs = theirs.iter().zip(&expected).position(|(a, b)| a != b);
                if theirs.len() == expected.len() && differs.is_none() {
                    return Ok(());
                }
                Err(format!("{} of {}, first difference {differs:?}", theirs.len(), expected.len()))
            })
            .await;
        }
        for (person, name) in [(&self.ann, "ann"), (&self.ben, "ben")] {
            eventually_within(TO_NOTICE, "everything to be known as delivered", async || {
                let waiting =
                    |row: &&(String, String)| ["queued", "sent"].contains(&row.0.as_str());
                let left = person.timeline().await.iter().filter(waiting).count();
                if left == 0 { Ok(()) } else { Err(format!("{left} of {name}")) }
            })
            .await;
        }
    }

    async fn texts(&self, person: &Person, class: &str) -> Vec<String> {
        let rows = person.timeline().await.into_iter();
        rows.filter(|(seen, _)| seen == class).map(|(_, text)| text).collect()
    }
}

async fn opens_panel(person: &Person) {
    person.clicks(".link").await;
    person
        .browser
        .until("the panel", "return !!document.querySelector('[data-figure=transport]')")
        .await;
}

async fn chooses(person: &Person, key: &str) {
    let choose = "const select = document.querySelector('#transport');
        select.value = arguments[0];
        select.dispatchEvent(new Event('change', {bubbles: true}))";
    person.browser.run(choose, vec![json!(key)]).await;
}

async fn figure(person: &Person, key: &str) -> String {
    let script = "return document.querySelector(`[data-figure='${arguments[0]}']`)?.textContent";
    match person.browser.run(script, vec![json!(key)]).await {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

async fn uses(person: &Person, transport: &str, patience: Duration) {
    eventually_within(patience, &format!("{transport} to be in use"), async || {
        let seen = figure(person, "transport").await;
        if seen == transport { Ok(()) } else { Err(seen) }
    })
    .await;
}

/// With a fault from the beginning: the chat works over `instead`, and once the fault is gone `WebSocket`
/// is back.
async fn falls_back(faults: &[Fault], instead: &str) {
    let mut talk = Talk::begin(faults).await;
    talk.uses(instead, TO_NOTICE).await;
    talk.bursts().await;
    talk.uses(instead, Duration::ZERO).await;
    talk.proxy.set(None);
    talk.uses("WebSocket", TO_RECOVER).await;
    assert_eq!(figure(&talk.ann, "why").await, "It works again.");
    talk.bursts().await;
}

#[tokio::test]
async fn where_upgrades_are_refused_it_is_long_polling() {
    for status in [403, 426] {
        falls_back(&[Fault::RefuseUpgrade(status)], "Long polling").await;
    }
}

#[tokio::test]
async fn where_the_upgrade_header_is_dropped_it_is_long_polling() {
    falls_back(&[Fault::DropUpgradeHeader], "Long polling").await;
}

#[tokio::test]
async fn where_frames_are_swallowed_it_is_long_polling() {
    falls_back(&[Fault::SwallowFrames], "Long polling").await;
}

#[tokio::test]
async fn where_held_answers_are_cut_as_well_it_is_short_polling() {
    let cut = Fault::CutHeld(Duration::from_secs(2));
    falls_back(&[Fault::RefuseUpgrade(403), cut], "Short polling").await;
}

#[tokio::test]
async fn a_websocket_that_goes_dead_in_the_middle_is_replaced() {
    let mut talk = Talk::begin(&[]).await;
    talk.uses("WebSocket", TO_NOTICE).await;
    talk.proxy.set([Fault::SwallowFrames]);
    talk.bursts().await;
    talk.uses("Long polling", TO_NOTICE).await;
    talk.proxy.set(None);
    talk.uses("WebSocket", TO_RECOVER).await;
    talk.bursts().await;
}

#[tokio::test]
async fn where_idle_connections_are_cut_they_chat_on() {
    let mut talk = Talk::begin(&[]).await;
    talk.proxy.set([Fault::CutIdle(Duration::from_secs(3))]);
    // A WebSocket breaks in every silence; then held requests do.
    talk.uses("Short polling", TO_NOTICE).await;
    talk.bursts().await;
    talk.proxy.set(None);
    talk.uses("WebSocket", TO_RECOVER).await;
    talk.bursts().await;
}

#[tokio::test]
async fn a_slow_network_and_one_that_is_gone_for_a_while_lose_nothing() {
    let mut talk = Talk::begin(&[]).await;
    talk.proxy.set([Fault::Delay(Duration::from_millis(300))]);
    talk.bursts().await;
    talk.uses("WebSocket", Duration::ZERO).await;
    talk.proxy.set([Fault::Blackout(Duration::from_secs(10))]);
    talk.bursts().await;
    talk.proxy.set(None);
    talk.uses("WebSocket", TO_RECOVER).await;
}

#[tokio::test]
async fn a_pinned_transport_is_used_over_a_reload_and_until_it_is_let_go() {
    let talk = Talk::begin(&[]).await;
    for (key, name) in [("long-polling", "Long polling"), ("short-polling", "Short polling")] {
        chooses(&talk.ann, key).await;
        talk.uses(name, TO_RECOVER).await;
    }
    talk.ann.browser.reload().await;
    talk.uses("Short polling", TO_NOTICE).await;
    talk.ann.say("over short polling").await;
    talk.ben.reads(&[("theirs", "over short polling")]).await;
    chooses(&talk.ann, "automatic").await;
    talk.uses("WebSocket", TO_RECOVER).await;
}

/// A count of the connection in use.
async fn count(person: &Person, key: &str) -> u64 {
    let digits: String = figure(person, key).await.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// What the panel shows of a connection is what the relay counted.
async fn agrees(talk: &Talk, leave_for: &str) {
    let figures = async || {
        let mut all = Vec::new();
        for key in ["requests", "frames-up", "frames-down", "empty-polls", "bytes-up", "bytes-down"]
        {
            all.push(count(&talk.ann, key).await);
        }
        all
    };
    // Once two looks in a row see the same, nothing is on its way.
    let mut seen = figures().await;
    eventually_within(TO_NOTICE, "rest", async || {
        let before = std::mem::replace(&mut seen, figures().await);
        if before == seen { Ok(()) } else { Err(format!("{before:?} {seen:?}")) }
    })
    .await;
    chooses(&talk.ann, leave_for).await;
    let counted = talk.relay.ended("ann").await;
    let of = |key: &str| counted[key].as_u64().unwrap();
    let [requests, up, down, empty, bytes_up, bytes_down] = seen[..] else { panic!() };
    assert_eq!((up, down), (of("frames_in"), of("frames_out")), "{counted}");
    if counted["requests"].is_null() {
        assert_eq!((requests, empty), (1, 0));
        // The panel counts the handshake's two heads as well.
        let heads = (bytes_up - of("bytes_in"), bytes_down - of("bytes_out"));
        assert!((200..2_000).contains(&heads.0) && (100..300).contains(&heads.1), "{heads:?}");
    } else {
        assert_eq!((requests, empty), (of("requests"), of("empty_polls")), "{counted}");
        assert_eq!((bytes_up, bytes_down), (of("bytes_in"), of("bytes_out")), "{counted}");
    }
}

#[tokio::test]
async fn the_panels_figures_are_what_the_relay_counted() {
    let mut talk = Talk::begin(&[]).await;
    talk.uses("WebSocket", TO_NOTICE).await;
    talk.bursts().await;
    agrees(&talk, "long-polling").await;
    talk.uses("Long polling", TO_RECOVER).await;
    talk.bursts().await;
    agrees(&talk, "websocket").await;
    let verdict = "document.querySelector('#part-handshake summary').click()";
    talk.ann.browser.run(verdict, vec![]).await;
    eventually_within(TO_NOTICE, "the accept value worked out", async || {
        let steps = (figure(&talk.ann, "accept").await, figure(&talk.ann, "accept-answered").await);
        if steps.0.len() == 28 && steps.0 == steps.1 { Ok(()) } else { Err(format!("{steps:?}")) }
    })
    .await;
}

//! Tests in a real browser (wasm-bindgen-test): the transport and the driver against a real relay, and
//! components in a real document. `cargo xtask test` starts the relay and says where it is.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Reports, appears, click, eventually, find, name, reads, say, text_of, type_into};
use duologue::app::choice::Choice;
use duologue::app::conversations::{Conversations, Status, compose};
use duologue::app::ledger::Luggage;
use duologue::app::relay_address::RelayAddress;
use duologue::app::{Driver, Report};
use duologue::platform;
use duologue::transport::{
    self, Exchange, RequestKind, Transport as _, TransportEvent, WebSocketTransport,
};
use duologue_protocol::{Content, RelayFrame, UserId, codec};
use duologue_session::{Change, Draft, Event, Input, LinkState, Transport as Kind};
use leptos::mount::mount_to_body;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// `ws://HOST:PORT` of the relay under test.
const RELAY: &str = env!("DUOLOGUE_TEST_RELAY");

fn frame(event: &TransportEvent) -> Option<RelayFrame> {
    match event {
        TransportEvent::Text(text) => codec::decode(text).ok(),
        _ => None,
    }
}

#[wasm_bindgen_test]
async fn a_transport_comes_up_and_carries_texts_both_ways() {
    let reports = Reports::new();
    let transport = WebSocketTransport::connect(&format!("{RELAY}/v1/ws"), reports.sink()).unwrap();
    assert_eq!(reports.all(), [], "nothing is reported before connect returns");
    reports
        .until("the challenge", |event| {
            matches!(frame(event), Some(RelayFrame::Challenge { .. })).then_some(())
        })
        .await;
    assert_eq!(reports.all()[0], TransportEvent::Up);
    transport.send(r#"{"type":"ping","n":7}"#.into());
    reports
        .until("pong", |event| {
            matches!(frame(event), Some(RelayFrame::Pong { n: 7, .. })).then_some(())
        })
        .await;
}

#[wasm_bindgen_test]
async fn a_transport_that_cannot_connect_ends_once() {
    let reports = Reports::new();
    // Port 1 is reserved and nothing listens there.
    let _transport = WebSocketTransport::connect("ws://127.0.0.1:1/", reports.sink()).unwrap();
    reports.until("the end", |event| matches!(event, TransportEvent::Down(_)).then_some(())).await;
    // A second socket's whole life is longer than the rest of the first one's.
    let later = Reports::new();
    let _other = WebSocketTransport::connect("ws://127.0.0.1:1/", later.sink()).unwrap();
    later
        .until("the other's end", |event| matches!(event, TransportEvent::Down(_)).then_some(()))
        .await;
    assert_eq!(reports.all().len(), 1);
}

#[wasm_bindgen_test]
async fn a_dropped_transport_is_silent() {
    let reports = Reports::new();
    drop(WebSocketTransport::connect(&format!("{RELAY}/v1/ws"), reports.sink()).unwrap());
    let other = Reports::new();
    let _other = WebSocketTransport::connect(&format!("{RELAY}/v1/ws"), other.sink()).unwrap();
    other.until("the other's challenge", frame).await;
    assert_eq!(reports.all(), []);
}

#[wasm_bindgen_test]
fn an_address_that_is_none_is_refused_with_words() {
    let refused = WebSocketTransport::connect("ftp://no-relay", |_| {});
    assert!(refused.is_err_and(|reason| reason.contains("ftp://no-relay")));
}

/// One person's driver and what it reported.
struct Tab {
    driver: Driver,
    reports: Reports<Report>,
}

impl Tab {
    fn open(user: &UserId) -> Self {
        let (reports, relay) = (Reports::new(), RelayAddress::parse(RELAY).unwrap());
        let driver = Driver::start(
            user.clone(),
            relay,
            Luggage::default(),
            Choice::default(),
            reports.sink(),
        );
        Self { driver, reports }
    }

    async fn is_connected(&self) {
        let connected = Report::Event(Event::Link(LinkState::Connected));
        self.reports.until("a link", |report| (*report == connected).then_some(())).await;
    }

    fn sends(&self, to: &UserId, text: &str) {
        let (id, content) = (platform::message_id(), Content::parse(text).unwrap());
        self.driver.input(Input::UserSent(Draft { id, to: to.clone(), content }));
    }

    /// Every text of the conversation with `peer` and what became of it, as the page would show it.
    fn timeline(&self, peer: &UserId) -> Vec<(String, Status)> {
        let mut all = Conversations::default();
        for report in self.reports.all() {
            match report {
                Report::Loaded(loaded) => all = Conversations::new(loaded),
                Report::Change { change, progress } => all.apply(&change, progress),
                Report::Event(_)
                | Report::Store(_)
                | Report::Peers(_)
                | Report::Keys { .. }
                | Report::Observed(_) => {}
            }
        }
        let Some(conversation) = all.with(peer) else { return Vec::new() };
        let entries = conversation.entries.iter();
        let text = |entry: &duologue::store::record::Entry| entry.content.as_str().to_owned();
        entries.map(|entry| (text(entry), conversation.status(entry))).collect()
    }

    async fn shows(&self, peer: &UserId, expected: &[(&str, Status)]) {
        let expected: Vec<_> =
            expected.iter().map(|(text, status)| ((*text).to_owned(), status.clone())).collect();
        let found = common::soon(|| (self.timeline(peer) == expected).then_some(())).await;
        assert!(found.is_some(), "{:?} instead of {expected:?}", self.timeline(peer));
    }
}

#[wasm_bindgen_test]
async fn two_drivers_talk_and_each_learns_what_became_of_it() {
    let (ann, ben) = (name("ann"), name("ben"));
    let (to_ann, to_ben) = (Tab::open(&ann), Tab::open(&ben));
    to_ben.is_connected().await;
    to_ann.sends(&ben, "你好");
    to_ben.shows(&ann, &[("你好", Status::Theirs)]).await;
    to_ann.shows(&ben, &[("你好", Status::Delivered)]).await;
    let seq = to_ben
        .reports
        .until("the message", |report| match report {
            Report::Change { change: Change::Received(message), .. } => Some(message.seq),
            _ => None,
        })
        .await;
    to_ben.driver.input(Input::UserRead { peer: ann, up_to: seq });
    to_ann.shows(&ben, &[("你好", Status::Read)]).await;
}

#[wasm_bindgen_test]
async fn a_tab_that_comes_back_has_its_history_and_gets_what_it_missed() {
    let (ann, ben) = (name("ann"), name("ben"));
    let to_ann = Tab::open(&ann);
    let to_ben = Tab::open(&ben);
    to_ann.sends(&ben, "one");
    to_ben.shows(&ann, &[("one", Status::Theirs)]).await;
    to_ann.shows(&ben, &[("one", Status::Delivered)]).await;
    drop(to_ben);
    for n in 2..=10 {
        to_ann.sends(&ben, &n.to_string());
    }
    let sent: Vec<String> = (2..=10).map(|n| n.to_string()).collect();
    let mut expected = vec![("one", Status::Delivered)];
    expected.extend(sent.iter().map(|text| (text.as_str(), Status::Sent)));
    to_ann.shows(&ben, &expected).await;

    let to_ben = Tab::open(&ben);
    let mut expected = vec![("one", Status::Theirs)];
    expected.extend(sent.iter().map(|text| (text.as_str(), Status::Theirs)));
    to_ben.shows(&ann, &expected).await;
    let loaded = to_ben.reports.until("history", |report| match report {
        Report::Loaded(loaded) => Some(loaded.messages.len()),
        _ => None,
    });
    assert_eq!(loaded.await, 1, "what was read before came from this browser's own store");
    let delivered = |(text, _)| (text, Status::Delivered);
    to_ann.shows(&ben, &expected.into_iter().map(delivered).collect::<Vec<_>>()).await;
}

#[wasm_bindgen_test]
async fn a_message_that_one_tab_sends_is_in_the_other_once() {
    let (ann, ben) = (name("ann"), name("ben"));
    let (one, two) = (Tab::open(&ann), Tab::open(&ann));
    one.is_connected().await;
    two.is_connected().await;
    one.sends(&ben, "hi");
    one.shows(&ben, &[("hi", Status::Sent)]).await;
    two.shows(&ben, &[("hi", Status::Sent)]).await;
    drop((one, two));
    let later = Tab::open(&ann);
    later.shows(&ben, &[("hi", Status::Sent)]).await;
}

#[wasm_bindgen_test]
async fn the_page_asks_for_a_name_and_then_shows_what_is_written() {
    let relay = RelayAddress::parse(RELAY).unwrap().to_string();
    platform::save(platform::Place::Browser, "duologue.relay", Some(&relay));
    let (me, peer) = (name("ann"), name("ben"));
    platform::set_hash(&format!("/with/{peer}"));
    mount_to_body(common::open::page);

    appears("#name").await;
    type_into("#name", "");
    click(".card button");
    reads("#name-problem", "Type the name").await;
    type_into("#name", peer.as_str());
    click(".card button");
    reads("#name-problem", "choose another name").await;
    type_into("#name", me.as_str());
    click(".card button");

    eventually("a link", || text_of(".link").filter(|text| text == "Connected")).await;
    say("<b>not bold</b>").await;
    reads(".message.sent .text", "<b>not bold</b>").await;
    assert!(find(".message b").is_none(), "text became an element");
    assert_eq!(compose("<b>").unwrap().unwrap().as_str(), "<b>");

    let ben = Tab::open(&peer);
    reads(".message.delivered .text", "<b>not bold</b>").await;
    ben.sends(&me, "hello from ben");
    reads(".message.theirs .text", "hello from ben").await;
    ben.shows(&me, &[("<b>not bold</b>", Status::Theirs), ("hello from ben", Status::Read)]).await;
    platform::save(platform::Place::Browser, "duologue.relay", None);
}

#[wasm_bindgen_test]
async fn polling_carries_texts_both_ways_and_says_what_it_took() {
    for kind in [Kind::LongPolling, Kind::ShortPolling] {
        let reports = Reports::new();
        let relay = RelayAddress::parse(RELAY).unwrap();
        let transport = transport::connect(kind, &relay, reports.sink()).unwrap();
        assert_eq!(reports.all(), [], "nothing is reported before connect returns");
        reports
            .until("the challenge", |event| {
                matches!(frame(event), Some(RelayFrame::Challenge { .. })).then_some(())
            })
            .await;
        transport.send(r#"{"type":"ping","n":7}"#.into());
        reports
            .until("pong", |event| {
                matches!(frame(event), Some(RelayFrame::Pong { n: 7, .. })).then_some(())
            })
            .await;
        let exchanges: Vec<Exchange> = reports
            .all()
            .into_iter()
            .filter_map(|event| match event {
                TransportEvent::Exchange(exchange) => Some(exchange),
                _ => None,
            })
            .collect();
        let of = |request| exchanges.iter().find(|exchange| exchange.request == request).unwrap();
        assert_eq!((of(RequestKind::Open).frames, of(RequestKind::Post).frames), (1, 1));
        for exchange in &exchanges {
            assert_eq!(exchange.status, Some(200));
            assert!(exchange.bytes_up > 100 && exchange.bytes_down > 100, "{exchange:?}");
        }
        drop(transport);
        let before = reports.all().len();
        let other = Reports::new();
        let _other = transport::connect(kind, &relay, other.sink()).unwrap();
        other.until("the other's challenge", frame).await;
        assert_eq!(reports.all().len(), before, "a dropped one is silent");
    }
}

#[wasm_bindgen_test]
async fn polling_where_there_is_no_relay_is_down() {
    let reports = Reports::new();
    let nowhere = RelayAddress::parse("ws://127.0.0.1:1").unwrap();
    let _transport = transport::connect(Kind::LongPolling, &nowhere, reports.sink()).unwrap();
    reports.until("the end", |event| matches!(event, TransportEvent::Down(_)).then_some(())).await;
}

#[wasm_bindgen_test]
fn a_relay_is_called_what_the_browser_calls_it() {
    for (address, host) in [
        ("wss://Chat.example", "chat.example"),
        ("wss://chat.example:443/relay", "chat.example"),
        ("wss://chat.example:80", "chat.example:80"),
        ("ws://localhost:9000/a/b", "localhost:9000"),
        ("ws://[::1]:80", "[::1]"),
        ("wss://例え.jp", "xn--r8jz45g.jp"),
    ] {
        let relay = RelayAddress::parse(address).unwrap();
        assert_eq!(platform::authority(&relay.http_url()), host);
    }
    assert_eq!(platform::authority("no address"), "");
}

//! Tests in a real browser (wasm-bindgen-test): the transport and the driver against a real relay, and
//! components in a real document. `cargo xtask test` starts the relay and says where it is.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use duologue::app::Driver;
use duologue::app::conversations::compose;
use duologue::app::relay_address::RelayAddress;
use duologue::platform::{self, Timer};
use duologue::transport::{TransportEvent, WebSocketTransport};
use duologue::ui::Page;
use duologue_protocol::{Content, RelayFrame, UserId, codec};
use duologue_session::{Event, Input, LinkState, Message};
use leptos::mount::mount_to_body;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// `ws://HOST:PORT` of the relay under test.
const RELAY: &str = env!("DUOLOGUE_TEST_RELAY");

/// What was reported so far, and a way to wait for more.
struct Reports<T>(Rc<RefCell<Vec<T>>>);

impl<T: Clone + 'static> Reports<T> {
    fn new() -> Self {
        Self(Rc::default())
    }

    fn sink(&self) -> impl Fn(T) + 'static {
        let reports = Rc::clone(&self.0);
        move |report| reports.borrow_mut().push(report)
    }

    fn all(&self) -> Vec<T> {
        self.0.borrow().clone()
    }

    async fn until<U>(&self, what: &str, find: impl Fn(&T) -> Option<U>) -> U {
        eventually(what, || self.0.borrow().iter().find_map(&find)).await
    }
}

/// Waits until `look` finds something; the test runner's own limit ends a wait that never does.
async fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    for _ in 0..1_000 {
        if let Some(found) = look() {
            return found;
        }
        // wait: the pause between two looks at the condition.
        JsFuture::from(js_sys::Promise::new(&mut |resolve, _| {
            let resolve = move || drop(resolve.call0(&wasm_bindgen::JsValue::NULL));
            std::mem::forget(Timer::after(Duration::from_millis(10), resolve));
        }))
        .await
        .unwrap();
    }
    panic!("{what}: never");
}

/// A name that no other test of this run has.
fn name(start: &str) -> UserId {
    UserId::parse(format!("{start}-{}", platform::message_id())).unwrap()
}

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
    transport.send(r#"{"type":"ping","n":7}"#);
    reports
        .until("pong", |event| {
            matches!(frame(event), Some(RelayFrame::Pong { n: 7 })).then_some(())
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

#[wasm_bindgen_test]
async fn two_drivers_talk() {
    let relay = RelayAddress::parse(RELAY).unwrap();
    let (ann, ben) = (name("ann"), name("ben"));
    let (to_ann, to_ben) = (Reports::new(), Reports::new());
    let ann_driver = Driver::start(ann.clone(), relay.clone(), to_ann.sink());
    let _ben_driver = Driver::start(ben.clone(), relay, to_ben.sink());
    let connected = |event: &Event| (*event == Event::Link(LinkState::Connected)).then_some(());
    to_ben.until("ben's link", connected).await;

    let (id, content) = (platform::message_id(), Content::parse("你好").unwrap());
    let to = ben.clone();
    ann_driver.input(Input::UserSent { id: id.clone(), to, content: content.clone() });
    let message: Message = to_ben
        .until("the message", |event| match event {
            Event::Received(message) => Some(message.clone()),
            _ => None,
        })
        .await;
    assert_eq!((message.id, message.from, message.content), (id.clone(), ann, content));
    to_ann
        .until("the answer", |event| {
            matches!(event, Event::Accepted { id: accepted, .. } if *accepted == id).then_some(())
        })
        .await;
}

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn find(selector: &str) -> Option<web_sys::Element> {
    document().query_selector(selector).unwrap()
}

fn text_of(selector: &str) -> Option<String> {
    find(selector).and_then(|element| element.text_content())
}

fn type_into(selector: &str, text: &str) {
    let field = find(selector).unwrap();
    js_sys::Reflect::set(&field, &"value".into(), &text.into()).unwrap();
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict("input", &options).unwrap();
    field.dispatch_event(&event).unwrap();
}

fn click(selector: &str) {
    find(selector).unwrap().unchecked_into::<web_sys::HtmlElement>().click();
}

#[wasm_bindgen_test]
async fn the_page_asks_for_a_name_and_then_shows_what_is_written() {
    let relay = RelayAddress::parse(RELAY).unwrap().to_string();
    platform::save(platform::Place::Browser, "duologue.relay", Some(&relay));
    let (me, peer) = (name("ann"), name("ben"));
    platform::set_hash(&format!("/with/{peer}"));
    mount_to_body(Page);

    eventually("the question", || find("#name")).await;
    type_into("#name", "");
    click(".card button");
    let problem = || text_of("#name-problem").filter(|text| text.contains("Type the name"));
    eventually("the reason", problem).await;
    type_into("#name", peer.as_str());
    click(".card button");
    let problem = || text_of("#name-problem").filter(|text| text.contains("choose another name"));
    eventually("the other reason", problem).await;
    type_into("#name", me.as_str());
    click(".card button");

    eventually("a link", || text_of(".link").filter(|text| text == "Connected")).await;
    type_into(".composer textarea", "<b>not bold</b>");
    eventually("an enabled button", || find(".composer button:not(:disabled)")).await;
    click(".composer button");
    let failed = || text_of(".message.failed .text").filter(|text| text == "<b>not bold</b>");
    eventually("the message, refused since nobody is there", failed).await;
    assert!(find(".message b").is_none(), "text became an element");
    assert_eq!(compose("<b>").unwrap().unwrap().as_str(), "<b>");

    let relay = RelayAddress::parse(RELAY).unwrap();
    let reports = Reports::new();
    let ben = Driver::start(peer, relay, reports.sink());
    let content = Content::parse("hello from ben").unwrap();
    ben.input(Input::UserSent { id: platform::message_id(), to: me, content });
    eventually("ben's message", || {
        text_of(".message.theirs .text").filter(|text| text == "hello from ben")
    })
    .await;
    platform::save(platform::Place::Browser, "duologue.relay", None);
}

//! A page that is open, and a relay that does what the test says: a stand-in for the browser's `WebSocket`.

use duologue::platform::{self, Place};
use duologue::ui;
use duologue::ui::door::Arrival;
use duologue_protocol::UserId;
use js_sys::{Array, Function, JSON, Object, Reflect};
use leptos::mount::mount_to;
use leptos::prelude::IntoView;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast as _, JsValue};

use super::{Stub, appears, eventually, reads};

/// The relay that the page is told of; nothing listens there.
pub(crate) const RELAY: &str = "ws://relay.test";

/// Sockets that open and hear only what a test says, and remember what they were sent. Nobody has a key.
const FAKE: &str = "
    window.realSocket = window.WebSocket;
    window.sockets = [];
    window.WebSocket = class {
        constructor(url) { this.url = url; this.sent = []; window.sockets.push(this) }
        send(text) {
            this.sent.push(text);
            const { type, peer } = JSON.parse(text);
            const data = JSON.stringify({ type: 'identity', peer });
            if (type === 'whoIs') queueMicrotask(() => this.onmessage?.({ data }));
        }
        close() { this.isClosed = true }
    }";

/// A page that is open, and the relay that it talks to. Dropping it closes the page, as a reload would.
pub(crate) struct Open {
    /// Every socket that the page made.
    pub(crate) sockets: Array,
    _page: Box<dyn std::any::Any>,
    _fake: Stub,
}

impl Open {
    /// Opens the page of `user` at the conversation with `peer`.
    pub(crate) async fn page(user: &UserId, peer: &str) -> Self {
        let fake = Stub::new(FAKE, "window.WebSocket = window.realSocket");
        platform::save(Place::Browser, "duologue.relay", Some(RELAY));
        platform::save(Place::Tab, "duologue.name", Some(user.as_str()));
        platform::set_hash(&format!("/with/{peer}"));
        let body = web_sys::window().unwrap().document().unwrap().body().unwrap();
        let page = mount_to(body.unchecked_into(), page);
        appears(".composer textarea").await;
        Self { sockets: js("window.sockets").into(), _page: Box::new(page), _fake: fake }
    }

    /// The same with a relay that has welcomed the person and has nothing for them.
    pub(crate) async fn connected(user: &UserId, peer: &str) -> Self {
        let page = Self::page(user, peer).await;
        page.welcomes(user).await;
        page.says(&json!({"type": "caughtUp", "prev": 0, "cursor": 0}));
        page
    }

    /// The latest socket opens and the relay welcomes.
    pub(crate) async fn welcomes(&self, user: &UserId) {
        let socket = self.socket("onopen").await;
        socket.call1(&JsValue::UNDEFINED, &Object::new()).unwrap();
        self.says(&json!({"type": "challenge", "nonce": "AAAAAAAAAAAAAAAAAAAAAA"}));
        let open = self.hears("open").await;
        self.says(&json!({
            "type": "welcome", "userId": user.as_str(),
            "cursor": open["cursor"], "receipts": open["receipts"],
            "heartbeat": {"intervalMs": 25000, "timeoutMs": 35000},
            "limits": {"frameBytes": 65536, "contentBytes": 16384, "userIdChars": 64}
        }));
        reads(".link", "Connected").await;
    }

    /// One of the latest socket's handlers, once there is a socket.
    pub(crate) async fn socket(&self, handler: &str) -> Function {
        let look = || {
            let socket = self.sockets.at(-1);
            Reflect::get(&socket, &handler.into()).ok()?.dyn_into().ok()
        };
        eventually("a socket", look).await
    }

    /// The relay sends a frame.
    pub(crate) fn says(&self, frame: &Value) {
        let event = json!({ "data": frame.to_string() }).to_string();
        let handler = Reflect::get(&self.sockets.at(-1), &"onmessage".into()).unwrap();
        let handler: Function = handler.dyn_into().unwrap();
        handler.call1(&JsValue::UNDEFINED, &JSON::parse(&event).unwrap()).unwrap();
    }

    /// The latest attempt comes to nothing.
    pub(crate) async fn fails(&self) {
        let close = self.socket("onclose").await;
        let broken = JSON::parse(r#"{"code": 1006, "reason": ""}"#).unwrap();
        close.call1(&JsValue::UNDEFINED, &broken).unwrap();
        self.sockets.pop();
    }

    /// A message from `from` arrives.
    pub(crate) fn brings(&self, from: &str, prev: u64, seq: u64, text: &str) {
        self.brings_of(1_700_000_000_000, from, prev, seq, text);
    }

    /// A message from `from` arrives that the relay got at this time.
    pub(crate) fn brings_of(&self, at: u64, from: &str, prev: u64, seq: u64, text: &str) {
        self.says(&json!({
            "type": "message", "seq": seq, "prev": prev, "id": format!("m{seq}"),
            "fromUserId": from, "content": text, "at": at
        }));
    }

    /// All frames of a type that the relay got.
    pub(crate) fn heard(&self, kind: &str) -> Vec<Value> {
        let sent = Reflect::get(&self.sockets.at(-1), &"sent".into()).unwrap();
        let sent = String::from(JSON::stringify(&sent).unwrap());
        let texts: Vec<String> = serde_json::from_str(&sent).unwrap();
        let frames = texts.iter().map(|text| serde_json::from_str::<Value>(text).unwrap());
        frames.filter(|frame| frame["type"] == kind).collect()
    }

    /// The last frame of a type that the relay got.
    pub(crate) fn hears_last(&self, kind: &str) -> Option<Value> {
        self.heard(kind).pop()
    }

    /// The same, and waits for one.
    pub(crate) async fn hears(&self, kind: &str) -> Value {
        eventually(kind, || self.hears_last(kind)).await
    }

    /// Answers the message that the page sent last.
    pub(crate) async fn stores(&self, seq: u64) -> Value {
        let message = self.hears("message").await;
        self.says(&json!({
            "type": "stored", "id": message["id"], "seq": seq, "at": 1_700_000_000_000_u64
        }));
        message
    }
}

/// The whole page, without what is loaded when it is opened: that isn't in the module of a test.
pub(crate) fn page() -> impl IntoView {
    ui::page(Arrival::default(), |_| Box::pin(async { None }))
}

pub(crate) fn js(text: &str) -> JsValue {
    js_sys::eval(text).unwrap()
}

//! The other one: a client without a key, as the relay takes it from its own machine. It knows as much of the protocol
//! as it takes to write, and to learn that it arrived.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::Relay;

/// How many messages are under way at once while a history is made.
const WINDOW: usize = 500;

/// What people say: none is as long as the next.
const TEXTS: [&str; 5] = [
    "ok",
    "Shall we meet at the river at five, where the old boats are?",
    "I have thought about what you said yesterday. It would be easier if we both came by train, and it leaves every \
     half hour, so nobody has to wait for anybody. Does that suit you as well?",
    "你好！明天一起喝茶吗？ 🎉",
    "See https://example.org/a/page for *all* of it,\nand the map below.",
];

/// Somebody who writes.
pub struct Other {
    /// What they call themselves.
    pub name: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// How many messages this one has sent.
    sent: usize,
    /// How many came.
    pub came: usize,
    /// What the relay said last of the last message that was sent, and of what arrived.
    stored: Option<(String, u64)>,
    arrived: u64,
}

impl Other {
    /// Connects in this name.
    pub async fn connect(relay: &Relay, name: &str) -> Self {
        let url = format!("ws://{}/v1/ws", relay.address());
        let (socket, _) = connect_async(url).await.expect("the relay takes a connection");
        let name = name.to_owned();
        let mut other = Self { name, socket, sent: 0, came: 0, stored: None, arrived: 0 };
        other.write(&json!({"type": "open", "fromUserId": other.name})).await;
        while other.next().await["type"] != "caughtUp" {}
        other
    }

    /// Sends one message, and waits for nothing.
    pub async fn say(&mut self, to: &str) {
        let content = TEXTS[self.sent % TEXTS.len()];
        self.send(&json!({"toUserId": to, "content": content})).await;
    }

    /// The same with what else a message has: whom it is for, its text, and what it has to do with another one.
    pub async fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["type"] = json!("message");
        message["id"] = json!(self.sent.to_string());
        self.sent += 1;
        self.write(&message).await;
    }

    /// Sends many, and comes back once they are on the relay's disk.
    pub async fn say_many(&mut self, to: &str, count: usize) {
        for n in 1..=count {
            self.say(to).await;
            if n % WINDOW == 0 || n == count {
                self.last_is_stored().await;
            }
        }
    }

    /// Comes back once the last message that was sent is safe with the one who got it.
    pub async fn last_has_arrived(&mut self) {
        let place = self.last_is_stored().await;
        while self.arrived < place {
            self.next().await;
        }
    }

    /// Comes back once so many messages have come.
    pub async fn has_got(&mut self, count: usize) {
        while self.came < count {
            self.next().await;
        }
    }

    /// Comes back once the last message that was sent is on the relay's disk, and says at which place.
    pub async fn last_is_stored(&mut self) -> u64 {
        let last = (self.sent - 1).to_string();
        loop {
            if let Some((id, place)) = self.stored.as_ref().filter(|(id, _)| *id == last) {
                debug_assert_eq!(*id, last);
                return *place;
            }
            self.next().await;
        }
    }

    async fn next(&mut self) -> Value {
        loop {
            let message = self.socket.next().await.expect("the relay stays").expect("a good link");
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text).expect("a frame");
            match frame["type"].as_str().unwrap_or_default() {
                "stored" => {
                    let id = frame["id"].as_str().expect("an id").to_owned();
                    self.stored = Some((id, frame["seq"].as_u64().expect("a place")));
                }
                "delivered" | "read" => {
                    self.arrived = self.arrived.max(frame["upTo"].as_u64().expect("a place"));
                }
                "message" => self.came += 1,
                "error" => panic!("the relay refused something: {text}"),
                _ => {}
            }
            return frame;
        }
    }

    async fn write(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).await.expect("the relay reads");
    }
}

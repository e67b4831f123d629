//! `WebDriver` `BiDi` (<https://w3c.github.io/webdriver-bidi/>), as far as Firefox is driven by it: a window's size,
//! scripts before a page, downloads, what a reader prefers. Chromium does the same by a protocol of its own.
//!
//! The driver's library has a client too, which brings TLS along and another version of the WebSocket library, for a
//! connection that never leaves this machine.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A connection to a browser. One command at a time: what tests ask for is answered at once.
pub(crate) struct BiDi(Mutex<Connection>);

struct Connection {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// How many commands were sent: the number of the last one.
    sent: u64,
}

impl BiDi {
    /// `url`: what the driver said when the session began.
    pub(crate) async fn connect(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.expect("the browser takes a connection");
        Self(Mutex::new(Connection { socket, sent: 0 }))
    }

    /// Has the browser do something, and gives its answer.
    pub(crate) async fn send(&self, command: &str, parameters: Value) -> Value {
        let mut connection = self.0.lock().await;
        connection.sent += 1;
        let id = connection.sent;
        let said = json!({"id": id, "method": command, "params": parameters}).to_string();
        connection.socket.send(Message::text(said)).await.expect("a browser that listens");
        loop {
            let said = connection.socket.next().await.expect("a browser that answers");
            let Message::Text(said) = said.expect("a message") else { continue };
            let mut said: Value = serde_json::from_str(&said).expect("JSON");
            // Between answers the browser tells of events.
            if said["id"] == id {
                assert_eq!(said["type"], "success", "{command}: {said}");
                return said["result"].take();
            }
        }
    }

    /// Sets one of the browser's own preferences, from its own window.
    pub(crate) async fn prefer(&self, preference: &str, value: i32) {
        let mut windows =
            self.send("browsingContext.getTree", json!({"moz:scope": "chrome"})).await;
        let set = format!("Services.prefs.setIntPref({}, {value})", json!(preference));
        let target = json!({"context": windows["contexts"][0]["context"].take()});
        let set = json!({"expression": set, "target": target, "awaitPromise": false});
        let done = self.send("script.evaluate", set).await;
        assert_eq!(done["type"], "success", "{preference}: {done}");
    }
}

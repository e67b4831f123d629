//! A relay on a free port that stops with its test, and clients that speak to it.
//!
//! Nothing here sleeps. That something does *not* arrive is shown by sending something else after it,
//! which arrives instead.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser as _;
use duologue_protocol::classic::Pair;
use duologue_protocol::{
    ClientFrame, Content, ErrorCode, MessageId, RelayFrame, Seq, UserId, codec,
};
use duologue_server::{Config, Relay};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long anything that should happen may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct TestRelay {
    pub(crate) address: SocketAddr,
    /// Where its metrics are, if it was told to have any.
    pub(crate) metrics: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl TestRelay {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config =
            Config::parse_from(["duologue-server", "--listen", "127.0.0.1:0", "--ephemeral"]);
        change(&mut config);
        let relay = Relay::bind(config).await.unwrap();
        let (address, metrics) = (relay.local_addr(), relay.metrics_addr());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(relay.run(async {
            // A dropped sender stops it too.
            let _ = stopped.await;
        }));
        Self { address, metrics, stop: Some(stop), running: Some(running) }
    }

    /// Stops the relay; the task ends when the relay has.
    pub(crate) fn stop(&mut self) -> JoinHandle<()> {
        self.stop.take();
        self.running.take().unwrap()
    }

    pub(crate) async fn connect(&self, path: &str) -> Client {
        Client::connect(self.address, path).await
    }

    /// A classic connection, which the relay knows by the time that this returns.
    pub(crate) async fn classic(&self, from: &str, to: &str) -> Client {
        let mut client = self.connect("/").await;
        client.text(format!(r#"{{"type":"open","fromUserId":"{from}","toUserId":"{to}"}}"#)).await;
        client.settle().await;
        client
    }

    /// A v1 connection that was welcomed.
    pub(crate) async fn v1(&self, user: &str) -> Client {
        let mut client = self.connect("/v1/ws").await;
        client.opens_as(user).await;
        client
    }

    /// Proves that the relay works, in both dialects.
    pub(crate) async fn works(&self) {
        let mut one = self.classic("works-1", "works-2").await;
        let mut two = self.classic("works-2", "works-1").await;
        one.says("works-1", "works-2", "ok").await;
        assert!(two.next_text().await.contains("ok"));
        let mut three = self.v1("works-3").await;
        let mut four = self.v1("works-4").await;
        three.writes("works-4", "m", "ok").await;
        assert!(matches!(three.frame().await, RelayFrame::Stored { .. }));
        assert!(matches!(four.frame().await, RelayFrame::Message { .. }));
    }
}

pub(crate) struct Client(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(crate) async fn connect(address: SocketAddr, path: &str) -> Self {
        let (socket, _) = connect_async(format!("ws://{address}{path}")).await.unwrap();
        Self(socket)
    }

    pub(crate) async fn text(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    pub(crate) async fn send(&mut self, frame: &ClientFrame) {
        self.text(codec::encode(frame)).await;
    }

    /// Opens a v1 connection, from the beginning; returns the mail that was waiting.
    pub(crate) async fn opens_as(&mut self, name: &str) -> Vec<RelayFrame> {
        self.opens_at(name, Seq::START).await
    }

    /// The same for a client that has its mail up to a place.
    pub(crate) async fn opens_at(&mut self, name: &str, cursor: Seq) -> Vec<RelayFrame> {
        assert!(matches!(self.frame().await, RelayFrame::Challenge { .. }));
        self.send(&open(name, cursor)).await;
        assert!(matches!(self.frame().await, RelayFrame::Welcome { .. }));
        let mut mail = Vec::new();
        loop {
            match self.frame().await {
                RelayFrame::CaughtUp { .. } => return mail,
                frame => mail.push(frame),
            }
        }
    }

    /// Sends a v1 message.
    pub(crate) async fn writes(&mut self, to: &str, id: &str, content: &str) {
        self.send(&ClientFrame::Message {
            id: MessageId::parse(id).unwrap(),
            to_user_id: user(to),
            content: Content::parse(content).unwrap(),
        })
        .await;
    }

    /// Sends a message as the tutorial's page does; returns its text.
    pub(crate) async fn says(&mut self, from: &str, to: &str, content: &str) -> String {
        let content = serde_json::to_string(content).unwrap();
        let text = format!(
            r#"{{"type":"message","fromUserId":"{from}","toUserId":"{to}","content":{content}}}"#
        );
        self.text(text.clone()).await;
        text
    }

    /// Whatever comes next, the relay's pings left out.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("nothing came")? {
                Ok(Message::Ping(_)) => {}
                Ok(message) => return Some(message),
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) async fn next_text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn frame(&mut self) -> RelayFrame {
        codec::decode(&self.next_text().await).unwrap()
    }

    /// The answer to a ping has to come next: nothing else was sent before it.
    pub(crate) async fn hears_pong(&mut self, expected: u64) {
        match self.frame().await {
            RelayFrame::Pong { n, .. } => assert_eq!(n, expected),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn error(&mut self) -> (ErrorCode, String, Option<MessageId>) {
        match self.frame().await {
            RelayFrame::Error { code, message, id, .. } => (code, message, id),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the relay has read everything that was sent, by the heartbeat that it answers;
    /// nothing else may come before the answer.
    pub(crate) async fn settle(&mut self) {
        self.text("heartbeat").await;
        assert_eq!(self.next().await, Some(Message::Pong(Bytes::new())));
    }

    /// The code of the close frame, which has to come next.
    pub(crate) async fn close_code(&mut self) -> u16 {
        match self.next().await {
            Some(Message::Close(Some(close))) => close.code.into(),
            other => panic!("{other:?}"),
        }
    }
}

/// `open` of a client that has no receipts.
pub(crate) fn open(name: &str, cursor: Seq) -> ClientFrame {
    ClientFrame::Open { from_user_id: user(name), cursor, receipts: Seq::START, proof: None }
}

pub(crate) fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub(crate) fn pair(from: &str, to: &str) -> Pair {
    Pair { from: user(from), to: user(to) }
}

/// An HTTP response, as far as the tests look.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// One request over a connection of its own. `headers` are whole lines.
pub(crate) async fn http(address: SocketAddr, request: &str, headers: &[&str]) -> Response {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut head = format!("{request} HTTP/1.1\r\nHost: {address}\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    if !headers.iter().any(|header| header.starts_with("Connection")) {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    read_response(&mut stream).await
}

/// Reads a head, and a body up to the end of the connection; none where the protocol changes.
pub(crate) async fn read_response(stream: &mut TcpStream) -> Response {
    let mut read = Vec::new();
    let end = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let got =
            timeout(PATIENCE, stream.read_buf(&mut read)).await.expect("no response").unwrap();
        assert_ne!(got, 0, "the connection ended before a response");
    };
    let head = String::from_utf8(read[..end].to_vec()).unwrap();
    let status = head[9..12].parse().unwrap();
    let mut body = read.split_off(end + 4);
    if status != 101 {
        timeout(PATIENCE, stream.read_to_end(&mut body)).await.expect("no end").unwrap();
    }
    Response { status, head, body }
}

//! The two sides of the proxy: a browser and a relay that send exactly what they are told to.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use duologue_e2e::{Fault, Proxy};

/// An Upgrade as a browser asks for one.
pub(crate) const UPGRADE: &str = "GET /v1/ws HTTP/1.1\r\nHost: chat.example:81\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: http://chat.example:81\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQEBAQEBAQEBAQEBAQEBAQ==\r\n\r\n";
/// As the relay grants it.
pub(crate) const GRANTED: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: abc\r\n\r\n";
/// A poll as the page sends it.
pub(crate) const POLL: &str = "GET /v1/poll?after=1&wait=20 HTTP/1.1\r\nHost: chat.example:81\r\nAuthorization: Bearer AQEB\r\n\r\n";
/// Its answer.
pub(crate) const POLLED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 23\r\nduologue-bytes: 123\r\n\r\n{\"after\":1,\"frames\":[]}";

/// One end of a connection.
pub(crate) struct Peer(TcpStream);

/// A relay that the test plays.
pub(crate) struct Relay(TcpListener);

impl Relay {
    /// With a proxy before it.
    pub(crate) async fn behind_a_proxy() -> (Self, Proxy) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        (Self(listener), Proxy::start(address).await)
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> Peer {
        Peer(self.0.accept().await.unwrap().0)
    }

    /// A `WebSocket` through the proxy: the browser's end and the relay's.
    pub(crate) async fn websocket(&self, proxy: &Proxy) -> (Peer, Peer) {
        let mut browser = Peer::browser(proxy).await;
        browser.sends(UPGRADE).await;
        let mut relay = self.accept().await;
        relay.gets(UPGRADE).await;
        relay.sends(GRANTED).await;
        browser.gets(GRANTED).await;
        (browser, relay)
    }

    /// A connection that had a request and an answer.
    pub(crate) async fn polled(&self, proxy: &Proxy) -> (Peer, Peer) {
        let mut browser = Peer::browser(proxy).await;
        browser.sends(POLL).await;
        let mut relay = self.accept().await;
        browser.is_answered_by(&mut relay).await;
        (browser, relay)
    }
}

impl Peer {
    /// A connection to the proxy.
    pub(crate) async fn browser(proxy: &Proxy) -> Self {
        Self(TcpStream::connect(proxy.address()).await.unwrap())
    }

    pub(crate) async fn sends(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Waits for exactly these bytes.
    pub(crate) async fn gets(&mut self, bytes: impl AsRef<[u8]>) {
        let expected = bytes.as_ref();
        let mut seen = vec![0; expected.len()];
        for at in 0..expected.len() {
            let is_there = self.0.read_exact(&mut seen[at..=at]).await.is_ok();
            let so_far = String::from_utf8_lossy(&seen[..at]);
            assert!(is_there, "it ended after {so_far:?}");
            let all = String::from_utf8_lossy(expected);
            assert_eq!(seen[at], expected[at], "after {so_far:?}, expected {all:?}");
        }
    }

    /// Waits for the end of a head or a body and gives all up to there.
    pub(crate) async fn gets_until(&mut self, end: &str) -> String {
        let mut seen = Vec::new();
        while !seen.ends_with(end.as_bytes()) {
            seen.push(self.0.read_u8().await.expect("more bytes"));
        }
        String::from_utf8(seen).unwrap()
    }

    /// Waits for the end of the connection. No byte comes before it.
    pub(crate) async fn ends(&mut self) {
        let mut seen = Vec::new();
        // Whether it ends well or with an error is another question.
        let _ = self.0.read_to_end(&mut seen).await;
        assert_eq!(String::from_utf8_lossy(&seen), "");
    }

    /// The same for one that breaks.
    pub(crate) async fn breaks(&mut self) {
        let seen = self.0.read_u8().await.expect_err("no byte");
        assert_eq!(seen.kind(), std::io::ErrorKind::ConnectionReset);
    }

    /// What the relay has to say to a poll comes; the poll was sent before.
    pub(crate) async fn is_answered_by(&mut self, relay: &mut Self) {
        relay.gets(POLL).await;
        relay.sends(POLLED).await;
        self.gets(POLLED).await;
    }

    /// Bytes go both ways.
    pub(crate) async fn talks_with(&mut self, relay: &mut Self) {
        self.sends("up").await;
        relay.gets("up").await;
        relay.sends("down").await;
        self.gets("down").await;
    }
}

/// Sets one fault.
pub(crate) fn set(proxy: &Proxy, fault: Fault) {
    proxy.set(Some(fault));
}

/// Bytes with every value and without an obvious period.
pub(crate) fn all_sorts(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 + n / 256 + n / 65_521).to_le_bytes()[0]).collect()
}

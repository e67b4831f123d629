//! Requests that nearly are a WebSocket handshake: each is refused with the status of the rule that it
//! breaks (RFC 6455 section 4.2), with a line that names the rule, and costs nobody else anything.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::common::{Response, TestRelay, read_response};

/// A good request. `close` has the relay end the connection after an answer that is not 101.
const GOOD: [&str; 6] = [
    "GET /v1/ws HTTP/1.1",
    "Host: relay.localhost",
    "Connection: Upgrade, close",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// One line of it, what stands there instead (nothing, or several lines), the status, and a word of
/// the rule.
const BROKEN: [(&str, &[&str], u16, &str); 21] = [
    (GOOD[0], &["HEAD /v1/ws HTTP/1.1"], 405, ""),
    (GOOD[0], &["POST /v1/ws HTTP/1.1", "Content-Length: 0"], 405, ""),
    (GOOD[0], &["GET /v1/ws HTTP/1.0"], 400, "HTTP version"),
    (GOOD[1], &[], 400, "Host"),
    (GOOD[1], &[GOOD[1], GOOD[1]], 400, "Host"),
    (GOOD[2], &["Connection: close"], 400, "upgrade"),
    (GOOD[3], &[], 426, "Upgrade"),
    (GOOD[3], &["Upgrade: h2c"], 426, "Upgrade"),
    (GOOD[4], &[], 400, "Sec-WebSocket-Version"),
    (GOOD[4], &["Sec-WebSocket-Version: "], 426, "13"),
    (GOOD[4], &["Sec-WebSocket-Version: 8"], 426, "13"),
    (GOOD[4], &["Sec-WebSocket-Version: 14"], 426, "13"),
    (GOOD[4], &["Sec-WebSocket-Version: 13, 8"], 426, "13"),
    (GOOD[4], &[GOOD[4], GOOD[4]], 400, "Sec-WebSocket-Version"),
    (GOOD[5], &[], 400, "Sec-WebSocket-Key"),
    (GOOD[5], &["Sec-WebSocket-Key: "], 400, "Sec-WebSocket-Key"),
    (GOOD[5], &["Sec-WebSocket-Key: not base64, not 16 by"], 400, "Sec-WebSocket-Key"),
    (GOOD[5], &["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j"], 400, "Sec-WebSocket-Key"),
    (GOOD[5], &[GOOD[5], GOOD[5]], 400, "Sec-WebSocket-Key"),
    // Not HTTP: hyper answers these by itself.
    (GOOD[1], &["no header at all"], 400, ""),
    (GOOD[0], &["GET /v1/ws HTTP/9.9"], 400, ""),
];

#[tokio::test]
async fn what_is_not_broken_is_let_in() {
    let relay = TestRelay::start().await;
    assert_eq!(ask(&relay, "", &[]).await.status, 101);
}

#[tokio::test]
async fn each_broken_rule_has_its_status_and_is_named() {
    let relay = TestRelay::start().await;
    for (line, instead, status, rule) in BROKEN {
        let response = ask(&relay, line, instead).await;
        let what = format!("{instead:?} for {line:?}: {} {}", response.head, response.text());
        assert_eq!(response.status, status, "{what}");
        assert!(response.text().contains(rule), "{what}");
        match status {
            // RFC 6455 section 4.4 and RFC 9110 sections 15.5.6 and 15.5.22: what would do instead.
            405 => {
                let allowed = response.header("allow").unwrap_or_default();
                assert!(allowed.contains("GET"), "{what}");
            }
            426 => {
                assert_eq!(response.header("upgrade"), Some("websocket"), "{what}");
                assert_eq!(response.header("sec-websocket-version"), Some("13"), "{what}");
            }
            _ => {}
        }
    }
    relay.works().await;
}

/// The classic dialect shares its path with the page, which takes what asks for no WebSocket.
#[tokio::test]
async fn the_classic_path_refuses_the_same() {
    let relay = TestRelay::start().await;
    for (line, instead, status, _) in BROKEN {
        if line == GOOD[3] {
            continue;
        }
        let instead: Vec<_> = instead.iter().map(|line| line.replace("/v1/ws", "/")).collect();
        let instead: Vec<_> = instead.iter().map(String::as_str).collect();
        let good = GOOD.map(|line| line.replace("/v1/ws", "/"));
        let response = ask_by(&relay, &good, &line.replace("/v1/ws", "/"), &instead).await;
        assert_eq!(response.status, status, "{instead:?} for {line:?}");
    }
    relay.works().await;
}

/// The good request with one line replaced.
async fn ask(relay: &TestRelay, line: &str, instead: &[&str]) -> Response {
    ask_by(relay, &GOOD.map(str::to_owned), line, instead).await
}

async fn ask_by(relay: &TestRelay, good: &[String], line: &str, instead: &[&str]) -> Response {
    let mut text = String::new();
    for good in good {
        let lines = if good == line { instead } else { &[good.as_str()] };
        for line in lines {
            text.push_str(line);
            text.push_str("\r\n");
        }
    }
    text.push_str("\r\n");
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    read_response(&mut stream).await
}

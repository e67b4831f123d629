//! A page whose name was made to resolve to this machine (DNS rebinding): to its browser the relay is the page's
//! own server.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::common::{Response, TestRelay, read_response};

const REBOUND: [&str; 2] = ["Host: evil.example:9000", "Origin: http://evil.example:9000"];

async fn ask(relay: &TestRelay, request: &str, headers: &[&str]) -> Response {
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    let head = format!("{request} HTTP/1.1\r\n{}\r\n\r\n", headers.join("\r\n"));
    stream.write_all(head.as_bytes()).await.unwrap();
    read_response(&mut stream).await
}

async fn upgrade(relay: &TestRelay, path: &str, headers: [&str; 2]) -> Response {
    let upgrade = [
        "Upgrade: websocket",
        "Connection: Upgrade, close",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    ask(relay, &format!("GET {path}"), &[&headers[..], &upgrade].concat()).await
}

async fn open_over_http(relay: &TestRelay, headers: [&str; 2]) -> Response {
    let rest = ["Content-Length: 0", "Connection: close"];
    ask(relay, "POST /v1/poll", &[&headers[..], &rest].concat()).await
}

#[tokio::test]
async fn a_rebound_name_opens_no_websocket_and_no_poll() {
    let relay = TestRelay::start().await;
    for path in ["/v1/ws", "/"] {
        let refused = upgrade(&relay, path, REBOUND).await;
        assert_eq!(refused.status, 421, "{path}");
    }
    let refused = open_over_http(&relay, REBOUND).await;
    assert_eq!(refused.status, 421);
    assert!(refused.text().contains("--host"), "{}", refused.text());
    // The same requests by one of the machine's own names.
    let own = ["Host: localhost:9000", "Origin: http://localhost:9000"];
    assert_eq!(upgrade(&relay, "/v1/ws", own).await.status, 101);
    assert_eq!(open_over_http(&relay, own).await.status, 200);
}

#[tokio::test]
async fn a_relay_behind_a_proxy_answers_to_the_name_that_its_operator_gave() {
    let relay = TestRelay::with(|config| config.host = vec!["chat.example".into()]).await;
    let named = ["Host: chat.example", "Origin: https://chat.example"];
    assert_eq!(upgrade(&relay, "/v1/ws", named).await.status, 101);
    assert_eq!(open_over_http(&relay, named).await.status, 200);
    assert_eq!(open_over_http(&relay, REBOUND).await.status, 421);
}

#[tokio::test]
async fn a_proof_made_for_another_relay_is_not_taken_from_it() {
    // The other relay has somebody prove a name to it, and passes this relay's nonce and the proof on. For that, it
    // would have to be this one.
    let relay = TestRelay::with(|config| config.listen = "0.0.0.0:0".into()).await;
    for elsewhere in ["evil.example", "203.0.113.66", "192.0.2.1:9000"] {
        let host = format!("Host: {elsewhere}");
        let refused = upgrade(&relay, "/v1/ws", [&host, "Accept: */*"]).await;
        assert_eq!(refused.status, 421, "{elsewhere}");
        assert!(refused.text().contains("--host"), "{}", refused.text());
        assert_eq!(open_over_http(&relay, [&host, "Accept: */*"]).await.status, 421, "{elsewhere}");
    }
}

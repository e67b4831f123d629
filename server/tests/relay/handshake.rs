//! From HTTP to WebSocket, and which pages get there.

use duologue_protocol::handshake::accept_value;
use duologue_protocol::{RelayFrame, Seq};
use duologue_server::origin::AllowedOrigin;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::common::{Client, Response, TestRelay, http, open, read_response};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

async fn upgrade(relay: &TestRelay, path: &str, more: &[&str]) -> Response {
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let mut headers =
        vec!["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", &key];
    headers.extend(more);
    http(relay.address, &format!("GET {path}"), &headers).await
}

#[tokio::test]
async fn the_accept_value_is_the_protocols() {
    let relay = TestRelay::start().await;
    for path in ["/", "/v1/ws"] {
        let response = upgrade(&relay, path, &[]).await;
        assert_eq!(response.status, 101);
        assert_eq!(response.header("sec-websocket-accept"), Some(accept_value(KEY).as_str()));
        assert_eq!(response.header("upgrade"), Some("websocket"));
    }
}

#[tokio::test]
async fn no_extension_is_negotiated_and_no_frame_is_compressed() {
    let relay = TestRelay::start().await;
    for offer in [
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits; server_no_context_takeover",
        "x-webkit-deflate-frame, permessage-deflate",
    ] {
        for path in ["/", "/v1/ws"] {
            let offer = format!("Sec-WebSocket-Extensions: {offer}");
            let response = upgrade(&relay, path, &[&offer]).await;
            assert_eq!(response.status, 101, "{offer}");
            assert_eq!(response.header("sec-websocket-extensions"), None, "{offer}");
        }
    }
    // RFC 7692 section 6: a compressed frame has RSV1 set, which without the extension ends the connection.
    let mut ann = relay.v1("ann").await;
    let MaybeTlsStream::Plain(stream) = ann.0.get_mut() else { panic!() };
    stream.write_all(&[0xC1, 0x80, 0, 0, 0, 0]).await.unwrap();
    assert_eq!(ann.close_code().await, 1002);
}

#[tokio::test]
async fn welcome_shows_the_handshake_as_it_was_without_what_is_secret() {
    let relay = TestRelay::start().await;
    let request = format!(
        "GET /v1/ws?x=1 HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\nCookie: secret\r\n\
         Authorization: Basic secret\r\nSec-WebSocket-Extensions: {}\r\n\r\n",
        relay.address,
        "é".repeat(200)
    );
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let response = read_response(&mut stream).await;
    let (stream, role) = (MaybeTlsStream::Plain(stream), Role::Client);
    let socket =
        WebSocketStream::from_partially_read(stream, response.body.clone(), role, None).await;
    let mut client = Client(socket);
    client.frame().await;
    client.send(&open("ann", Seq::START)).await;
    let RelayFrame::Welcome { handshake: Some(shown), .. } = client.frame().await else { panic!() };

    assert_eq!(shown.request_bytes as usize, request.len());
    // With the empty line that ends it.
    assert_eq!(shown.response_bytes as usize, response.head.len() + 4);
    let value = |headers: &[(String, String)], name: &str| {
        headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone())
    };
    assert_eq!(value(&shown.request, "sec-websocket-key").unwrap(), KEY);
    let accept = value(&shown.response, "sec-websocket-accept");
    assert_eq!(accept.as_deref(), response.header("sec-websocket-accept"));
    let long = value(&shown.request, "sec-websocket-extensions").unwrap();
    assert_eq!(long, "é".repeat(128), "cut at 256 bytes");
    assert!(!format!("{shown:?}").contains("secret"));
}

#[tokio::test]
async fn a_request_without_upgrade_is_told_what_the_path_speaks() {
    let relay = TestRelay::start().await;
    let response = http(relay.address, "GET /v1/ws", &[]).await;
    assert_eq!(response.status, 426);
    assert_eq!(response.header("upgrade"), Some("websocket"));
    assert!(response.text().contains("WebSocket"), "{}", response.text());
    assert!(response.header("content-type").unwrap().starts_with("text/plain"));
    assert_eq!(http(relay.address, "POST /v1/ws", &["Content-Length: 0"]).await.status, 405);
    relay.works().await;
}

#[tokio::test]
async fn a_page_of_elsewhere_is_told_the_flag_that_lets_it_in() {
    let relay = TestRelay::start().await;
    for path in ["/", "/v1/ws"] {
        for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
            let header = format!("Origin: {origin}");
            let response = refused(&relay, path, &header).await;
            assert_eq!(response.status, 403, "{origin}");
            let wanted = format!("--allow-origin {origin}");
            assert!(response.text().contains(&wanted), "{}", response.text());
        }
    }
    relay.works().await;
}

async fn refused(relay: &TestRelay, path: &str, origin: &str) -> Response {
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let headers = [
        "Connection: Upgrade, close",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        &key,
        origin,
    ];
    http(relay.address, &format!("GET {path}"), &headers).await
}

#[tokio::test]
async fn pages_that_may_connect_do() {
    let relay = TestRelay::with(|config| {
        config.allow_origin = ["https://chat.example", "null"]
            .map(|origin| AllowedOrigin::parse(origin).unwrap())
            .to_vec();
    })
    .await;
    let own = format!("http://{}", relay.address);
    for origin in ["https://chat.example", "null", &own, "http://localhost:8080", "http://[::1]"] {
        for path in ["/", "/v1/ws"] {
            let response = upgrade(&relay, path, &[&format!("Origin: {origin}")]).await;
            assert_eq!(response.status, 101, "{origin}");
        }
    }
}

#[tokio::test]
async fn a_relay_for_everybody_does_not_let_in_pages_of_the_visitors_machine() {
    let relay = TestRelay::with(|config| config.listen = "0.0.0.0:0".to_owned()).await;
    assert_eq!(refused(&relay, "/v1/ws", "Origin: http://localhost:8080").await.status, 403);
    let own = format!("Origin: http://{}", relay.address);
    assert_eq!(upgrade(&relay, "/v1/ws", &[&own]).await.status, 101);
}

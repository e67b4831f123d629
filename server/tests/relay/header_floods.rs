//! Requests with more head than anybody needs: 431 (RFC 6585 section 5) or the end of the connection, before they cost
//! memory.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::{PATIENCE, Response, TestRelay, read_response};

/// A request with these lines after the first three.
async fn ask(relay: &TestRelay, target: &str, lines: &[String]) -> Response {
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    let host = relay.address;
    let mut text = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for line in lines {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    read_response(&mut stream).await
}

fn lines(count: usize, bytes: usize) -> Vec<String> {
    (0..count).map(|n| format!("X-{n}: {}", "x".repeat(bytes))).collect()
}

#[tokio::test]
async fn what_browsers_and_proxies_send_is_taken() {
    let relay = TestRelay::start().await;
    for (count, bytes) in [(60, 10), (2, 8_000), (20, 1_000)] {
        let response = ask(&relay, "/v1/ws", &lines(count, bytes)).await;
        assert_eq!(response.status, 426, "{count} headers of {bytes} bytes");
    }
}

#[tokio::test]
async fn too_many_or_too_long_is_refused() {
    let relay = TestRelay::start().await;
    for (count, bytes) in [(65, 1), (1_000, 1), (1, 80_000), (60, 2_000)] {
        let response = ask(&relay, "/v1/ws", &lines(count, bytes)).await;
        assert_eq!(response.status, 431, "{count} headers of {bytes} bytes");
    }
    let long = format!("/v1/ws?{}", "x".repeat(80_000));
    assert!([414, 431].contains(&ask(&relay, &long, &[]).await.status));
    relay.works().await;
}

#[tokio::test]
async fn a_head_without_end_is_cut() {
    let relay = TestRelay::start().await;
    for part in ["X-Flood: more of the same\r\n", "x"] {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        stream.write_all(b"GET /v1/ws HTTP/1.1\r\nHost: relay\r\nX-Begin: ").await.unwrap();
        let part = part.repeat(10_000 / part.len());
        let (mut answer, mut sent) = (Vec::new(), 0);
        let flood = async {
            let (mut reading, mut writing) = stream.split();
            let write = async {
                while writing.write_all(part.as_bytes()).await.is_ok() {
                    sent += part.len();
                }
            };
            // The reset that ends the writing may be what the reading sees first.
            let read = reading.read_to_end(&mut answer);
            let _ = tokio::join!(write, read);
        };
        timeout(PATIENCE, flood).await.expect("the relay reads on for ever");
        assert!(sent < 10_000_000, "{sent} bytes were taken");
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{answer:?}");
    }
    relay.works().await;
}

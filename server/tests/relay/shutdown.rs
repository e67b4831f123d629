//! The relay's end.

use std::time::{Duration, Instant};

use duologue_protocol::CloseCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::{PATIENCE, TestRelay, http};

/// What operators are promised.
const PROMISED: Duration = Duration::from_secs(5);

#[tokio::test]
async fn every_connection_is_told_to_come_back_later() {
    let mut relay = TestRelay::start().await;
    let mut clients = [
        relay.v1("ann").await,
        relay.v1("ben").await,
        relay.classic("1", "2").await,
        relay.connect("/").await,
    ];
    let running = relay.stop();
    for client in &mut clients {
        assert_eq!(client.close_code().await, CloseCode::ShuttingDown.code());
        assert!(client.next().await.is_none());
    }
    timeout(PROMISED, running).await.expect("the relay runs on").unwrap();
    assert!(TcpStream::connect(relay.address).await.is_err(), "it still listens");
}

#[tokio::test]
async fn clients_that_do_not_answer_do_not_hold_it_up() {
    let mut relay = TestRelay::start().await;
    let _unread = relay.v1("ann").await;
    let _silent = TcpStream::connect(relay.address).await.unwrap();
    let mut half = TcpStream::connect(relay.address).await.unwrap();
    half.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    // By now the relay has taken all of them.
    http(relay.address, "GET /", &[]).await;

    let running = relay.stop();
    let start = Instant::now();
    timeout(PROMISED, running).await.expect("the relay runs on").unwrap();
    assert!(start.elapsed() < PROMISED);
}

#[tokio::test]
async fn a_connection_without_a_request_ends_at_once() {
    let mut relay = TestRelay::start().await;
    // As browsers open them, for a request to come.
    let mut early = TcpStream::connect(relay.address).await.unwrap();
    http(relay.address, "GET /", &[]).await;
    let running = relay.stop();
    let start = Instant::now();
    let mut rest = Vec::new();
    timeout(PATIENCE, early.read_to_end(&mut rest)).await.expect("kept open").unwrap();
    timeout(PROMISED, running).await.expect("the relay runs on").unwrap();
    assert!(start.elapsed() < PROMISED / 2, "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_idle_http_connection_ends_at_once() {
    let mut relay = TestRelay::start().await;
    let mut idle = TcpStream::connect(relay.address).await.unwrap();
    idle.write_all(b"GET /nothing HTTP/1.1\r\nHost: relay\r\n\r\n").await.unwrap();
    let mut some = [0; 16];
    idle.read_exact(&mut some).await.unwrap();
    let running = relay.stop();
    let mut rest = Vec::new();
    timeout(PATIENCE, idle.read_to_end(&mut rest)).await.expect("kept open").unwrap();
    timeout(PROMISED, running).await.expect("the relay runs on").unwrap();
}

//! Where the metrics are told: three paths on a listener of their own, for as long as the relay runs, and none where
//! nobody asked for them.

use std::time::Duration;

use duologue_protocol::CloseCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::{PATIENCE, TestRelay, http, read_response};
use crate::metrics_reader::{get, scrape, watched};

const PATHS: [&str; 3] = ["/metrics", "/healthz", "/readyz"];

#[tokio::test]
async fn three_paths_are_answered_and_nothing_else() {
    let relay = watched(|_| ()).await;
    for path in PATHS {
        let response = get(&relay, path).await;
        assert_eq!(response.status, 200, "{path}");
        let form = response.header("content-type").unwrap();
        assert!(form.starts_with("text/plain"), "{form}");
    }
    let form = get(&relay, "/metrics").await;
    assert_eq!(form.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for path in ["/", "/v1/ws", "/v1/poll", "/metrics/", "/metrics/x", "/index.html", "/readyz/x"] {
        assert_eq!(get(&relay, path).await.status, 404, "{path}");
    }
    let listener = relay.metrics.unwrap();
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        for path in PATHS {
            let response =
                http(listener, &format!("{method} {path}"), &["Content-Length: 0"]).await;
            assert_eq!(response.status, 405, "{method} {path}");
            assert!(response.header("allow").unwrap().contains("GET"));
        }
    }
    let upgrade = ["Upgrade: websocket", "Connection: Upgrade, close"];
    assert_eq!(http(listener, "GET /v1/ws", &upgrade).await.status, 404);
    relay.works().await;
}

#[tokio::test]
async fn people_who_chat_get_none_of_it() {
    for relay in [watched(|_| ()).await, TestRelay::start().await] {
        for path in PATHS {
            let response = http(relay.address, &format!("GET {path}"), &[]).await;
            assert_eq!(response.status, 404, "{path}");
            assert!(!response.text().contains("duologue_"), "{}", response.text());
        }
    }
    assert_eq!(TestRelay::start().await.metrics, None);
}

#[tokio::test]
async fn a_relay_that_stops_says_so_until_it_has() {
    let mut relay = watched(|_| ()).await;
    let mut ann = relay.v1("ann").await;
    // One that doesn't answer the goodbye: the relay waits for it.
    let _silent = relay.v1("ben").await;
    // A connection that was there before says so, too.
    let mut early = TcpStream::connect(relay.metrics.unwrap()).await.unwrap();
    let listener = relay.metrics.unwrap();
    let running = relay.stop();
    assert_eq!(ann.close_code().await, CloseCode::ShuttingDown.code());
    let response = get(&relay, "/readyz").await;
    assert_eq!(response.status, 503);
    assert!(response.text().contains("stopping"), "{}", response.text());
    assert_eq!(get(&relay, "/healthz").await.status, 200);
    let samples = scrape(&relay).await;
    let told = samples[r#"connections_closed_total{by="relay",code="4000"}"#];
    assert!((1.0..=2.0).contains(&told), "{told}");
    early.write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    assert_eq!(read_response(&mut early).await.status, 503);

    timeout(PATIENCE, running).await.expect("the relay runs on").unwrap();
    assert!(TcpStream::connect(listener).await.is_err(), "it still listens");
}

#[tokio::test]
async fn those_who_ask_nothing_are_closed_and_make_room() {
    let relay = watched(|config| config.timings.open = Duration::from_millis(200)).await;
    let mut silent = Vec::new();
    for n in 0..20 {
        let mut stream = TcpStream::connect(relay.metrics.unwrap()).await.unwrap();
        if n % 2 == 0 {
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHos").await.unwrap();
        }
        silent.push(stream);
    }
    assert_eq!(get(&relay, "/healthz").await.status, 200);
    for mut stream in silent {
        let mut rest = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("kept open").unwrap();
    }
}

#[tokio::test]
async fn there_are_sixteen_at_a_time() {
    let relay = watched(|_| ()).await;
    let listener = relay.metrics.unwrap();
    let mut silent = Vec::new();
    for _ in 0..16 {
        silent.push(TcpStream::connect(listener).await.unwrap());
    }
    let mut one_more = Box::pin(get(&relay, "/healthz"));
    // Long enough for an answer, if it had one.
    tokio::select! {
        response = &mut one_more => panic!("{}", response.status),
        () = async { for _ in 0..20 { http(relay.address, "GET /", &[]).await; } } => {}
    }
    silent.pop();
    assert_eq!(one_more.await.status, 200);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let relay = watched(|_| ()).await;
    let lines: Vec<String> = (0..65).map(|n| format!("X-{n}: 1")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(http(relay.metrics.unwrap(), "GET /metrics", &lines).await.status, 431);
    assert_eq!(get(&relay, "/metrics").await.status, 200);
}

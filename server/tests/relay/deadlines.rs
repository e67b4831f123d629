//! What happens when nothing happens: the relay's deadlines, shortened.

use std::time::Duration;

use duologue_protocol::frame::Heartbeat;
use duologue_protocol::{ClientFrame, CloseCode, RelayFrame, Seq};
use duologue_server::Config;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;

use crate::common::{Client, PATIENCE, TestRelay, open};

/// Short, and still long enough for a busy machine to get its own part done in time.
const OPEN: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(150);
const TIMEOUT: Duration = Duration::from_millis(750);

fn short_open(config: &mut Config) {
    config.timings.open = OPEN;
}

fn short_heartbeat(config: &mut Config) {
    config.timings.heartbeat_interval = INTERVAL;
    config.timings.heartbeat_timeout = TIMEOUT;
}

#[tokio::test]
async fn a_connection_that_never_opens_is_closed() {
    let relay = TestRelay::with(short_open).await;
    for path in ["/", "/v1/ws"] {
        let mut client = relay.connect(path).await;
        if path != "/" {
            assert!(matches!(client.frame().await, RelayFrame::Challenge { .. }));
        }
        assert_eq!(client.close_code().await, CloseCode::OpenTimeout.code(), "{path}");
    }
    relay.works().await;
}

#[tokio::test]
async fn talk_before_open_does_not_put_the_deadline_off() {
    let relay = TestRelay::with(short_open).await;
    let mut client = relay.connect("/v1/ws").await;
    client.frame().await;
    let talk = async {
        for n in 0.. {
            client.send(&ClientFrame::Ping { n }).await;
            match client.next().await {
                Some(Message::Text(_)) => {}
                Some(Message::Close(Some(close))) => return u16::from(close.code),
                other => panic!("{other:?}"),
            }
        }
        unreachable!("there are more numbers than that")
    };
    let code = timeout(PATIENCE, talk).await.expect("not closed");
    assert_eq!(code, CloseCode::OpenTimeout.code());
}

#[tokio::test]
async fn an_open_connection_has_no_such_deadline() {
    let relay = TestRelay::with(short_open).await;
    let mut ann = relay.v1("ann").await;
    let mut late = relay.connect("/").await;
    // By the time that this one is closed, the deadline of the first has passed as well.
    assert_eq!(late.close_code().await, CloseCode::OpenTimeout.code());
    ann.send(&ClientFrame::Ping { n: 1 }).await;
    ann.hears_pong(1).await;
}

#[tokio::test]
async fn a_half_open_handshake_is_cut() {
    let relay = TestRelay::with(short_open).await;
    for sent in ["", "GET /v1/ws HTTP/1.1\r\nHost: relay\r\nUpgrade: webso"] {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("not cut").unwrap();
        let rest = String::from_utf8(rest).unwrap();
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408"), "{sent:?}: {rest}");
    }
    relay.works().await;
}

#[tokio::test]
async fn the_relay_asks_a_silent_client_and_keeps_one_that_answers() {
    let relay = TestRelay::with(short_heartbeat).await;
    let mut one = relay.classic("1", "2").await;
    let mut two = relay.classic("2", "1").await;
    // Reading is what answers a ping, here as in a browser. So many take longer than the timeout.
    tokio::join!(pinged(&mut one, 7), pinged(&mut two, 7));
    let text = one.says("1", "2", "still here").await;
    assert_eq!(two.next_text().await, text);
}

async fn pinged(client: &mut Client, times: usize) {
    for _ in 0..times {
        match timeout(PATIENCE, client.0.next()).await.expect("no ping").unwrap().unwrap() {
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
    // The next to be read would answer the last one; the other side may take its time.
    client.0.flush().await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_answer_is_closed() {
    let relay = TestRelay::with(short_heartbeat).await;
    let mut sender = relay.v1("ann").await;
    let mut silent = relay.v1("ben").await;
    // `silent` is not read, so its pings stay unanswered, until there is a close frame (RFC 6455 section
    // 5.5.1) among the bytes that wait for it. The other one's answers keep it alive all the while.
    let gone = async {
        for n in 0.. {
            sender.send(&ClientFrame::Ping { n }).await;
            sender.hears_pong(n).await;
            let MaybeTlsStream::Plain(stream) = silent.0.get_ref() else { panic!() };
            let mut waiting = [0; 1024];
            let count = stream.peek(&mut waiting).now_or_never().map_or(0, Result::unwrap);
            if waiting[..count].contains(&0x88) {
                return;
            }
        }
    };
    timeout(PATIENCE, gone).await.expect("not closed");
    let code = loop {
        match silent.next().await {
            Some(Message::Text(_)) => {}
            Some(Message::Close(Some(close))) => break u16::from(close.code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, CloseCode::HeartbeatTimeout.code());
}

#[tokio::test]
async fn welcome_tells_the_relays_own_heartbeat() {
    let relay = TestRelay::with(short_heartbeat).await;
    let mut ann = relay.connect("/v1/ws").await;
    ann.frame().await;
    ann.send(&open("ann", Seq::START)).await;
    let RelayFrame::Welcome { heartbeat, .. } = ann.frame().await else { panic!() };
    assert_eq!(heartbeat, Heartbeat::new(INTERVAL, TIMEOUT));
}

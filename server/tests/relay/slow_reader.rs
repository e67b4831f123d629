//! One who doesn't read holds up nobody else, and is closed with a code that says why.

use duologue_protocol::{CloseCode, RelayFrame, Seq, codec};
use futures_util::SinkExt as _;
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, client_async};

use crate::common::{Client, PATIENCE, TestRelay};

/// 8 MB: more than the system's own socket buffers take, so that the relay's queue has to fill.
const ENOUGH_MESSAGES: usize = 500;

#[tokio::test]
async fn a_slow_reader_is_closed_while_others_chat_on_and_loses_nothing() {
    // The slow one reads its close frame only once all is sent. On a busy machine that takes longer than the relay
    // waits for it, which then resets the link and the frame with it.
    let relay = TestRelay::with(|config| config.timings.goodbye = 10 * PATIENCE).await;
    let mut ann = relay.v1("ann").await;
    let mut slow = slow(&relay, "ben").await;
    let mut ben_phone = relay.v1("ben").await;
    let text = "x".repeat(16_000);

    for n in 0..ENOUGH_MESSAGES {
        ann.writes("ben", &format!("m-{n}"), &text).await;
        assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
        // Who reads gets each at once, all the while.
        let RelayFrame::Message { id, .. } = ben_phone.frame().await else { panic!() };
        assert_eq!(id.as_str(), format!("m-{n}"));
    }

    // What had reached the socket arrives in order and without a hole, and then the reason.
    let (mut seen, mut cursor) = (0, Seq::START);
    let code = loop {
        match slow.next().await {
            Some(Message::Text(text)) => {
                let Ok(RelayFrame::Message { id, seq, .. }) = codec::decode(&text) else {
                    panic!("{text}")
                };
                assert_eq!(id.as_str(), format!("m-{seen}"));
                (seen, cursor) = (seen + 1, seq);
            }
            Some(Message::Close(Some(close))) => break u16::from(close.code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, CloseCode::SlowReader.code());
    assert!(seen < ENOUGH_MESSAGES, "the queue has no bound");
    let mut back = relay.connect("/v1/ws").await;
    for frame in back.opens_at("ben", cursor).await {
        let RelayFrame::Message { id, .. } = frame else { panic!() };
        assert_eq!(id.as_str(), format!("m-{seen}"));
        seen += 1;
    }
    assert_eq!(seen, ENOUGH_MESSAGES);
}

#[tokio::test]
async fn one_who_asks_and_never_reads_the_answers_is_closed_too() {
    let relay = TestRelay::start().await;
    let mut slow = slow(&relay, "ben").await;
    // Its answer is longer than most.
    let id = "m".repeat(64);
    let question = format!(r#"{{"type":"message","id":"{id}","toUserId":"nobody","content":"?"}}"#);
    let flood = async { while slow.0.feed(Message::text(question.as_str())).await.is_ok() {} };
    timeout(3 * PATIENCE, flood).await.expect("the relay reads on for ever");
    relay.works().await;
}

#[tokio::test]
async fn one_who_never_reads_is_closed_also_where_little_waits() {
    let relay = TestRelay::with(|config| config.timings.write = PATIENCE / 100).await;
    let mut ann = relay.v1("ann").await;
    let mut slow = slow(&relay, "ben").await;
    // More than the system's buffers take, and less than the relay's queue.
    let text = "x".repeat(16_000);
    for n in 0..60 {
        ann.writes("ben", &format!("m-{n}"), &text).await;
        assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    }
    // It says all the while that it is there, by what nobody answers.
    let alive = async { while slow.0.send(Message::Pong(Bytes::new())).await.is_ok() {} };
    timeout(PATIENCE, alive).await.expect("it is kept for ever");
    relay.works().await;
}

/// A v1 connection with small buffers, so that little is on its way when it doesn't read.
async fn slow(relay: &TestRelay, user: &str) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = MaybeTlsStream::Plain(socket.connect(relay.address).await.unwrap());
    let url = format!("ws://{}/v1/ws", relay.address);
    let mut client = Client(client_async(url, stream).await.unwrap().0);
    client.opens_as(user).await;
    client
}

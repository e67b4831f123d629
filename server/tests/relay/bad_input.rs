//! Input that no good client sends, and what it gets: in v1 an `error` that names the rule, in the
//! classic dialect nothing that a page would show. The relay works on after each.

use duologue_protocol::limits::FRAME_MAX_BYTES;
use duologue_protocol::{CloseCode, ErrorCode, RelayFrame, Seq, codec};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::common::{Client, TestRelay, open};

/// What any connection may get wrong, opened or not.
fn malformed() -> Vec<(&'static str, String, ErrorCode)> {
    let long = "x".repeat(60_000);
    let mut all = vec![
        ("an array", "[1]".to_owned(), ErrorCode::NotAnObject),
        ("a string", "\"hello\"".to_owned(), ErrorCode::NotAnObject),
        ("null", "null".to_owned(), ErrorCode::NotAnObject),
        ("no type", "{}".to_owned(), ErrorCode::MissingType),
        ("a type that is a number", r#"{"type":1}"#.to_owned(), ErrorCode::MissingType),
        ("an unknown type", r#"{"type":"shout"}"#.to_owned(), ErrorCode::UnknownType),
        ("a relay's type", r#"{"type":"welcome"}"#.to_owned(), ErrorCode::UnknownType),
    ];
    for (what, text) in [
        ("a missing field", r#"{"type":"open"}"#.to_owned()),
        ("a mistyped field", r#"{"type":"open","fromUserId":["a"]}"#.to_owned()),
        ("an empty id", r#"{"type":"open","fromUserId":"","toUserId":""}"#.to_owned()),
        ("a long id", format!(r#"{{"type":"open","fromUserId":"{long}","toUserId":"1"}}"#)),
        ("a message without content", r#"{"type":"message","id":"m","toUserId":"b"}"#.to_owned()),
        (
            "a cursor that no number is",
            r#"{"type":"open","fromUserId":"a","cursor":-1}"#.to_owned(),
        ),
        ("a place beyond 2^53", r#"{"type":"received","upTo":9007199254740992}"#.to_owned()),
        ("a negative ping", r#"{"type":"ping","n":-1}"#.to_owned()),
    ] {
        all.push((what, text, ErrorCode::InvalidField));
    }
    all
}

#[tokio::test]
async fn v1_names_the_rule_and_lives_on() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut fresh = relay.connect("/v1/ws").await;
    fresh.frame().await;
    let mut cases = malformed();
    cases.push(("not JSON", "hello".to_owned(), ErrorCode::NotJson));
    cases.push(("nothing", String::new(), ErrorCode::NotJson));
    for client in [&mut ann, &mut fresh] {
        for (what, text, expected) in &cases {
            client.text(text.clone()).await;
            let (code, rule, _) = client.error().await;
            assert_eq!(code, *expected, "{what}");
            assert!(!rule.is_empty() && rule.len() < 300, "{what}: {rule}");
        }
        send_binary(client).await;
        assert_eq!(client.error().await.0, ErrorCode::BinaryFrame);
    }
    lives(&relay, &mut ann).await;
    relay.works().await;
}

#[tokio::test]
async fn v1_keeps_the_order_of_open_and_the_rest() {
    let relay = TestRelay::start().await;
    let mut ann = relay.connect("/v1/ws").await;
    ann.frame().await;

    ann.writes("ben", "m-1", "too early").await;
    let (code, _, id) = ann.error().await;
    assert_eq!((code, id.unwrap().as_str()), (ErrorCode::NotOpen, "m-1"));

    let open = open("ann", Seq::START);
    ann.send(&open).await;
    assert!(matches!(ann.frame().await, RelayFrame::Welcome { .. }));
    assert!(matches!(ann.frame().await, RelayFrame::CaughtUp { .. }));
    ann.send(&open).await;
    assert_eq!(ann.error().await.0, ErrorCode::AlreadyOpen);

    ann.writes("ann", "m-2", "to myself").await;
    let (code, _, id) = ann.error().await;
    assert_eq!((code, id.unwrap().as_str()), (ErrorCode::MessageToSelf, "m-2"));
    lives(&relay, &mut ann).await;
}

#[tokio::test]
async fn the_classic_dialect_shows_nothing_and_lives_on() {
    let relay = TestRelay::start().await;
    let mut one = relay.classic("1", "2").await;
    let mut fresh = relay.connect("/").await;
    for client in [&mut one, &mut fresh] {
        for (_, text, _) in malformed() {
            client.text(text).await;
        }
        send_binary(client).await;
        // The heartbeat's pong comes first, so nothing else came.
        client.settle().await;
    }
    let mut with_three = relay.classic("1", "3").await;
    let mut with_oneself = relay.classic("2", "2").await;
    let text = fresh.says("2", "1", "before open").await;
    fresh.settle().await;
    fresh.text(r#"{"type":"open","fromUserId":"2","toUserId":"1"}"#).await;
    fresh.text(r#"{"type":"open","fromUserId":"3","toUserId":"1"}"#).await;
    fresh.says("3", "1", "in another's name").await;
    fresh.says("2", "2", "to myself").await;
    fresh.settle().await;
    // Those whom the last two would have reached.
    with_three.settle().await;
    with_oneself.settle().await;

    fresh.text(text.clone()).await;
    assert_eq!(one.next_text().await, text, "the first that is a good message");
    relay.works().await;
}

#[tokio::test]
async fn text_that_is_not_json_is_the_tutorials_heartbeat() {
    let relay = TestRelay::start().await;
    let mut one = relay.classic("1", "2").await;
    for text in ["heartbeat", "ping", "", "{", "心跳"] {
        one.text(text).await;
        assert!(matches!(one.next().await, Some(Message::Pong(data)) if data.is_empty()));
    }
}

#[tokio::test]
async fn a_frame_of_the_largest_size_passes() {
    let relay = TestRelay::start().await;
    let mut one = relay.classic("1", "2").await;
    let mut two = relay.classic("2", "1").await;
    let frame = r#"{"fromUserId":"1","toUserId":"2","content":""}"#;
    let filler = "x".repeat(FRAME_MAX_BYTES - frame.len());
    let frame = frame.replace(r#""""#, &format!("\"{filler}\""));
    assert_eq!(frame.len(), FRAME_MAX_BYTES);
    one.text(frame.clone()).await;
    assert_eq!(two.next_text().await, frame);
}

#[tokio::test]
async fn a_frame_over_the_limit_is_named_and_ends_the_connection() {
    let relay = TestRelay::start().await;
    // The largest is far more than the buffers between the two sides hold: the close frame has to
    // survive what was still being sent.
    for size in [FRAME_MAX_BYTES + 1, 100_000, 20_000_000] {
        let (mut sending, mut ann) = split(relay.v1("ann").await);
        let large =
            tokio::spawn(async move { sending.send(Message::text("x".repeat(size))).await });
        let Some(Ok(Message::Text(text))) = ann.next().await else { panic!("{size}") };
        let Ok(RelayFrame::Error { code, message, .. }) = codec::decode(&text) else {
            panic!("{text}")
        };
        assert_eq!(code, ErrorCode::FrameTooLarge, "{size}");
        assert!(message.contains(&FRAME_MAX_BYTES.to_string()), "{message}");
        assert_too_large(ann.next().await);
        large.await.unwrap().unwrap();

        let (mut sending, mut one) = split(relay.classic("1", "2").await);
        let large =
            tokio::spawn(async move { sending.send(Message::text("x".repeat(size))).await });
        assert_too_large(one.next().await);
        large.await.unwrap().unwrap();
    }
    relay.works().await;
}

#[tokio::test]
async fn many_small_pieces_are_one_frame_to_the_limit() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let piece = |opcode, last| Message::Frame(Frame::message(vec![b'x'; 1024], opcode, last));
    ann.0.feed(piece(OpCode::Data(Data::Text), false)).await.unwrap();
    for _ in 0..FRAME_MAX_BYTES / 1024 {
        ann.0.feed(piece(OpCode::Data(Data::Continue), false)).await.unwrap();
    }
    ann.0.flush().await.unwrap();
    assert_eq!(ann.error().await.0, ErrorCode::FrameTooLarge);
    assert_eq!(ann.close_code().await, CloseCode::FrameTooLarge.code());
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn split(client: Client) -> (SplitSink<Socket, Message>, SplitStream<Socket>) {
    client.0.split()
}

fn assert_too_large(message: Option<Result<Message, tungstenite::Error>>) {
    match message {
        Some(Ok(Message::Close(Some(close)))) => {
            assert_eq!(u16::from(close.code), CloseCode::FrameTooLarge.code());
        }
        other => panic!("{other:?}"),
    }
}

async fn send_binary(client: &mut Client) {
    client.0.send(Message::binary(vec![0, 159, 146, 150])).await.unwrap();
}

/// Proves that a v1 connection still carries messages.
async fn lives(relay: &TestRelay, ann: &mut Client) {
    let mut ben = relay.v1("ben").await;
    ann.writes("ben", "after", "still here").await;
    assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    assert!(matches!(ben.frame().await, RelayFrame::Message { .. }));
}

//! Bytes that are no WebSocket frames, or frames where the rules allow none (RFC 6455 section 5): the
//! connection is closed with the code of the rule, and nothing of what they carry reaches anybody.

use duologue_protocol::RelayFrame;
use tokio::io::AsyncWriteExt as _;

use crate::common::{Client, TestRelay};

/// The first byte of a frame that is the last of its message.
const LAST: u8 = 0x80;
const CONTINUED: u8 = 0x00;
const TEXT: u8 = 0x01;
const CLOSE: u8 = 0x08;
const PING: u8 = 0x09;
const PONG: u8 = 0x0a;

/// In place of a length that doesn't fit here: the length follows, in two bytes.
const LONG: u8 = 0x7e;

const PROTOCOL_ERROR: u16 = 1002;
const NOT_UTF8: u16 = 1007;

/// A message to Ben that nothing is wrong with but its frame.
const TO_BEN: &[u8] = br#"{"type":"message","id":"bad","toUserId":"ben","content":"bad"}"#;

/// A frame as a client has to send it: masked, with a key that changes the payload.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = head(first, 0x80, payload.len());
    frame.extend(KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, 0, payload.len());
    frame.extend(payload);
    frame
}

fn head(first: u8, mask: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short) if short < LONG => vec![first, mask | short],
        _ => {
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            vec![first, mask | LONG, high, low]
        }
    }
}

/// What is wrong, the bytes, and the code that they get.
fn bad() -> Vec<(&'static str, Vec<u8>, u16)> {
    let half = TO_BEN.len() / 2;
    let broken_text = [&TO_BEN[..half], &[0xff], &TO_BEN[half..]].concat();
    // The halves of one character in two frames, and a third that doesn't go on with it.
    let broken_between =
        [masked(TEXT, &[TO_BEN, b"\xe2\x82"].concat()), masked(LAST | CONTINUED, b"x")];
    let mut all = vec![
        ("an unmasked text", unmasked(LAST | TEXT, TO_BEN), PROTOCOL_ERROR),
        ("an unmasked ping", unmasked(LAST | PING, b""), PROTOCOL_ERROR),
        ("an unmasked close", unmasked(LAST | CLOSE, b""), PROTOCOL_ERROR),
        ("a continuation of nothing", masked(LAST | CONTINUED, TO_BEN), PROTOCOL_ERROR),
        ("a first piece of a continuation of nothing", masked(CONTINUED, TO_BEN), PROTOCOL_ERROR),
        (
            "a text within a text",
            [masked(TEXT, b"{"), masked(LAST | TEXT, TO_BEN)].concat(),
            PROTOCOL_ERROR,
        ),
        ("text that is not UTF-8", masked(LAST | TEXT, &broken_text), NOT_UTF8),
        ("a character that breaks off", masked(LAST | TEXT, b"\xe2\x82"), NOT_UTF8),
        ("a surrogate", masked(LAST | TEXT, b"\xed\xa0\x80"), NOT_UTF8),
        ("a character broken between frames", broken_between.concat(), NOT_UTF8),
        ("a ping of 126 bytes", masked(LAST | PING, &[b'x'; 126]), PROTOCOL_ERROR),
        ("a pong of 126 bytes", masked(LAST | PONG, &[b'x'; 126]), PROTOCOL_ERROR),
        ("a close of 126 bytes", masked(LAST | CLOSE, &[3; 126]), PROTOCOL_ERROR),
        ("a ping in pieces", masked(PING, b"x"), PROTOCOL_ERROR),
        ("a close in pieces", masked(CLOSE, b""), PROTOCOL_ERROR),
        ("a close with half a code", masked(LAST | CLOSE, &[3]), PROTOCOL_ERROR),
        ("a close whose reason is not UTF-8", masked(LAST | CLOSE, b"\x03\xe8\xff"), NOT_UTF8),
    ];
    for bit in [0x40, 0x20, 0x10] {
        all.push(("a reserved bit", masked(LAST | bit | TEXT, TO_BEN), PROTOCOL_ERROR));
        all.push(("a reserved bit of a ping", masked(LAST | bit | PING, b""), PROTOCOL_ERROR));
    }
    for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        all.push(("a reserved opcode", masked(LAST | opcode, TO_BEN), PROTOCOL_ERROR));
    }
    all
}

#[tokio::test]
async fn a_bad_frame_closes_its_connection_and_reaches_nobody() {
    let relay = TestRelay::start().await;
    let mut ben = relay.v1("ben").await;
    let mut cat = relay.v1("cat").await;
    for (number, (what, bytes, code)) in bad().into_iter().enumerate() {
        let mut ann = relay.v1("ann").await;
        // What is good in the same write, behind the bad, is not read any more either.
        write(&mut ann, &[bytes, masked(LAST | TEXT, TO_BEN)].concat()).await;
        assert_eq!(ann.close_code().await, code, "{what}");

        // Once the relay has answered Ann it has read all that it ever will: what Ben gets next is Cat's.
        let id = format!("good-{number}");
        cat.writes("ben", &id, what).await;
        assert!(matches!(cat.frame().await, RelayFrame::Stored { .. }), "{what}");
        match ben.frame().await {
            RelayFrame::Message { id: got, .. } => assert_eq!(got.as_str(), id, "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
    relay.works().await;
}

#[tokio::test]
async fn the_classic_dialect_closes_with_the_same_codes() {
    let relay = TestRelay::start().await;
    let to_two = br#"{"type":"message","fromUserId":"1","toUserId":"2","content":"bad"}"#;
    let mut two = relay.classic("2", "1").await;
    for (what, bytes, code) in bad() {
        let mut one = relay.classic("1", "2").await;
        write(&mut one, &[bytes, masked(LAST | TEXT, to_two)].concat()).await;
        assert_eq!(one.close_code().await, code, "{what}");
        // Nothing but the answer to the heartbeat comes.
        two.settle().await;
    }
    relay.works().await;
}

/// The same bytes, well made, are a message: otherwise the tests above would prove nothing.
#[tokio::test]
async fn a_frame_made_by_hand_is_as_good_as_any() {
    let relay = TestRelay::start().await;
    let mut ben = relay.v1("ben").await;
    let mut ann = relay.v1("ann").await;
    let (first, rest) = TO_BEN.split_at(10);
    let pieces = [
        masked(TEXT, first),
        masked(LAST | PING, &[b'x'; 125]),
        masked(CONTINUED, b""),
        masked(LAST | CONTINUED, rest),
    ];
    write(&mut ann, &pieces.concat()).await;
    match ben.frame().await {
        RelayFrame::Message { id, .. } => assert_eq!(id.as_str(), "bad"),
        other => panic!("{other:?}"),
    }
}

/// Past the client's own WebSocket, which would send nothing of this.
async fn write(client: &mut Client, bytes: &[u8]) {
    client.0.get_mut().write_all(bytes).await.unwrap();
}

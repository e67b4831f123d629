//! v1 among its own.

use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::{ClientFrame, RelayFrame, Seq};

use crate::common::{TestRelay, open, user};

#[tokio::test]
async fn a_connection_opens_with_a_challenge_of_its_own_and_a_welcome() {
    let relay = TestRelay::start().await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let mut client = relay.connect("/v1/ws").await;
        let RelayFrame::Challenge { nonce } = client.frame().await else { panic!() };
        nonces.push(nonce);
        client.send(&open("小秋", Seq::START)).await;
        let RelayFrame::Welcome { user_id, cursor, receipts, heartbeat, limits, handshake } =
            client.frame().await
        else {
            panic!()
        };
        assert_eq!((user_id, cursor, receipts), (user("小秋"), Seq::START, Seq::START));
        assert_eq!((heartbeat, limits), (Heartbeat::default(), Limits::default()));
        assert!(handshake.is_some());
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn a_message_arrives_and_is_stored() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ben = relay.v1("ben").await;
    let content = "a\n\"b\" 👋 小秋 <img src=x>";
    ann.writes("ben", "m-1", content).await;

    let RelayFrame::Stored { id, seq, at } = ann.frame().await else { panic!() };
    assert_eq!(id.as_str(), "m-1");
    let RelayFrame::Message { seq: place, prev, id, from_user_id, content: got, at: same } =
        ben.frame().await
    else {
        panic!()
    };
    assert_eq!((id.as_str(), got.as_str()), ("m-1", content));
    assert_eq!(from_user_id, user("ann"));
    assert_eq!((at, seq), (same, place));
    assert!(prev < seq);
}

#[tokio::test]
async fn every_connection_of_both_people_sees_it_once() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ann_phone = relay.v1("ann").await;
    let mut ben = relay.v1("ben").await;
    let mut ben_phone = relay.v1("ben").await;
    let mut cem = relay.v1("cem").await;

    ann.writes("ben", "m-1", "one").await;
    ann.writes("ben", "m-2", "two").await;

    for seen in [&mut ben, &mut ben_phone] {
        for expected in ["m-1", "m-2"] {
            let RelayFrame::Message { id, .. } = seen.frame().await else { panic!() };
            assert_eq!(id.as_str(), expected);
        }
    }
    for expected in ["m-1", "m-2"] {
        let RelayFrame::Stored { id, seq, .. } = ann.frame().await else { panic!() };
        assert_eq!(id.as_str(), expected);
        let sent = ann_phone.frame().await;
        let RelayFrame::Sent { id, seq: same, to_user_id, .. } = sent else { panic!("{sent:?}") };
        assert_eq!((id.as_str(), same, to_user_id), (expected, seq, user("ben")));
    }
    for (n, client) in (1..).zip([&mut ann, &mut ann_phone, &mut ben, &mut ben_phone, &mut cem]) {
        client.send(&ClientFrame::Ping { n }).await;
        client.hears_pong(n).await;
    }
}

#[tokio::test]
async fn a_burst_arrives_whole_and_in_order() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ben = relay.v1("ben").await;
    let text = "x".repeat(10_000);
    for n in 0..200 {
        ann.writes("ben", &format!("m-{n}"), &text).await;
        // Both sides read, as people's programs do: the queue's bound is another test's.
        let RelayFrame::Message { id, content, .. } = ben.frame().await else { panic!() };
        assert_eq!((id.as_str(), content.as_str()), (format!("m-{n}").as_str(), text.as_str()));
    }
    for n in 0..200 {
        let RelayFrame::Stored { id, .. } = ann.frame().await else { panic!() };
        assert_eq!(id.as_str(), format!("m-{n}"));
    }
}

#[tokio::test]
async fn pings_are_answered_before_open_too() {
    let relay = TestRelay::start().await;
    let mut client = relay.connect("/v1/ws").await;
    client.frame().await;
    client.send(&ClientFrame::Ping { n: u64::MAX }).await;
    client.hears_pong(u64::MAX).await;
}

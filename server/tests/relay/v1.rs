//! v1 among its own.

use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::{ClientFrame, ErrorCode, RelayFrame};

use crate::common::{TestRelay, user};

#[tokio::test]
async fn a_connection_opens_with_a_challenge_of_its_own_and_a_welcome() {
    let relay = TestRelay::start().await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let mut client = relay.connect("/v1/ws").await;
        let RelayFrame::Challenge { nonce } = client.frame().await else { panic!() };
        nonces.push(nonce);
        client.send(&ClientFrame::Open { from_user_id: user("小秋") }).await;
        assert_eq!(
            client.frame().await,
            RelayFrame::Welcome {
                user_id: user("小秋"),
                heartbeat: Heartbeat::default(),
                limits: Limits::default(),
            }
        );
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn a_message_arrives_and_is_accepted() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ben = relay.v1("ben").await;
    let content = "a\n\"b\" 👋 小秋 <img src=x>";
    ann.writes("ben", "m-1", content).await;

    let RelayFrame::Accepted { id, at } = ann.frame().await else { panic!() };
    assert_eq!(id.as_str(), "m-1");
    let RelayFrame::Message { id, from_user_id, to_user_id, content: got, at: same } =
        ben.frame().await
    else {
        panic!()
    };
    assert_eq!((id.as_str(), got.as_str()), ("m-1", content));
    assert_eq!((from_user_id, to_user_id), (user("ann"), user("ben")));
    assert_eq!(at, same);
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

    for seen in [&mut ann_phone, &mut ben, &mut ben_phone] {
        for expected in ["m-1", "m-2"] {
            let RelayFrame::Message { id, .. } = seen.frame().await else { panic!() };
            assert_eq!(id.as_str(), expected);
        }
    }
    for expected in ["m-1", "m-2"] {
        let RelayFrame::Accepted { id, .. } = ann.frame().await else { panic!() };
        assert_eq!(id.as_str(), expected);
    }
    for (n, client) in (1..).zip([&mut ann, &mut ann_phone, &mut ben, &mut ben_phone, &mut cem]) {
        client.send(&ClientFrame::Ping { n }).await;
        assert_eq!(client.frame().await, RelayFrame::Pong { n });
    }
}

#[tokio::test]
async fn a_message_to_nobody_is_refused_and_not_echoed() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ann_phone = relay.v1("ann").await;
    ann.writes("nobody", "m-1", "hello?").await;
    let (code, _, id) = ann.error().await;
    assert_eq!(code, ErrorCode::PeerUnavailable);
    assert_eq!(id.unwrap().as_str(), "m-1");
    ann_phone.send(&ClientFrame::Ping { n: 1 }).await;
    assert_eq!(ann_phone.frame().await, RelayFrame::Pong { n: 1 });
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
        let RelayFrame::Accepted { id, .. } = ann.frame().await else { panic!() };
        assert_eq!(id.as_str(), format!("m-{n}"));
    }
}

#[tokio::test]
async fn pings_are_answered_before_open_too() {
    let relay = TestRelay::start().await;
    let mut client = relay.connect("/v1/ws").await;
    client.frame().await;
    client.send(&ClientFrame::Ping { n: u64::MAX }).await;
    assert_eq!(client.frame().await, RelayFrame::Pong { n: u64::MAX });
}

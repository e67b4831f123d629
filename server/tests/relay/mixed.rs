//! The two dialects talk to each other.

use duologue_protocol::classic::{self, ClassicFrame};
use duologue_protocol::{ClientFrame, RelayFrame};

use crate::common::{TestRelay, pair, user};

#[tokio::test]
async fn v1_to_classic() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ben = relay.classic("ben", "ann").await;
    let mut ben_with_cem = relay.classic("ben", "cem").await;
    ann.writes("ben", "m-1", "hi \"ben\"").await;

    assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    let text = ben.next_text().await;
    assert_eq!(classic::decode(&text), Ok(ClassicFrame::Message(pair("ann", "ben"))));
    assert_eq!(classic::content_of(&text).unwrap().as_str(), "hi \"ben\"");
    ben_with_cem.settle().await;
}

#[tokio::test]
async fn classic_to_v1() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ann_phone = relay.v1("ann").await;
    let mut ben = relay.classic("ben", "ann").await;
    ben.says("ben", "ann", "hi ann").await;
    let without = r#"{"fromUserId":"ben","toUserId":"ann","msg":"other field"}"#;
    ben.text(without).await;

    let mut ids = Vec::new();
    for client in [&mut ann, &mut ann_phone] {
        for expected in ["hi ann", without] {
            let RelayFrame::Message { id, from_user_id, content, at, .. } = client.frame().await
            else {
                panic!()
            };
            assert_eq!(from_user_id, user("ben"));
            assert_eq!(content.as_str(), expected);
            assert!(at.0 > 1_700_000_000_000);
            ids.push(id);
        }
    }
    assert_eq!(ids[..2], ids[2..], "one message, one id");
    assert_ne!(ids[0], ids[1], "two messages, two ids");
}

#[tokio::test]
async fn a_persons_connections_of_both_dialects_get_it() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ben = relay.v1("ben").await;
    let mut ben_classic = relay.classic("ben", "ann").await;
    ann.writes("ben", "m-1", "both").await;
    assert!(matches!(ben.frame().await, RelayFrame::Message { .. }));
    assert!(ben_classic.next_text().await.contains("both"));

    // What one writes from a classic connection, one's v1 connections see.
    ben_classic.says("ben", "ann", "answer").await;
    // The answer doesn't wait for the disk, so it may come before what is said of the question.
    let frames = [ann.frame().await, ann.frame().await, ann.frame().await];
    assert!(frames.iter().any(|frame| matches!(frame, RelayFrame::Stored { .. })), "{frames:?}");
    assert!(frames.iter().any(|frame| matches!(frame, RelayFrame::Delivered { .. })), "{frames:?}");
    let answer = frames.iter().find_map(|frame| match frame {
        RelayFrame::Message { content, from_user_id, .. } => Some((content, from_user_id)),
        _ => None,
    });
    let (content, from_user_id) = answer.unwrap_or_else(|| panic!("{frames:?}"));
    assert_eq!((content.as_str(), from_user_id), ("answer", &user("ben")));
    let RelayFrame::Sent { content, to_user_id, .. } = ben.frame().await else { panic!() };
    assert_eq!((content.as_str(), to_user_id), ("answer", user("ann")));
}

#[tokio::test]
async fn what_waits_for_a_classic_page_comes_when_it_opens_and_counts_as_delivered() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ben_with_cem = relay.classic("ben", "cem").await;
    ann.writes("ben", "m-1", "one").await;
    ann.writes("ben", "m-2", "two").await;
    assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    let RelayFrame::Stored { seq, .. } = ann.frame().await else { panic!() };
    ben_with_cem.settle().await;

    let mut ben = relay.connect("/").await;
    ben.text(r#"{"type":"open","fromUserId":"ben","toUserId":"ann"}"#).await;
    for expected in ["one", "two"] {
        let text = ben.next_text().await;
        assert_eq!(classic::content_of(&text).unwrap().as_str(), expected);
    }
    let RelayFrame::Delivered { peer, up_to, .. } = ann.frame().await else { panic!() };
    assert_eq!((peer, up_to), (user("ben"), seq));
    let mut again = relay.classic("ben", "ann").await;
    ann.writes("ben", "m-3", "three").await;
    assert!(again.next_text().await.contains("three"), "what was delivered comes no more");
}

#[tokio::test]
async fn what_v1_can_not_show_passes_between_classic_connections_only() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ann_classic = relay.classic("ann", "ben").await;
    let mut ben = relay.classic("ben", "ann").await;
    let empty = ben.says("ben", "ann", "").await;
    let large = ben.says("ben", "ann", &"x".repeat(60_000)).await;
    assert_eq!(ann_classic.next_text().await, empty);
    assert_eq!(ann_classic.next_text().await, large);
    ann.send(&ClientFrame::Ping { n: 1 }).await;
    ann.hears_pong(1).await;
}

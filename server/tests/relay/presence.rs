//! Who is there and who types, and messages that have to do with others.

use duologue_protocol::limits::WATCH_MAX;
use duologue_protocol::{
    ClientFrame, Content, ErrorCode, MessageId, Relation, RelationKind, RelayFrame, Seq, UserId,
};

use crate::common::{TestRelay, user};

fn watch(names: &[&str]) -> ClientFrame {
    ClientFrame::Watch { peers: names.iter().copied().map(user).collect() }
}

fn typing(to: &str) -> ClientFrame {
    ClientFrame::Typing { to_user_id: user(to) }
}

fn is_there(name: &str) -> RelayFrame {
    RelayFrame::Presence { user_id: user(name), online: true, last_seen: None }
}

#[tokio::test]
async fn those_who_watch_each_other_see_each_other_and_nobody_else_does() {
    let relay = TestRelay::start().await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    let mut cleo = relay.v1("cleo").await;
    cleo.send(&watch(&["ann", "ben"])).await;
    cleo.send(&typing("ann")).await;
    cleo.send(&ClientFrame::Ping { n: 1 }).await;
    cleo.hears_pong(1).await;
    ann.send(&watch(&["ben"])).await;
    ann.send(&typing("ben")).await;
    // Ann is not watched yet: what she typed went nowhere.
    ann.send(&ClientFrame::Ping { n: 1 }).await;
    ann.hears_pong(1).await;
    ben.send(&watch(&["ann"])).await;
    assert_eq!(ben.frame().await, is_there("ann"));
    assert_eq!(ann.frame().await, is_there("ben"));
    ann.send(&typing("ben")).await;
    assert_eq!(ben.frame().await, RelayFrame::Typing { from_user_id: user("ann") });
    for (n, client) in (2..).zip([&mut ann, &mut ben, &mut cleo]) {
        client.send(&ClientFrame::Ping { n }).await;
        client.hears_pong(n).await;
    }
}

#[tokio::test]
async fn a_list_that_is_too_long_and_what_comes_before_open_are_refused() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let name = |n: usize| UserId::parse(n.to_string()).unwrap();
    ann.send(&ClientFrame::Watch { peers: (0..=WATCH_MAX).map(name).collect() }).await;
    let RelayFrame::Error { code, message, .. } = ann.frame().await else { panic!() };
    assert_eq!(code, ErrorCode::InvalidField);
    assert!(message.contains("at most 200"), "{message}");

    let mut stranger = relay.connect("/v1/ws").await;
    stranger.frame().await;
    for frame in [watch(&["ann"]), typing("ann")] {
        stranger.send(&frame).await;
        let RelayFrame::Error { code, .. } = stranger.frame().await else { panic!() };
        assert_eq!(code, ErrorCode::NotOpen);
    }
}

#[tokio::test]
async fn a_relation_arrives_now_and_later_and_is_words_to_a_classic_page() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut ben = relay.v1("ben").await;
    let mut classic = relay.classic("dan", "ann").await;
    let kind = RelationKind::Other("somethingNew".into());
    let id = MessageId::parse("b7").unwrap();
    let relation = Relation { kind, from_user_id: user("ben"), id };
    let content = Content::parse("👍").unwrap().with(Some(relation));
    for to in ["ben", "dan"] {
        let (id, content) = (MessageId::parse(to).unwrap(), content.clone());
        ann.send(&ClientFrame::Message { id, to_user_id: user(to), content }).await;
    }
    let RelayFrame::Message { content: now, .. } = ben.frame().await else { panic!() };
    assert_eq!(now, content);
    let shown = classic.next_text().await;
    assert!(shown.contains("👍") && !shown.contains("somethingNew"), "{shown}");
    for _ in 0..2 {
        assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    }
    // From the mailbox, on a connection that has nothing yet.
    let frames = relay.connect("/v1/ws").await.opens_at("ben", Seq::START).await;
    let later = frames.into_iter().find_map(|frame| match frame {
        RelayFrame::Message { content, .. } => Some(content),
        _ => None,
    });
    assert_eq!(later, Some(content));
}

//! Mail over real sockets: what waits, what is asked for again, and what can't be.

use std::path::Path;
use std::sync::Arc;

use duologue_protocol::{ClientFrame, Content, ErrorCode, MessageId, RelayFrame, Seq, UnixMillis};
use duologue_server::mailbox::{Entry, Mail, Mailbox as _, SqliteMailbox};
use futures_util::SinkExt as _;

use crate::common::{Client, TestRelay, open, user};

/// `(id, seq)` of each message.
fn places(frames: &[RelayFrame]) -> Vec<(String, Seq)> {
    frames
        .iter()
        .map(|frame| match frame {
            RelayFrame::Message { id, seq, .. } => (id.to_string(), *seq),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Puts messages of ann's into ben's mailbox, as a relay did that has ended.
fn fill(folder: &Path, count: u64, at: UnixMillis) {
    let mut mailbox = SqliteMailbox::open(folder).unwrap();
    let first = mailbox.first_seq(UnixMillis(0)).unwrap();
    let mail = |n: u64| {
        Entry::Append(Arc::new(Mail {
            seq: first.plus(n),
            from: user("ann"),
            to: user("ben"),
            id: MessageId::parse(n.to_string()).unwrap(),
            at,
            content: Some(Content::parse(format!("message {n}")).unwrap()),
            classic: None,
        }))
    };
    let all: Vec<Entry> = (0..count).map(mail).collect();
    for batch in all.chunks(10_000) {
        mailbox.write(batch).unwrap();
    }
}

async fn stored(client: &mut Client) -> Seq {
    match client.frame().await {
        RelayFrame::Stored { seq, .. } => seq,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_missed_comes_on_open_from_the_cursor_on() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let mut all = Vec::new();
    for n in 0..250 {
        ann.writes("ben", &format!("m-{n}"), "hi").await;
        all.push((format!("m-{n}"), stored(&mut ann).await));
    }
    let mut ben = relay.connect("/v1/ws").await;
    assert_eq!(places(&ben.opens_as("ben").await), all);
    let mut ben = relay.connect("/v1/ws").await;
    assert_eq!(places(&ben.opens_at("ben", all[99].1).await), all[100..]);
    let mut ben = relay.connect("/v1/ws").await;
    assert_eq!(ben.opens_at("ben", all[249].1).await, []);
}

#[tokio::test]
async fn mail_outlives_the_relay() {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = |config: &mut duologue_server::Config| {
        config.ephemeral = false;
        config.data = Some(folder.path().to_owned());
    };
    let mut relay = TestRelay::with(on_disk).await;
    let mut ann = relay.v1("ann").await;
    ann.writes("ben", "m-1", "hi").await;
    let first = stored(&mut ann).await;
    drop(ann);
    relay.stop().await.unwrap();

    let relay = TestRelay::with(on_disk).await;
    let mut ann = relay.v1("ann").await;
    ann.writes("ben", "m-1", "hi").await;
    assert_eq!(stored(&mut ann).await, first, "a repeat gets the same answer");
    ann.writes("ben", "m-2", "hi again").await;
    let second = stored(&mut ann).await;
    assert!(second > first);
    let mut ben = relay.connect("/v1/ws").await;
    let mail = places(&ben.opens_as("ben").await);
    assert_eq!(mail, [("m-1".into(), first), ("m-2".into(), second)]);
}

#[tokio::test]
async fn a_cursor_from_the_future_starts_from_the_beginning() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    ann.writes("ben", "m-1", "hi").await;
    let first = stored(&mut ann).await;
    let mut ben = relay.connect("/v1/ws").await;
    ben.frame().await;
    ben.send(&ClientFrame::Open {
        from_user_id: user("ben"),
        cursor: Seq::MAX,
        receipts: Seq::MAX,
        proof: None,
    })
    .await;
    let RelayFrame::Welcome { cursor, receipts, .. } = ben.frame().await else { panic!() };
    assert_eq!((cursor, receipts), (Seq::START, Seq::START));
    assert_eq!(places(&[ben.frame().await]), [("m-1".into(), first)]);
}

#[tokio::test]
async fn a_hole_is_filled_on_demand() {
    let relay = TestRelay::start().await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    let mut all = Vec::new();
    for n in 0..5 {
        ann.writes("ben", &format!("m-{n}"), "hi").await;
        all.push((format!("m-{n}"), stored(&mut ann).await));
        assert_eq!(places(&[ben.frame().await]), all[n..]);
    }
    ben.send(&ClientFrame::Fetch { after: all[1].1 }).await;
    for n in 2..5 {
        assert_eq!(places(&[ben.frame().await]), all[n..=n]);
    }
    assert!(matches!(ben.frame().await, RelayFrame::CaughtUp { .. }));
}

#[tokio::test]
async fn receipts_reach_the_writer_now_and_after_an_absence() {
    let relay = TestRelay::start().await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    ann.writes("ben", "m-1", "hi").await;
    let up_to = stored(&mut ann).await;
    ben.frame().await;
    ben.send(&ClientFrame::Received { up_to }).await;
    let RelayFrame::Delivered { peer, up_to: delivered, version } = ann.frame().await else {
        panic!()
    };
    assert_eq!((peer, delivered), (user("ben"), up_to));
    drop(ann);
    ben.send(&ClientFrame::Read { peer: user("ann"), up_to }).await;
    // The answer proves that the relay has read what came before.
    ben.send(&ClientFrame::Ping { n: 1 }).await;
    ben.hears_pong(1).await;

    let mut ann = relay.connect("/v1/ws").await;
    ann.frame().await;
    ann.send(&ClientFrame::Open {
        from_user_id: user("ann"),
        cursor: up_to,
        receipts: version,
        proof: None,
    })
    .await;
    let mut frames = Vec::new();
    while frames.len() < 3 {
        frames.push(ann.frame().await);
    }
    let read = frames.iter().find_map(|frame| match frame {
        RelayFrame::Read { peer, up_to, version } => Some((peer.clone(), *up_to, *version)),
        _ => None,
    });
    let (peer, read, newer) = read.unwrap_or_else(|| panic!("{frames:?}"));
    assert_eq!((peer, read), (user("ben"), up_to));
    assert!(newer > version);
}

#[tokio::test]
async fn nobody_receives_or_reads_or_fetches_what_they_were_never_sent() {
    let relay = TestRelay::start().await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    ann.writes("ben", "m-1", "hi").await;
    let last = stored(&mut ann).await;
    ben.frame().await;
    let beyond = last.next();
    for frame in [
        ClientFrame::Received { up_to: beyond },
        ClientFrame::Read { peer: user("ann"), up_to: beyond },
        ClientFrame::Fetch { after: beyond },
    ] {
        ben.send(&frame).await;
        let (code, rule, _) = ben.error().await;
        assert_eq!(code, ErrorCode::BeyondSent);
        assert!(rule.contains(&last.to_string()), "{rule}");
    }
    ben.send(&ClientFrame::Read { peer: user("stranger"), up_to: last }).await;
    assert_eq!(ben.error().await.0, ErrorCode::UnknownPeer);
    ann.send(&ClientFrame::Ping { n: 1 }).await;
    ann.hears_pong(1).await;
    relay.works().await;
}

#[tokio::test]
async fn an_id_is_used_once_and_the_first_message_stays() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    ann.writes("ben", "m-1", "first").await;
    let first = stored(&mut ann).await;
    for (to, content) in [("ben", "second"), ("cem", "first")] {
        ann.writes(to, "m-1", content).await;
        let (code, _, id) = ann.error().await;
        assert_eq!((code, id.unwrap().as_str()), (ErrorCode::IdReused, "m-1"));
    }
    ann.writes("ben", "m-1", "first").await;
    assert_eq!(stored(&mut ann).await, first);
    let mut ben = relay.connect("/v1/ws").await;
    let mail = ben.opens_as("ben").await;
    let [RelayFrame::Message { content, .. }] = &mail[..] else { panic!("{mail:?}") };
    assert_eq!(content.as_str(), "first");
    assert_eq!(relay.connect("/v1/ws").await.opens_as("cem").await, []);
}

#[tokio::test]
async fn a_client_that_never_acknowledges_gets_everything_again_and_again() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    for n in 0..120 {
        ann.writes("ben", &format!("m-{n}"), "hi").await;
        stored(&mut ann).await;
    }
    for _ in 0..3 {
        let mut ben = relay.connect("/v1/ws").await;
        assert_eq!(ben.opens_as("ben").await.len(), 120);
    }
    ann.send(&ClientFrame::Ping { n: 1 }).await;
    ann.hears_pong(1).await;
}

#[tokio::test]
async fn one_that_opens_and_closes_a_hundred_times_leaves_nothing_behind() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    for n in 0..100 {
        ann.writes("ben", &format!("m-{n}"), &"x".repeat(10_000)).await;
        stored(&mut ann).await;
        // In the middle of its mail, with and without a word.
        let mut ben = relay.connect("/v1/ws").await;
        ben.frame().await;
        ben.send(&open("ben", Seq::START)).await;
        if n % 2 == 0 {
            ben.0.close(None).await.unwrap();
        }
    }
    let mut ben = relay.connect("/v1/ws").await;
    assert_eq!(ben.opens_as("ben").await.len(), 100);
    relay.works().await;
}

#[tokio::test]
async fn a_mailbox_of_a_hundred_thousand_is_read_page_by_page() {
    const WAITING: u64 = 100_000;
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), WAITING, UnixMillis(u64::MAX / 4));
    let relay = TestRelay::with(|config| {
        config.ephemeral = false;
        config.data = Some(folder.path().to_owned());
    })
    .await;

    // One who reads slowly is not closed: no more than a page waits for it.
    let mut ben = relay.connect("/v1/ws").await;
    ben.frame().await;
    ben.send(&open("ben", Seq::START)).await;
    ben.0.flush().await.unwrap();
    relay.works().await;
    assert!(matches!(ben.frame().await, RelayFrame::Welcome { .. }));
    let mut ann = relay.v1("ann").await;
    for n in 0..WAITING {
        let RelayFrame::Message { id, .. } = ben.frame().await else { panic!() };
        assert_eq!(id.as_str(), n.to_string());
        if n == WAITING / 2 {
            ann.writes("ben", "new", "while you read").await;
            stored(&mut ann).await;
        }
    }
    assert_eq!(places(&[ben.frame().await])[0].0, "new");
    assert!(matches!(ben.frame().await, RelayFrame::CaughtUp { .. }));
}

#[tokio::test]
async fn what_is_older_than_the_retention_goes_and_what_is_new_stays() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 1_200, UnixMillis(1_000));
    let relay = TestRelay::with(|config| {
        config.ephemeral = false;
        config.data = Some(folder.path().to_owned());
    })
    .await;
    let mut ann = relay.v1("ann").await;
    ann.writes("ben", "new", "still here").await;
    stored(&mut ann).await;
    let expired = async {
        loop {
            let mail = relay.connect("/v1/ws").await.opens_as("ben").await;
            let ids = places(&mail);
            assert_eq!(ids.last().unwrap().0, "new");
            // The last of the old ones stays for now if it still was the last of all.
            if ids.len() <= 2 {
                return;
            }
        }
    };
    tokio::time::timeout(crate::common::PATIENCE, expired).await.expect("old mail stays");
    relay.works().await;
}

//! A disk that doesn't do its part, under a running relay: nothing is said to be stored that isn't, what
//! needs no disk goes on, and when the disk is back, so is the relay.

use std::path::Path;

use duologue_protocol::{ClientFrame, ErrorCode, RelayFrame};
use rusqlite::Connection;

use crate::common::{Client, TestRelay};

async fn on_disk(folder: &Path) -> TestRelay {
    TestRelay::with(|config| {
        config.ephemeral = false;
        config.data = Some(folder.to_owned());
    })
    .await
}

/// Another program that has the database for itself.
pub(crate) fn lock(folder: &Path) -> Connection {
    let other = Connection::open(folder.join("mail.sqlite3")).unwrap();
    other.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

async fn refused(client: &mut Client, id: &str) -> String {
    let (code, rule, about) = client.error().await;
    assert_eq!((code, about.unwrap().as_str()), (ErrorCode::StorageUnavailable, id));
    rule
}

#[tokio::test]
async fn a_locked_database_holds_up_nothing_but_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let relay = on_disk(folder.path()).await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    let mut one = relay.classic("1", "2").await;
    let mut two = relay.classic("2", "1").await;
    let locked = lock(folder.path());

    // Those who are here talk on; only `stored` does not come.
    ann.writes("ben", "m-1", "hi").await;
    assert!(matches!(ben.frame().await, RelayFrame::Message { .. }));
    let text = one.says("1", "2", "hi").await;
    assert_eq!(two.next_text().await, text);
    ann.send(&ClientFrame::Ping { n: 1 }).await;
    // On a busy machine the refusal may be first.
    let frames = [ann.frame().await, ann.frame().await];
    assert!(frames.iter().any(|frame| matches!(frame, RelayFrame::Pong { .. })), "{frames:?}");
    let refusal = frames.iter().find_map(|frame| match frame {
        RelayFrame::Error { code, message, id, .. } => Some((code, message, id)),
        _ => None,
    });
    let (code, rule, id) = refusal.unwrap_or_else(|| panic!("{frames:?}"));
    assert_eq!((*code, id.as_ref().unwrap().as_str()), (ErrorCode::StorageUnavailable, "m-1"));
    assert!(rule.contains("locked"), "{rule}");

    // What comes behind it may not overtake it.
    ann.writes("ben", "m-2", "hi again").await;
    let rule = refused(&mut ann, "m-2").await;
    assert!(rule.contains("m-1"), "{rule}");

    locked.execute_batch("ROLLBACK").unwrap();
    for id in ["m-1", "m-2"] {
        ann.writes("ben", id, if id == "m-1" { "hi" } else { "hi again" }).await;
        assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }), "{id}");
    }
    let mut later = relay.connect("/v1/ws").await;
    let mail = later.opens_as("ben").await;
    let ids: Vec<&str> = mail
        .iter()
        .map(|frame| match frame {
            RelayFrame::Message { id, .. } => id.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["m-1", "m-2"]);
}

#[tokio::test]
async fn a_mark_that_can_not_be_noted_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let relay = on_disk(folder.path()).await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    ann.writes("ben", "m-1", "hi").await;
    let RelayFrame::Stored { seq: up_to, .. } = ann.frame().await else { panic!() };
    ben.frame().await;
    let locked = lock(folder.path());
    ben.send(&ClientFrame::Received { up_to }).await;
    let (code, _, about) = ben.error().await;
    assert_eq!((code, about), (ErrorCode::StorageUnavailable, None));
    locked.execute_batch("ROLLBACK").unwrap();
    ben.send(&ClientFrame::Received { up_to }).await;
    assert!(matches!(ann.frame().await, RelayFrame::Delivered { .. }));
}

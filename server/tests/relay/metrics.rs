//! The metrics move by exactly what was done, and tell nothing of who did it.

use duologue_protocol::polling::PATH;
use duologue_protocol::websocket::frame_bytes;
use duologue_protocol::{ClientFrame, CloseCode, ErrorCode, RelayFrame, codec};
use duologue_server::edge::proxy::Network;
use futures_util::SinkExt as _;
use reqwest::Method;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::common::{http, user};
use crate::faults::lock;
use crate::metrics_reader::{are, get, moved, scrape, watched};
use crate::polling_client::{Http, message, refused};

#[tokio::test]
async fn connections_count_by_transport_and_dialect() {
    let relay = watched(|_| ()).await;
    let before = scrape(&relay).await;
    let (mut ann, ben) = (relay.v1("ann").await, relay.v1("ben").await);
    let mut one = relay.classic("1", "2").await;
    let carl = Http::open(&relay, "carl").await;
    moved(
        &relay,
        &before,
        &[
            (r#"connections_open{transport="websocket",dialect="v1"}"#, 2.0),
            (r#"connections_open{transport="websocket",dialect="classic"}"#, 1.0),
            (r#"connections_open{transport="polling",dialect="v1"}"#, 1.0),
            (r#"connections_opened_total{transport="websocket",dialect="v1"}"#, 2.0),
            (r#"connections_opened_total{transport="websocket",dialect="classic"}"#, 1.0),
            (r#"connections_opened_total{transport="polling",dialect="v1"}"#, 1.0),
        ],
    )
    .await;

    // Ann goes as a browser does, ben's link breaks, the page says a code of its own, carl says goodbye over HTTP, and
    // the relay ends a connection whose frame is too large.
    ann.0.close(Some(CloseFrame { code: 1001.into(), reason: "".into() })).await.unwrap();
    while ann.next().await.is_some() {}
    drop(ben);
    one.0.close(Some(CloseFrame { code: 4711.into(), reason: "".into() })).await.unwrap();
    while one.next().await.is_some() {}
    carl.request(Method::DELETE, PATH).send().await.unwrap();
    let mut dora = relay.v1("dora").await;
    dora.0.send(Message::text("x".repeat(70_000))).await.unwrap();
    assert_eq!(dora.error().await.0, ErrorCode::FrameTooLarge);
    assert_eq!(dora.close_code().await, CloseCode::FrameTooLarge.code());
    drop(dora);
    moved(
        &relay,
        &before,
        &[
            (r#"connections_open{transport="websocket",dialect="v1"}"#, 0.0),
            (r#"connections_open{transport="websocket",dialect="classic"}"#, 0.0),
            (r#"connections_open{transport="polling",dialect="v1"}"#, 0.0),
            (r#"connections_opened_total{transport="websocket",dialect="v1"}"#, 3.0),
            (r#"connections_closed_total{by="peer",code="1000"}"#, 1.0),
            (r#"connections_closed_total{by="peer",code="1001"}"#, 1.0),
            (r#"connections_closed_total{by="peer",code="other"}"#, 1.0),
            (r#"connections_closed_total{by="nobody",code="1006"}"#, 1.0),
            (r#"connections_closed_total{by="relay",code="4500"}"#, 1.0),
            (r#"connections_closed_total{by="relay",code="4000"}"#, 0.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn messages_and_receipts_count_once_each() {
    let relay = watched(|_| ()).await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    let before = scrape(&relay).await;
    let mut last = None;
    for n in 0..5 {
        ann.writes("ben", &format!("m-{n}"), "hi").await;
        let RelayFrame::Stored { seq, .. } = ann.frame().await else { panic!() };
        ben.frame().await;
        last = Some(seq);
        // Two receipts: ben has the first three, and later all of them.
        if n == 2 {
            ben.send(&ClientFrame::Received { up_to: seq }).await;
            assert!(matches!(ann.frame().await, RelayFrame::Delivered { .. }));
        }
    }
    // The same once more, and its id for other words.
    ann.writes("ben", "m-4", "hi").await;
    assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    ann.writes("ben", "m-4", "something else").await;
    assert_eq!(ann.error().await.0, ErrorCode::IdReused);
    // A classic page's is a message like any other.
    let mut one = relay.classic("1", "2").await;
    one.says("1", "2", "hi").await;
    let up_to = last.unwrap();
    ben.send(&ClientFrame::Received { up_to }).await;
    assert!(matches!(ann.frame().await, RelayFrame::Delivered { .. }));
    ben.send(&ClientFrame::Received { up_to }).await;
    ben.send(&ClientFrame::Read { peer: user("ann"), up_to }).await;
    assert!(matches!(ann.frame().await, RelayFrame::Read { .. }));
    moved(
        &relay,
        &before,
        &[
            ("messages_stored_total", 6.0),
            ("messages_repeated_total", 1.0),
            ("messages_refused_total", 1.0),
            (r#"receipts_written_total{kind="delivered"}"#, 2.0),
            (r#"receipts_written_total{kind="read"}"#, 1.0),
            (r#"rejections_total{dialect="v1",rule="idReused"}"#, 1.0),
            ("commits_failed_total", 0.0),
            // Eight messages, three `received`, one `read`.
            ("commit_batch_entries_sum", 12.0),
        ],
    )
    .await;
    let empty = ["messages_pending", "writer_queue_jobs", "outgoing_queue_bytes"];
    are(&relay, &empty.map(|gauge| (gauge, 0.0))).await;
    let now = scrape(&relay).await;
    let commits = now["commit_batch_entries_count"] - before["commit_batch_entries_count"];
    assert!((1.0..=12.0).contains(&commits), "{commits}");
    moved(&relay, &before, &[("commit_duration_seconds_count", commits)]).await;
    assert!(now["commit_duration_seconds_sum"] > before["commit_duration_seconds_sum"]);
}

#[tokio::test]
async fn traffic_shows_while_connections_live() {
    let relay = watched(|_| ()).await;
    let (mut ann, mut ben) = (relay.v1("ann").await, relay.v1("ben").await);
    // One frame of each, and three to each: nothing was there before.
    let nothing = scrape(&watched(|_| ()).await).await;
    moved(
        &relay,
        &nothing,
        &[
            (r#"received_frames_total{transport="websocket",dialect="v1"}"#, 2.0),
            (r#"sent_frames_total{transport="websocket",dialect="v1"}"#, 6.0),
        ],
    )
    .await;
    let before = scrape(&relay).await;
    let (mut received, mut sent) = (0, 0);
    for n in 0..10 {
        let frame = message("ben", &format!("m-{n}"), &"long ".repeat(n * 10 + 1));
        received += frame_bytes(codec::encode(&frame).len(), true);
        ann.send(&frame).await;
        for client in [&mut ann, &mut ben] {
            sent += frame_bytes(client.next_text().await.len(), false);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "some kilobytes")]
    let (received, sent) = (received as f64, sent as f64);
    moved(
        &relay,
        &before,
        &[
            (r#"received_frames_total{transport="websocket",dialect="v1"}"#, 10.0),
            (r#"received_bytes_total{transport="websocket",dialect="v1"}"#, received),
            (r#"sent_frames_total{transport="websocket",dialect="v1"}"#, 20.0),
            (r#"sent_bytes_total{transport="websocket",dialect="v1"}"#, sent),
            (r#"received_frames_total{transport="websocket",dialect="classic"}"#, 0.0),
            (r#"sent_bytes_total{transport="polling",dialect="v1"}"#, 0.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn requests_of_a_connection_count_as_its_traffic() {
    let relay = watched(|_| ()).await;
    let mut carl = Http::connect(&relay).await;
    let before = scrape(&relay).await;
    carl.sends(&[ClientFrame::Ping { n: 1 }, ClientFrame::Ping { n: 2 }]).await;
    let response = carl.poll(carl.after, 0).send().await.unwrap();
    let bytes = response.headers()["duologue-bytes"].to_str().unwrap().to_owned();
    let sent: f64 = bytes.split_once(' ').unwrap().1.parse().unwrap();
    moved(
        &relay,
        &before,
        &[
            (r#"received_frames_total{transport="polling",dialect="v1"}"#, 2.0),
            (r#"sent_frames_total{transport="polling",dialect="v1"}"#, 2.0),
        ],
    )
    .await;
    let now = scrape(&relay).await;
    let series = r#"sent_bytes_total{transport="polling",dialect="v1"}"#;
    // Also the answer to the post, which is shorter than two pongs.
    let moved = now[series] - before[series];
    assert!(moved > sent && moved < 2.0 * sent, "{moved}, {sent}");
}

#[tokio::test]
async fn what_is_refused_counts_by_rule() {
    let relay = watched(|_| ()).await;
    let (mut ann, mut one) = (relay.v1("ann").await, relay.classic("1", "2").await);
    let before = scrape(&relay).await;
    for text in ["[1]", "{}", "{}", "hello"] {
        ann.text(text).await;
        ann.error().await;
    }
    // A classic page isn't told, and what is no JSON is its heartbeat.
    for text in ["[1]", r#"{"type":"shout"}"#] {
        one.text(text).await;
    }
    one.settle().await;
    let mut carl = Http::connect(&relay).await;
    let response = carl.posts(7, &[ClientFrame::Ping { n: 1 }]).await;
    assert_eq!(refused(response).await, (409, ErrorCode::OutOfOrder));
    carl.sends(&[message("ben", "m-1", "too early")]).await;
    let response = carl.posts_text("nonsense".into()).await;
    assert_eq!(refused(response).await, (400, ErrorCode::NotJson));
    moved(
        &relay,
        &before,
        &[
            (r#"rejections_total{dialect="v1",rule="notAnObject"}"#, 1.0),
            (r#"rejections_total{dialect="v1",rule="missingType"}"#, 2.0),
            (r#"rejections_total{dialect="v1",rule="notJson"}"#, 2.0),
            (r#"rejections_total{dialect="v1",rule="outOfOrder"}"#, 1.0),
            (r#"rejections_total{dialect="v1",rule="notOpen"}"#, 1.0),
            (r#"rejections_total{dialect="v1",rule="badToken"}"#, 0.0),
            (r#"rejections_total{dialect="classic",rule="notAnObject"}"#, 1.0),
            (r#"rejections_total{dialect="classic",rule="invalidField"}"#, 1.0),
            (r#"rejections_total{dialect="classic",rule="notJson"}"#, 0.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_refused_at_the_door_counts_by_rule() {
    let relay = watched(|config| {
        config.trusted_proxy = vec![Network::parse("127.0.0.1").unwrap()];
        config.address_connections = 2;
        config.address_opens = 4;
        config.allow_keyless = true;
    })
    .await;
    let before = scrape(&relay).await;
    let upgrade = ["Upgrade: websocket", "Connection: close, Upgrade"];
    let asks = async |more: &[&str]| {
        let headers: Vec<&str> = upgrade.iter().chain(more).copied().collect();
        http(relay.address, "GET /v1/ws", &headers).await.status
    };
    assert_eq!(asks(&["Origin: https://evil.example"]).await, 403);
    assert_eq!(asks(&["Origin: https://evil.example"]).await, 403);
    // Of one house: it may have two, and open four in a minute.
    let open = async || {
        http(relay.address, "POST /v1/poll", &["X-Forwarded-For: 203.0.113.7", "Content-Length: 0"])
            .await
            .status
    };
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(open().await);
    }
    assert_eq!(statuses, [200, 200, 429, 429, 429]);
    let client = crate::polling_client::client();
    let elsewhere = client.get(format!("http://{}/v1/ws", relay.address));
    let elsewhere = elsewhere.header("host", "evil.example").header("upgrade", "websocket");
    assert_eq!(elsewhere.send().await.unwrap().status().as_u16(), 421);
    moved(
        &relay,
        &before,
        &[
            (r#"requests_refused_total{rule="forbiddenOrigin",status="403"}"#, 2.0),
            (r#"requests_refused_total{rule="wrongHost",status="421"}"#, 1.0),
            (r#"requests_refused_total{rule="addressConnections",status="429"}"#, 2.0),
            (r#"requests_refused_total{rule="addressOpens",status="429"}"#, 1.0),
            (r#"requests_refused_total{rule="addressSockets",status="none"}"#, 0.0),
            // Nothing counts twice.
            (r#"rejections_total{dialect="v1",rule="rateLimited"}"#, 0.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_disk_that_fails_shows_and_so_does_one_that_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let relay = watched(|config| {
        config.ephemeral = false;
        config.data = Some(folder.path().to_owned());
    })
    .await;
    let mut ann = relay.v1("ann").await;
    ann.writes("ben", "m-0", "hi").await;
    assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    let ready = get(&relay, "/readyz").await;
    assert_eq!((ready.status, ready.text()), (200, "ready\n"));
    let before = scrape(&relay).await;

    let locked = lock(folder.path());
    for id in ["m-1", "m-2", "m-3"] {
        ann.writes("ben", id, "hi").await;
    }
    // It is tried for a second before it is given up: meanwhile they wait.
    are(&relay, &[("messages_pending", 3.0), ("messages_stored_total", 1.0)]).await;
    for _ in 0..3 {
        assert_eq!(ann.error().await.0, ErrorCode::StorageUnavailable);
    }
    let refused = [
        ("messages_refused_total", 3.0),
        (r#"rejections_total{dialect="v1",rule="storageUnavailable"}"#, 3.0),
        ("messages_stored_total", 0.0),
    ];
    moved(&relay, &before, &refused).await;
    are(&relay, &[("messages_pending", 0.0)]).await;
    let failed = scrape(&relay).await["commits_failed_total"];
    // What comes behind the first to the same person isn't tried.
    assert!((1.0..=2.0).contains(&failed), "{failed}");
    let ready = get(&relay, "/readyz").await;
    assert_eq!(ready.status, 503);
    let why = ready.text();
    assert!(why.contains("locked") && why.lines().count() == 1, "{why}");
    assert_eq!(get(&relay, "/healthz").await.status, 200, "the process is well");

    locked.execute_batch("ROLLBACK").unwrap();
    ann.writes("ben", "m-1", "hi").await;
    assert!(matches!(ann.frame().await, RelayFrame::Stored { .. }));
    assert_eq!(get(&relay, "/readyz").await.status, 200);
    are(&relay, &[("messages_stored_total", 2.0), ("messages_pending", 0.0)]).await;
}

#[tokio::test]
async fn nothing_of_anybody_is_told() {
    let relay = watched(|_| ()).await;
    let secret = "nobody-elses-business";
    let (mut ann, mut one) =
        (relay.v1("ann-of-kent").await, relay.classic("ann-of-kent", "x").await);
    ann.writes("ben-of-kent", secret, secret).await;
    ann.frame().await;
    ann.text(format!(r#"{{"type":"{secret}","toUserId":"ben-of-kent"}}"#)).await;
    ann.error().await;
    one.text(format!(r#"{{"type":"{secret}"}}"#)).await;
    one.settle().await;
    one.0.close(Some(CloseFrame { code: 4999.into(), reason: secret.into() })).await.unwrap();
    while one.next().await.is_some() {}
    http(relay.address, "GET /v1/ws", &["Origin: https://nobody-elses-business.example"]).await;
    let text = get(&relay, "/metrics").await;
    for private in [secret, "kent", "127.0.0.1", "4999"] {
        assert!(!text.text().contains(private), "{private}");
    }
}

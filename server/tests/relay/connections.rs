//! How many connections a relay takes: as many as it was told to, over each way that there is.

use duologue_protocol::ErrorCode;
use duologue_protocol::polling::PATH;
use reqwest::Method;
use tokio::time::timeout;

use crate::common::{Client, PATIENCE, TestRelay};
use crate::polling_client::{Http, client, refused};

/// What those say who are in, while somebody waits: much more than a relay that takes them needs for a handshake.
const SAID: usize = 100;

async fn three_and_no_more() -> TestRelay {
    TestRelay::with(|config| config.connections = 3).await
}

#[tokio::test]
async fn who_comes_beyond_waits_until_somebody_leaves() {
    let relay = three_and_no_more().await;
    let mut ann = relay.classic("ann", "ben").await;
    let mut ben = relay.classic("ben", "ann").await;
    let cas = relay.v1("cas").await;

    let address = relay.address;
    let late = tokio::spawn(async move { Client::connect(address, "/").await });
    for _ in 0..SAID {
        let text = ann.says("ann", "ben", "is there somebody at the door?").await;
        assert_eq!(ben.next_text().await, text);
    }
    assert!(!late.is_finished(), "a fourth was taken");

    drop(cas);
    let mut late = timeout(PATIENCE, late).await.expect("nobody gets in any more").unwrap();
    late.settle().await;
}

#[tokio::test]
async fn as_many_may_be_open_over_http() {
    let relay = three_and_no_more().await;
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(Http::connect(&relay).await);
    }
    let fourth = client().post(format!("http://{}{PATH}", relay.address)).send().await.unwrap();
    assert_eq!(refused(fourth).await, (503, ErrorCode::Busy));

    let gone = taken.pop().unwrap().request(Method::DELETE, PATH).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    Http::connect(&relay).await;
}

//! The relay is killed with SIGKILL and started again, fifty times, while two people talk to each
//! other at a thousand messages a second. Nothing that got `stored` is missing, nothing comes twice,
//! order is kept, and everything that was sent arrives in the end.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "so does a test fail")]

mod driver;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use duologue_protocol::{MessageId, UserId};
use duologue_session::Input;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{interval, timeout};

use driver::{Driver, Progress};

/// How often the relay is killed.
const KILLS: u32 = 50;

/// How long the whole may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(5);

/// Between two messages of one person: a thousand a second of both together.
const PACE: Duration = Duration::from_millis(2);

/// No more than this unanswered: below what an outbox holds.
const UNANSWERED: usize = 800;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_out_of_order_over_fifty_kills() {
    timeout(PATIENCE, talk_over_kills()).await.expect("it hangs");
}

async fn talk_over_kills() {
    let folder = tempfile::tempdir().unwrap();
    let (mut relay, address) = start("127.0.0.1:0", folder.path()).await;
    let (ann, ben) = (UserId::parse("ann").unwrap(), UserId::parse("ben").unwrap());
    let to_ben = Driver::start(ann.clone(), address, 1);
    let to_ann = Driver::start(ben.clone(), address, 2);
    let drivers = [(&to_ben, &ben), (&to_ann, &ann)];

    let mut rng = fastrand::Rng::with_seed(7);
    let mut pace = interval(PACE);
    for _ in 0..KILLS {
        let more = rng.usize(10..300);
        let enough = stored(drivers) + more;
        while stored(drivers) < enough {
            pace.tick().await;
            say(drivers);
        }
        relay.kill().await.unwrap();
        // Some are written while there is no relay.
        for _ in 0..rng.usize(0..50) {
            say(drivers);
        }
        relay = start(&address.to_string(), folder.path()).await.0;
        for (driver, _) in drivers {
            driver.input(Input::ReconnectNow);
        }
    }

    for (from, to) in [(&to_ben, &to_ann), (&to_ann, &to_ben)] {
        let mut sender = from.progress.clone();
        let sent = sender
            .wait_for(|progress| {
                let last = progress.stored.iter().map(|(_, seq)| *seq).max();
                progress.stored.len() == from.written() && last == Some(progress.delivered)
            })
            .await
            .unwrap()
            .clone();
        let mut receiver = to.progress.clone();
        let all = sent.sent.len();
        let got =
            receiver.wait_for(|progress| progress.received.len() >= all).await.unwrap().clone();
        check(&sent, &got);
    }
    relay.kill().await.unwrap();
}

fn check(sent: &Progress, got: &Progress) {
    assert_eq!(sent.failed, Vec::<String>::new());
    let received: Vec<&MessageId> = got.received.iter().map(|message| &message.id).collect();
    assert!(received.iter().copied().eq(&sent.sent), "lost, doubled or out of order");
    assert!(sent.sent.len() > 1_000, "{} messages prove little", sent.sent.len());
}

fn stored(drivers: [(&Driver, &UserId); 2]) -> usize {
    drivers.iter().map(|(driver, _)| driver.progress.borrow().stored.len()).sum()
}

fn say(drivers: [(&Driver, &UserId); 2]) {
    for (driver, peer) in drivers {
        let unanswered = driver.written() - driver.progress.borrow().stored.len();
        if unanswered < UNANSWERED {
            driver.says_something(peer);
        }
    }
}

/// Starts a relay that keeps its mail in `folder`; comes back once it listens.
async fn start(listen: &str, folder: &Path) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_duologue-server"))
        .args(["--listen", listen, "--log", "json", "--data"])
        .arg(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next_line().await.unwrap().expect("the relay says where it listens");
        let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if let Some(url) = event["fields"]["url"].as_str() {
            break url.trim_start_matches("http://").parse().unwrap();
        }
    };
    // A full pipe would stop the relay, so somebody reads on.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}

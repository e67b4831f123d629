//! Two people send faster than the relay lets a name, over each transport: everything arrives once and in order, and
//! nothing fails.

use std::time::Duration;

use duologue_protocol::UserId;
use duologue_session::{Preference, Transport};
use tokio::time::{interval, timeout};

use crate::driver::Driver;
use crate::relay::start;
use crate::talk::{check, say};

/// How many messages a name may send in a second here, once two thousand came at once: less than any machine
/// manages.
const RATE: u32 = 50;

/// Between two messages: far faster than the relay lets them.
const PACE: Duration = Duration::from_millis(1);

/// How long the whole may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_too_fast_loses_nothing() {
    timeout(PATIENCE, talk_in_haste()).await.expect("it hangs");
}

async fn talk_in_haste() {
    let folder = tempfile::tempdir().unwrap();
    let (mut relay, address) = start("127.0.0.1:0", folder.path(), RATE).await;
    let (ann, ben) = (UserId::parse("ann").unwrap(), UserId::parse("ben").unwrap());
    let over = |transport| Preference::Only(transport);
    let to_ben = Driver::start(ann.clone(), address, 1, over(Transport::WebSocket));
    let to_ann = Driver::start(ben.clone(), address, 2, over(Transport::LongPolling));
    let drivers = [(&to_ben, &ben), (&to_ann, &ann)];

    let mut pace = interval(PACE);
    while drivers.iter().any(|(driver, _)| driver.progress.borrow().held == 0) {
        pace.tick().await;
        say(drivers);
    }
    check(&to_ben, &to_ann).await;
    relay.kill().await.unwrap();
}

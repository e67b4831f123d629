//! A thousand changes of the transport, forced while two people talk, in any order and at any moment:
//! nothing is lost, nothing comes twice, order is kept.

use std::time::Duration;

use duologue_protocol::UserId;
use duologue_session::{Input, Preference, Transport};
use tokio::time::{interval, timeout};

use crate::driver::Driver;
use crate::relay::start;
use crate::talk::{check, say, stored};

/// How many changes are forced on both together.
const CHANGES: usize = 1_000;

/// Every which change is waited for. Odd, so that both people have some.
const WAITED_FOR: usize = 5;

/// How long the whole may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(5);

/// Between two messages of one person.
const PACE: Duration = Duration::from_millis(5);

const WANTED: [Preference; 4] = [
    Preference::Automatic,
    Preference::Only(Transport::WebSocket),
    Preference::Only(Transport::LongPolling),
    Preference::Only(Transport::ShortPolling),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_out_of_order_over_a_thousand_changes() {
    timeout(PATIENCE, talk_over_changes()).await.expect("it hangs");
}

async fn talk_over_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut relay, address) = start("127.0.0.1:0", folder.path(), 0).await;
    let (ann, ben) = (UserId::parse("ann").unwrap(), UserId::parse("ben").unwrap());
    let to_ben = Driver::start(ann.clone(), address, 1, Preference::Automatic);
    let to_ann = Driver::start(ben.clone(), address, 2, Preference::Automatic);
    let drivers = [(&to_ben, &ben), (&to_ann, &ann)];

    let mut rng = fastrand::Rng::with_seed(7);
    let mut pace = interval(PACE);
    let mut last = [0; 2];
    for change in 0..CHANGES {
        let which = change % 2;
        // Never the same twice in a row, or it would be no change.
        last[which] = (last[which] + rng.usize(1..WANTED.len())) % WANTED.len();
        drivers[which].0.input(Input::Prefer(WANTED[last[which]]));
        // Some are waited for: how many of the others come about is the machine's business.
        if change % WAITED_FOR == 0 {
            let wanted = carried_by(WANTED[last[which]]);
            let mut progress = drivers[which].0.progress.clone();
            progress.wait_for(|progress| progress.used.last() == Some(&wanted)).await.unwrap();
        }
        // Some come in the middle of another, some after a few messages got through.
        let enough = stored(drivers) + rng.usize(0..6);
        let mut ticks = rng.usize(0..10);
        while stored(drivers) < enough || ticks > 0 {
            pace.tick().await;
            ticks = ticks.saturating_sub(1);
            say(drivers);
        }
    }
    for (driver, _) in drivers {
        driver.input(Input::Prefer(Preference::Automatic));
    }
    check(&to_ben, &to_ann).await;
    for (driver, _) in drivers {
        let mut progress = driver.progress.clone();
        let is_back = |used: &[Transport]| used.last() == Some(&Transport::WebSocket);
        progress.wait_for(|progress| is_back(&progress.used)).await.unwrap();
        for transport in [Transport::WebSocket, Transport::LongPolling, Transport::ShortPolling] {
            let times = progress.borrow().used.iter().filter(|used| **used == transport).count();
            assert!(times > 10, "{transport:?} was used {times} times");
        }
    }
    relay.kill().await.unwrap();
}

/// What carries the conversation where nothing is in the way.
fn carried_by(preference: Preference) -> Transport {
    match preference {
        Preference::Automatic => Transport::WebSocket,
        Preference::Only(transport) => transport,
    }
}

//! The relay is killed with SIGKILL and started again, fifty times, while two people talk to each
//! other at a thousand messages a second. Nothing that got `stored` is missing, nothing comes twice,
//! order is kept, and everything that was sent arrives in the end.

use std::time::Duration;

use duologue_protocol::UserId;
use duologue_session::{Input, Preference, Transport};
use tokio::time::{interval, timeout};

use crate::driver::Driver;
use crate::relay::start;
use crate::talk::{check, say, stored};

/// How often the relay is killed.
const KILLS: u32 = 50;

/// What happens where transports change is another test's.
const WEB_SOCKET: Preference = Preference::Only(Transport::WebSocket);

/// How long the whole may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(5);

/// Between two messages of one person: a thousand a second of both together.
const PACE: Duration = Duration::from_millis(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_out_of_order_over_fifty_kills() {
    timeout(PATIENCE, talk_over_kills()).await.expect("it hangs");
}

async fn talk_over_kills() {
    let folder = tempfile::tempdir().unwrap();
    let (mut relay, address) = start("127.0.0.1:0", folder.path(), 0).await;
    let (ann, ben) = (UserId::parse("ann").unwrap(), UserId::parse("ben").unwrap());
    let to_ben = Driver::start(ann.clone(), address, 1, WEB_SOCKET);
    let to_ann = Driver::start(ben.clone(), address, 2, WEB_SOCKET);
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
        relay = start(&address.to_string(), folder.path(), 0).await.0;
        for (driver, _) in drivers {
            driver.input(Input::ReconnectNow);
        }
    }

    check(&to_ben, &to_ann).await;
    relay.kill().await.unwrap();
}

//! Waiting for a condition.

use std::time::{Duration, Instant};

/// How long a condition may take on a slow and busy machine before the test has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked at.
const PERIOD: Duration = Duration::from_millis(30);

/// Asks until the answer is `Ok`, and gives it. The last `Err` says what was seen instead.
pub async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    eventually_within(PATIENCE, what, ask).await
}

/// The same for what takes its time by itself, such as a deadline of the protocol.
pub async fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(seen) if started.elapsed() > patience => panic!("{what}: never; last seen: {seen}"),
            // wait: the pause between two looks at the condition.
            Err(_) => tokio::time::sleep(PERIOD).await,
        }
    }
}

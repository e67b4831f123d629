//! Waiting for a condition.

use std::time::{Duration, Instant};

/// How long a condition may take on a slow and busy machine before the test has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked at.
const PERIOD: Duration = Duration::from_millis(30);

/// Asks until the answer is `Ok`, and gives it. The last `Err` says what was seen instead.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let started = Instant::now();
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(seen) if started.elapsed() > PATIENCE => panic!("{what}: never; last seen: {seen}"),
            // wait: the pause between two looks at the condition.
            Err(_) => tokio::time::sleep(PERIOD).await,
        }
    }
}

//! Reads a relay's metrics as Prometheus does, and waits for them to be what they should be.

use std::collections::BTreeMap;

use duologue_server::Config;
use tokio::time::timeout;

use crate::common::{PATIENCE, Response, TestRelay, http};

/// The samples of one scrape, by name and labels.
pub(crate) type Samples = BTreeMap<String, f64>;

/// A relay that tells how it is doing.
pub(crate) async fn watched(change: impl FnOnce(&mut Config)) -> TestRelay {
    TestRelay::with(|config| {
        config.metrics = Some("127.0.0.1:0".into());
        change(config);
    })
    .await
}

pub(crate) async fn get(relay: &TestRelay, path: &str) -> Response {
    http(relay.metrics.unwrap(), &format!("GET {path}"), &[]).await
}

pub(crate) async fn scrape(relay: &TestRelay) -> Samples {
    let response = get(relay, "/metrics").await;
    assert_eq!(response.status, 200);
    let samples = response.text().lines().filter(|line| !line.starts_with('#'));
    let samples = samples.map(|line| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        (series.strip_prefix("duologue_").unwrap().to_owned(), value.parse().unwrap())
    });
    samples.collect()
}

/// Scrapes until these series are what they should be: gauges, of which nobody knows where they come from.
pub(crate) async fn are(relay: &TestRelay, expected: &[(&str, f64)]) {
    moved(relay, &Samples::new(), expected).await;
}

/// Scrapes until these series have moved by so much since `before`. A series that is not there fails at once.
pub(crate) async fn moved(relay: &TestRelay, before: &Samples, expected: &[(&str, f64)]) {
    let mut wrong = Vec::new();
    let right = async {
        loop {
            let now = scrape(relay).await;
            let moved = |series: &str| now[series] - before.get(series).unwrap_or(&0.0);
            wrong.clear();
            for (series, by) in expected {
                // Counts are whole numbers.
                if (moved(series) - by).abs() > 0.5 {
                    wrong.push(format!("{series} moved by {} and not {by}", moved(series)));
                }
            }
            if wrong.is_empty() {
                return;
            }
        }
    };
    let is_right = timeout(PATIENCE, right).await.is_ok();
    assert!(is_right, "{wrong:?}");
}

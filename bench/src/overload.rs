//! More than a server can take.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::Result;
use crate::measure::Plan;
use crate::pairs::Pairs;
use crate::server::Kind;
use crate::table::{count, time};

/// What a message's way is timed at while nothing else goes on, in messages a second.
const QUIET_RATE: u32 = 1_000;

/// How often the quiet pair says something, in messages a second.
const RARE_RATE: u32 = 100;

/// How often a server's memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Twice `rate` for a time.
pub(crate) fn past_the_limit(plan: &Plan, kind: Kind, rate: f64) -> Result<Vec<String>> {
    let server = plan.programs.start(kind)?;
    let mut pairs = Pairs::open(server.address, server.speech, 32, 64)?;
    let before = pairs.steady(QUIET_RATE, plan.time)?.value_at_quantile(0.5);
    let memory = server.resident()?;
    let (highest, is_over) = (AtomicU64::new(memory), AtomicBool::new(false));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a million")]
    let twice = (2.0 * rate) as u32;
    let took = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) {
                highest.fetch_max(server.resident().unwrap_or(0), Relaxed);
                std::thread::sleep(LOOK_EVERY);
            }
        });
        let since = Instant::now();
        let outcome = pairs.steady(twice, plan.time);
        is_over.store(true, Relaxed);
        outcome.map(|_| since.elapsed().saturating_sub(plan.time))
    })?;
    let after = pairs.steady(QUIET_RATE, plan.time)?.value_at_quantile(0.5);
    let megabytes = |bytes: u64| format!("{} MB", bytes >> 20);
    Ok(vec![
        kind.name().to_owned(),
        count(f64::from(twice)),
        megabytes(memory),
        megabytes(highest.load(Relaxed)),
        format!("{took:.1?}"),
        time(before),
        time(after),
    ])
}

/// A pair that says little, alone and beside one that says as much as it can.
pub(crate) fn beside_a_flood(plan: &Plan, kind: Kind) -> Result<Vec<String>> {
    let server = plan.programs.start(kind)?;
    let mut pairs = Pairs::open(server.address, server.speech, 2, 64)?;
    pairs.beside(0, RARE_RATE, plan.time / 4)?;
    let alone = pairs.beside(0, RARE_RATE, plan.time)?;
    let beside = pairs.beside(256, RARE_RATE, plan.time)?;
    let of = |quantile| (alone.value_at_quantile(quantile), beside.value_at_quantile(quantile));
    let ((median, median_beside), (p99, p99_beside)) = (of(0.5), of(0.99));
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
    let ratio = median_beside as f64 / median.max(1) as f64;
    Ok(vec![
        kind.name().to_owned(),
        time(median),
        time(median_beside),
        format!("{ratio:.2}"),
        time(p99),
        time(p99_beside),
    ])
}

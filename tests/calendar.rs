//! Days as they are where the reader is, also where the clocks change and far from Greenwich. `cargo xtask test` starts
//! the browser in a place where all of that can be seen.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::open::{Open, js};
use common::{eventually, name};
use duologue::platform::{self, DateStyle};
use duologue_protocol::UnixMillis;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Thirteen hours ahead of Greenwich in summer, twelve in winter.
const PLACE: &str = "Pacific/Auckland";

const HOUR: u64 = 60 * 60 * 1_000;

/// Midnight there before the clocks are set back by an hour at three (5 April 2026).
const AUTUMN: u64 = 1_775_300_400_000;

/// Midnight there before the clocks are set ahead by an hour at two (27 September 2026).
const SPRING: u64 = 1_790_424_000_000;

fn we_are_there() {
    let place = js("Intl.DateTimeFormat().resolvedOptions().timeZone").as_string();
    assert_eq!(place.as_deref(), Some(PLACE), "start the browser with TZ={PLACE}");
}

fn day(at: u64) -> i32 {
    platform::local_day(UnixMillis(at)).0
}

#[wasm_bindgen_test]
fn a_day_of_23_or_25_hours_is_one_day() {
    we_are_there();
    for (midnight, hours) in [(AUTUMN, 25), (SPRING, 23)] {
        let today = day(midnight);
        assert_eq!(day(midnight - 1), today - 1);
        assert_eq!(day(midnight + hours * HOUR - 1), today);
        assert_eq!(day(midnight + hours * HOUR), today + 1);
    }
    // The hour from two to three comes twice, and says the same both times.
    let time = |hours: u64| platform::date(UnixMillis(AUTUMN + hours * HOUR), DateStyle::ExactTime);
    assert_eq!([time(2), time(3), time(4)], ["02:00:00", "02:00:00", "03:00:00"]);
}

#[wasm_bindgen_test]
async fn days_are_said_as_they_are_there() {
    we_are_there();
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    let at = [SPRING - 1, SPRING, SPRING + 22 * HOUR, SPRING + 23 * HOUR];
    for (prev, at) in (0..).zip(at) {
        page.brings_of(at, "ben", prev, prev + 1, "hello");
    }
    let said = || {
        let all = js("[...document.querySelectorAll('.item')].map(item =>
            item.querySelector('.day')?.textContent ?? '').join('|')");
        let all = all.as_string()?;
        (all.matches('|').count() == 3).then_some(all)
    };
    let days = eventually("four messages", said).await;
    // With or without the weekday and the year: that depends on when this runs.
    let days: Vec<&str> = days.split('|').collect();
    let dates = ["September 26", "September 27", "", "September 28"];
    assert!(days.iter().zip(dates).all(|(day, date)| day.contains(date)), "{days:?}");
    assert_eq!(days[2], "", "the same day");
}

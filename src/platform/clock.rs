//! The wall clock, and timers that end when they are dropped.

use std::time::Duration;

use duologue_session::Time;
use gloo_timers::callback::{Interval, Timeout};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Now, by the wall clock.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds since 1970"
)]
pub fn now() -> Time {
    Time(js_sys::Date::now() as u64)
}

/// Microseconds since the page was loaded, as finely as the browser tells; never goes back.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "since page load")]
pub fn micros() -> u64 {
    (performance_now() * 1_000.0) as u64
}

/// Calls back once.
pub struct Timer {
    _timeout: Timeout,
}

impl Timer {
    /// Calls `callback` after `delay`, at most 24 days from now, unless dropped before.
    pub fn after(delay: Duration, callback: impl FnOnce() + 'static) -> Self {
        let millis = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
        // setTimeout takes a signed 32-bit number; a larger one would fire at once.
        let millis = millis.min(i32::MAX.unsigned_abs());
        Self { _timeout: Timeout::new(millis, callback) }
    }
}

/// Calls back again and again.
pub struct Ticker {
    _interval: Interval,
}

impl Ticker {
    /// Calls `callback` every `period` until dropped.
    pub fn every(period: Duration, callback: impl FnMut() + 'static) -> Self {
        let millis = u32::try_from(period.as_millis()).unwrap_or(u32::MAX);
        Self { _interval: Interval::new(millis, callback) }
    }
}

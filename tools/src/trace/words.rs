//! The states and events of a trace in words. What stands in the panel from the beginning is with its parts.
//!
//! What a file has as well is said in the language that is asked for.

use std::time::Duration;

use duologue::app::numbers;
use duologue::app::rules;
use duologue::transport::RequestKind;
use duologue_protocol::CloseCode;
use duologue_session::{Cause, Down, Learned, LinkState, Preference, Time, Transport, Why};
use rust_i18n::t;

use super::log::Happening;
use super::pulse::Summary;
use crate::language::{OF_FILES, Words};

/// What a file is, in it.
pub const TRACE_IS: &str = "A trace of a Duologue page. Contents, names, hosts, tokens and free texts \
                            are left out. Times are milliseconds since 1970.";

/// A transport's name.
pub fn transport(transport: Transport) -> Words {
    transport_in(transport, &rust_i18n::locale())
}

fn transport_in(transport: Transport, locale: &str) -> Words {
    match transport {
        Transport::WebSocket => t!("transport.websocket", locale = locale),
        Transport::LongPolling => t!("transport.long_polling", locale = locale),
        Transport::ShortPolling => t!("transport.short_polling", locale = locale),
    }
}

/// A choice's name.
pub fn preference(preference: Preference) -> Words {
    preference_in(preference, &rust_i18n::locale())
}

fn preference_in(preference: Preference, locale: &str) -> Words {
    match preference {
        Preference::Automatic => t!("transport.automatic", locale = locale),
        Preference::Only(one) => transport_in(one, locale),
    }
}

/// What a choice means.
pub fn about_preference(preference: Preference) -> Words {
    match preference {
        Preference::Automatic => t!("transport.about.automatic"),
        Preference::Only(Transport::WebSocket) => t!("transport.about.websocket"),
        Preference::Only(Transport::LongPolling) => t!("transport.about.long_polling"),
        Preference::Only(Transport::ShortPolling) => t!("transport.about.short_polling"),
    }
}

/// Why a transport is in use.
pub fn why(why: Why, locale: &str) -> Words {
    match why {
        Why::First => t!("why.first", locale = locale),
        Why::Pinned => t!("why.pinned", locale = locale),
        Why::NoWebSocket => t!("why.no_websocket", locale = locale),
        Why::HeldCut => t!("why.held_cut", locale = locale),
        Why::Learned => t!("why.learned", locale = locale),
        Why::Recovered => t!("why.recovered", locale = locale),
    }
}

/// A state of the link, and what comes next.
pub fn link(link: &LinkState, now: Time) -> Words {
    match link {
        LinkState::Connected => t!("link.connected"),
        LinkState::Connecting { failures: 0 } => t!("link.connecting"),
        LinkState::Connecting { .. } => t!("link.again"),
        LinkState::Waiting { until, cause, .. } => {
            let cause = match cause {
                Cause::Unreachable => t!("link.cause.unreachable"),
                Cause::NoWelcome => t!("link.cause.no_welcome"),
                Cause::Broken => t!("link.cause.broken"),
                Cause::Silent => t!("link.cause.silent"),
                Cause::Closed(reason) => {
                    t!("link.cause.closed", reason = rules::of_a_refusal(reason))
                }
            };
            match until.since(now).as_millis().div_ceil(1_000) {
                0 => t!("link.waiting.now", cause = cause),
                seconds => t!("link.waiting.seconds", seconds = seconds, cause = cause),
            }
        }
        LinkState::Stopped { reason } => t!("link.stopped", reason = rules::of_a_refusal(reason)),
    }
}

/// A state of the link for a file, without free texts.
pub fn state(state: &LinkState) -> String {
    match state {
        LinkState::Connecting { failures } => {
            format!("connecting, after {failures} failures in a row")
        }
        LinkState::Connected => "connected".into(),
        LinkState::Waiting { failures, cause, .. } => {
            let cause = cause_words(cause, false, OF_FILES);
            format!("waiting, after {failures} failures in a row: {cause}")
        }
        LinkState::Stopped { .. } => "stopped by the relay".into(),
    }
}

/// What a close code means. The relay's own: in its words, or in the page's where those are in another language.
fn meaning(code: u16, locale: &str) -> Words {
    if let Some(known) = known(code) {
        return if locale == OF_FILES { known.reason().into() } else { rules::of_a_close(known) };
    }
    match code {
        1000 => t!("end.normal", locale = locale),
        1001 => t!("end.went_away", locale = locale),
        1002 => t!("end.broke_protocol", locale = locale),
        1003 => t!("end.wrong_kind", locale = locale),
        1005 => t!("end.no_code", locale = locale),
        1006 => t!("end.no_close_frame", locale = locale),
        1007 => t!("end.no_utf8", locale = locale),
        1008 => t!("end.against_rule", locale = locale),
        1009 => t!("end.too_large", locale = locale),
        1010 => t!("end.no_extension", locale = locale),
        1011 => t!("end.relay_failed", locale = locale),
        1012 => t!("end.relay_restarts", locale = locale),
        1013 => t!("end.relay_busy", locale = locale),
        1014 => t!("end.proxy_failed", locale = locale),
        1015 => t!("end.tls_failed", locale = locale),
        4000..=4499 => t!("end.come_back", locale = locale),
        4500..=4999 => t!("end.stay_away", locale = locale),
        _ => t!("end.unknown", locale = locale),
    }
}

/// The relay's own code of this number.
fn known(code: u16) -> Option<CloseCode> {
    CloseCode::ALL.into_iter().find(|known| known.code() == code)
}

/// A line of the log. `with_reasons`: with what others gave as reasons, in the page's words or else in their own.
pub fn happening(what: &Happening, with_reasons: bool, locale: &str) -> Words {
    let name = |one: &Transport| transport_in(*one, locale);
    match what {
        Happening::Started => t!("log.started", locale = locale),
        Happening::Connecting(one) => {
            t!("log.connecting", locale = locale, transport = name(one))
        }
        Happening::Up(one) => t!("log.up", locale = locale, transport = name(one)),
        Happening::Using { transport: one, why: reason, before: None } => {
            let why = why(*reason, locale);
            t!("log.using", locale = locale, transport = name(one), why = why)
        }
        Happening::Using { transport: to, why: reason, before: Some(from) } => {
            let why = why(*reason, locale);
            t!("log.switched", locale = locale, from = name(from), to = name(to), why = why)
        }
        Happening::Down { transport: one, was_up, down } => {
            let end = end(down, with_reasons, locale);
            if *was_up {
                t!("log.closed", locale = locale, transport = name(one), end = end)
            } else {
                t!("log.not_opened", locale = locale, transport = name(one), end = end)
            }
        }
        Happening::Closed(one) => t!("log.closed_here", locale = locale, transport = name(one)),
        Happening::Failed { request, status } => failed(*request, *status, locale),
        Happening::HeldCut => t!("log.held_cut", locale = locale),
        Happening::Waiting { wait, failures, cause } => {
            let (cause, wait) = (cause_words(cause, with_reasons, locale), duration(*wait, locale));
            t!("log.waiting", locale = locale, failures = failures, cause = cause, wait = wait)
        }
        Happening::Stopped(reason) if with_reasons => {
            t!("log.stopped.reason", locale = locale, reason = rules::of_a_refusal(reason))
        }
        Happening::Stopped(_) => t!("log.stopped.plain", locale = locale),
        Happening::Learned(Some(Learned { transport: one, .. })) => {
            t!("log.learned", locale = locale, transport = name(one))
        }
        Happening::Learned(None) => t!("log.forgotten", locale = locale),
        Happening::Preferred(one) => {
            t!("log.preferred", locale = locale, transport = preference_in(*one, locale))
        }
    }
}

/// How a transport ended.
fn end(down: &Down, with_reasons: bool, locale: &str) -> Words {
    let Down { code, reason } = down;
    let meaning = meaning(*code, locale);
    let is_said = known(*code).is_some_and(|known| known.reason() == reason);
    if with_reasons && !reason.is_empty() && !is_said {
        t!("end.reason", locale = locale, code = code, meaning = meaning, reason = reason)
    } else {
        t!("end.plain", locale = locale, code = code, meaning = meaning)
    }
}

fn cause_words(cause: &Cause, with_reasons: bool, locale: &str) -> Words {
    match cause {
        Cause::Unreachable => t!("log.cause.unreachable", locale = locale),
        Cause::NoWelcome => t!("log.cause.no_welcome", locale = locale),
        Cause::Broken => t!("log.cause.broken", locale = locale),
        Cause::Silent => t!("log.cause.silent", locale = locale),
        Cause::Closed(reason) if with_reasons => {
            t!("log.cause.closed.reason", locale = locale, reason = rules::of_a_refusal(reason))
        }
        Cause::Closed(_) => t!("log.cause.closed.plain", locale = locale),
    }
}

fn failed(request: RequestKind, status: Option<u16>, locale: &str) -> Words {
    match (request, status) {
        (RequestKind::Open, Some(status)) => {
            t!("log.answered.open", locale = locale, status = status)
        }
        (RequestKind::Poll, Some(status)) => {
            t!("log.answered.poll", locale = locale, status = status)
        }
        (RequestKind::Post, Some(status)) => {
            t!("log.answered.post", locale = locale, status = status)
        }
        (RequestKind::Close, Some(status)) => {
            t!("log.answered.close", locale = locale, status = status)
        }
        (RequestKind::Open, None) => t!("log.unanswered.open", locale = locale),
        (RequestKind::Poll, None) => t!("log.unanswered.poll", locale = locale),
        (RequestKind::Post, None) => t!("log.unanswered.post", locale = locale),
        (RequestKind::Close, None) => t!("log.unanswered.close", locale = locale),
    }
}

/// A count's label.
pub fn count(key: &str) -> Words {
    match key {
        "requests" => t!("counters.requests"),
        "empty-polls" => t!("counters.empty_polls"),
        "frames-up" => t!("counters.frames_up"),
        "frames-down" => t!("counters.frames_down"),
        "bytes-up" => t!("counters.bytes_up"),
        "bytes-down" => t!("counters.bytes_down"),
        _ => "".into(),
    }
}

/// The round trips, for those who read and for those who can't see the plot.
pub fn round_trips(summary: Option<Summary>) -> Words {
    let Some(Summary { min, median, max, last, count }) = summary else {
        return t!("pulse.none");
    };
    let [last, min, median, max] = [last, min, median, max].map(milliseconds);
    t!("pulse.summary", last = last, min = min, median = median, max = max, count = count)
}

/// A time of the plot.
pub fn milliseconds(millis: u32) -> Words {
    // The clock counts whole ones.
    if millis == 0 { t!("unit.under_ms") } else { t!("unit.ms", number = millis) }
}

/// A frame's size.
pub fn bytes(bytes: usize) -> Words {
    t!("unit.bytes", number = numbers::count(bytes))
}

/// A frame's type, or a sign that it has none.
pub fn frame_kind(kind: &str) -> String {
    if kind.is_empty() { "?".into() } else { kind.to_owned() }
}

/// A frame's direction, for those who can't see the arrow.
pub fn direction(key: &str) -> Words {
    if key == "up" { t!("frames.sent") } else { t!("frames.received") }
}

/// How long ago something was, in one unit.
pub fn age(at: Time, now: Time) -> Words {
    match now.since(at).as_secs() {
        0 => t!("age.now"),
        seconds @ 1..60 => t!("age.seconds", number = seconds),
        seconds @ 60..3600 => t!("age.minutes", number = seconds / 60),
        seconds => t!("age.hours", number = seconds / 3600),
    }
}

fn duration(wait: Duration, locale: &str) -> Words {
    match wait.as_millis() {
        millis @ 0..1000 => t!("unit.ms", locale = locale, number = millis),
        millis => {
            let tenths = format!("{}.{}", millis / 1000, millis % 1000 / 100);
            t!("unit.seconds", locale = locale, number = tenths)
        }
    }
}

//! A trace as a file to attach to a bug report: everything but what people said, who they are, and where
//! the relay is.

use duologue_session::Time;
use serde_json::{Value, json};

use super::counters::{COUNTS, Counters};
use super::redact::Redactor;
use super::{Trace, words};
use crate::language::OF_FILES;
use duologue::app::choice;

/// What a trace's file is of, beside the trace.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Whose page it is.
    pub me: &'a str,
    /// The relay's address; empty if there is none.
    pub relay: &'a str,
}

/// The file's text.
pub fn file(trace: &Trace, subject: Subject<'_>, now: Time) -> String {
    let mut redactor = Redactor::default();
    // First, so that the reader of the file is person-1 and the relay host-1.
    let (me, relay) = (redactor.person(subject.me), redactor.address(subject.relay));
    let in_use = trace.in_use().map(|one| {
        json!({ "transport": choice::transport_key(one.transport), "why": words::why(one.why, OF_FILES) })
    });
    let learned = trace.learned.map(|learned| {
        json!({ "transport": choice::transport_key(learned.transport), "until": learned.until.0 })
    });
    let log: Vec<Value> = trace
        .log
        .lines()
        .map(|line| json!({ "at": line.at.0, "what": words::happening(&line.what, false, OF_FILES) }))
        .collect();
    let frames: Vec<Value> = trace
        .frames
        .iter()
        .map(|frame| {
            json!({
                "number": frame.number,
                "at": frame.at.0,
                "direction": if frame.is_up { "up" } else { "down" },
                "transport": choice::transport_key(frame.transport),
                "bytes": frame.text.len(),
                "frame": redactor.frame(&frame.text),
            })
        })
        .collect();
    let handshake = trace.handshake.as_ref().map(|handshake| {
        let mut headers = |all: &[(String, String)]| -> Vec<Value> {
            all.iter().map(|(name, value)| redactor.header(name, value)).collect()
        };
        json!({
            "request": headers(&handshake.request),
            "requestBytes": handshake.request_bytes,
            "response": headers(&handshake.response),
            "responseBytes": handshake.response_bytes,
        })
    });
    let samples: Vec<Value> = trace
        .pulse
        .samples()
        .map(|sample| {
            json!({ "of": if sample.is_pong { "ping" } else { "post" }, "millis": sample.millis })
        })
        .collect();
    let file = json!({
        "what": words::TRACE_IS,
        "page": env!("CARGO_PKG_VERSION"),
        "at": now.0,
        "me": me,
        "relay": relay,
        "preference": choice::key(trace.preference),
        "inUse": in_use,
        "learned": learned,
        "state": trace.link.as_ref().map(words::state),
        "lastProof": trace.last_proof.map(|at| at.0),
        "heartbeats": { "sent": trace.pulse.sent, "answered": trace.pulse.answered },
        "roundTrips": samples,
        "connection": counts(&trace.current()),
        "sitting": counts(&trace.sitting),
        "handshake": handshake,
        "log": log,
        "frames": frames,
    });
    format!("{file:#}\n")
}

fn counts(counters: &Counters) -> Value {
    COUNTS.iter().map(|count| (count.key.to_owned(), json!((count.of)(counters)))).collect()
}

/// A name for the file.
pub fn file_name(now: Time) -> String {
    format!("duologue-trace-{}.json", now.0 / 1000)
}

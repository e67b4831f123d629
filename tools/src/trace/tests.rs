//! What a trace keeps, how much of it, and what of it goes into a file.

use std::time::Duration;

use duologue_protocol::{CloseCode, ErrorCode};
use duologue_session::{Cause, Down, Reason};
use serde_json::{Value, json};

use super::counters::COUNTS;
use super::export::{Subject, file};
use super::log::LOG_MAX;
use super::redact::Redactor;
use super::*;

const FIRST: Generation = Generation(1);
const SECOND: Generation = Generation(2);

fn connecting(generation: Generation, transport: Transport) -> Observed {
    Observed::Connecting { generation, transport }
}

fn sent(generation: Generation, frame: &Value) -> Observed {
    // The type first, as the codec writes it.
    Observed::Sent { generation, text: wire(frame) }
}

fn heard(generation: Generation, frame: &Value) -> Observed {
    Observed::Heard { generation, text: wire(frame) }
}

fn wire(frame: &Value) -> String {
    let text = frame.to_string();
    let kind = frame["type"].to_string();
    let rest = text.replacen(&format!("\"type\":{kind}"), "", 1);
    let rest = rest.replace(",,", ",").replace("{,", "{").replace(",}", "}");
    format!("{{\"type\":{kind}{}{}", if rest == "{}" { "" } else { "," }, &rest[1..])
}

fn using(generation: Generation, transport: Transport, why: Why) -> Event {
    Event::Using { generation, transport, why }
}

fn exchange(request: RequestKind, status: Option<u16>, frames: usize) -> Observed {
    let took = Duration::from_millis(42);
    let exchange = Exchange { request, status, took, frames, bytes_up: 300, bytes_down: 200 };
    Observed::Exchange { generation: FIRST, exchange }
}

/// A trace that has seen these, a millisecond apart.
fn trace(all: &[Observed]) -> Trace {
    let mut trace = Trace::default();
    for (now, observed) in (1..).zip(all) {
        trace.observe(Time(now), observed);
    }
    trace
}

fn log(trace: &Trace) -> Vec<String> {
    trace.log.lines().map(|line| words::happening(&line.what, true, "en").into_owned()).collect()
}

fn counts(counters: Counters) -> Vec<u64> {
    COUNTS.iter().map(|count| (count.of)(&counters)).collect()
}

fn welcome() -> Value {
    json!({
        "type": "welcome", "userId": "ann", "cursor": 1, "receipts": 2,
        "heartbeat": {"intervalMs": 25000, "timeoutMs": 35000},
        "limits": {"frameBytes": 65536, "contentBytes": 16384, "userIdChars": 64},
        "handshake": {
            "request": [
                ["host", "secret.example:443"], ["origin", "https://secret.example:443"],
                ["upgrade", "websocket"], ["sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="],
                ["cookie", "zebra"]
            ],
            "requestBytes": 500,
            "response": [["sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]],
            "responseBytes": 129
        }
    })
}

#[test]
fn a_ping_and_its_pong_are_a_round_trip_once() {
    let mut trace = trace(&[connecting(FIRST, Transport::WebSocket)]);
    let (question, answer) = (json!({"type": "ping", "n": 7}), json!({"type": "pong", "n": 7}));
    trace.observe(Time(100), &sent(FIRST, &question));
    trace.observe(Time(110), &heard(FIRST, &json!({"type": "pong", "n": 8})));
    trace.observe(Time(123), &heard(FIRST, &answer));
    trace.observe(Time(130), &heard(FIRST, &answer));
    assert_eq!((trace.pulse.sent, trace.pulse.answered), (1, 1));
    let summary = trace.pulse.summary().unwrap();
    assert_eq!((summary.last, summary.count), (23, 1));
    assert_eq!(trace.last_proof, Some(Time(130)));
}

#[test]
fn a_pong_of_another_connection_answers_nothing() {
    let ping = sent(FIRST, &json!({"type": "ping", "n": 1}));
    let both =
        [connecting(FIRST, Transport::WebSocket), connecting(SECOND, Transport::WebSocket), ping];
    let mut trace = trace(&both);
    trace.observe(Time(50), &heard(SECOND, &json!({"type": "pong", "n": 1})));
    assert_eq!(trace.pulse.answered, 0);
}

#[test]
fn a_websocket_costs_its_handshake_and_each_frames_header() {
    let frame = json!({"type": "ping", "n": 1});
    let (welcome, payload) = (welcome(), wire(&frame).len() as u64);
    let large = wire(&welcome).len() as u64;
    assert!(large > 125, "a longer header");
    let all = [
        connecting(FIRST, Transport::WebSocket),
        sent(FIRST, &frame),
        heard(FIRST, &frame),
        heard(FIRST, &welcome),
    ];
    let trace = trace(&all);
    let expected = [1, 0, 1, 2, payload + 6 + 500, payload + 2 + large + 4 + 129];
    assert_eq!(counts(trace.current()), expected);
    assert_eq!(trace.sitting, trace.current());
    assert_eq!(trace.handshake.unwrap().request_bytes, 500);
}

#[test]
fn polling_costs_its_requests_and_counts_the_empty_ones() {
    let all = [
        connecting(FIRST, Transport::LongPolling),
        exchange(RequestKind::Open, Some(200), 1),
        exchange(RequestKind::Poll, Some(200), 0),
        exchange(RequestKind::Poll, Some(200), 2),
        exchange(RequestKind::Post, Some(200), 1),
        exchange(RequestKind::Poll, None, 0),
        exchange(RequestKind::Post, Some(409), 0),
        sent(FIRST, &json!({"type": "ping", "n": 1})),
    ];
    let trace = trace(&all);
    assert_eq!(counts(trace.current()), [6, 1, 1, 0, 1800, 1200]);
    let summary = trace.pulse.summary().unwrap();
    assert_eq!((summary.count, summary.last), (1, 42), "what failed says nothing of the way");
    assert_eq!(trace.last_proof, Some(Time(7)), "an answer, whatever it says");
    let expected = ["Connecting: Long polling.", "A poll: no answer."];
    assert_eq!(log(&trace)[..2], expected);
    assert_eq!(log(&trace)[2], "A POST: the answer’s status was 409.");
}

#[test]
fn the_connection_in_use_is_counted_apart_from_the_sitting() {
    let mut trace = trace(&[connecting(FIRST, Transport::LongPolling)]);
    assert_eq!(trace.in_use(), None);
    trace.event(Time(5), &using(FIRST, Transport::LongPolling, Why::NoWebSocket));
    trace.observe(Time(6), &exchange(RequestKind::Poll, Some(200), 0));
    trace.observe(Time(7), &connecting(SECOND, Transport::WebSocket));
    assert_eq!(trace.current().requests, 1, "what is tried beside it doesn't count");
    trace.event(Time(8), &using(SECOND, Transport::WebSocket, Why::Recovered));
    assert_eq!((trace.current().empty_polls, trace.sitting.empty_polls), (0, 1));
    assert_eq!(trace.sitting.requests, 2);
    let switched = "Switched from Long polling to WebSocket. It works again.";
    assert_eq!(log(&trace).last().unwrap(), switched);
}

#[test]
fn a_new_relay_starts_anew_and_the_sitting_goes_on() {
    let mut trace = trace(&[connecting(FIRST, Transport::WebSocket)]);
    trace.event(Time(1), &using(FIRST, Transport::WebSocket, Why::First));
    trace.start(Time(2), Preference::Automatic, None);
    assert_eq!((trace.in_use(), trace.current()), (None, Counters::default()));
    trace.observe(Time(3), &connecting(FIRST, Transport::WebSocket));
    assert_eq!((trace.current().requests, trace.sitting.requests), (1, 2));
}

#[test]
fn nothing_grows_without_end() {
    let mut trace = Trace::default();
    for generation in (1..=2 * LOG_MAX as u64).map(Generation) {
        trace.observe(Time(1), &connecting(generation, Transport::WebSocket));
        for n in 0..20 {
            trace.observe(Time(1), &sent(generation, &json!({"type": "ping", "n": n})));
        }
        let down = Down { code: 1006, reason: String::new() };
        trace.observe(Time(1), &Observed::Down { generation, down });
    }
    assert_eq!(trace.log.lines().count(), LOG_MAX);
    assert_eq!(trace.lives.len(), LIVES_MAX);
    assert!(trace.lives.iter().all(|life| life.pings.len() <= PINGS_MAX));
    assert!(trace.frames.iter().count() <= frames::FRAMES_MAX);
}

#[test]
fn ends_and_waits_are_said_in_words() {
    let down = |code, reason: &str| {
        let down = Down { code, reason: reason.into() };
        let what = Happening::Down { transport: Transport::WebSocket, was_up: true, down };
        words::happening(&what, true, "en")
    };
    assert_eq!(down(1006, ""), "Closed: WebSocket. 1006: broke without a close frame.");
    assert_eq!(down(1008, "no"), "Closed: WebSocket. 1008: against a rule of the relay (“no”).");
    for code in CloseCode::ALL {
        let expected = format!("Closed: WebSocket. {}: {}.", code.code(), code.reason());
        assert_eq!(down(code.code(), code.reason()), expected);
    }
    let (wait, cause) = (Duration::from_millis(1_260), Cause::Unreachable);
    let waiting = Happening::Waiting { wait, failures: 2, cause };
    let expected =
        "Failure 2 in a row: no transport came up. The next attempt comes in 1.2\u{a0}s.";
    assert_eq!(words::happening(&waiting, true, "en"), expected);
}

/// A name, a text, a host and a token that nothing else in a trace looks like.
const SECRETS: [&str; 5] = ["Zoë", "xylophone", "secret.example", "zebra", "quokka"];

#[test]
fn the_file_has_no_text_no_name_and_no_host() {
    let (name, text) = (SECRETS[0], SECRETS[1]);
    let mut trace = Trace::default();
    trace.start(Time(1), Preference::Automatic, None);
    // Secrets in every field of every frame that can hold a text, and in one that nobody knows.
    let kinds = RelayFrame::TYPES.iter().chain(&duologue_protocol::ClientFrame::TYPES);
    trace.observe(Time(2), &connecting(FIRST, Transport::WebSocket));
    for kind in kinds.chain(&["quokka"]) {
        let frame = json!({
            "type": kind, "id": "quokka", "fromUserId": name, "toUserId": name, "peer": name,
            "userId": name, "content": text, "message": text, "nonce": "zebra", "code": "quokka",
            "zebra": 1, "seq": text, "n": text, "limits": {"frameBytes": text, "zebra": 2},
            "more": [text, {"content": text}], "token": "zebra"
        });
        trace.observe(Time(3), &sent(FIRST, &frame));
        trace.observe(Time(4), &heard(FIRST, &frame));
    }
    for odd in
        ["xylophone", "[\"xylophone\"]", "{\"type\":\"message\",\"content\":\"xyloph", "\"zebra\""]
    {
        let text = odd.to_owned();
        trace.observe(Time(5), &Observed::Heard { generation: FIRST, text });
    }
    trace.observe(Time(6), &heard(FIRST, &welcome()));
    let down = Down { code: 1006, reason: "not from secret.example, said quokka to Zoë".into() };
    let reason = Reason::of_a_close(&down);
    let cause = Cause::Closed(reason.clone());
    trace.observe(Time(7), &Observed::Down { generation: FIRST, down });
    let waiting = LinkState::Waiting { until: Time(9), failures: 1, cause };
    for state in [waiting, LinkState::Stopped { reason }] {
        trace.event(Time(8), &Event::Link(state));
        let subject = Subject { me: name, relay: "wss://secret.example:443/zebra" };
        let file = file(&trace, subject, Time(10));
        for secret in SECRETS {
            assert!(!file.contains(secret), "{secret} in {file}");
        }
        let read: Value = serde_json::from_str(&file).unwrap();
        assert_eq!(read["me"], "person-1");
        assert_eq!(read["relay"], "wss://host-1");
        assert_eq!(read["frames"][0]["frame"]["fromUserId"], "person-1");
        assert_eq!(read["handshake"]["request"][1], json!(["origin", "https://host-1"]));
        assert_eq!(read["handshake"]["request"][3][1], "dGhlIHNhbXBsZSBub25jZQ==");
    }
}

#[test]
fn what_helps_to_find_a_fault_stays() {
    let mut redactor = Redactor::default();
    let error = json!({"type": "error", "code": ErrorCode::IdReused, "message": "x", "id": "m9"});
    let expected = json!({"type": "error", "code": "idReused", "id": "message-1"});
    assert_eq!(redactor.frame(&error.to_string()), expected);
    let stored = json!({"type": "stored", "id": "m9", "seq": 7, "at": 1_800_000_000_000_u64});
    let mut expected = stored.clone();
    expected["id"] = "message-1".into();
    assert_eq!(redactor.frame(&stored.to_string()), expected);
}

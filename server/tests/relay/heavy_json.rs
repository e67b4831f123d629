//! JSON that is made to hurt whoever reads it: nested without end, or as large as may be. The relay refuses it, or takes
//! it, and works on.

use duologue_protocol::limits::{FRAME_MAX_BYTES, POST_MAX_BYTES};
use duologue_protocol::{ClientFrame, CloseCode, ErrorCode};

use crate::common::TestRelay;
use crate::polling_client::{Http, refused};

/// Brackets, so many deep.
fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

/// A ping, padded by a field that nobody knows to so many bytes.
fn padded(bytes: usize) -> String {
    let (before, after) = (r#"{"type":"ping","n":7,"pad":""#, r#""}"#);
    format!("{before}{}{after}", "x".repeat(bytes - before.len() - after.len()))
}

/// Frames that fit, and what is wrong with them.
fn deep() -> Vec<(String, ErrorCode)> {
    let deep = nested(30_000);
    vec![
        (deep.clone(), ErrorCode::NotJson),
        ("[".repeat(60_000), ErrorCode::NotJson),
        (r#"{"a":"#.repeat(12_000), ErrorCode::NotJson),
        (format!(r#"{{"type":"ping","n":{deep}}}"#), ErrorCode::NotJson),
        (format!(r#"{{"type":{deep}}}"#), ErrorCode::NotJson),
        (format!(r#"{{"type":"open","fromUserId":"a","proof":{deep}}}"#), ErrorCode::NotJson),
    ]
}

#[tokio::test]
async fn deep_frames_are_refused_and_the_connection_lives_on() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    for (n, (text, expected)) in (0..).zip(deep()) {
        let begin = text[..20].to_owned();
        ann.text(text).await;
        let (code, rule, _) = ann.error().await;
        assert_eq!(code, expected, "{begin}");
        assert!(rule.contains("nested"), "{rule}");
        ann.send(&ClientFrame::Ping { n }).await;
        ann.hears_pong(n).await;
    }
    // To a classic page it is a text that is no JSON, as its heartbeat.
    let mut classic = relay.classic("1", "2").await;
    classic.text(nested(30_000)).await;
    classic.next().await;
    classic.settle().await;
    relay.works().await;
}

#[tokio::test]
async fn a_hundred_thousand_brackets_are_more_than_a_frame_has() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    ann.text(nested(100_000)).await;
    assert_eq!(ann.error().await.0, ErrorCode::FrameTooLarge);
    assert_eq!(ann.close_code().await, CloseCode::FrameTooLarge.code());

    // Over HTTP a post may have so many.
    let http = Http::open(&relay, "ben").await;
    let deep = nested(100_000);
    for body in [
        deep.clone(),
        format!(r#"{{"from":{deep},"frames":[]}}"#),
        format!(r#"{{"from":2,"frames":{deep}}}"#),
        format!(r#"{{"from":2,"frames":[{deep}]}}"#),
        format!(r#"{{"from":2,"frames":[],"x":{deep}}}"#),
        format!(r#"{{"from":2,"frames":[{}]}}"#, nested(30_000)),
        "[".repeat(POST_MAX_BYTES),
    ] {
        let begin = body[..20].to_owned();
        let response = http.posts_text(body).await;
        // What nobody knows is read over, however deep it is.
        if response.status() != 200 {
            let (status, code) = refused(response).await;
            assert!([400, 413].contains(&status), "{begin}: {status} {code:?}");
        }
    }
    relay.works().await;
}

#[tokio::test]
async fn a_frame_may_be_as_large_as_the_limit_and_no_larger() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    ann.text(padded(FRAME_MAX_BYTES)).await;
    ann.hears_pong(7).await;
    ann.text(padded(FRAME_MAX_BYTES + 1)).await;
    assert_eq!(ann.error().await.0, ErrorCode::FrameTooLarge);
    assert_eq!(ann.close_code().await, CloseCode::FrameTooLarge.code());
    relay.works().await;
}

#[tokio::test]
async fn thousands_of_fields_are_read_over() {
    let relay = TestRelay::start().await;
    let mut ann = relay.v1("ann").await;
    let fields: Vec<String> = (0..4_000).map(|n| format!(r#""x{n}":{n}"#)).collect();
    ann.text(format!(r#"{{"type":"ping","n":7,{}}}"#, fields.join(","))).await;
    ann.hears_pong(7).await;
    relay.works().await;
}

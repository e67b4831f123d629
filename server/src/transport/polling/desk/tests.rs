//! What a desk sends again, takes once and refuses.

use crate::identity::Door;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use duologue_protocol::frame::Heartbeat;
use duologue_protocol::{Nonce, UnixMillis};

use super::*;
use crate::mailbox::MemoryMailbox;
use crate::outgoing::{self, Mark, Outgoing};
use crate::post::Office;

struct Here {
    desk: Desk,
    outgoing: Outgoing,
    _office: Office,
}

fn here() -> Here {
    let office = Office::open(Box::new(MemoryMailbox::default()), UnixMillis(0)).unwrap();
    let (outgoing, queue) = outgoing::queue();
    let hub = Arc::clone(&office.hub);
    let nonce = Nonce::from_random([1; 16]);
    let dialect = V1::new(hub, outgoing.clone(), nonce, Door::open(), Heartbeat::default(), None);
    let mut desk = Desk::new(dialect, queue);
    assert_eq!(desk.poll(0).unwrap().len(), 1, "challenge is the first frame");
    desk.poll(1).unwrap();
    Here { desk, outgoing, _office: office }
}

fn post(desk: &mut Desk, body: &str) -> Result<u64, ErrorCode> {
    let post = parse(body.as_bytes()).map_err(|rejection| rejection.code)?;
    for frame in desk.new_of(post).map_err(|rejection| rejection.code)? {
        desk.take(frame, Room::unbounded());
    }
    Ok(desk.taken())
}

const PING: &str = r#"{"type":"ping","n":7}"#;

#[test]
fn frames_are_sent_again_until_they_are_acknowledged() {
    let Here { mut desk, outgoing, .. } = here();
    outgoing.text("a");
    outgoing.text("b");
    assert_eq!(desk.poll(1).unwrap(), ["a", "b"]);
    outgoing.text("c");
    assert_eq!(desk.poll(1).unwrap(), ["a", "b", "c"], "the answer got lost");
    assert_eq!(desk.poll(3).unwrap(), ["c"]);
    assert!(desk.poll(4).unwrap().is_empty());
}

#[test]
fn what_was_not_sent_yet_or_is_acknowledged_is_out_of_range() {
    let Here { mut desk, outgoing, .. } = here();
    outgoing.text("a");
    for after in [2, 0, u64::MAX] {
        assert_eq!(desk.poll(after).unwrap_err().code, ErrorCode::OutOfRange, "{after}");
    }
    assert_eq!(desk.poll(1).unwrap(), ["a"], "nothing came of it");
}

#[test]
fn a_post_that_comes_twice_is_taken_once_and_a_gap_is_refused() {
    let Here { mut desk, .. } = here();
    let one = format!(r#"{{"from":1,"frames":[{PING}]}}"#);
    let two = format!(r#"{{"from":1,"frames":[{PING},{PING}]}}"#);
    assert_eq!(post(&mut desk, &one), Ok(1));
    assert_eq!(post(&mut desk, &one), Ok(1));
    assert_eq!(post(&mut desk, &two), Ok(2), "the second one is new");
    let gap = format!(r#"{{"from":4,"frames":[{PING}]}}"#);
    assert_eq!(post(&mut desk, &gap), Err(ErrorCode::OutOfOrder));
    assert_eq!(desk.poll(1).unwrap().len(), 2, "one pong for each");
    assert_eq!(post(&mut desk, r#"{"from":1,"frames":[]}"#), Ok(2));
}

#[test]
fn a_post_is_taken_whole_or_not_at_all() {
    let Here { mut desk, .. } = here();
    let large = format!(r#"{{"type":"ping","n":1,"x":"{}"}}"#, "x".repeat(FRAME_MAX_BYTES));
    for (bad, code) in [
        (r#"{"type":"shout"}"#, ErrorCode::UnknownType),
        ("7", ErrorCode::NotAnObject),
        (r#"{"type":"ping","n":-1}"#, ErrorCode::InvalidField),
        (&large, ErrorCode::FrameTooLarge),
    ] {
        let body = format!(r#"{{"from":5,"frames":[{PING},{bad},{PING}]}}"#);
        let rejection = parse(body.as_bytes()).unwrap_err();
        assert_eq!(rejection.code, code);
        assert!(rejection.message.starts_with("frame 6: "), "{rejection}");
    }
    for (body, code) in [
        ("", ErrorCode::NotJson),
        ("[", ErrorCode::NotJson),
        ("7", ErrorCode::InvalidField),
        (r#"{"from":0,"frames":[]}"#, ErrorCode::InvalidField),
        (r#"{"frames":[]}"#, ErrorCode::InvalidField),
        (r#"{"from":1,"frames":["secret]}"#, ErrorCode::NotJson),
    ] {
        let rejection = parse(body.as_bytes()).unwrap_err();
        assert_eq!(rejection.code, code, "{body}");
        assert!(!rejection.message.contains("secret"));
    }
    assert_eq!(desk.taken(), 0);
    assert!(desk.poll(1).unwrap().is_empty());
}

#[test]
fn a_post_may_begin_with_any_number_there_is() {
    let Here { mut desk, .. } = here();
    let last = format!(r#"{{"from":{},"frames":[{PING},{PING}]}}"#, u64::MAX);
    assert_eq!(post(&mut desk, &last), Err(ErrorCode::OutOfOrder));
    let bad = format!(r#"{{"from":{},"frames":[{PING},7]}}"#, u64::MAX);
    assert_eq!(post(&mut desk, &bad), Err(ErrorCode::NotAnObject));
}

#[test]
fn a_post_is_bounded() {
    let frames = |count| vec![PING; count].join(",");
    let body = |count| format!(r#"{{"from":1,"frames":[{}]}}"#, frames(count));
    assert!(parse(body(POST_MAX_FRAMES).as_bytes()).is_ok());
    let code = |body: String| parse(body.as_bytes()).unwrap_err().code;
    assert_eq!(code(body(POST_MAX_FRAMES + 1)), ErrorCode::PostTooLarge);
    let wide = format!("{}{}", body(1), " ".repeat(POST_MAX_BYTES));
    assert_eq!(code(wide), ErrorCode::PostTooLarge);
}

#[test]
fn an_answer_is_bounded_and_a_mark_is_reached_with_the_frames_before_it() {
    let Here { mut desk, outgoing, .. } = here();
    let reached = Arc::new(AtomicUsize::new(0));
    let page = "x".repeat(POLLED_MAX_BYTES / 2);
    for _ in 0..2 {
        outgoing.text(page.as_str());
        outgoing.text(page.as_str());
        let count = Arc::clone(&reached);
        outgoing.mark(Mark::new(move || {
            count.fetch_add(1, Relaxed);
        }));
    }
    assert_eq!(desk.poll(1).unwrap().len(), 2);
    assert_eq!(reached.load(Relaxed), 0, "it comes after what fills the answer");
    assert_eq!(desk.poll(1).unwrap().len(), 2, "nothing more before that is acknowledged");
    assert_eq!(desk.poll(3).unwrap().len(), 2);
    assert_eq!(reached.load(Relaxed), 1);
    assert!(desk.poll(5).unwrap().is_empty());
    assert_eq!(reached.load(Relaxed), 2);
}

//! Sending and receiving: order, repeats, refusals.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Harness, accepted, message, message_id, received, sent_ids, user};
use duologue_protocol::{ErrorCode, RelayFrame, UnixMillis};
use duologue_session::{Event, IN_FLIGHT_MAX, Input, OUTBOX_MAX, Output};

#[test]
fn what_is_written_before_the_link_is_up_is_sent_once_it_is() {
    let mut ann = Harness::new();
    assert!(ann.send("m1").is_empty());
    assert!(ann.send("m2").is_empty());
    assert_eq!(sent_ids(&ann.open(1)), ["m1", "m2"]);
    assert!(ann.input(Input::Timer).is_empty(), "sent once");
}

#[test]
fn a_burst_is_sent_in_order_within_the_window() {
    let mut ann = Harness::connected();
    let mut sent = Vec::new();
    for n in 0..200 {
        sent.extend(sent_ids(&ann.send(&n.to_string())));
    }
    assert_eq!(sent.len(), IN_FLIGHT_MAX);
    for n in 0..200 {
        sent.extend(sent_ids(&ann.frame(1, accepted(&n.to_string()))));
    }
    assert_eq!(sent, (0..200).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn accepted_is_reported_once() {
    let mut ann = Harness::connected();
    ann.send("m1");
    let (id, to) = (message_id("m1"), user("ben"));
    let event = Event::Accepted { id, to, at: UnixMillis(5) };
    assert_eq!(ann.frame(1, accepted("m1")), [Output::Event(event)]);
    assert!(ann.frame(1, accepted("m1")).is_empty());
    assert!(ann.frame(1, accepted("never-sent")).is_empty());
}

#[test]
fn what_had_no_answer_when_the_link_broke_is_sent_again_in_order() {
    let mut ann = Harness::connected();
    for id in ["m1", "m2", "m3"] {
        ann.send(id);
    }
    ann.frame(1, accepted("m1"));
    ann.down(1, 1006);
    ann.send("m4");
    ann.advance_to_timeout();
    assert_eq!(sent_ids(&ann.open(2)), ["m2", "m3", "m4"]);
}

#[test]
fn a_repeat_is_shown_once() {
    let mut ann = Harness::connected();
    assert_eq!(received(&ann.frame(1, message("ben", "m1"))).len(), 1);
    assert!(received(&ann.frame(1, message("ben", "m1"))).is_empty());
    ann.down(1, 1006);
    ann.advance_to_timeout();
    ann.open(2);
    assert!(received(&ann.frame(2, message("ben", "m1"))).is_empty());
    assert_eq!(received(&ann.frame(2, message("cleo", "m1"))).len(), 1);
}

#[test]
fn a_refused_message_fails_with_its_reason_and_may_be_tried_again() {
    let mut ann = Harness::connected();
    ann.send("m1");
    ann.send("m2");
    let refused = RelayFrame::Error {
        code: ErrorCode::PeerUnavailable,
        message: "ben is not connected".into(),
        id: Some(message_id("m1")),
    };
    let (id, to, reason) = (message_id("m1"), user("ben"), "ben is not connected".into());
    assert_eq!(ann.frame(1, refused), [Output::Event(Event::Failed { id, to, reason })]);
    assert_eq!(sent_ids(&ann.send("m1")), ["m1"]);
}

#[test]
fn an_error_about_no_message_is_passed_on() {
    let mut ann = Harness::connected();
    let error = RelayFrame::Error { code: ErrorCode::Unknown, message: "no".into(), id: None };
    let refused = Output::Event(Event::Refused { reason: "no".into() });
    assert_eq!(ann.frame(1, error), [refused]);
}

#[test]
fn a_full_outbox_refuses_and_says_so() {
    let mut ann = Harness::new();
    for n in 0..OUTBOX_MAX {
        assert!(ann.send(&n.to_string()).is_empty());
    }
    let refused = ann.send("one-more");
    assert!(
        matches!(&refused[..], [Output::Event(Event::Failed { reason, .. })]
            if reason.contains("1000 messages are waiting")),
        "{refused:?}"
    );
}

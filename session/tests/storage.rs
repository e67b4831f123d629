//! A relay that can't store: nothing is lost, order is kept, and it is asked again, but not too often.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::{
    Harness, changes, error, events, frames, message, read_frame, sent, sent_ids, stored, up_to,
};
use duologue_protocol::{ClientFrame, ErrorCode, RelayFrame};
use duologue_session::{Event, Input, Output, PAUSE_CEILING, PAUSE_FLOOR, Reason};

fn unavailable(id: &str) -> RelayFrame {
    error(ErrorCode::StorageUnavailable, Some(id))
}

fn held() -> [Event; 1] {
    [Event::Held(Some(Reason::of_an_error(ErrorCode::StorageUnavailable, "no")))]
}

/// Three messages are in flight, and the relay can't store any. Only the first has its answer.
fn first_refused() -> Harness {
    let mut ann = Harness::connected();
    for id in ["m1", "m2", "m3"] {
        ann.send(id);
    }
    let outputs = ann.frame(1, unavailable("m1"));
    assert_eq!(events(&outputs), held());
    assert_eq!(outputs.len(), 1, "nothing is sent and nothing fails");
    ann
}

/// The same once all three are refused.
fn refused() -> Harness {
    let mut ann = first_refused();
    for id in ["m2", "m3"] {
        assert!(ann.frame(1, unavailable(id)).is_empty(), "{id}");
    }
    ann
}

/// The relay refuses all three of them once more.
fn refuse_again(ann: &mut Harness) {
    for id in ["m1", "m2", "m3"] {
        assert!(ann.frame(1, unavailable(id)).is_empty(), "held already");
    }
}

/// The pause that is on, by when the session wants to be woken.
fn pause(ann: &Harness) -> Duration {
    ann.session.poll_timeout().unwrap().since(ann.now)
}

#[test]
fn what_could_not_be_stored_is_sent_again_from_the_head_after_a_pause() {
    let mut ann = refused();
    assert!(ann.send("m4").is_empty(), "it waits behind the others");
    assert!(pause(&ann) >= PAUSE_FLOOR / 2 && pause(&ann) <= PAUSE_FLOOR);
    let early = pause(&ann).checked_sub(Duration::from_millis(1)).unwrap();
    assert!(ann.advance(early).is_empty());
    assert_eq!(sent_ids(&ann.advance_to_timeout()), ["m1", "m2", "m3", "m4"]);
}

#[test]
fn the_other_refusals_of_a_window_change_nothing() {
    let mut ann = first_refused();
    let due = ann.session.poll_timeout();
    for id in ["m2", "m3", "m2"] {
        assert!(ann.frame(1, unavailable(id)).is_empty(), "{id}");
    }
    assert_eq!(ann.session.poll_timeout(), due);
}

#[test]
fn a_refusal_of_what_was_not_sent_is_no_refusal() {
    let mut ann = Harness::connected();
    ann.write("m1");
    assert!(ann.frame(1, unavailable("m1")).is_empty());
    assert_eq!(sent_ids(&ann.persist()), ["m1"]);
}

#[test]
fn pauses_grow_and_the_person_is_told_once() {
    let mut ann = refused();
    let mut bound = PAUSE_FLOOR;
    for _ in 0..4 {
        assert!(pause(&ann) >= bound / 2 && pause(&ann) <= bound, "{:?} {bound:?}", pause(&ann));
        ann.advance_to_timeout();
        refuse_again(&mut ann);
        bound = (bound * 2).min(PAUSE_CEILING);
    }
}

#[test]
fn the_first_that_is_stored_ends_it_and_the_next_pause_is_short_again() {
    let mut ann = refused();
    for _ in 0..4 {
        ann.advance_to_timeout();
        refuse_again(&mut ann);
    }
    ann.advance_to_timeout();
    let outputs = ann.frame(1, stored("m1"));
    assert_eq!(events(&outputs), [Event::Held(None)]);
    assert!(events(&ann.frame(1, stored("m2"))).is_empty(), "once");
    assert_eq!(events(&ann.frame(1, unavailable("m3"))), held(), "begins anew");
    assert!(pause(&ann) <= PAUSE_FLOOR);
}

#[test]
fn no_second_copy_is_sent_before_each_message_has_its_answer() {
    // Were the first copy of one stored and the second refused, the relay would wait for a third.
    let mut ann = first_refused();
    assert!(sent_ids(&ann.advance(PAUSE_FLOOR)).is_empty());
    assert!(sent_ids(&ann.input(Input::ReconnectNow)).is_empty());
    assert!(sent_ids(&ann.frame(1, unavailable("m2"))).is_empty());
    assert_eq!(sent_ids(&ann.frame(1, unavailable("m3"))), ["m1", "m2", "m3"]);
}

#[test]
fn an_answer_to_a_refused_message_counts() {
    let mut ann = first_refused();
    let outputs = ann.frame(1, stored("m1"));
    assert_eq!(changes(&outputs).len(), 1);
    assert_eq!(events(&outputs), [Event::Held(None)]);
    assert_eq!(events(&ann.frame(1, stored("m2"))), []);
    assert!(ann.frame(1, unavailable("m3")).len() <= 1);
}

#[test]
fn a_refused_message_that_another_connection_got_through_is_still_sent_again() {
    // The relay takes nothing else on this link before.
    let mut ann = refused();
    assert!(ann.frame(1, sent("m1")).is_empty());
    assert_eq!(sent_ids(&ann.advance_to_timeout()), ["m1", "m2", "m3"]);
}

#[test]
fn a_new_link_and_the_person_end_the_pause_but_not_the_hold() {
    let mut ann = refused();
    let opened = ann.reopen(2);
    assert_eq!(sent_ids(&opened), ["m1", "m2", "m3"]);
    assert!(!events(&opened).iter().any(|event| matches!(event, Event::Held(_))));
    for id in ["m1", "m2", "m3"] {
        assert!(ann.frame(2, unavailable(id)).is_empty(), "the person knows");
    }
    assert_eq!(sent_ids(&ann.input(Input::ReconnectNow)), ["m1", "m2", "m3"]);
    assert_eq!(events(&ann.frame(2, stored("m1"))), [Event::Held(None)]);
}

#[test]
fn a_pause_wakes_nobody_while_the_link_is_down() {
    let mut ann = refused();
    ann.advance_to_timeout();
    for _ in 0..5 {
        refuse_again(&mut ann);
        ann.advance_to_timeout();
    }
    refuse_again(&mut ann);
    ann.down(1, 4500);
    assert_eq!(ann.session.poll_timeout(), None);
    assert!(ann.advance(PAUSE_CEILING).is_empty());
}

#[test]
fn a_hold_with_nothing_left_to_send_is_over() {
    let mut ann = refused();
    for id in ["m1", "m2"] {
        assert!(events(&ann.frame(1, error(ErrorCode::IdReused, Some(id)))).is_empty());
    }
    let last = ann.frame(1, error(ErrorCode::IdReused, Some("m3")));
    assert!(last.contains(&Output::Event(Event::Held(None))));
}

/// A session that was told that the relay could not note what it has received and read.
fn unnoted() -> Harness {
    let mut ann = Harness::connected();
    ann.frame(1, message("ben", 0, 3));
    ann.persist();
    ann.read("ben", 3);
    for _ in 0..2 {
        assert!(ann.frame(1, error(ErrorCode::StorageUnavailable, None)).is_empty(), "no news");
    }
    ann
}

fn noted_later() -> [ClientFrame; 2] {
    [up_to(3), read_frame("ben", 3)]
}

#[test]
fn what_could_not_be_noted_is_said_again_less_and_less_often() {
    let mut ann = unnoted();
    let mut bound = PAUSE_FLOOR;
    for _ in 0..4 {
        assert!(pause(&ann) >= bound / 2 && pause(&ann) <= bound, "{:?} {bound:?}", pause(&ann));
        assert_eq!(frames(&ann.advance_to_timeout()), noted_later());
        for _ in 0..2 {
            assert!(ann.frame(1, error(ErrorCode::StorageUnavailable, None)).is_empty());
        }
        bound *= 2;
    }
    ann.advance_to_timeout();
    assert!(frames(&ann.advance(PAUSE_FLOOR)).is_empty(), "noted");
}

#[test]
fn what_could_not_be_noted_holds_up_no_message_and_is_said_once_one_is_stored() {
    let mut ann = unnoted();
    assert_eq!(sent_ids(&ann.send("m1")), ["m1"]);
    assert_eq!(frames(&ann.frame(1, stored("m1"))), noted_later());
    ann.send("m2");
    assert!(frames(&ann.frame(1, stored("m2"))).is_empty(), "once");
    assert!(frames(&ann.advance(PAUSE_FLOOR)).is_empty());
}

#[test]
fn what_could_not_be_noted_is_said_when_the_person_does_not_want_to_wait() {
    let mut ann = unnoted();
    let said = frames(&ann.input(Input::ReconnectNow));
    assert_eq!(said[..2], noted_later());

    let mut ann = unnoted();
    assert_eq!(frames(&ann.reopen(2)), noted_later());
    assert!(pause(&ann) > PAUSE_CEILING / 2, "and once: only the heartbeat is due");
    ann.down(2, 4500);
    assert!(ann.input(Input::ReconnectNow).iter().all(|o| !matches!(o, Output::Transmit { .. })));
}

//! A relay that wants to be sent to more slowly: nothing is lost, order is kept, and the session goes on when the
//! relay said.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::{Harness, changes, events, message_id, sent_ids, stored};
use duologue_protocol::{ErrorCode, Rejection, RelayFrame};
use duologue_session::{Event, Input, PAUSE_CEILING, Reason};

const PAUSE: Duration = Duration::from_millis(1_700);

fn limited(id: &str, after: Duration) -> RelayFrame {
    let rejection = Rejection::new(ErrorCode::RateLimited, "slowly").until(after);
    rejection.about(Some(message_id(id))).into()
}

/// Three messages are in flight: the first is stored, and the others come too fast.
fn two_refused() -> Harness {
    let mut ann = Harness::connected();
    for id in ["m1", "m2", "m3"] {
        ann.send(id);
    }
    ann.frame(1, stored("m1"));
    let outputs = ann.frame(1, limited("m2", PAUSE));
    let reason = Reason::of_an_error(ErrorCode::RateLimited, "slowly");
    assert_eq!(events(&outputs), [Event::Held(Some(reason))]);
    assert!(changes(&outputs).is_empty(), "nothing has failed");
    assert!(ann.frame(1, limited("m3", PAUSE)).is_empty());
    ann
}

#[test]
fn what_came_too_fast_is_sent_again_in_its_order_when_the_relay_said() {
    let mut ann = two_refused();
    assert!(ann.send("m4").is_empty(), "it waits behind the others");
    let early = PAUSE.checked_sub(Duration::from_millis(1)).unwrap();
    assert!(sent_ids(&ann.advance(early)).is_empty());
    assert_eq!(sent_ids(&ann.advance_to_timeout()), ["m2", "m3", "m4"]);
    assert_eq!(events(&ann.frame(1, stored("m2"))), [Event::Held(None)]);
}

#[test]
fn the_pause_is_the_relays_however_often_it_comes() {
    let mut ann = two_refused();
    for _ in 0..5 {
        assert_eq!(sent_ids(&ann.advance(PAUSE)), ["m2", "m3"]);
        for id in ["m2", "m3"] {
            assert!(ann.frame(1, limited(id, PAUSE)).is_empty(), "the person knows");
        }
    }
}

#[test]
fn nothing_is_sent_before_each_message_has_its_answer() {
    let mut ann = Harness::connected();
    for id in ["m1", "m2"] {
        ann.send(id);
    }
    ann.frame(1, limited("m1", PAUSE));
    assert!(sent_ids(&ann.advance(PAUSE)).is_empty());
    assert_eq!(sent_ids(&ann.frame(1, limited("m2", PAUSE))), ["m1", "m2"]);
}

#[test]
fn a_pause_of_hours_is_not_believed() {
    let mut ann = Harness::connected();
    ann.send("m1");
    ann.frame(1, limited("m1", Duration::from_hours(9)));
    assert_eq!(sent_ids(&ann.advance(PAUSE_CEILING)), ["m1"]);
}

#[test]
fn a_new_link_and_the_person_end_the_pause() {
    let mut ann = two_refused();
    assert_eq!(sent_ids(&ann.reopen(2)), ["m2", "m3"]);
    for id in ["m2", "m3"] {
        ann.frame(2, limited(id, PAUSE));
    }
    assert_eq!(sent_ids(&ann.input(Input::ReconnectNow)), ["m2", "m3"]);
}

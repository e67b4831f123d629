//! What the person writes: stored before it is sent, in order, until it has its answer.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{
    Harness, changes, draft, error, events, message_id, place, sent, sent_ids, seq, stored, user,
};
use duologue_protocol::{Content, ErrorCode, RelayFrame, UnixMillis};
use duologue_session::{
    Change, Draft, Event, IN_FLIGHT_MAX, Input, OUTBOX_MAX, Output, Reason, Rule, Saved, Ticket,
    Time,
};

fn change_stored(id: &str) -> Change {
    Change::Stored { id: message_id(id), to: user("ben"), seq: seq(40), at: UnixMillis(5) }
}

fn change_failed(id: &str, rule: Rule, words: &str) -> Change {
    let reason = Reason { rule, words: words.into() };
    Change::Failed { id: message_id(id), to: user("ben"), reason }
}

#[test]
fn a_message_is_in_the_store_before_its_first_send() {
    let mut ann = Harness::connected();
    ann.now = Time(ann.now.0 - 90_000);
    let queued = Change::Queued { draft: draft("m1"), at: UnixMillis(ann.now.0) };
    assert_eq!(ann.write("m1"), [Output::Change { ticket: Ticket(1), change: queued }]);
    assert!(ann.input(Input::Timer).is_empty());
    assert!(ann.input(Input::Persisted { ticket: Ticket(0) }).is_empty());
    assert_eq!(sent_ids(&ann.input(Input::Persisted { ticket: Ticket(1) })), ["m1"]);
    assert!(ann.input(Input::Persisted { ticket: Ticket(1) }).is_empty(), "sent once");
}

#[test]
fn a_reconnect_does_not_send_what_is_not_stored() {
    let mut ann = Harness::connected();
    ann.send("m1");
    ann.write("m2");
    assert_eq!(sent_ids(&ann.reopen(2)), ["m1"]);
    assert_eq!(sent_ids(&ann.persist()), ["m2"]);
}

#[test]
fn a_ticket_that_was_never_given_out_stores_nothing() {
    let mut ann = Harness::connected();
    ann.input(Input::Persisted { ticket: Ticket(u64::MAX) });
    assert!(sent_ids(&ann.write("m1")).is_empty());
    assert_eq!(sent_ids(&ann.persist()), ["m1"]);
}

#[test]
fn what_is_written_before_the_link_is_up_is_sent_once_it_is() {
    let mut ann = Harness::new();
    assert!(ann.send("m1").is_empty());
    assert!(ann.send("m2").is_empty());
    assert_eq!(sent_ids(&ann.open(1)), ["m1", "m2"]);
    assert!(ann.input(Input::Timer).is_empty(), "sent once");
}

#[test]
fn what_an_earlier_session_left_is_sent_first() {
    let outbox = vec![draft("m1"), draft("m2")];
    let mut ann = Harness::restored(Saved { outbox, ..Saved::default() });
    ann.send("m3");
    assert_eq!(sent_ids(&ann.open(1)), ["m1", "m2", "m3"]);
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
        sent.extend(sent_ids(&ann.frame(1, stored(&n.to_string()))));
    }
    assert_eq!(sent, (0..200).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn stored_is_reported_once() {
    let mut ann = Harness::connected();
    ann.send("m1");
    assert_eq!(changes(&ann.frame(1, stored("m1"))), [change_stored("m1")]);
    assert!(ann.frame(1, stored("m1")).is_empty());
    assert!(ann.frame(1, stored("never-sent")).is_empty());
}

#[test]
fn what_had_no_answer_when_the_link_broke_is_sent_again_in_order() {
    let mut ann = Harness::connected();
    for id in ["m1", "m2", "m3"] {
        ann.send(id);
    }
    ann.frame(1, stored("m1"));
    ann.down(1, 1006);
    ann.send("m4");
    ann.advance_to_timeout();
    assert_eq!(sent_ids(&ann.open(2)), ["m2", "m3", "m4"]);
}

#[test]
fn what_had_no_answer_when_the_relay_said_not_to_come_back_is_kept() {
    let mut ann = Harness::connected();
    ann.send("m1");
    ann.down(1, 4500);
    ann.input(Input::ReconnectNow);
    assert_eq!(sent_ids(&ann.open(2)), ["m1"]);
}

#[test]
fn an_id_that_waits_already_is_not_taken_twice() {
    let mut ann = Harness::connected();
    ann.send("m1");
    assert!(ann.write("m1").is_empty());
    ann.frame(1, stored("m1"));
    assert!(sent_ids(&ann.reopen(2)).is_empty());
}

#[test]
fn a_refused_message_fails_with_its_reason_and_may_be_tried_again() {
    let mut ann = Harness::connected();
    ann.send("m1");
    ann.send("m2");
    let refused = ann.frame(1, error(ErrorCode::IdReused, Some("m1")));
    assert_eq!(changes(&refused), [change_failed("m1", Rule::Error(ErrorCode::IdReused), "no")]);
    assert_eq!(events(&refused), []);
    assert_eq!(sent_ids(&ann.send("m1")), ["m1"]);
    assert_eq!(sent_ids(&ann.reopen(2)), ["m2", "m1"]);
}

#[test]
fn only_an_error_that_the_person_was_not_told_of_is_passed_on() {
    let mut ann = Harness::connected();
    let refused =
        Output::Event(Event::Refused { reason: Reason::of_an_error(ErrorCode::Unknown, "no") });
    assert_eq!(ann.frame(1, error(ErrorCode::Unknown, None)), [refused]);

    ann.send("m1");
    ann.frame(1, stored("m1"));
    for code in [ErrorCode::StorageUnavailable, ErrorCode::IdReused, ErrorCode::Unknown] {
        assert!(ann.frame(1, error(code, Some("m1"))).is_empty(), "{code:?}: has its answer");
    }
    for code in [ErrorCode::StorageUnavailable, ErrorCode::UnknownPeer, ErrorCode::BeyondSent] {
        assert!(ann.frame(1, error(code, None)).is_empty(), "{code:?}");
    }
}

#[test]
fn a_full_outbox_refuses_keeps_the_text_and_says_so() {
    let mut ann = Harness::new();
    for n in 0..OUTBOX_MAX {
        ann.write(&n.to_string());
    }
    let queued = Change::Queued { draft: draft("one-more"), at: UnixMillis(ann.now.0) };
    let failed = change_failed("one-more", Rule::OutboxFull, "1000 messages are waiting already");
    assert_eq!(changes(&ann.write("one-more")), [queued, failed]);
    ann.persist();
    ann.open(1);
    ann.frame(1, stored("0"));
    assert_eq!(changes(&ann.write("one-more")).len(), 1, "there is room now");
}

#[test]
fn saved_messages_over_the_bound_are_all_sent() {
    let ids = || (0..OUTBOX_MAX + 40).map(|n| n.to_string());
    let outbox = ids().map(|id| draft(&id)).collect();
    let mut ann = Harness::restored(Saved { outbox, ..Saved::default() });
    assert!(matches!(changes(&ann.write("new"))[1], Change::Failed { .. }));
    let mut sent = sent_ids(&ann.open(1));
    for id in ids() {
        sent.extend(sent_ids(&ann.frame(1, stored(&id))));
    }
    assert_eq!(sent, ids().collect::<Vec<_>>());
}

#[test]
fn a_message_that_another_connection_sent_is_told() {
    let mut ann = Harness::connected();
    let elsewhere = Change::SentElsewhere { draft: draft("m1"), seq: seq(40), at: UnixMillis(5) };
    assert_eq!(changes(&ann.frame(1, sent("m1"))), std::slice::from_ref(&elsewhere));
    assert_eq!(changes(&ann.frame(1, sent("m1"))), [elsewhere], "the page knows its own");
}

#[test]
fn an_own_message_that_another_connection_got_through_is_settled() {
    // A tab with the same store, or this session's link before: it was stored after the break.
    let outbox =
        (0..IN_FLIGHT_MAX).map(|n| draft(&n.to_string())).chain([draft("m1"), draft("m2")]);
    let mut ann = Harness::restored(Saved { outbox: outbox.collect(), ..Saved::default() });
    assert!(!sent_ids(&ann.open(1)).contains(&"m1".to_owned()), "beyond the window");
    assert_eq!(changes(&ann.frame(1, sent("m1"))), [change_stored("m1")]);
    assert!(ann.frame(1, stored("m1")).is_empty());
    assert_eq!(sent_ids(&ann.frame(1, stored("0"))), ["m2"]);
}

#[test]
fn an_own_message_in_flight_waits_for_its_own_answer() {
    let mut ann = Harness::connected();
    ann.send("m1");
    assert!(ann.frame(1, sent("m1")).is_empty());
    assert_eq!(changes(&ann.frame(1, stored("m1"))), [change_stored("m1")]);
}

#[test]
fn another_message_under_the_id_of_an_own_one_settles_nothing() {
    let mut ann = Harness::connected();
    ann.send("m1");
    let content = Content::parse("something else").unwrap();
    let Draft { id, to, .. } = draft("m1");
    let other = Draft { id, to, content };
    let Draft { id, to: to_user_id, content } = other.clone();
    let frame = RelayFrame::Sent { id, to_user_id, content, seq: seq(40), at: UnixMillis(5) };
    let elsewhere = Change::SentElsewhere { draft: other, seq: seq(40), at: UnixMillis(5) };
    assert_eq!(changes(&ann.frame(1, frame)), [elsewhere]);
    assert_eq!(sent_ids(&ann.reopen(2)), ["m1"]);
}

#[test]
fn no_answer_counts_before_welcome() {
    let mut ann = Harness::new();
    ann.send("m1");
    ann.challenge(1);
    assert!(ann.frame(1, stored("m1")).is_empty());
    assert!(ann.frame(1, common::message("ben", 0, 3)).is_empty());
    assert!(ann.frame(1, common::caught_up(0, 9)).is_empty());
    assert!(!changes(&ann.frame(1, common::welcome())).contains(&place(9, 0)));
}

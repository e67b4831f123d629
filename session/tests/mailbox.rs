//! The mailbox: each message once, holes noticed and filled, `received` for what is safe and no more.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unchecked_time_subtraction)]

mod common;

use std::time::Duration;

use common::{
    Harness, caught_up, changes, events, fetch, frames, message, message_id, message_named, place,
    pong, received, seq, up_to, user, welcome_to,
};
use duologue_protocol::Seq;
use duologue_session::{Change, Event, FETCH_TIMEOUT, Input, Output, Saved, Ticket};

const MS: Duration = Duration::from_millis(1);

fn saved(cursor: u64, receipts: u64) -> Saved {
    Saved { cursor: seq(cursor), receipts: seq(receipts), ..Saved::default() }
}

#[test]
fn open_says_where_the_session_is() {
    let mut ann = Harness::restored(saved(7, 3));
    assert_eq!(ann.challenge(1), (seq(7), seq(3)));
    ann.frame(1, welcome_to(seq(7), seq(3)));
    ann.frame(1, message("ben", 7, 9));
    ann.down(1, 1006);
    ann.advance_to_timeout();
    assert_eq!(ann.challenge(2), (seq(9), seq(3)), "what is here, in the store or not");
}

#[test]
fn a_message_is_shown_once_by_its_place() {
    let mut ann = Harness::connected();
    assert_eq!(received(&ann.frame(1, message("ben", 0, 4)))[0].seq, seq(4));
    for at in [1, 4] {
        assert!(ann.frame(1, message("ben", 0, at)).is_empty(), "{at} is past");
    }
    assert_eq!(received(&ann.frame(1, message("ben", 4, 6))).len(), 1, "gaps are no holes");
    assert_eq!(
        received(&ann.frame(1, message("ben", 2, 7))).len(),
        1,
        "nor is a prev that is past"
    );
}

#[test]
fn a_message_that_comes_under_a_new_place_is_moved_and_not_shown() {
    let mut ann = Harness::connected();
    ann.frame(1, message_named("ben", "a", 0, 4));
    ann.reopen(2);
    let moved = Change::Moved { from: user("ben"), id: message_id("a"), seq: seq(9) };
    assert_eq!(changes(&ann.frame(2, message_named("ben", "a", 4, 9))), [moved]);
    assert_eq!(frames(&ann.persist()), [up_to(9)], "the cursor is there");
    let cleo = ann.frame(2, message_named("cleo", "a", 9, 10));
    assert_eq!(received(&cleo).len(), 1, "ids are a sender's own");
}

#[test]
fn what_an_earlier_session_saw_is_not_shown_again() {
    let seen = vec![(user("ben"), message_id("a"))];
    let mut ann = Harness::restored(Saved { seen, ..saved(4, 0) });
    ann.open(1);
    assert!(received(&ann.frame(1, message_named("ben", "a", 4, 9))).is_empty());
}

#[test]
fn a_hole_is_asked_for_once_until_something_fits() {
    let mut ann = Harness::connected();
    ann.frame(1, message("ben", 0, 2));
    let hole = ann.frame(1, message("ben", 3, 4));
    assert_eq!(frames(&hole), [fetch(2)]);
    assert_eq!(hole.len(), 1, "what comes after the hole is not shown: {hole:?}");
    assert!(ann.frame(1, message("ben", 4, 5)).is_empty());
    assert!(ann.frame(1, caught_up(5, 5)).is_empty());
    assert!(ann.frame(1, message("ben", 0, 1)).is_empty());
    assert!(ann.frame(1, message("ben", 5, 6)).is_empty(), "what was here is no answer");

    for (prev, at) in [(2, 3), (3, 4), (4, 5)] {
        assert_eq!(received(&ann.frame(1, message("ben", prev, at))).len(), 1);
    }
    assert_eq!(frames(&ann.frame(1, message("ben", 7, 8))), [fetch(5)], "the next hole");
}

#[test]
fn a_fetch_without_an_answer_is_repeated() {
    let mut ann = Harness::connected();
    ann.frame(1, message("ben", 3, 4));
    assert_eq!(ann.session.poll_timeout(), Some(ann.now + FETCH_TIMEOUT));
    assert!(ann.advance(FETCH_TIMEOUT - MS).is_empty());
    assert_eq!(frames(&ann.advance_to_timeout()), [fetch(0)]);
    assert!(ann.advance(FETCH_TIMEOUT - MS).is_empty());
    assert_eq!(frames(&ann.advance(MS)), [fetch(0)]);
    ann.frame(1, caught_up(0, 4));
    assert!(ann.advance(FETCH_TIMEOUT).is_empty(), "answered");
}

#[test]
fn that_nothing_is_missing_is_an_answer() {
    // What was missing has expired, or was never kept.
    let mut ann = Harness::connected();
    ann.frame(1, caught_up(0, 4));
    ann.frame(1, message("ben", 5, 6));
    ann.frame(1, caught_up(4, 4));
    assert!(ann.advance(FETCH_TIMEOUT).is_empty());
}

#[test]
fn a_fetch_ends_with_its_link() {
    let mut ann = Harness::connected();
    ann.frame(1, message("ben", 3, 4));
    ann.down(1, 4500);
    assert_eq!(ann.session.poll_timeout(), None);
    assert!(ann.advance(FETCH_TIMEOUT * 2).is_empty());
    ann.input(Input::ReconnectNow);
    assert!(frames(&ann.open(2)).is_empty(), "open says it all");
    assert_eq!(frames(&ann.frame(2, message("ben", 3, 4))), [fetch(0)], "at once on the new one");
}

#[test]
fn caught_up_moves_the_cursor_and_checks_for_holes() {
    let mut ann = Harness::connected();
    let moved = ann.frame(1, caught_up(0, 5));
    assert_eq!(changes(&moved), [place(5, 0)]);
    assert_eq!(events(&moved), [Event::CaughtUp]);
    assert_eq!(ann.frame(1, caught_up(5, 5)), [Output::Event(Event::CaughtUp)]);
    assert_eq!(ann.frame(1, caught_up(0, 3)), [Output::Event(Event::CaughtUp)], "never back");
    let hole = ann.frame(1, caught_up(8, 9));
    assert_eq!(frames(&hole), [fetch(5)]);
    assert_eq!(hole.len(), 1);
    assert_eq!(changes(&ann.frame(1, caught_up(5, 9))), [place(9, 0)]);
}

#[test]
fn what_got_lost_last_is_noticed_by_the_next_heartbeat() {
    let mut ann = Harness::connected();
    ann.frame(1, message("ben", 0, 3));
    assert!(ann.frame(1, pong(1, 3)).is_empty());
    assert!(ann.frame(1, pong(1, 2)).is_empty(), "the relay is just going over it again");
    assert_eq!(frames(&ann.frame(1, pong(2, 5))), [fetch(3)]);
    assert!(ann.frame(1, pong(3, 5)).is_empty(), "asked for");
    assert!(ann.frame(1, pong(3, 3)).is_empty());
    assert_eq!(frames(&ann.advance(FETCH_TIMEOUT)), [fetch(3)], "a pong is no answer to that");
}

#[test]
fn received_is_said_for_what_is_stored_and_once_a_report() {
    let mut ann = Harness::connected();
    for at in 1..=4 {
        let outputs = ann.frame(1, message("ben", at - 1, at));
        assert!(frames(&outputs).is_empty(), "not in the store yet");
    }
    ann.frame(1, caught_up(4, 6));
    let persisted = |ticket| Input::Persisted { ticket: Ticket(ticket) };
    assert_eq!(frames(&ann.input(persisted(3))), [up_to(3)], "one frame for three");
    assert!(ann.input(persisted(2)).is_empty(), "less than before is harmless");
    assert!(ann.input(persisted(3)).is_empty());
    assert_eq!(frames(&ann.input(persisted(5))), [up_to(6)], "caughtUp's place counts");
    ann.write("m1");
    assert!(!frames(&ann.persist()).contains(&up_to(6)), "no news");
}

#[test]
fn received_is_said_again_on_each_link_and_only_there() {
    let mut ann = Harness::connected();
    ann.frame(1, message("ben", 0, 1));
    ann.frame(1, message("ben", 1, 2));
    ann.down(1, 1006);
    assert!(ann.input(Input::Persisted { ticket: Ticket(1) }).is_empty(), "no link to say it on");
    ann.advance_to_timeout();
    assert_eq!(frames(&ann.open(2)), [up_to(1)]);
    assert_eq!(frames(&ann.persist()), [up_to(2)]);
    assert_eq!(frames(&ann.reopen(3)), [up_to(2)], "the last one may have been lost");
    assert!(frames(&Harness::new().open(1)).is_empty(), "nothing to say from the beginning");
    assert_eq!(frames(&Harness::restored(saved(8, 0)).open(1)), [up_to(8)]);
}

#[test]
fn without_a_store_all_is_shown_and_nothing_acknowledged() {
    let mut ann = Harness::connected();
    for at in 1..=500 {
        let outputs = ann.frame(1, message("ben", at - 1, at));
        assert_eq!((received(&outputs).len(), outputs.len()), (1, 1));
    }
    assert!(frames(&ann.reopen(2)).is_empty());
}

#[test]
fn a_relay_that_does_not_know_our_place_is_followed_back() {
    let mut ann = Harness::restored(saved(90, 80));
    ann.challenge(1);
    let welcomed = ann.frame(1, welcome_to(Seq::START, Seq::START));
    assert_eq!(changes(&welcomed), [place(0, 0)]);
    assert!(frames(&welcomed).is_empty(), "nothing of this relay's was received");
    assert_eq!(received(&ann.frame(1, message("ben", 0, 3))).len(), 1);
    assert_eq!(frames(&ann.persist()), [up_to(3)]);
}

#[test]
fn what_was_on_its_way_to_the_store_does_not_count_for_another_order() {
    let mut ann = Harness::connected();
    for at in [50, 60] {
        ann.frame(1, message("ben", 0, at));
    }
    ann.persist();
    ann.frame(1, message("ben", 0, 70));
    ann.down(1, 1006);
    ann.advance_to_timeout();
    ann.challenge(2);
    ann.frame(2, welcome_to(seq(5), Seq::START));
    // The place of before is stored, that of now is not.
    assert!(ann.input(Input::Persisted { ticket: Ticket(3) }).is_empty());
    ann.frame(2, message("ben", 5, 6));
    assert_eq!(frames(&ann.input(Input::Persisted { ticket: Ticket(4) })), [up_to(5)]);
    assert_eq!(frames(&ann.persist()), [up_to(6)]);
}

#[test]
fn only_the_receipts_may_be_unknown() {
    let mut ann = Harness::restored(saved(9, 8));
    ann.challenge(1);
    let welcomed = ann.frame(1, welcome_to(seq(9), Seq::START));
    assert_eq!(changes(&welcomed), [place(9, 0)]);
    assert_eq!(frames(&welcomed), [up_to(9)], "the mailbox is what it was");
}

#[test]
fn a_relay_that_leaps_ahead_makes_a_hole_and_not_a_loss() {
    let mut ann = Harness::restored(saved(4, 2));
    ann.challenge(1);
    let welcomed = ann.frame(1, welcome_to(seq(9), seq(9)));
    assert_eq!(changes(&welcomed), []);
    assert_eq!(frames(&welcomed), [up_to(4)]);
    assert_eq!(frames(&ann.frame(1, message("ben", 9, 10))), [fetch(4)]);
}

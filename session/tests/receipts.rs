//! Receipts, both ways.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{
    Harness, caught_up, changes, delivered, error, frames, message, place, read, read_frame, seq,
    up_to, user, welcome_to,
};
use duologue_protocol::{ErrorCode, Seq};
use duologue_session::{Change, Input, READS_MAX, Saved, Ticket};

fn change_delivered(up_to: u64, version: u64) -> Change {
    Change::Delivered { peer: user("ben"), up_to: seq(up_to), version: seq(version) }
}

fn change_read(up_to: u64, version: u64) -> Change {
    Change::Read { peer: user("ben"), up_to: seq(up_to), version: seq(version) }
}

/// What the session would say of its receipts on its next link.
fn cursor_of_receipts(mut ann: Harness) -> Seq {
    ann.down(1, 1006);
    ann.advance_to_timeout();
    ann.challenge(2).1
}

#[test]
fn receipts_are_told_and_repeats_are_not() {
    let mut ann = Harness::connected();
    assert_eq!(changes(&ann.frame(1, read("ben", 10, 5))), [change_read(10, 5)]);
    assert!(ann.frame(1, read("ben", 9, 4)).is_empty());
    assert!(ann.frame(1, delivered("ben", 9, 4)).is_empty());
    assert_eq!(changes(&ann.frame(1, read("ben", 12, 8))), [change_read(12, 8)]);
    assert_eq!(cursor_of_receipts(ann), seq(8));
}

#[test]
fn a_receipt_in_two_frames_of_one_version_is_told_whole() {
    let mut ann = Harness::connected();
    assert_eq!(changes(&ann.frame(1, delivered("ben", 12, 5))), [change_delivered(12, 4)]);
    assert_eq!(changes(&ann.frame(1, read("ben", 10, 5))), [change_read(10, 5)]);
    assert_eq!(changes(&ann.frame(1, delivered("ben", 12, 5))), [change_delivered(12, 5)]);
    assert_eq!(cursor_of_receipts(ann), seq(5));
}

#[test]
fn a_link_that_breaks_within_a_receipt_loses_no_half_of_it() {
    let mut ann = Harness::connected();
    ann.frame(1, delivered("ben", 12, 5));
    ann.reopen(2);
    assert_eq!(changes(&ann.frame(2, delivered("ben", 12, 5))), [change_delivered(12, 4)]);
    assert_eq!(changes(&ann.frame(2, read("ben", 10, 5))), [change_read(10, 5)]);

    let mut ann = Harness::connected();
    ann.frame(1, delivered("ben", 12, 5));
    assert_eq!(cursor_of_receipts(ann), seq(4), "version 5 has to come again");
}

#[test]
fn receipts_go_on_from_what_was_saved() {
    let mut ann = Harness::restored(Saved { receipts: seq(6), ..Saved::default() });
    ann.open(1);
    assert!(ann.frame(1, read("ben", 10, 5)).is_empty());
    assert_eq!(changes(&ann.frame(1, read("ben", 11, 6))), [change_read(11, 6)]);
    let mut ann = Harness::restored(Saved { receipts: seq(6), ..Saved::default() });
    ann.challenge(1);
    assert_eq!(changes(&ann.frame(1, welcome_to(Seq::START, Seq::START))), [place(0, 0)]);
    assert_eq!(changes(&ann.frame(1, read("ben", 1, 2))), [change_read(1, 2)]);
}

/// A session that is at 9 in its mailbox.
fn at_nine() -> Harness {
    let mut ann = Harness::connected();
    ann.frame(1, caught_up(0, 9));
    ann
}

#[test]
fn what_the_person_read_is_told_once_and_never_back() {
    let mut ann = at_nine();
    let outputs = ann.read("ben", 5);
    let here = Change::ReadHere { peer: user("ben"), up_to: seq(5) };
    assert_eq!(changes(&outputs), [here]);
    assert_eq!(frames(&outputs), [read_frame("ben", 5)], "without waiting for the store");
    assert!(ann.read("ben", 5).is_empty());
    assert!(ann.read("ben", 4).is_empty());
    assert!(ann.read("cleo", 0).is_empty());
    assert_eq!(frames(&ann.read("ben", 9)), [read_frame("ben", 9)]);
}

#[test]
fn what_was_read_is_said_again_on_each_link() {
    let mut ann = at_nine();
    ann.read("ben", 5);
    ann.read("cleo", 6);
    ann.down(1, 1006);
    let offline = ann.read("ben", 7);
    assert_eq!((changes(&offline).len(), frames(&offline).len()), (1, 0));
    ann.advance_to_timeout();
    assert_eq!(frames(&ann.open(2)), [read_frame("cleo", 6), read_frame("ben", 7)]);
    assert_eq!(frames(&ann.reopen(3)), [read_frame("cleo", 6), read_frame("ben", 7)]);
}

#[test]
fn saved_reads_are_said_too_and_are_no_news() {
    let reads = vec![(user("cleo"), seq(3)), (user("ben"), seq(8))];
    let mut ann = Harness::restored(Saved { cursor: seq(8), reads, ..Saved::default() });
    assert!(ann.read("ben", 8).is_empty());
    assert_eq!(frames(&ann.open(1)), [up_to(8), read_frame("cleo", 3), read_frame("ben", 8)]);
}

#[test]
fn reads_that_are_said_again_are_bounded() {
    let mut ann = at_nine();
    for n in 0..READS_MAX + 20 {
        ann.read(&format!("user {n}"), 9);
    }
    let said = frames(&ann.reopen(2));
    assert_eq!(said.len(), READS_MAX);
    assert_eq!(said[0], read_frame("user 20", 9), "the oldest are dropped");
}

#[test]
fn nothing_is_read_before_it_came() {
    let mut ann = at_nine();
    assert!(ann.read("ben", 10).is_empty());
    let reads = vec![(user("ben"), seq(50))];
    let mut ann = Harness::restored(Saved { cursor: seq(9), reads, ..Saved::default() });
    assert_eq!(frames(&ann.open(1)), [up_to(9)], "the relay would refuse it");
}

#[test]
fn reads_of_another_order_are_forgotten() {
    let mut ann = at_nine();
    ann.read("ben", 9);
    ann.input(Input::Persisted { ticket: Ticket(9) });
    ann.down(1, 1006);
    ann.advance_to_timeout();
    ann.challenge(2);
    assert!(frames(&ann.frame(2, welcome_to(Seq::START, Seq::START))).is_empty());
    ann.frame(2, message("ben", 0, 20));
    assert!(frames(&ann.reopen(3)).is_empty(), "9 is another message now");
    ann.frame(3, message("ben", 20, 21));
    assert_eq!(frames(&ann.read("ben", 4)), [read_frame("ben", 4)], "and less than 9 is news");
}

#[test]
fn a_read_that_the_relay_does_not_know_bothers_nobody() {
    let mut ann = at_nine();
    ann.read("ben", 9);
    for code in [ErrorCode::UnknownPeer, ErrorCode::BeyondSent] {
        assert!(ann.frame(1, error(code, None)).is_empty());
    }
}

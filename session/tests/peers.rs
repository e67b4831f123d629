//! The others' keys: pinned when they are first seen, asked for before anything is sent, and nothing is sent
//! where they are other ones.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Harness, changes, draft, events, frames, message, sent_ids, user, welcome_to};
use duologue_protocol::identity::{Proof, PublicKey, Signature};
use duologue_protocol::{ClientFrame, Fingerprint, RelayFrame, Seq};
use duologue_session::{
    ASK_AGAIN, Change, Draft, Event, Generation, Input, OUTBOX_MAX, Output, Saved,
};

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; 32])
}

fn print(byte: u8) -> Fingerprint {
    Fingerprint::of(&key(byte))
}

fn who_is(peer: &str) -> ClientFrame {
    ClientFrame::WhoIs { peer: user(peer) }
}

fn is(peer: &str, byte: Option<u8>) -> RelayFrame {
    RelayFrame::Identity { peer: user(peer), key: byte.map(key) }
}

fn identity(byte: Option<u8>, is_expected: bool) -> Event {
    Event::Identity { peer: user("ben"), fingerprint: byte.map(print), is_expected }
}

fn pinned(byte: u8, instead_of: Option<u8>) -> Change {
    let instead_of = instead_of.map(print);
    Change::Pinned { peer: user("ben"), fingerprint: print(byte), instead_of }
}

fn trust(byte: u8) -> Input {
    Input::Pin { peer: user("ben"), fingerprint: print(byte) }
}

fn stored_pin(byte: u8) -> Input {
    Input::StoredPin { peer: user("ben"), fingerprint: print(byte) }
}

/// Ann with a key, before her first link is open.
fn ann(pins: &[(&str, u8)]) -> Harness {
    let pins = pins.iter().map(|(peer, byte)| (user(peer), print(*byte))).collect();
    Harness::restored(Saved { has_key: true, pins, ..Saved::default() })
}

fn open(ann: &mut Harness, generation: u64) -> Vec<Output> {
    ann.frame(generation, common::challenge());
    let proof = Proof {
        key: key(1),
        relay: "chat.example".into(),
        signature: Signature::from_bytes([1; 64]),
    };
    let proof = Some(Box::new(proof));
    ann.input(Input::Signed { generation: Generation(generation), proof });
    ann.frame(generation, welcome_to(Seq::START, Seq::START))
}

fn opened(pins: &[(&str, u8)]) -> Harness {
    let mut ann = ann(pins);
    open(&mut ann, 1);
    ann
}

fn meet(ann: &mut Harness) -> Vec<Output> {
    ann.input(Input::Meet { peer: user("ben") })
}

#[test]
fn the_first_key_is_pinned_and_the_message_follows() {
    let mut ann = opened(&[]);
    assert_eq!(frames(&ann.write("1")), [who_is("ben")], "while the message is being stored");
    assert!(frames(&ann.persist()).is_empty());
    assert!(frames(&ann.send("2")).is_empty(), "asked once");
    let outputs = ann.frame(1, is("ben", Some(7)));
    assert_eq!(changes(&outputs), [pinned(7, None)]);
    assert_eq!(events(&outputs), [identity(Some(7), true)]);
    assert!(sent_ids(&outputs).is_empty(), "the pin is not in the store yet");
    assert_eq!(sent_ids(&ann.persist()), ["1", "2"]);
    assert_eq!(sent_ids(&ann.send("3")), ["3"], "known on this link");
    ann.down(1, 1006);
    ann.advance_to_timeout();
    open(&mut ann, 2);
    let outputs = ann.frame(2, is("ben", Some(8)));
    assert_eq!(events(&outputs), [identity(Some(8), false)], "it counts from then on");
    assert!(sent_ids(&outputs).is_empty());
}

#[test]
fn a_pinned_key_is_asked_for_on_each_link_and_pinned_once() {
    let mut ann = opened(&[("ben", 7)]);
    assert_eq!(frames(&ann.write("1")), [who_is("ben")]);
    ann.persist();
    let outputs = ann.frame(1, is("ben", Some(7)));
    assert!(changes(&outputs).is_empty());
    assert_eq!(sent_ids(&outputs), ["1"]);
    ann.down(1, 1006);
    ann.advance_to_timeout();
    let outputs = open(&mut ann, 2);
    assert_eq!(frames(&outputs), [who_is("ben")], "and not the message, which had no answer");
    assert_eq!(sent_ids(&ann.frame(2, is("ben", Some(7)))), ["1"]);
}

#[test]
fn nothing_is_sent_to_another_key_until_the_person_trusts_it() {
    let mut ann = opened(&[("ben", 7)]);
    ann.send("1");
    let outputs = ann.frame(1, is("ben", Some(8)));
    assert_eq!(events(&outputs), [identity(Some(8), false)]);
    assert!(frames(&outputs).is_empty() && changes(&outputs).is_empty());
    assert!(frames(&ann.send("2")).is_empty());
    assert!(frames(&ann.advance(ASK_AGAIN * 2)).iter().all(|f| *f != who_is("ben")), "it is known");

    let outputs = ann.input(trust(8));
    assert_eq!(changes(&outputs), [pinned(8, Some(7))]);
    assert_eq!(frames(&outputs), [who_is("ben")]);
    assert!(sent_ids(&ann.frame(1, is("ben", Some(8)))).is_empty(), "it is not in the store yet");
    assert_eq!(sent_ids(&ann.persist()), ["1", "2"]);
}

#[test]
fn somebody_elses_key_holds_up_nobody_else_and_order_is_kept() {
    let mut ann = opened(&[("ben", 7)]);
    ann.send("1");
    let to_cleo = |id| Draft { to: user("cleo"), ..draft(id) };
    ann.input(Input::UserSent(to_cleo("c1")));
    ann.input(Input::UserSent(to_cleo("c2")));
    ann.persist();
    ann.frame(1, is("ben", Some(8)));
    ann.frame(1, is("cleo", Some(9)));
    assert_eq!(sent_ids(&ann.persist()), ["c1", "c2"]);
}

#[test]
fn more_than_the_window_to_somebody_else_holds_up_nobody() {
    let mut ann = opened(&[("ben", 7)]);
    for n in 0..OUTBOX_MAX - 1 {
        ann.write(&format!("m{n}"));
    }
    ann.persist();
    ann.frame(1, is("ben", Some(8)));
    ann.input(Input::UserSent(Draft { to: user("cleo"), ..draft("c") }));
    ann.persist();
    assert_eq!(sent_ids(&ann.frame(1, is("cleo", None))), ["c"]);
}

#[test]
fn a_key_that_is_gone_is_asked_for_until_it_is_back() {
    let mut ann = opened(&[("ben", 7)]);
    ann.send("1");
    assert_eq!(events(&ann.frame(1, is("ben", None))), [identity(None, false)]);
    assert!(frames(&ann.advance(ASK_AGAIN / 2)).is_empty());
    assert_eq!(frames(&ann.advance(ASK_AGAIN / 2)), [who_is("ben")]);
    ann.frame(1, is("ben", None));
    assert_eq!(frames(&ann.advance(ASK_AGAIN)), [who_is("ben")]);
    let outputs = ann.frame(1, is("ben", Some(7)));
    assert_eq!(events(&outputs), [identity(Some(7), true)]);
    assert_eq!(sent_ids(&outputs), ["1"]);
}

#[test]
fn who_writes_without_a_key_writes_to_no_other_key() {
    let mut ann = opened(&[("ben", 7)]);
    ann.send("1");
    ann.frame(1, is("ben", None));
    let outputs = ann.input(Input::WriteKeyless { peer: user("ben") });
    assert_eq!((changes(&outputs), sent_ids(&outputs)), (vec![], vec!["1".into()]));
    assert_eq!(sent_ids(&ann.send("2")), ["2"]);
    assert!(frames(&ann.advance(ASK_AGAIN)).contains(&who_is("ben")));
    assert!(sent_ids(&ann.send("3")).is_empty(), "not before the answer");
    let outputs = ann.frame(1, is("ben", Some(8)));
    assert_eq!(events(&outputs), [identity(Some(8), false)], "the pin is still there");
    assert!(sent_ids(&outputs).is_empty());
    ann.down(1, 1006);
    ann.advance_to_timeout();
    open(&mut ann, 2);
    assert!(sent_ids(&ann.frame(2, is("ben", None))).is_empty(), "there was a key since");
}

#[test]
fn a_pin_that_the_store_has_counts_before_the_first_word() {
    let mut ann = opened(&[]);
    ann.send("1");
    assert_eq!(changes(&ann.frame(1, is("ben", Some(8)))), [pinned(8, None)]);
    // Another tab met him before, and the relay said another key then.
    let outputs = ann.input(stored_pin(7));
    assert_eq!((changes(&outputs), frames(&outputs)), (vec![], vec![who_is("ben")]));
    assert!(sent_ids(&ann.persist()).is_empty());
    let outputs = ann.frame(1, is("ben", Some(8)));
    assert_eq!(events(&outputs), [identity(Some(8), false)]);
    assert!(sent_ids(&outputs).is_empty());
}

#[test]
fn a_pin_that_another_tab_trusts_lets_what_waits_go() {
    let mut ann = opened(&[("ben", 7)]);
    ann.send("1");
    ann.frame(1, is("ben", Some(8)));
    assert_eq!(frames(&ann.input(stored_pin(8))), [who_is("ben")]);
    assert_eq!(sent_ids(&ann.frame(1, is("ben", Some(8)))), ["1"]);
    assert!(frames(&ann.input(stored_pin(8))).is_empty(), "it is known");
}

#[test]
fn no_key_is_the_first_one_while_pins_are_missing() {
    let saved = Saved { has_key: true, are_pins_missing: true, ..Saved::default() };
    for key in [Some(8), None] {
        let mut ann = Harness::restored(saved.clone());
        open(&mut ann, 1);
        ann.send("1");
        let outputs = ann.frame(1, is("ben", key));
        assert_eq!(events(&outputs), [identity(key, false)]);
        assert!(changes(&outputs).is_empty() && sent_ids(&outputs).is_empty());
        assert_eq!(frames(&ann.input(Input::PinsAreComplete)), [who_is("ben")]);
        let mut sent = sent_ids(&ann.frame(1, is("ben", key)));
        sent.extend(sent_ids(&ann.persist()));
        assert_eq!(sent, ["1"], "he was never met");
    }
}

#[test]
fn a_person_may_decide_while_pins_are_missing() {
    let saved = Saved { has_key: true, are_pins_missing: true, ..Saved::default() };
    let mut ann = Harness::restored(saved);
    open(&mut ann, 1);
    ann.send("1");
    ann.frame(1, is("ben", Some(8)));
    assert_eq!(changes(&ann.input(trust(8))), [pinned(8, None)]);
    ann.persist();
    assert_eq!(sent_ids(&ann.frame(1, is("ben", Some(8)))), ["1"]);
    // The store knew better.
    ann.input(stored_pin(7));
    ann.input(Input::PinsAreComplete);
    ann.send("2");
    assert!(sent_ids(&ann.frame(1, is("ben", Some(8)))).is_empty());
}

#[test]
fn nothing_goes_to_whom_there_is_doubt_about_until_the_person_decides() {
    let mut ann = opened(&[("ben", 7)]);
    ann.input(Input::Hold { peer: user("ben") });
    ann.send("1");
    assert!(sent_ids(&ann.frame(1, is("ben", Some(7)))).is_empty());
    ann.down(1, 1006);
    ann.advance_to_timeout();
    open(&mut ann, 2);
    assert!(sent_ids(&ann.frame(2, is("ben", Some(7)))).is_empty(), "nor on another link");
    let outputs = ann.input(trust(7));
    assert!(changes(&outputs).is_empty(), "the same key");
    assert_eq!(sent_ids(&ann.frame(2, is("ben", Some(7)))), ["1"]);
}

#[test]
fn looking_at_a_conversation_asks_before_anything_is_written() {
    let mut ann = opened(&[]);
    assert_eq!(frames(&meet(&mut ann)), [who_is("ben")]);
    ann.frame(1, is("ben", Some(7)));
    ann.persist();
    assert!(frames(&meet(&mut ann)).is_empty());
    assert_eq!(sent_ids(&ann.send("1")), ["1"], "at once");
    ann.down(1, 1006);
    ann.advance_to_timeout();
    assert!(frames(&open(&mut ann, 2)).contains(&who_is("ben")), "anew on another link");
}

#[test]
fn who_had_no_key_is_asked_about_again_once_they_write() {
    let mut ann = opened(&[]);
    meet(&mut ann);
    ann.frame(1, is("ben", None));
    assert!(!frames(&ann.frame(1, message("ben", 0, 1))).contains(&who_is("ben")), "just asked");
    assert!(frames(&ann.advance(ASK_AGAIN)).contains(&who_is("ben")));
    assert_eq!(changes(&ann.frame(1, is("ben", Some(7)))), [pinned(7, None)]);
    ann.advance(ASK_AGAIN);
    assert!(!frames(&ann.frame(1, message("ben", 1, 2))).contains(&who_is("ben")), "it is known");
}

#[test]
fn that_a_name_has_no_key_holds_for_a_moment_only() {
    let mut ann = opened(&[]);
    ann.send("1");
    assert_eq!(sent_ids(&ann.frame(1, is("ben", None))), ["1"]);
    ann.frame(1, common::stored("1"));
    assert_eq!(sent_ids(&ann.send("2")), ["2"], "at once");
    ann.frame(1, common::stored("2"));
    ann.advance(ASK_AGAIN);
    assert_eq!(frames(&ann.write("3")), [who_is("ben")]);
    assert!(frames(&ann.persist()).is_empty(), "not before the answer");
    let outputs = ann.frame(1, is("ben", Some(7)));
    assert_eq!(changes(&outputs), [pinned(7, None)]);
    assert_eq!(sent_ids(&ann.persist()), ["3"]);
}

#[test]
fn an_invitations_key_holds_before_the_first_word() {
    let mut ann = opened(&[]);
    assert_eq!(changes(&ann.input(trust(7))), [pinned(7, None)]);
    assert_eq!(events(&ann.frame(1, is("ben", Some(8)))), [identity(Some(8), false)]);
    assert!(sent_ids(&ann.send("1")).is_empty());
}

#[test]
fn what_nobody_asked_for_pins_nothing() {
    let mut ann = opened(&[]);
    assert!(ann.frame(1, is("ben", Some(7))).is_empty());
    ann.send("1");
    assert_eq!(changes(&ann.frame(1, is("ben", Some(8)))), [pinned(8, None)]);
}

#[test]
fn a_session_without_a_key_checks_nobody() {
    let mut ann = Harness::connected();
    assert_eq!(sent_ids(&ann.send("1")), ["1"]);
    assert!(frames(&meet(&mut ann)).is_empty());
}

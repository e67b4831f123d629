//! What is said of the moment: who is there, who types; and what the person keeps to themselves.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Harness, challenge, frames, message, read_frame, user};
use duologue_protocol::limits::{TYPING_EVERY, WATCH_MAX};
use duologue_protocol::{ClientFrame, RelayFrame, UnixMillis, UserId};
use duologue_session::{Event, Generation, Input, Output, Saved};

fn typing(ann: &mut Harness, to: &str) -> Vec<ClientFrame> {
    frames(&ann.input(Input::Typing { to: user(to) }))
}

fn said(to: &str) -> Vec<ClientFrame> {
    vec![ClientFrame::Typing { to_user_id: user(to) }]
}

fn watch(names: &[&str]) -> Input {
    Input::Watch { peers: names.iter().copied().map(user).collect() }
}

fn watched(frames: &[ClientFrame]) -> Vec<Vec<UserId>> {
    let lists = frames.iter().filter_map(|frame| match frame {
        ClientFrame::Watch { peers } => Some(peers.clone()),
        _ => None,
    });
    lists.collect()
}

#[test]
fn typing_is_said_now_and_then_and_at_once_after_a_message_or_to_somebody_else() {
    let mut ann = Harness::connected();
    assert_eq!(typing(&mut ann, "ben"), said("ben"));
    assert_eq!(typing(&mut ann, "ben"), []);
    ann.now = ann.now + TYPING_EVERY / 2;
    assert_eq!(typing(&mut ann, "ben"), []);
    assert_eq!(typing(&mut ann, "cleo"), said("cleo"));
    assert_eq!(typing(&mut ann, "ben"), said("ben"));
    ann.now = ann.now + TYPING_EVERY;
    assert_eq!(typing(&mut ann, "ben"), said("ben"));
    ann.send("1");
    assert_eq!(typing(&mut ann, "ben"), said("ben"), "the message ended it for who reads");
}

#[test]
fn typing_is_not_kept_for_a_later_link_nor_said_to_whom_nothing_may_be_sent() {
    let mut ann = Harness::new();
    assert_eq!(typing(&mut ann, "ben"), []);
    assert!(frames(&ann.open(1)).iter().all(|frame| !said("ben").contains(frame)));

    let mut ann = Harness::restored(Saved { has_key: true, ..Saved::default() });
    ann.input(Input::TransportUp { generation: Generation(1) });
    ann.frame(1, challenge());
    ann.input(Input::Signed { generation: Generation(1), proof: None });
    ann.frame(1, common::welcome());
    assert_eq!(typing(&mut ann, "ben"), [], "whose name that is, is not known yet");
}

#[test]
fn whom_one_watches_is_said_once_a_link_and_when_it_changes() {
    let mut ann = Harness::new();
    assert_eq!(frames(&ann.input(watch(&["ben"]))), []);
    assert_eq!(watched(&frames(&ann.open(1))), [[user("ben")]]);
    assert_eq!(frames(&ann.input(watch(&["ben"]))), []);
    assert_eq!(
        watched(&frames(&ann.input(watch(&["ben", "cleo"])))),
        [[user("ben"), user("cleo")]]
    );
    assert_eq!(watched(&frames(&ann.reopen(2))), [[user("ben"), user("cleo")]]);
    let many = (0..=WATCH_MAX).map(|n| user(&n.to_string())).collect();
    let lists = watched(&frames(&ann.input(Input::Watch { peers: many })));
    assert_eq!(lists[0].len(), WATCH_MAX);
}

#[test]
fn nobody_is_seen_who_did_not_say_so() {
    assert!(watched(&frames(&Harness::new().open(1))).is_empty());
}

#[test]
fn what_the_relay_says_of_others_is_told() {
    let mut ann = Harness::connected();
    let typing = RelayFrame::Typing { from_user_id: user("ben") };
    assert_eq!(ann.frame(1, typing), [Output::Event(Event::Typing { peer: user("ben") })]);
    let last_seen = Some(UnixMillis(7));
    let gone = RelayFrame::Presence { user_id: user("ben"), online: false, last_seen };
    let event = Event::Presence { peer: user("ben"), is_online: false, last_seen };
    assert_eq!(ann.frame(1, gone), [Output::Event(event)]);
}

#[test]
fn whoever_hides_what_they_read_says_nothing_of_it_until_they_do_again() {
    let mut ann = Harness::new();
    ann.input(Input::HideReads(true));
    ann.open(1);
    ann.frame(1, message("ben", 0, 5));
    let outputs = ann.read("ben", 5);
    assert_eq!(frames(&outputs), []);
    assert_eq!(common::changes(&outputs).len(), 1, "here it is read");
    assert!(!frames(&ann.reopen(2)).contains(&read_frame("ben", 5)));
    assert_eq!(frames(&ann.input(Input::HideReads(false))), [read_frame("ben", 5)]);
    ann.frame(2, message("ben", 5, 6));
    assert_eq!(frames(&ann.read("ben", 6)), [read_frame("ben", 6)]);
    assert_eq!(frames(&ann.input(Input::HideReads(true))), []);
    ann.frame(2, message("ben", 6, 7));
    assert_eq!(frames(&ann.read("ben", 7)), []);
}

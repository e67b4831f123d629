//! Which transport is used, and how one takes over from another under an open link.
#![allow(clippy::unwrap_used, clippy::panic, clippy::option_option, clippy::doc_markdown)]

mod common;

use std::time::Duration;

use common::{
    Harness, challenge, connected, draft, events, frames, message, stored, user, welcome_to,
};
use duologue_protocol::limits::CONNECT_TIMEOUT;
use duologue_protocol::{ClientFrame, Seq};
use duologue_session::{
    Event, Generation, Input, LEARNED_FOR, Learned, LinkState, Output, PROBE_EVERY, Preference,
    Saved, Transport, Why,
};

const WS: Transport = Transport::WebSocket;
const LONG: Transport = Transport::LongPolling;
const SHORT: Transport = Transport::ShortPolling;

fn close(generation: u64) -> Output {
    Output::Close { generation: Generation(generation) }
}

fn using(outputs: &[Output]) -> Option<(u64, Transport, Why)> {
    let using = |event| match event {
        Event::Using { generation, transport, why } => Some((generation.0, transport, why)),
        _ => None,
    };
    events(outputs).into_iter().rev().find_map(using)
}

fn learned(outputs: &[Output]) -> Option<Option<Learned>> {
    let learned = |event| match event {
        Event::Learned(learned) => Some(learned),
        _ => None,
    };
    events(outputs).into_iter().rev().find_map(learned)
}

/// Ann, whose WebSockets had no answer, over long polling: generation 2; WebSocket is tried beside it
/// as generation 3.
fn polling() -> Harness {
    let mut ann = Harness::new();
    ann.advance(CONNECT_TIMEOUT);
    assert_eq!(connected(&ann.advance_to_timeout()), [(2, LONG)]);
    let opened = ann.open(2);
    assert_eq!(using(&opened), Some((2, LONG, Why::NoWebSocket)));
    assert_eq!(connected(&opened), [(3, WS)], "tried at once: perhaps there was no relay");
    ann
}

#[test]
fn a_websocket_is_used_where_it_works() {
    let mut ann = Harness::new();
    assert_eq!(using(&ann.open(1)), Some((1, WS, Why::First)));
}

#[test]
fn a_websocket_without_an_answer_makes_it_long_polling() {
    polling();
}

#[test]
fn three_that_are_refused_make_it_long_polling() {
    let mut ann = Harness::new();
    for generation in 1..=2 {
        ann.down(generation, 1006);
        assert_eq!(connected(&ann.advance_to_timeout()), [(generation + 1, WS)]);
    }
    ann.down(3, 1006);
    assert_eq!(connected(&ann.advance_to_timeout()), [(4, LONG)]);
}

#[test]
fn where_websockets_break_soon_another_is_tried_only_after_a_while() {
    let mut ann = Harness::connected();
    for generation in 1..=2 {
        ann.down(generation, 1006);
        assert_eq!(connected(&ann.advance_to_timeout()), [(generation + 1, WS)]);
        ann.open(generation + 1);
    }
    ann.down(3, 1006);
    assert_eq!(connected(&ann.advance_to_timeout()), [(4, LONG)]);
    assert!(connected(&ann.open(4)).is_empty(), "it would be welcomed, and break again");
    let cut = ann.input(Input::HeldCut { generation: Generation(4) });
    assert_eq!(connected(&cut), [(5, SHORT)]);
    assert!(connected(&ann.open(5)).is_empty());
    assert_eq!(connected(&ann.advance(PROBE_EVERY)), [(6, WS)]);
    ann.open(6);
    ann.down(6, 1006);
    assert_eq!(connected(&ann.advance_to_timeout()), [(7, SHORT)], "back to what worked");
}

#[test]
fn a_websocket_that_works_again_takes_over_and_what_had_no_answer_is_sent_on_it() {
    let mut ann = polling();
    assert_eq!(frames(&ann.send("m1")).len(), 1);
    ann.challenge(3);
    let switched = ann.frame(3, welcome_to(Seq::START, Seq::START));
    assert_eq!(switched[0], close(2));
    assert_eq!(using(&switched), Some((3, WS, Why::Recovered)));
    assert!(!events(&switched).iter().any(|event| matches!(event, Event::Link(_))), "no break");
    let sent: Vec<_> = switched
        .iter()
        .filter_map(|output| match output {
            Output::Transmit { generation, frame: ClientFrame::Message { id, .. } } => {
                Some((generation.0, id.to_string()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(sent, [(3, "m1".to_owned())]);
    assert!(ann.frame(2, stored("m1")).is_empty(), "the old one is not heard any more");
}

#[test]
fn what_comes_over_the_old_one_meanwhile_is_not_lost_and_not_doubled() {
    let mut ann = polling();
    ann.challenge(3);
    // After `open` went out with the cursor at 0, and before its `welcome` comes.
    ann.frame(2, message("ben", 0, 1));
    let switched = ann.frame(3, welcome_to(Seq::START, Seq::START));
    let is_change = |output: &Output| matches!(output, Output::Change { .. });
    assert!(!switched.iter().any(is_change), "the cursor stays where it is: {switched:?}");
    assert!(!ann.frame(3, message("ben", 0, 1)).iter().any(is_change), "a repeat");
    assert!(ann.frame(3, message("ben", 1, 2)).iter().any(is_change));
    let received = frames(&ann.persist());
    assert_eq!(received, [ClientFrame::Received { up_to: common::seq(2) }]);
}

#[test]
fn a_probe_that_fails_changes_nothing_and_is_repeated() {
    let mut ann = polling();
    let failed = ann.advance(CONNECT_TIMEOUT);
    assert_eq!(failed[0], close(3));
    assert_eq!(events(&failed).len(), 1, "{failed:?}");
    assert!(learned(&failed).is_some());
    assert!(
        connected(&ann.advance(PROBE_EVERY.checked_sub(Duration::from_millis(1)).unwrap()))
            .is_empty()
    );
    assert_eq!(connected(&ann.advance(Duration::from_millis(1))), [(4, WS)]);
    ann.down(4, 1006);
    for news in [Input::Online, Input::Visible, Input::ReconnectNow] {
        let probes = connected(&ann.input(news));
        assert_eq!(probes.len(), 1, "the network may have changed");
        ann.down(probes[0].0, 1006);
    }
}

#[test]
fn a_link_that_breaks_while_another_is_on_its_way_waits_for_that_one() {
    let mut ann = polling();
    ann.challenge(3);
    let broken = ann.down(2, 1006);
    assert!(connected(&broken).is_empty());
    let opened = ann.frame(3, welcome_to(Seq::START, Seq::START));
    assert_eq!(using(&opened), Some((3, WS, Why::Recovered)));
    assert!(events(&opened).contains(&Event::Link(LinkState::Connected)));
}

#[test]
fn held_requests_that_are_cut_make_it_short_polling() {
    let mut ann = polling();
    ann.down(3, 1006);
    let cut = ann.input(Input::HeldCut { generation: Generation(2) });
    assert_eq!(connected(&cut), [(4, SHORT)]);
    ann.challenge(4);
    let switched = ann.frame(4, welcome_to(Seq::START, Seq::START));
    assert_eq!(switched[0], close(2));
    assert_eq!(using(&switched), Some((4, SHORT, Why::HeldCut)));
    assert_eq!(connected(&switched), [(5, WS)]);
    ann.down(5, 1006);
    // Much later a better one is looked for in both places.
    ann.now = ann.now + LEARNED_FOR;
    assert_eq!(connected(&ann.input(Input::Timer)), [(6, WS)]);
    assert_eq!(connected(&ann.down(6, 1006)), [(7, LONG)]);
}

#[test]
fn what_was_learned_is_used_at_the_next_start_until_it_expires() {
    let mut ann = Harness::new();
    ann.advance(CONNECT_TIMEOUT);
    ann.advance_to_timeout();
    let learned = learned(&ann.open(2)).unwrap();
    assert_eq!(learned, Some(Learned { transport: LONG, until: ann.now + LEARNED_FOR }));

    let mut later = Harness::on(LONG, Saved { learned, ..Saved::default() });
    assert_eq!(using(&later.open(1)), Some((1, LONG, Why::Learned)));
    let past = learned.map(|learned| Learned { until: common::START, ..learned });
    Harness::on(WS, Saved { learned: past, ..Saved::default() });
}

#[test]
fn the_person_can_pin_one_and_let_it_go() {
    let mut ann = Harness::connected();
    let pinned = ann.input(Input::Prefer(Preference::Only(SHORT)));
    assert_eq!(pinned[0], close(1));
    assert_eq!(connected(&pinned), [(2, SHORT)]);
    let opened = ann.open(2);
    assert_eq!(using(&opened), Some((2, SHORT, Why::Pinned)));
    assert!(connected(&opened).is_empty(), "nothing else is tried");
    assert_eq!(connected(&ann.advance(10 * PROBE_EVERY)), []);
    ann.frame(2, common::pong(1, 0));

    let automatic = ann.input(Input::Prefer(Preference::Automatic));
    assert_eq!(connected(&automatic), [(3, WS)]);
    assert!(!automatic.contains(&close(2)), "it works until there is a better one");
    ann.challenge(3);
    assert_eq!(ann.frame(3, welcome_to(Seq::START, Seq::START))[0], close(2));
}

#[test]
fn what_is_pinned_is_tried_whatever_happens() {
    let saved = Saved { preference: Preference::Only(WS), ..Saved::default() };
    let mut ann = Harness::on(WS, saved);
    for generation in 1..=6 {
        ann.down(generation, 1006);
        assert_eq!(connected(&ann.advance_to_timeout()), [(generation + 1, WS)]);
    }
}

#[test]
fn a_message_without_an_answer_is_a_reason_to_doubt_the_link() {
    let mut ann = Harness::connected();
    assert_eq!(frames(&ann.send("m1")).len(), 1);
    assert_eq!(frames(&ann.advance(CONNECT_TIMEOUT)), [ClientFrame::Ping { n: 1 }]);
    assert_eq!(ann.advance(CONNECT_TIMEOUT)[0], close(1));

    let mut ann = Harness::connected();
    ann.send("m1");
    ann.frame(1, stored("m1"));
    assert!(ann.advance(2 * CONNECT_TIMEOUT).is_empty(), "an answered one is none");
}

#[test]
fn a_probe_does_not_disturb_what_is_written_meanwhile() {
    let mut ann = polling();
    ann.challenge(3);
    let sent = ann.send("m1");
    let on = |output: &Output| match output {
        Output::Transmit { generation, .. } => Some(generation.0),
        _ => None,
    };
    assert_eq!(sent.iter().filter_map(on).collect::<Vec<_>>(), [2]);
    assert_eq!(draft("m1").to, user("ben"));
    let again = ann.frame(3, challenge());
    assert_eq!(frames(&again).len(), 1, "each challenge has its open");
}

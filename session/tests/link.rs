//! Connecting, heartbeats, reconnecting: by inputs and outputs under a given clock.
#![allow(clippy::unwrap_used, clippy::panic, clippy::unchecked_time_subtraction)]

mod common;

use std::time::Duration;

use common::{Harness, challenge, connects, frames, link, message, pong, welcome};
use duologue_protocol::close::CloseCode;
use duologue_protocol::frame::{Heartbeat, Limits};
use duologue_protocol::limits::{
    BACKOFF_CEILING, BACKOFF_FLOOR, CONNECT_TIMEOUT, HEARTBEAT_INTERVAL, HEARTBEAT_TIMEOUT,
};
use duologue_protocol::{ClientFrame, RelayFrame, Seq};
use duologue_session::{
    Cause, Down, Generation, Input, LinkState, Output, Preference, Reason, Rule, Saved, Transport,
};

const MS: Duration = Duration::from_millis(1);
const CLOSE_1: Output = Output::Close { generation: Generation(1) };

#[test]
fn a_link_is_good_only_after_welcome() {
    let mut ann = Harness::new();
    assert!(ann.input(Input::TransportUp { generation: Generation(1) }).is_empty());
    let opened = ann.frame(1, challenge());
    assert_eq!(link(&opened), None);
    assert_eq!(link(&ann.frame(1, welcome())), Some(LinkState::Connected));
}

#[test]
fn no_welcome_in_time_is_a_failure() {
    let mut ann = Harness::new();
    ann.input(Input::TransportUp { generation: Generation(1) });
    assert!(ann.advance(CONNECT_TIMEOUT - MS).is_empty());
    let late = ann.advance(MS);
    assert_eq!(late[0], CLOSE_1);
    assert!(matches!(link(&late), Some(LinkState::Waiting { failures: 1, .. })));
}

#[test]
fn a_heartbeat_is_sent_on_its_interval_and_an_answer_keeps_the_link() {
    let mut ann = Harness::connected();
    for n in 1..=5 {
        assert!(ann.advance(HEARTBEAT_INTERVAL - MS).is_empty());
        assert_eq!(frames(&ann.advance(MS)), [ClientFrame::Ping { n }]);
        assert!(ann.frame(1, pong(n, 0)).is_empty());
    }
}

#[test]
fn a_heartbeat_without_an_answer_is_a_dead_link() {
    let mut ann = Harness::connected();
    assert_eq!(frames(&ann.advance(HEARTBEAT_INTERVAL)), [ClientFrame::Ping { n: 1 }]);
    assert!(ann.advance(HEARTBEAT_TIMEOUT - HEARTBEAT_INTERVAL - MS).is_empty());
    let dead = ann.advance(MS);
    assert_eq!(dead[0], CLOSE_1);
    assert!(matches!(link(&dead), Some(LinkState::Waiting { .. })));
}

#[test]
fn any_frame_is_a_proof_of_life() {
    let mut ann = Harness::connected();
    ann.advance(HEARTBEAT_INTERVAL);
    ann.frame(1, message("ben", 0, 1));
    assert!(ann.advance(HEARTBEAT_INTERVAL - MS).is_empty());
    assert_eq!(frames(&ann.advance(MS)), [ClientFrame::Ping { n: 2 }]);
}

#[test]
fn a_timer_that_comes_a_minute_late_asks_before_it_gives_up() {
    let mut ann = Harness::connected();
    let late = ann.advance(Duration::from_mins(1));
    assert_eq!(frames(&late), [ClientFrame::Ping { n: 1 }]);
    assert_eq!(late.len(), 1, "no close: {late:?}");
    ann.frame(1, pong(1, 0));
    assert_eq!(frames(&ann.advance(Duration::from_mins(1))), [ClientFrame::Ping { n: 2 }]);
}

#[test]
fn a_relay_cannot_set_a_heartbeat_that_floods_or_never_comes() {
    for (interval_ms, timeout_ms) in [(0, 0), (u32::MAX, u32::MAX)] {
        let mut ann = Harness::new();
        ann.frame(1, challenge());
        let heartbeat = Heartbeat { interval_ms, timeout_ms };
        let (user_id, limits) = (common::user("ann"), Limits::default());
        let (cursor, receipts) = (Seq::START, Seq::START);
        ann.frame(
            1,
            RelayFrame::Welcome { user_id, cursor, receipts, heartbeat, limits, handshake: None },
        );
        let wait = ann.session.poll_timeout().unwrap().since(ann.now);
        assert!((Duration::from_secs(1)..=Duration::from_mins(5)).contains(&wait), "{wait:?}");
    }
}

#[test]
fn backoff_grows_within_its_bounds() {
    for seed in 0..200 {
        let mut ann = Harness::seeded(seed);
        let mut bound = BACKOFF_FLOOR;
        for generation in 1..=12 {
            let Some(LinkState::Waiting { until, failures, .. }) =
                link(&ann.down(generation, 1006))
            else {
                panic!("a broken link waits")
            };
            assert_eq!(u64::from(failures), generation);
            assert!(until.since(ann.now) <= bound, "{until:?} beyond {bound:?}");
            assert_eq!(connects(&ann.advance_to_timeout()), [generation + 1]);
            bound = (bound * 2).min(BACKOFF_CEILING);
        }
    }
}

#[test]
fn a_link_that_lived_starts_the_backoff_anew_and_one_that_flapped_does_not() {
    let preference = Preference::Only(Transport::WebSocket);
    let mut ann = Harness::restored(Saved { preference, ..Saved::default() });
    ann.open(1);
    for generation in 1..=5 {
        ann.down(generation, 1006);
        ann.advance_to_timeout();
        ann.open(generation + 1);
    }
    let flapped = link(&ann.down(6, 1006));
    assert!(matches!(flapped, Some(LinkState::Waiting { failures: 6, .. })), "{flapped:?}");

    ann.advance_to_timeout();
    ann.open(7);
    ann.now = ann.now + Duration::from_secs(10);
    let lived = link(&ann.down(7, 1006));
    assert!(matches!(lived, Some(LinkState::Waiting { failures: 1, .. })), "{lived:?}");
}

#[test]
fn good_news_ends_the_wait() {
    for news in [Input::Online, Input::Visible, Input::ReconnectNow] {
        let mut ann = Harness::new();
        for generation in 1..=6 {
            ann.down(generation, 1006);
            if generation < 6 {
                ann.advance_to_timeout();
            }
        }
        let outputs = ann.input(news.clone());
        assert_eq!(connects(&outputs), [7], "{news:?}");
        assert_eq!(link(&outputs), Some(LinkState::Connecting { failures: 0 }), "{news:?}");
        assert!(ann.input(news).is_empty(), "one attempt at a time");
    }
}

#[test]
fn a_doubtful_link_is_probed_and_doubt_does_not_put_the_end_off() {
    let mut ann = Harness::connected();
    assert_eq!(frames(&ann.input(Input::Visible)), [ClientFrame::Ping { n: 1 }]);
    ann.advance(Duration::from_secs(3));
    ann.input(Input::Online);
    let dead = ann.advance(Duration::from_secs(2));
    assert_eq!(dead[0], CLOSE_1);
}

#[test]
fn a_late_event_of_an_old_transport_is_ignored() {
    let mut ann = Harness::connected();
    ann.down(1, 1006);
    assert!(ann.frame(1, message("ben", 0, 1)).is_empty(), "nothing counts while waiting");
    ann.advance_to_timeout();
    ann.open(2);
    assert!(ann.down(1, 4500).is_empty());
    assert!(ann.frame(1, message("ben", 0, 2)).is_empty());
    assert!(ann.frame(1, welcome()).is_empty());
    assert!(ann.input(Input::TransportUp { generation: Generation(1) }).is_empty());
    assert_eq!(common::received(&ann.frame(2, message("ben", 0, 3))).len(), 1);
}

#[test]
fn a_terminal_close_is_never_retried_but_by_the_person() {
    for code in [1002, 1008, 1009, CloseCode::FrameTooLarge.code(), 4999] {
        let mut ann = Harness::connected();
        assert!(matches!(link(&ann.down(1, code)), Some(LinkState::Stopped { .. })), "{code}");
        assert_eq!(ann.session.poll_timeout(), None);
        for news in [Input::Online, Input::Visible, Input::Timer] {
            ann.now = ann.now + Duration::from_hours(1);
            assert!(ann.input(news).is_empty(), "{code}");
        }
        assert!(ann.send("m1").is_empty());
        assert_eq!(connects(&ann.input(Input::ReconnectNow)), [2], "{code}");
        assert_eq!(common::sent_ids(&ann.open(2)), ["m1"], "{code}");
    }
}

#[test]
fn a_stop_says_why() {
    let mut ann = Harness::connected();
    let down = Down { code: 4500, reason: "too large".into() };
    let stopped = ann.input(Input::TransportDown { generation: Generation(1), down });
    let reason = Reason { rule: Rule::Close(4500), words: "too large".into() };
    assert_eq!(link(&stopped), Some(LinkState::Stopped { reason }));

    let stopped = Harness::connected().down(1, 4999);
    let words = "the relay closed the connection with code 4999".into();
    let reason = Reason { rule: Rule::Close(4999), words };
    assert_eq!(link(&stopped), Some(LinkState::Stopped { reason }));
}

#[test]
fn the_end_of_a_link_has_its_cause() {
    let cause = |outputs: &[Output]| match link(outputs) {
        Some(LinkState::Waiting { cause, .. }) => cause,
        other => panic!("waiting, not {other:?}"),
    };
    assert_eq!(cause(&Harness::new().down(1, 1006)), Cause::Unreachable);
    assert_eq!(cause(&Harness::new().advance(CONNECT_TIMEOUT)), Cause::Unreachable);
    assert_eq!(cause(&Harness::connected().down(1, 1006)), Cause::Broken);

    let mut up = Harness::new();
    up.input(Input::TransportUp { generation: Generation(1) });
    assert_eq!(cause(&up.down(1, 1006)), Cause::NoWelcome);

    let mut silent = Harness::connected();
    silent.advance(HEARTBEAT_INTERVAL);
    assert_eq!(cause(&silent.advance(HEARTBEAT_TIMEOUT - HEARTBEAT_INTERVAL)), Cause::Silent);

    let down = Down { code: 4000, reason: "shutting down".into() };
    let closed =
        Harness::connected().input(Input::TransportDown { generation: Generation(1), down });
    assert_eq!(
        cause(&closed),
        Cause::Closed(Reason { rule: Rule::Close(4000), words: "shutting down".into() })
    );
}

#[test]
fn a_spurious_timer_does_nothing() {
    let mut ann = Harness::connected();
    for _ in 0..100 {
        assert!(ann.input(Input::Timer).is_empty());
    }
}

#[test]
fn a_clock_that_is_set_back_moves_no_deadline_away() {
    let mut ann = Harness::connected();
    ann.now = duologue_session::Time(ann.now.0 - 3_600_000);
    assert!(ann.input(Input::Timer).is_empty());
    let wait = ann.session.poll_timeout().unwrap().since(ann.now);
    assert_eq!(wait, HEARTBEAT_INTERVAL);
    assert_eq!(frames(&ann.advance(HEARTBEAT_INTERVAL)), [ClientFrame::Ping { n: 1 }]);
}

//! Each fault does what it says, to new connections and to open ones, and ends when it is taken back.

use std::time::Duration;

use duologue_e2e::Fault;
use tokio::time::{Instant, advance};

use crate::peers::{GRANTED, POLL, POLLED, Peer, Relay, UPGRADE, set};

const SECOND: Duration = Duration::from_secs(1);
/// How late tokio's timers are: they count in milliseconds.
const TICK: Duration = Duration::from_millis(5);

/// That this much time went by on the paused clock, and next to nothing more.
#[track_caller]
fn took(since: Instant, expected: Duration) {
    let seen = since.elapsed();
    assert!(seen >= expected && seen < expected + TICK, "{seen:?} instead of {expected:?}");
}

#[tokio::test]
async fn a_refused_upgrade_never_reaches_the_relay_and_open_websockets_are_cut() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut open, mut open_relay) = listener.websocket(&proxy).await;
    set(&proxy, Fault::RefuseUpgrade(403));
    open.breaks().await;
    open_relay.ends().await;
    for status in [403, 426, 503] {
        set(&proxy, Fault::RefuseUpgrade(status));
        let mut browser = Peer::browser(&proxy).await;
        browser.sends(UPGRADE).await;
        let head = browser.gets_until("\r\n\r\n").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        browser.gets_until("\n").await;
        // The connection is good for requests, and they are the first that the relay sees.
        browser.sends(POLL).await;
        let mut relay = listener.accept().await;
        browser.is_answered_by(&mut relay).await;
        proxy.set(None);
        browser.sends(UPGRADE).await;
        relay.gets(UPGRADE).await;
        relay.sends(GRANTED).await;
        browser.gets(GRANTED).await;
        browser.talks_with(&mut relay).await;
    }
    assert_eq!((proxy.upgrades(), proxy.upgraded()), (7, 4));
}

#[tokio::test]
async fn an_upgrade_that_is_granted_after_the_refusal_began_is_cut() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let mut browser = Peer::browser(&proxy).await;
    browser.sends(UPGRADE).await;
    let mut relay = listener.accept().await;
    relay.gets(UPGRADE).await;
    set(&proxy, Fault::RefuseUpgrade(403));
    relay.sends(GRANTED).await;
    relay.ends().await;
}

#[tokio::test]
async fn without_its_headers_an_upgrade_is_an_ordinary_get() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut open, mut open_relay) = listener.websocket(&proxy).await;
    set(&proxy, Fault::DropUpgradeHeader);
    open.breaks().await;
    open_relay.ends().await;
    let mut browser = Peer::browser(&proxy).await;
    browser.sends(UPGRADE).await;
    let mut relay = listener.accept().await;
    let head = relay.gets_until("\r\n\r\n").await;
    let mut lines: Vec<&str> = head.trim_end().lines().collect();
    lines[1..].sort_unstable();
    let kept = ["Host: chat.example:81", "Origin: http://chat.example:81"];
    assert_eq!((lines[0], &lines[1..]), ("GET /v1/ws HTTP/1.1", &kept[..]));
    let answer = "HTTP/1.1 426 Upgrade Required\r\nupgrade: websocket\r\ncontent-length: 0\r\n\r\n";
    relay.sends(answer).await;
    browser.gets(answer).await;
    browser.sends(POLL).await;
    browser.is_answered_by(&mut relay).await;
}

#[tokio::test]
async fn frames_are_swallowed_behind_an_upgrade_that_succeeds() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    set(&proxy, Fault::SwallowFrames);
    for browser_leaves in [true, false] {
        let (mut browser, mut relay) = listener.websocket(&proxy).await;
        relay.sends("challenge").await;
        browser.sends("open").await;
        // Were a byte to pass, it would come before the end.
        let (leaves, mut stays) = if browser_leaves { (browser, relay) } else { (relay, browser) };
        drop(leaves);
        stays.ends().await;
    }
    // Requests are none of its business.
    listener.polled(&proxy).await;
    assert_eq!(proxy.upgraded(), 2);
}

#[tokio::test]
async fn an_open_websocket_is_swallowed_from_then_on_and_has_no_hole_afterwards() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut whole, mut whole_relay) = listener.websocket(&proxy).await;
    let (mut browser, mut relay) = listener.websocket(&proxy).await;
    browser.talks_with(&mut relay).await;
    set(&proxy, Fault::SwallowFrames);
    browser.sends("lost").await;
    // This one ends only after the proxy has read what came before it.
    let (mut last, mut last_relay) = listener.websocket(&proxy).await;
    last.sends("lost").await;
    drop(last);
    last_relay.ends().await;
    proxy.set(None);
    whole.talks_with(&mut whole_relay).await;
    relay.sends("not what follows").await;
    browser.sends("not what follows").await;
    drop(relay);
    browser.ends().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_idle_is_cut_and_what_is_not_is_not() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut idle, mut idle_relay) = listener.websocket(&proxy).await;
    let (mut kept, mut kept_relay) = listener.polled(&proxy).await;
    let (mut busy, mut busy_relay) = listener.websocket(&proxy).await;
    let began = Instant::now();
    set(&proxy, Fault::CutIdle(30 * SECOND));
    for _ in 0..2 {
        advance(20 * SECOND).await;
        busy.talks_with(&mut busy_relay).await;
    }
    // Both are over, though nobody has looked yet.
    for peer in [&mut idle, &mut kept] {
        peer.breaks().await;
    }
    for peer in [&mut idle_relay, &mut kept_relay] {
        peer.ends().await;
    }
    took(began, 40 * SECOND);
    assert_eq!(proxy.websockets(), 1);
    busy.breaks().await;
    busy_relay.ends().await;
    took(began, 70 * SECOND);

    // What was idle before is cut when the fault begins; what is idle without it is not.
    proxy.set(None);
    let (mut browser, mut relay) = listener.websocket(&proxy).await;
    advance(3600 * SECOND).await;
    browser.talks_with(&mut relay).await;
    advance(40 * SECOND).await;
    let began = Instant::now();
    set(&proxy, Fault::CutIdle(30 * SECOND));
    browser.breaks().await;
    took(began, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_held_too_long_is_cut_and_nothing_else() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut websocket, mut websocket_relay) = listener.websocket(&proxy).await;
    let (mut idle, mut idle_relay) = listener.polled(&proxy).await;
    let (mut held, mut held_relay) = listener.polled(&proxy).await;
    set(&proxy, Fault::CutHeld(10 * SECOND));
    // One that is answered in time.
    held.sends(POLL).await;
    held_relay.gets(POLL).await;
    advance(9 * SECOND).await;
    held_relay.sends(POLLED).await;
    held.gets(POLLED).await;
    advance(9 * SECOND).await;
    // And one that isn't.
    let began = Instant::now();
    held.sends(POLL).await;
    held_relay.gets(POLL).await;
    held.breaks().await;
    held_relay.ends().await;
    took(began, 10 * SECOND);
    websocket.talks_with(&mut websocket_relay).await;
    idle.sends(POLL).await;
    idle.is_answered_by(&mut idle_relay).await;
}

#[tokio::test(start_paused = true)]
async fn every_chunk_is_delayed_and_none_overtakes_another() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut browser, mut relay) = listener.websocket(&proxy).await;
    set(&proxy, Fault::Delay(2 * SECOND));
    let began = Instant::now();
    browser.sends("one").await;
    relay.sends("down").await;
    advance(SECOND).await;
    browser.sends("two").await;
    relay.gets("one").await;
    browser.gets("down").await;
    took(began, 2 * SECOND);
    relay.gets("two").await;
    took(began, 3 * SECOND);

    // A request waits on its way there and its answer on its way back.
    let began = Instant::now();
    let (mut polled, mut polled_relay) = listener.polled(&proxy).await;
    took(began, 4 * SECOND);

    // A shorter delay holds for what waits already, behind what is before it.
    let began = Instant::now();
    browser.sends("three").await;
    advance(SECOND).await;
    set(&proxy, Fault::Delay(SECOND / 2));
    browser.sends(" four").await;
    relay.gets("three").await;
    took(began, SECOND);
    relay.gets(" four").await;
    took(began, SECOND * 3 / 2);
    set(&proxy, Fault::Delay(3600 * SECOND));
    polled.sends(POLL).await;
    drop(browser);
    proxy.set(None);
    polled.is_answered_by(&mut polled_relay).await;
    relay.ends().await;
    took(began, SECOND * 3 / 2);
}

#[tokio::test(start_paused = true)]
async fn in_a_blackout_everything_waits_and_then_goes_on() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut browser, mut relay) = listener.websocket(&proxy).await;
    let (leaves, mut left) = listener.websocket(&proxy).await;
    let began = Instant::now();
    set(&proxy, Fault::Blackout(60 * SECOND));
    browser.sends("one").await;
    relay.sends("down").await;
    let mut new = Peer::browser(&proxy).await;
    new.sends(POLL).await;
    drop(leaves);
    advance(30 * SECOND).await;
    browser.sends(" two").await;
    relay.gets("one two").await;
    took(began, 60 * SECOND);
    browser.gets("down").await;
    left.ends().await;
    let mut new_relay = listener.accept().await;
    new.is_answered_by(&mut new_relay).await;
    browser.talks_with(&mut relay).await;
    took(began, 60 * SECOND);

    // It can be ended before its time.
    set(&proxy, Fault::Blackout(3600 * SECOND));
    browser.sends("three").await;
    advance(SECOND).await;
    proxy.set(None);
    relay.gets("three").await;
    took(began, 61 * SECOND);
    // Everything can be cut in it.
    set(&proxy, Fault::Blackout(3600 * SECOND));
    proxy.cut_all();
    browser.breaks().await;
    relay.ends().await;
    took(began, 61 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn faults_come_together_too() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    proxy.set([Fault::RefuseUpgrade(403), Fault::CutHeld(5 * SECOND), Fault::Delay(SECOND)]);
    let mut browser = Peer::browser(&proxy).await;
    let began = Instant::now();
    browser.sends(UPGRADE).await;
    assert!(browser.gets_until("\r\n\r\n").await.starts_with("HTTP/1.1 403 "));
    browser.gets_until("\n").await;
    took(began, 2 * SECOND);
    browser.sends(POLL).await;
    let mut relay = listener.accept().await;
    relay.gets(POLL).await;
    took(began, 3 * SECOND);
    browser.breaks().await;
    took(began, 8 * SECOND);
}

//! Without a fault the proxy changes nothing, and ends what it should end.

use std::time::Duration;

use duologue_e2e::{Fault, eventually};
use tokio::net::TcpStream;

use crate::peers::{GRANTED, POLL, POLLED, Peer, Relay, UPGRADE, all_sorts};

/// Waits until the proxy counts what it should.
async fn counts(what: &str, expected: usize, count: impl Fn() -> usize) {
    eventually(what, async || {
        let seen = count();
        if seen == expected { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

#[tokio::test]
async fn requests_and_answers_go_through_as_they_are_on_one_connection() {
    let (relay, proxy) = Relay::behind_a_proxy().await;
    let mut browser = Peer::browser(&proxy).await;
    browser.sends(POLL).await;
    let mut relay = relay.accept().await;
    browser.is_answered_by(&mut relay).await;

    // A file's bytes, with their length.
    let get = "GET /page.wasm HTTP/1.1\r\nHost: chat.example:81\r\nAccept-Encoding: br\r\n\r\n";
    let bytes = all_sorts(300_000);
    browser.sends(get).await;
    relay.gets(get).await;
    let head = format!("HTTP/1.1 200 OK\r\nETag: \"a\"\r\ncontent-length: {}\r\n\r\n", bytes.len());
    let ((), ()) = tokio::join!(relay.sends([head.as_bytes(), &bytes].concat()), async {
        browser.gets(&head).await;
        browser.gets(&bytes).await;
    });

    // A large post.
    let head = format!(
        "POST /v1/poll/frames HTTP/1.1\r\nHost: chat.example:81\r\nContent-Length: {}\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n",
        bytes.len()
    );
    let ((), ()) = tokio::join!(browser.sends([head.as_bytes(), &bytes].concat()), async {
        relay.gets(&head).await;
        relay.gets(&bytes).await;
    });
    // An answer in pieces of unknown number.
    let chunked =
        "HTTP/1.1 409 Conflict\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    relay.sends(chunked).await;
    browser.gets(chunked).await;

    // Answers without a body.
    let delete = "DELETE /v1/poll HTTP/1.1\r\nHost: chat.example:81\r\n\r\n";
    let gone = "HTTP/1.1 204 No Content\r\nduologue-bytes: 99\r\n\r\n";
    let head = "HEAD / HTTP/1.1\r\nHost: chat.example:81\r\n\r\n";
    let here = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
    for (request, answer) in [(delete, gone), (head, here), (delete, gone)] {
        browser.sends(request).await;
        relay.gets(request).await;
        relay.sends(answer).await;
        browser.gets(answer).await;
    }
    assert_eq!((proxy.requests(), proxy.upgrades(), proxy.connections()), (6, 0, 1));
}

#[tokio::test]
async fn a_post_without_a_known_length_goes_through() {
    let (relay, proxy) = Relay::behind_a_proxy().await;
    let mut browser = Peer::browser(&proxy).await;
    let post = "POST /v1/poll HTTP/1.1\r\nHost: chat.example:81\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    browser.sends(post).await;
    relay.accept().await.gets(post).await;
}

#[tokio::test]
async fn a_websocket_goes_through_byte_by_byte_and_ends_from_either_side() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let bytes = all_sorts(1_000_000);
    for browser_leaves in [true, false] {
        let (mut browser, mut relay) = listener.websocket(&proxy).await;
        assert_eq!(proxy.websockets(), 1);
        let (mut up, mut down) = (bytes.clone(), bytes.clone());
        up.reverse();
        down.rotate_left(1000);
        for (from, to, bytes) in [(&mut browser, &mut relay, up)] {
            let ((), ()) = tokio::join!(from.sends(&bytes), to.gets(&bytes));
        }
        let ((), ()) = tokio::join!(relay.sends(&down), browser.gets(&down));
        let (leaves, mut stays) = if browser_leaves { (browser, relay) } else { (relay, browser) };
        drop(leaves);
        stays.ends().await;
        drop(stays);
        counts("no WebSocket", 0, || proxy.websockets()).await;
        counts("no connection", 0, || proxy.connections()).await;
    }
    assert_eq!((proxy.requests(), proxy.upgrades(), proxy.upgraded()), (2, 2, 2));
}

#[tokio::test]
async fn what_is_sent_right_behind_an_upgrade_is_not_lost() {
    let (relay, proxy) = Relay::behind_a_proxy().await;
    let mut browser = Peer::browser(&proxy).await;
    browser.sends(format!("{UPGRADE}early")).await;
    let mut relay = relay.accept().await;
    relay.gets(UPGRADE).await;
    relay.sends(format!("{GRANTED}challenge")).await;
    browser.gets(format!("{GRANTED}challenge")).await;
    relay.gets("early").await;
}

#[tokio::test]
async fn an_upgrade_that_the_relay_refuses_is_an_ordinary_answer() {
    let (relay, proxy) = Relay::behind_a_proxy().await;
    let mut browser = Peer::browser(&proxy).await;
    browser.sends(UPGRADE).await;
    let mut relay = relay.accept().await;
    relay.gets(UPGRADE).await;
    let refused = "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno";
    relay.sends(refused).await;
    browser.gets(refused).await;
    browser.sends(POLL).await;
    browser.is_answered_by(&mut relay).await;
    assert_eq!((proxy.upgrades(), proxy.upgraded(), proxy.websockets()), (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_poll_is_held_as_long_as_the_relay_holds_it_and_ends_with_the_browser() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let mut browser = Peer::browser(&proxy).await;
    browser.sends(POLL).await;
    let mut relay = listener.accept().await;
    relay.gets(POLL).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    relay.sends(POLLED).await;
    browser.gets(POLLED).await;

    browser.sends(POLL).await;
    relay.gets(POLL).await;
    drop(browser);
    relay.ends().await;
}

#[tokio::test]
async fn a_relay_that_is_gone_is_a_bad_gateway_until_it_is_back() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut browser, mut relay) = listener.polled(&proxy).await;
    // It dies while it is asked.
    browser.sends(POLL).await;
    relay.gets(POLL).await;
    drop(relay);
    assert!(browser.gets_until("\r\n\r\n").await.starts_with("HTTP/1.1 502 "));
    browser.gets_until("\n").await;
    // The next request finds it again.
    browser.sends(POLL).await;
    let mut relay = listener.accept().await;
    browser.is_answered_by(&mut relay).await;
    // It ends in the middle of an answer.
    browser.sends(POLL).await;
    relay.gets(POLL).await;
    let (part, _) = POLLED.split_at(POLLED.len() - 5);
    relay.sends(part).await;
    browser.gets(part).await;
    drop(relay);
    browser.ends().await;
    // It is not there at all.
    drop(listener);
    let mut browser = Peer::browser(&proxy).await;
    browser.sends(POLL).await;
    assert!(browser.gets_until("\r\n\r\n").await.starts_with("HTTP/1.1 502 "));
}

#[tokio::test]
async fn everything_can_be_cut_at_once_and_new_connections_are_good() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut idle, mut idle_relay) = listener.polled(&proxy).await;
    let (mut websocket, mut websocket_relay) = listener.websocket(&proxy).await;
    let (mut held, mut held_relay) = listener.polled(&proxy).await;
    held.sends(POLL).await;
    held_relay.gets(POLL).await;
    assert_eq!((proxy.connections(), proxy.websockets()), (3, 1));
    proxy.cut_all();
    for peer in [&mut idle, &mut websocket, &mut held] {
        peer.breaks().await;
    }
    for peer in [&mut idle_relay, &mut websocket_relay, &mut held_relay] {
        peer.ends().await;
    }
    counts("no connection", 0, || proxy.connections()).await;
    let (mut browser, mut relay) = listener.websocket(&proxy).await;
    browser.talks_with(&mut relay).await;
    assert_eq!(proxy.websockets(), 1);
}

#[tokio::test]
async fn everything_ends_with_the_proxy() {
    let (listener, proxy) = Relay::behind_a_proxy().await;
    let (mut browser, mut relay) = listener.websocket(&proxy).await;
    let (mut other, mut other_relay) = listener.polled(&proxy).await;
    // Also what waits for a time that never comes.
    proxy.set([Fault::Blackout(Duration::from_secs(3600))]);
    browser.sends("late").await;
    let address = proxy.address().to_owned();
    assert_eq!(proxy.url(), format!("http://{address}"));
    drop(proxy);
    for peer in [&mut browser, &mut relay, &mut other, &mut other_relay] {
        peer.ends().await;
    }
    eventually("a closed port", async || match TcpStream::connect(&address).await {
        Ok(_) => Err("it is open".into()),
        Err(_) => Ok(()),
    })
    .await;
}

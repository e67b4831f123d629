//! The plain page of the classic dialect, with another one and with the Leptos page.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use duologue_e2e::{Browser, Person, Relay, StaticServer};
use serde_json::json;

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/pages");

async fn classic(pages: &StaticServer, relay: &Relay, me: &str, peer: &str) -> Browser {
    let browser = Browser::open().await;
    let query = format!("me={me}&peer={peer}&relay={}", relay.address());
    browser.goto(&format!("{}classic.html?{query}", pages.url())).await;
    browser.until("an open socket", "return document.title === 'open'").await;
    browser
}

async fn say(browser: &Browser, text: &str) {
    let script = "document.getElementById('text').value = arguments[0];
        document.getElementById('form').requestSubmit()";
    browser.run(script, vec![json!(text)]).await;
}

#[tokio::test]
async fn two_plain_pages_chat_and_their_heartbeat_does_no_harm() {
    let relay = Relay::start(&[]).await;
    let pages = StaticServer::start(Path::new(PAGES), "/").await;
    let one = classic(&pages, &relay, "1", "2").await;
    let two = classic(&pages, &relay, "2", "1").await;
    for n in 0..3 {
        say(&one, &format!("ping {n}")).await;
        two.sees(&format!("1: ping {n}")).await;
        say(&two, &format!("pong {n} 你好")).await;
        one.sees(&format!("2: pong {n} 你好")).await;
    }
    let counter = "window.beats ??= 0; if (!window.counted) { window.counted = true;
        const send = WebSocket.prototype.send; WebSocket.prototype.send = function (text) {
        window.beats += text === 'heartbeat'; return send.call(this, text); }; } return window.beats >= 2";
    one.until("two heartbeats", counter).await;
    say(&one, "still here").await;
    two.sees("1: still here").await;
}

#[tokio::test]
async fn a_plain_page_chats_with_the_leptos_page() {
    let relay = Relay::start(&[]).await;
    let pages = StaticServer::start(Path::new(PAGES), "/").await;
    let plain = classic(&pages, &relay, "1", "ann").await;
    let ann = Person::join(&format!("{}/#/with/1", relay.url()), "ann").await;
    say(&plain, "hello from a plain page").await;
    ann.reads(&[("theirs", "hello from a plain page")]).await;
    ann.say("hello from the other one 🎉").await;
    plain.sees("ann: hello from the other one 🎉").await;
}

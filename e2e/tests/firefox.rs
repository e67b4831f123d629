//! Firefox with Chromium: what the page needs of a browser, another engine has as well.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Browser, Key, Person, Relay};
use serde_json::json;

/// Somebody with a Firefox.
async fn fay(relay: &Relay, with: &str) -> Person {
    let url = format!("{}/#/with/{with}", relay.url());
    let fay = Person::arrive_in(Browser::firefox().await, &url, "fay").await;
    fay.is_connected().await;
    fay
}

#[tokio::test]
async fn two_talk_and_nothing_is_lost_without_a_relay() {
    let mut relay = Relay::start(&[]).await;
    let fay = fay(&relay, "ben").await;
    let ben = Person::join(&format!("{}/#/with/fay", relay.url()), "ben").await;
    fay.say("Tea at five?\nمرحبا 你好 👋").await;
    ben.reads(&[("theirs", "Tea at five?\nمرحبا 你好 👋")]).await;
    ben.say("Gladly").await;
    fay.reads(&[("sent", "Tea at five?\nمرحبا 你好 👋"), ("theirs", "Gladly")]).await;
    fay.sees_state("read").await;
    fay.browser
        .is("ben online", "document.querySelector('.head .presence')?.textContent === 'online'")
        .await;
    ben.types(".composer textarea", "And").await;
    fay.browser.is("ben typing", "!!document.querySelector('.head .typing')").await;

    let kept = "navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)";
    fay.browser.is("the page to be kept", kept).await;
    relay.kill().await;
    fay.browser.sees("Reconnecting in").await;
    fay.say("written without a relay").await;
    fay.browser.reload().await;
    fay.browser.sees("1 message is waiting").await;
    relay.restart().await;
    fay.is_connected().await;
    ben.reads(&[
        ("theirs", "Tea at five?\nمرحبا 你好 👋"),
        ("sent", "Gladly"),
        ("theirs", "written without a relay"),
    ])
    .await;
    // The key is the one of before: the name is still theirs.
    fay.browser.reload().await;
    fay.is_connected().await;
    fay.sees_state("read").await;
}

#[tokio::test]
async fn messages_are_found_answered_changed_and_taken_back() {
    let relay = Relay::start(&[]).await;
    let fay = fay(&relay, "ben").await;
    let ben = Person::join(&format!("{}/#/with/fay", relay.url()), "ben").await;
    let browser = &fay.browser;
    fay.say("The *needle* is in here").await;
    ben.reads(&[("theirs", "The needle is in here")]).await;
    ben.say_all(&(1..=200).map(|n| format!("hay {n}")).collect::<Vec<_>>()).await;
    browser.is("all of it", "!!document.querySelector('[data-index=\"200\"]')").await;
    browser.is("a part", "!document.querySelector('[data-index=\"0\"]')").await;
    fay.types(".new input", "NEEDLE").await;
    fay.clicks(".found").await;
    let is_seen = "(() => { const strong = document.querySelector('.message strong')?.getBoundingClientRect();
        const box = document.querySelector('.timeline')?.getBoundingClientRect();
        return !!strong && !!box && strong.top >= box.top && strong.bottom <= box.bottom })()";
    browser.is("the message in view", is_seen).await;
    browser.reload().await;
    browser.is("the message in view after a reload", is_seen).await;
    fay.is_connected().await;

    fay.does(0, "Edit").await;
    fay.say("The needle was here").await;
    ben.browser.run("document.querySelector('.timeline').scrollTop = -1e6", vec![]).await;
    ben.shows(0, ".text", "The needle was here").await;
    ben.does(0, "👍").await;
    fay.shows(0, ".reaction", "👍").await;
    fay.does(0, "Delete for both…").await;
    fay.presses("Really delete it?").await;
    ben.shows(0, ".deleted", "This message was deleted").await;
}

#[tokio::test]
async fn the_keyboard_the_settings_and_the_panel_work() {
    let relay = Relay::start(&[]).await;
    let fay = fay(&relay, "ben").await;
    let browser = &fay.browser;
    browser.run("document.querySelector('.composer textarea').focus()", vec![]).await;
    browser.types("Hello").await;
    browser.presses(Key::Enter).await;
    fay.reads(&[("sent", "Hello")]).await;
    browser.presses(Key::Up).await;
    browser.sees("Edit your message").await;
    browser.presses(Key::Escape).await;
    browser.presses_with_control('k').await;
    browser.is("the finder", "document.activeElement.matches('.new input')").await;
    browser.types("cleo").await;
    browser.presses(Key::Enter).await;
    browser
        .is("the conversation", "document.querySelector('.head h2')?.textContent === 'cleo'")
        .await;

    fay.clicks("#settings").await;
    browser.is("the settings", "!!document.querySelector('#settings-title')").await;
    browser.presses(Key::Escape).await;
    browser.is("no settings", "!document.querySelector('dialog[open]')").await;
    fay.clicks(".link").await;
    browser.is("the panel", "!!document.querySelector('[data-figure=transport]')").await;
    let wide = "return document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(browser.run(wide, vec![]).await, json!(true));
}

//! Firefox with Chromium: what the page needs of a browser, another engine has as well.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Browser, Key, Person, Relay, eventually};
use serde_json::json;

/// Somebody with a Firefox.
async fn fay(relay: &Relay, with: &str) -> Person {
    let url = format!("{}/#/with/{with}", relay.url());
    let fay = Person::arrive_in(Browser::firefox().await, &url, "fay").await;
    fay.is_connected().await;
    fay
}

async fn is(browser: &Browser, what: &str, condition: &str) {
    browser.until(what, &format!("return {condition}")).await;
}

/// What a selector finds in the message of this number says this.
async fn shows(person: &Person, index: usize, selector: &str, expected: &str) {
    let script = format!(
        "return document.querySelector('[data-index=\"{index}\"] {selector}')?.textContent.trim()"
    );
    eventually(&format!("{selector} of message {index}"), async || {
        let seen = person.browser.run(&script, vec![]).await;
        if seen == expected { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
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
    is(
        &fay.browser,
        "ben online",
        "document.querySelector('.head .presence')?.textContent === 'online'",
    )
    .await;
    ben.types(".composer textarea", "And").await;
    is(&fay.browser, "ben typing", "!!document.querySelector('.head .typing')").await;

    let kept = "navigator.serviceWorker.ready.then(() => !!navigator.serviceWorker.controller)";
    is(&fay.browser, "the page to be kept", kept).await;
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
    is(browser, "all of it", "!!document.querySelector('[data-index=\"200\"]')").await;
    is(browser, "a part", "!document.querySelector('[data-index=\"0\"]')").await;
    fay.types(".new input", "NEEDLE").await;
    fay.clicks(".found").await;
    let is_seen = "(() => { const strong = document.querySelector('.message strong')?.getBoundingClientRect();
        const box = document.querySelector('.timeline')?.getBoundingClientRect();
        return !!strong && !!box && strong.top >= box.top && strong.bottom <= box.bottom })()";
    is(browser, "the message in view", is_seen).await;
    browser.reload().await;
    is(browser, "the message in view after a reload", is_seen).await;
    fay.is_connected().await;

    fay.does(0, "Edit").await;
    fay.say("The needle was here").await;
    ben.browser.run("document.querySelector('.timeline').scrollTop = -1e6", vec![]).await;
    shows(&ben, 0, ".text", "The needle was here").await;
    ben.does(0, "👍").await;
    shows(&fay, 0, ".reaction", "👍").await;
    fay.does(0, "Delete for both…").await;
    fay.presses("Really delete it?").await;
    shows(&ben, 0, ".deleted", "This message was deleted").await;
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
    is(browser, "the finder", "document.activeElement.matches('.new input')").await;
    browser.types("cleo").await;
    browser.presses(Key::Enter).await;
    is(browser, "the conversation", "document.querySelector('.head h2')?.textContent === 'cleo'")
        .await;

    fay.clicks("#settings").await;
    is(browser, "the settings", "!!document.querySelector('#settings-title')").await;
    browser.presses(Key::Escape).await;
    is(browser, "no settings", "!document.querySelector('dialog[open]')").await;
    fay.clicks(".link").await;
    is(browser, "the panel", "!!document.querySelector('[data-figure=transport]')").await;
    let wide = "return document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(browser.run(wide, vec![]).await, json!(true));
}

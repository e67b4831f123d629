//! Names that belong to keys, and pages that have no business here, in real browsers.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Browser, Key, Person, Relay, StaticServer, eventually};
use serde_json::{Value, json};

#[tokio::test]
async fn a_name_is_its_first_browsers_and_another_one_chooses_another_name() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    // Another spelling is the same name.
    let mallory = Person::arrive(&relay.url(), "Ann").await;
    mallory.browser.sees("this name belongs to another key").await;
    mallory.clicks("#leave").await;
    let mallory = Person { name: "mallory".into(), ..mallory };
    mallory.say_name().await;
    mallory.is_connected().await;
    mallory.is_called("mallory").await;
    // The key outlives the page.
    ann.browser.reload().await;
    ann.is_connected().await;
    ann.is_called("ann").await;
}

#[tokio::test]
async fn a_key_outlives_the_relay_and_the_browser() {
    let mut relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    relay.kill().await;
    relay.restart().await;
    ann.is_connected().await;
    let later = ann.joins_elsewhere(&relay.url()).await;
    later.is_called("ann").await;
}

#[tokio::test]
async fn a_page_that_the_browser_gives_no_crypto_says_that_the_name_lasts_as_long_as_the_tab() {
    // Another address than loopback's, so no secure context.
    let relay = Relay::start_on("0.0.0.0", &[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let is_secure = ann.browser.run("return isSecureContext", vec![]).await;
    assert_eq!(is_secure, false);
    ann.browser.sees("came over plain http").await;
    ann.browser.reload().await;
    ann.is_connected().await;
    ann.is_called("ann").await;
}

#[tokio::test]
async fn a_page_from_elsewhere_gets_neither_a_socket_nor_an_answer() {
    let relay = Relay::start(&[]).await;
    let browser = Browser::open().await;
    // Its origin is `null`, which is nobody's.
    browser.goto("data:text/html,elsewhere").await;
    let attempt = "
        window.outcome ??= {};
        if (!window.started) {
            window.started = true;
            const socket = new WebSocket(arguments[0].replace('http', 'ws') + '/v1/ws');
            socket.onopen = () => outcome.socket = 'open';
            socket.onerror = () => outcome.socket = 'refused';
            fetch(arguments[0] + '/v1/poll', { method: 'POST' })
                .then(() => outcome.poll = 'answered', () => outcome.poll = 'refused');
        }
        return window.outcome";
    let url = relay.url();
    eventually("both to be refused", async || {
        let outcome = browser.run(attempt, vec![json!(url)]).await;
        let refused = json!({ "socket": "refused", "poll": "refused" });
        if outcome == refused { Ok(()) } else { Err(outcome.to_string()) }
    })
    .await;
    // The relay is there: its own page gets in.
    Person::join(&relay.url(), "ann").await;
}

#[tokio::test]
async fn in_the_page_no_inline_script_runs_and_nobody_else_is_told_anything() {
    let relay = Relay::start(&[]).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let elsewhere = StaticServer::start(elsewhere.path(), "/").await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let injected = "
        window.violations ??= [];
        document.addEventListener('securitypolicyviolation', event =>
            violations.push(event.effectiveDirective));
        const box = document.createElement('div');
        box.innerHTML = '<img src=x onerror=\"window.hacked = 1\"><b style=\"color: red\">x</b>';
        const script = document.createElement('script');
        script.textContent = 'window.hacked = 1';
        document.body.append(box, script);
        fetch(arguments[0]).catch(() => {});
        return 0";
    ann.browser.run(injected, vec![json!(elsewhere.url())]).await;
    eventually("each to be forbidden", async || {
        let seen = ann
            .browser
            .run("return [window.hacked, [...new Set(violations)].sort()]", vec![])
            .await;
        let expected = json!([
            Value::Null,
            ["connect-src", "script-src-attr", "script-src-elem", "style-src-attr"]
        ]);
        if seen == expected { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
    // Markup in messages is text, as ever, and the page works under its policy.
    ann.say("<img src=x onerror=alert(1)>").await;
    ann.reads(&[("sent", "<img src=x onerror=alert(1)>")]).await;
}

#[tokio::test]
async fn whoever_has_to_choose_another_name_loses_nothing_of_what_waits() {
    let relay = Relay::start(&[]).await;
    let _ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&relay.url(), "ben").await;
    let other = Person::arrive(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let browser = &other.browser;
    browser.sees("this name belongs to another key").await;
    other.say("hello?").await;
    browser.sees("1 message is waiting").await;
    other.presses("Use another name").await;
    browser.is("the question", "document.activeElement.matches('#name')").await;
    browser.is("no name in it", "document.querySelector('#name').value === ''").await;
    browser.types("amy").await;
    browser.presses(Key::Enter).await;
    other.is_connected().await;
    other.reads(&[("sent", "hello?")]).await;
    ben.browser.is("amy", "document.querySelector('.row-name')?.textContent === 'amy'").await;
    ben.clicks(".row").await;
    ben.reads(&[("theirs", "hello?")]).await;
}

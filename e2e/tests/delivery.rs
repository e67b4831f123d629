//! Nothing is lost, nothing comes twice, nothing is out of order: pages closed and reloaded at bad
//! moments, a dead link in a hidden tab, a browser that stores nothing.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use duologue_e2e::{Browser, Person, Relay, StaticServer, dist, eventually, eventually_within};

/// A deadline of the protocol and its grace, and as long again for a busy machine: 25 s to the next
/// ping, 10 s for its answer.
const DEADLINE: Duration = Duration::from_secs(90);

fn rows(state: &str, texts: &[String]) -> Vec<(String, String)> {
    texts.iter().map(|text| (state.to_owned(), text.clone())).collect()
}

fn numbered(what: &str, count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("{what} {n}")).collect()
}

#[tokio::test]
async fn what_is_written_offline_outlives_a_reload_and_is_sent_once() {
    let mut relay = Relay::start(&[]).await;
    // From another host, so that the page loads while the relay is gone.
    let host = StaticServer::start(&dist(), "/").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    let ann = Person::arrive(&format!("{}#/with/ben", host.url()), "ann").await;
    ann.browser.sees("If it is somewhere else, say where").await;
    ann.types("#relay", relay.address()).await;
    ann.clicks(".help-form .button").await;
    ann.is_connected().await;
    ann.say("before").await;
    ben.reads(&[("theirs", "before")]).await;
    // It waits until the relay's answer is here, which may come after Ben has read it.
    ann.reads(&[("sent", "before")]).await;

    relay.kill().await;
    ann.browser.sees("Reconnecting in").await;
    let texts = numbered("offline", 3);
    ann.say_all(&texts).await;
    ann.browser.sees("3 messages are waiting").await;
    ann.browser.reload().await;
    let mut expected = rows("sent", &["before".to_owned()]);
    expected.extend(rows("queued", &texts));
    ann.reads_all(&expected).await;
    ann.browser.sees("3 messages are waiting").await;

    relay.restart().await;
    ann.is_connected().await;
    let mut expected = rows("sent", &["before".to_owned()]);
    expected.extend(rows("sent", &texts));
    ann.reads_all(&expected).await;
    let mut expected = rows("theirs", &["before".to_owned()]);
    expected.extend(rows("theirs", &texts));
    ben.reads_all(&expected).await;
    // Ben's next word comes after everything that a second sending would have brought.
    ann.browser.reload().await;
    ann.is_connected().await;
    ann.say("after").await;
    expected.extend(rows("theirs", &["after".to_owned()]));
    ben.reads_all(&expected).await;
}

#[tokio::test]
async fn what_came_while_the_browser_was_closed_is_there_when_it_opens() {
    let relay = Relay::start(&[]).await;
    let to_ann = format!("{}/#/with/ann", relay.url());
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&to_ann, "ben").await;
    ben.say("goodbye").await;
    ann.reads(&[("theirs", "goodbye")]).await;
    ben.browser.goto("about:blank").await;

    let texts = numbered("while you were away", 10);
    ann.say_all(&texts).await;
    ann.sees_state("sent").await;
    ben.browser.goto(&to_ann).await;
    let mut expected = rows("sent", &["goodbye".to_owned()]);
    expected.extend(rows("theirs", &texts));
    ben.reads_all(&expected).await;
    ben.browser.sees("New messages").await;
    let before_the_first = "const divider = document.querySelector('.new-divider');
        return divider?.nextElementSibling?.querySelector('.text')?.textContent";
    let after = ben.browser.until("the divider", before_the_first).await;
    assert_eq!(after, "while you were away 1");
    ann.sees_state("read").await;
}

#[tokio::test]
async fn a_reload_in_the_middle_of_a_burst_loses_and_doubles_nothing_on_either_side() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    let texts = numbered("burst", 200);
    ann.say_all(&texts).await;
    // As soon as the page shows all of them, most of them are still on their way.
    ann.browser.until("the burst", "return !!document.querySelector('[data-index=\"199\"]')").await;
    eventually("the first answer", async || {
        let is_stored = |row: &(String, String)| row.0 != "queued";
        if ann.timeline().await.iter().any(is_stored) { Ok(()) } else { Err("none".into()) }
    })
    .await;
    tokio::join!(ann.browser.reload(), ben.browser.reload());
    ann.reads_all(&rows("sent", &texts)).await;
    ben.reads_all(&rows("theirs", &texts)).await;
    for person in [&ann, &ben] {
        person.browser.reload().await;
        person.is_connected().await;
    }
    ann.reads_all(&rows("sent", &texts)).await;
    ben.reads_all(&rows("theirs", &texts)).await;
}

#[tokio::test]
async fn a_dead_link_is_noticed_in_a_hidden_tab_and_the_talk_goes_on() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("before").await;
    ben.reads(&[("theirs", "before")]).await;

    // A browser without a screen hides no tab, so the page is told that it is hidden. How late a hidden
    // tab's timers come is for the session's own tests, where time is an argument.
    let hide = "Object.defineProperty(
            document, 'visibilityState', {value: 'hidden', configurable: true});
        document.dispatchEvent(new Event('visibilitychange'))";
    ben.browser.run(hide, vec![]).await;
    relay.freeze().await;
    let state = "return document.querySelector('.link')?.textContent";
    for person in [&ann, &ben] {
        eventually_within(DEADLINE, "the dead link to be noticed", async || {
            let seen = person.browser.run(state, vec![]).await;
            if seen == "Connected" { Err(seen.to_string()) } else { Ok(()) }
        })
        .await;
    }
    relay.thaw().await;
    ann.say("after").await;
    ben.is_connected().await;
    ben.reads(&[("theirs", "before"), ("theirs", "after")]).await;
    // A hidden tab reads nothing, whatever it shows.
    ann.sees_state("delivered").await;
    let show = "delete document.visibilityState;
        document.dispatchEvent(new Event('visibilitychange'))";
    ben.browser.run(show, vec![]).await;
    ann.sees_state("read").await;
}

#[tokio::test]
async fn without_storage_the_page_says_so_and_works_for_the_sitting() {
    for refuse in [
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }",
        "Object.defineProperty(window, 'indexedDB', {value: undefined})",
        "IDBObjectStore.prototype.put = function () {
            this.transaction.abort();
            throw new DOMException('full', 'QuotaExceededError') }",
    ] {
        let relay = Relay::start(&[]).await;
        let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
        let browser = Browser::open().await;
        browser.before_every_page(refuse).await;
        browser.goto(&format!("{}/#/with/ann", relay.url())).await;
        let ben = Person { browser, name: "ben".into() };
        ben.say_name().await;
        ben.is_connected().await;
        ann.say("can you read this?").await;
        ben.reads(&[("theirs", "can you read this?")]).await;
        ben.say("yes").await;
        ann.reads(&[("sent", "can you read this?"), ("theirs", "yes")]).await;
        ben.browser.sees("until you close this tab").await;
    }
}

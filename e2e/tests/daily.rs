//! What people do with a chat all day: look something up, keep the list in order, set things as they like them, and do
//! all of it without a mouse.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Browser, Key, Person, Relay};
use serde_json::json;

/// Ann, who talks with Ben, and Ben.
async fn a_talk(relay: &Relay) -> (Person, Person) {
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("hello").await;
    ben.reads(&[("theirs", "hello")]).await;
    (ann, ben)
}

async fn reads(browser: &Browser, what: &str, script: &str, expected: &str) {
    let script = format!("{script} === {}", json!(expected));
    browser.until(what, &script).await;
}

#[tokio::test]
async fn what_was_said_long_ago_is_found_and_jumped_to() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ben.say("The *needle* is in here").await;
    ben.say_all(&(0..300).map(|n| format!("hay {n}")).collect::<Vec<_>>()).await;
    ann.browser.is("all of it", "!!document.querySelector('[data-index=\"301\"]')").await;
    ann.browser.is("a part", "!document.querySelector('[data-index=\"1\"]')").await;

    ann.types(".new input", "NEEDLE").await;
    reads(&ann.browser, "the hit", "return document.querySelector('mark')?.textContent", "needle")
        .await;
    ann.clicks(".found").await;
    let is_seen = "(() => { const strong = document.querySelector('.message strong')?.getBoundingClientRect();
        const box = document.querySelector('.timeline').getBoundingClientRect();
        return !!strong && strong.top > box.top && strong.bottom < box.bottom })()";
    ann.browser.is("the message in view", is_seen).await;

    ben.say("meanwhile").await;
    reads(
        &ann.browser,
        "the count",
        "return document.querySelector('.jump-button')?.textContent",
        "1",
    )
    .await;
    ann.browser.is("the message still in view", is_seen).await;
    ann.clicks(".jump-button").await;
    ann.browser.sees("meanwhile").await;
    ann.browser.is("the end", "!document.querySelector('.jump-button')").await;
}

#[tokio::test]
async fn a_reload_leaves_one_where_one_read() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    ben.say_all(&(0..300).map(|n| format!("hay {n}\n").repeat(1 + n % 7)).collect::<Vec<_>>())
        .await;
    browser.is("all of it", "!!document.querySelector('[data-index=\"300\"]')").await;
    browser.run("document.querySelector('.timeline').scrollTop = -9000", vec![]).await;
    browser.is("a way back", "!!document.querySelector('.jump-button')").await;
    let places =
        "return new Promise(then => requestAnimationFrame(() => requestAnimationFrame(() => {
        const box = document.querySelector('.timeline').getBoundingClientRect();
        then(Object.fromEntries([...document.querySelectorAll('[data-index]')]
            .map(item => [item.dataset.index, Math.round(item.getBoundingClientRect().top)])
            .filter(([, top]) => top > box.top && top < box.bottom))) })))";
    let before = browser.run(places, vec![]).await;
    let (index, top) = before.as_object().unwrap().iter().next().unwrap();
    browser.reload().await;
    // Within two pixels: where one was is kept in whole ones.
    let is_there = format!(
        "(top => Math.abs(top - {top}) <= 2)(document.querySelector('[data-index=\"{index}\"]')?.getBoundingClientRect().top)"
    );
    browser.is("the same message at the same place", &is_there).await;
    ann.is_connected().await;
    ben.say("meanwhile").await;
    browser.is("the count", "document.querySelector('.jump-button')?.textContent === '1'").await;
    browser.is("nothing moved", &is_there).await;
    ann.clicks(".jump-button").await;
    browser.is("the end", "!document.querySelector('.jump-button')").await;
    browser.reload().await;
    browser.sees("meanwhile").await;
    browser.is("the end again", "document.querySelector('.timeline').scrollTop === 0").await;
}

#[tokio::test]
async fn the_list_is_kept_as_the_person_wants_it_over_a_reload() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    let cleo = Person::join(&format!("{}/#/with/ann", relay.url()), "cleo").await;
    cleo.say("hi from cleo").await;
    let names = "return [...document.querySelectorAll('.list > ul:first-child .row-name')]
        .map(name => name.textContent).join()";
    reads(browser, "the latest first", names, "cleo,ben").await;
    browser.is("a count", "document.title === '(1) Duologue'").await;

    ann.clicks(".trust").await;
    ann.presses("Pin").await;
    ann.presses("Mute").await;
    reads(browser, "the pinned first", names, "ben,cleo").await;
    browser.run("location.hash = '#/with/cleo'", vec![]).await;
    ann.accepts().await;
    browser.is("nothing unread", "document.title === 'Duologue'").await;
    ben.say("are you there?").await;
    browser.is("a quiet badge", "!!document.querySelector('.badge.quiet')").await;
    browser.is("no count of what is muted", "document.title === 'Duologue'").await;

    ann.clicks(".trust").await;
    ann.presses("Archive").await;
    reads(browser, "the archived away", names, "ben").await;
    browser.reload().await;
    ann.is_connected().await;
    reads(browser, "the same", names, "ben").await;
    browser.sees("Archived (1)").await;
    browser.run("location.hash = '#/'", vec![]).await;
    cleo.say("still there?").await;
    reads(browser, "what has news", names, "ben,cleo").await;

    browser.run("location.hash = '#/with/ben'", vec![]).await;
    browser.sees("are you there?").await;
    ann.clicks(".trust").await;
    ann.presses("Delete here…").await;
    ann.presses("Really delete it from this browser?").await;
    reads(browser, "it is gone", names, "cleo").await;
    browser.reload().await;
    ann.is_connected().await;
    reads(browser, "it stays gone", names, "cleo").await;
    ben.reads(&[("theirs", "hello"), ("sent", "are you there?")]).await;
}

#[tokio::test]
async fn everything_can_be_done_by_the_keyboard() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    browser.run("document.activeElement.blur()", vec![]).await;
    browser.types("?").await;
    browser.sees("Keyboard shortcuts").await;
    browser.presses(Key::Escape).await;
    browser.is("the list closed", "!document.querySelector('#shortcuts').open").await;

    browser.types("/").await;
    browser.is("the field", "document.activeElement.matches('.new input')").await;
    browser.types("cleo").await;
    browser.presses(Key::Enter).await;
    reads(browser, "cleo", "return document.querySelector('.head h2')?.textContent", "cleo").await;
    browser.is("the composer", "document.activeElement.matches('.composer textarea')").await;
    browser.presses_with_control('k').await;
    browser.is("the field", "document.activeElement.matches('.new input')").await;
    browser.presses(Key::Down).await;
    browser.is("a row", "document.activeElement.matches('.row')").await;
    browser.presses(Key::Enter).await;
    browser.presses(Key::Escape).await;
    browser.is("home", "location.hash === '#/'").await;
    ben.say("done").await;
    browser.sees("done").await;
}

#[tokio::test]
async fn language_and_colours_are_chosen_and_stay() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    ann.clicks("#settings").await;
    let choose = |value: &str| {
        format!(
            "const input = document.querySelector('#settings-dialog input[value={value}]');
            input?.click(); return !!input"
        )
    };
    browser.until("中文", &choose("zh")).await;
    browser.sees("设置").await;
    browser.is("the page's language", "document.documentElement.lang === 'zh'").await;
    reads(browser, "the words", "return document.querySelector('.link').textContent", "已连接")
        .await;
    browser.until("dark", &choose("dark")).await;
    let is_dark = "getComputedStyle(document.body).backgroundColor === 'rgb(14, 16, 20)'";
    browser.is("dark colours", is_dark).await;
    ann.clicks("#close-settings").await;
    browser.reload().await;
    browser
        .is(
            "the same words",
            "document.querySelector('.composer [type=submit]')?.textContent === '发送'",
        )
        .await;
    browser.is("the same colours", is_dark).await;
}

#[tokio::test]
async fn what_is_chosen_in_one_tab_is_chosen_in_all() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    browser.new_tab().await;
    browser.goto(&format!("{}/#/as/ann", relay.url())).await;
    browser.until("the first question", "return !!document.querySelector('#name')").await;
    ann.say_name().await;
    ann.clicks("#settings").await;
    for value in ["zh", "dark"] {
        let choose = format!(
            "const input = document.querySelector('#settings-dialog input[value={value}]');
            input?.click(); return !!input"
        );
        browser.until(value, &choose).await;
    }
    browser.switch_to_tab(0).await;
    reads(browser, "the words", "return document.querySelector('.link').textContent", "已连接")
        .await;
    browser.is("the colours", "document.documentElement.dataset.theme === 'dark'").await;
}

#[tokio::test]
async fn everything_can_be_deleted() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    ann.clicks("#settings").await;
    ann.clicks("#ask-to-delete").await;
    ann.clicks("#delete-everything").await;
    browser.is("the first question", "!!document.querySelector('#name')").await;
    let is_empty =
        "return (async () => !Object.keys(localStorage).some(key => key.startsWith('duologue'))
        && (await indexedDB.databases()).length === 0)()";
    browser.until("nothing left", is_empty).await;
}

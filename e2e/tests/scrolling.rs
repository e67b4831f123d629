//! Where one is in a long conversation: what comes in between two frames, and between two reloads, doesn't move it.
#![allow(clippy::unwrap_used)]

use duologue_e2e::{Browser, Look, Person, Relay};
use serde::Deserialize;
use serde_json::Value;

/// Ann, who talks with Ben, and Ben, who has said so much that it is drawn in part.
async fn a_long_talk(relay: &Relay) -> (Person, Person) {
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("hello").await;
    ben.reads(&[("theirs", "hello")]).await;
    ben.say("The needle is in here").await;
    ben.say_all(&(0..300).map(|n| format!("hay {n}\n").repeat(1 + n % 7)).collect::<Vec<_>>())
        .await;
    ann.browser.is("all of it", "!!document.querySelector('[data-index=\"301\"]')").await;
    ann.browser.is("a part", "!document.querySelector('[data-index=\"1\"]')").await;
    (ann, ben)
}

/// No frame is drawn from here on, as far as the page's own code sees, until all of them are at once.
const HOLD_FRAMES: &str = "window.held = []; window.unheld = requestAnimationFrame;
    window.requestAnimationFrame = callback => held.push(callback);";

#[tokio::test]
async fn a_message_that_comes_before_a_jumps_first_frame_leaves_it_be() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_long_talk(&relay).await;
    let browser = &ann.browser;
    ann.types(".new input", "needle").await;
    browser.is("the hit", "!!document.querySelector('.found')").await;
    browser.run(HOLD_FRAMES, vec![]).await;
    ann.clicks(".found").await;
    browser.is("the jump", "held.length > 0").await;
    ben.say("meanwhile").await;
    ann.types(".new input", "").await;
    let told = "document.querySelector('.row-last')?.textContent.includes('meanwhile')";
    browser.is("the message", told).await;
    let release = "window.requestAnimationFrame = unheld; held.forEach(one => unheld(one))";
    browser.run(release, vec![]).await;
    let is_seen = "(() => { const found = document.querySelector('[data-index=\"1\"]')?.getBoundingClientRect();
        const box = document.querySelector('.timeline').getBoundingClientRect();
        return !!found && found.top > box.top && found.bottom < box.bottom })()";
    browser.is("the message that was found", is_seen).await;
}

/// As long as the tab's storage says so, a page either draws no frame or hears nothing of what it has stored.
const HELD_BACK: &str = "const held = sessionStorage.getItem('held');
    if (held === 'frames') window.requestAnimationFrame = () => 0;
    if (held === 'store') {
        const open = IDBFactory.prototype.open;
        IDBFactory.prototype.open = function (...all) {
            const request = open.apply(this, all);
            request.addEventListener('success', event => event.stopImmediatePropagation());
            return request;
        };
    }";

#[tokio::test]
async fn a_second_reload_leaves_one_where_one_read_before_the_first() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_long_talk(&relay).await;
    let browser = &ann.browser;
    browser.before_every_page(HELD_BACK).await;
    browser.run("document.querySelector('.timeline').scrollTop = -9000", vec![]).await;
    browser.is("a way back", "!!document.querySelector('.jump-button')").await;
    let (index, top) = first_in_view(browser).await;
    // Within two pixels for each reload: where one was is kept in whole ones.
    let is_there = format!(
        "(top => Math.abs(top - {top}) <= 6)(document.querySelector('[data-index=\"{index}\"]')?.getBoundingClientRect().top)"
    );
    for (held, is_half_there) in [
        ("frames", format!("!!document.querySelector('[data-index=\"{index}\"]')")),
        ("store", "!!document.querySelector('.timeline')".to_owned()),
    ] {
        browser.run(&format!("sessionStorage.setItem('held', '{held}')"), vec![]).await;
        browser.reload().await;
        browser.is("a page that has got so far", &is_half_there).await;
        browser.run("sessionStorage.removeItem('held')", vec![]).await;
        browser.reload().await;
        browser.is("the same message at the same place", &is_there).await;
    }
}

#[tokio::test]
async fn a_window_that_becomes_wider_or_narrower_leaves_one_where_one_reads() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_long_talk(&relay).await;
    let browser = &ann.browser;
    // On a phone each takes a line more.
    let talk = (0..60).map(|n| format!("{n} is a line of a long story")).collect::<Vec<_>>();
    ben.say_all(&talk).await;
    browser.is("all of it", "!!document.querySelector('[data-index=\"361\"]')").await;
    browser.look(Look { width: 360, height: 740, dark: false }).await;
    draws(browser).await;
    browser.run("document.querySelector('.timeline').scrollTop = -2200", vec![]).await;
    browser.is("a way back", "!!document.querySelector('.jump-button')").await;
    draws(browser).await;
    let middle =
        "Number((() => { const box = document.querySelector('.timeline').getBoundingClientRect();
        return [...document.querySelectorAll('[data-index]')].find(item =>
            item.getBoundingClientRect().bottom > box.top + box.height / 2)?.dataset.index })())";
    let before = browser.run(&format!("return {middle}"), vec![]).await.as_f64().unwrap();
    for width in [768, 360] {
        browser.look(Look { width, height: 740, dark: false }).await;
        draws(browser).await;
        let is_there = format!("Math.abs({middle} - {before}) <= 1");
        browser.is("the same message in the middle", &is_there).await;
    }
}

/// Waits until the page was drawn, with what it does once it was.
async fn draws(browser: &Browser) {
    let frames = "return new Promise(then => requestAnimationFrame(() => requestAnimationFrame(() => then())))";
    browser.run(frames, vec![]).await;
}

/// The first message whose beginning can be seen, and where that is.
async fn first_in_view(browser: &Browser) -> (String, i64) {
    draws(browser).await;
    let places = "const box = document.querySelector('.timeline').getBoundingClientRect();
        const tops = [...document.querySelectorAll('[data-index]')]
            .map(item => [item.dataset.index, Math.round(item.getBoundingClientRect().top)]);
        return tops.find(([, top]) => top > box.top)";
    let first = browser.run(places, vec![]).await;
    let index = first.get(0).and_then(Value::as_str).unwrap().to_owned();
    (index, first.get(1).and_then(Value::as_i64).unwrap())
}

#[tokio::test]
async fn a_menu_goes_with_its_message_and_stays_away() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_long_talk(&relay).await;
    let browser = &ann.browser;
    ann.clicks("[data-index=\"301\"] .more").await;
    browser.is("the menu", "!!document.querySelector('.message-menu')").await;
    browser.run("document.querySelector('.timeline').scrollTop = -9000", vec![]).await;
    browser.is("another place", "!document.querySelector('[data-index=\"301\"]')").await;
    ann.clicks(".jump-button").await;
    browser.is("the message", "!!document.querySelector('[data-index=\"301\"] .more')").await;
    let is_closed = "document.querySelector('[data-index=\"301\"] .more').ariaExpanded === 'false'";
    browser
        .is("no menu", &format!("{is_closed} && !document.querySelector('.message-menu')"))
        .await;
}

/// Those that are seen: where each message and the dots beside it are, from the box's upper edge on, and how high the box is.
const SEEN: &str = "const box = document.querySelector('.timeline').getBoundingClientRect();
    const edges = element => { const at = element.getBoundingClientRect(); return [at.top - box.top, at.bottom - box.top] };
    const all = [...document.querySelectorAll('[data-index]')].map(item => ({ index: +item.dataset.index,
        message: edges(item.querySelector('.message')), dots: edges(item.querySelector('.more')) }));
    const seen = all.filter(({ message: [top, bottom] }) => bottom > 0 && top < box.height);
    const menu = document.querySelector('.message-menu');
    return { height: box.height, messages: seen, menu: menu && edges(menu) }";

/// What can be seen of a timeline.
#[derive(Debug, Deserialize, PartialEq)]
struct Seen {
    height: f64,
    messages: Vec<Placed>,
    menu: Option<(f64, f64)>,
}

/// A message in it.
#[derive(Debug, Deserialize, PartialEq)]
struct Placed {
    index: usize,
    message: (f64, f64),
    dots: (f64, f64),
}

async fn seen(browser: &Browser) -> Seen {
    draws(browser).await;
    serde_json::from_value(browser.run(SEEN, vec![]).await).unwrap()
}

#[tokio::test]
async fn a_menu_lies_in_sight_beside_its_message_and_moves_nothing() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_long_talk(&relay).await;
    let browser = &ann.browser;
    browser.look(Look { width: 360, height: 740, dark: false }).await;
    draws(browser).await;
    ben.say("the last").await;
    browser.is("the last one", "!!document.querySelector('[data-index=\"302\"]')").await;
    for from_end in [0, 700] {
        let script = format!("document.querySelector('.timeline').scrollTop = -{from_end}");
        browser.run(&script, vec![]).await;
        let before = seen(browser).await;
        let is_whole = |one: &&Placed| one.message.0 >= 0.0 && one.message.1 <= before.height;
        let whole: Vec<&Placed> = before.messages.iter().filter(is_whole).collect();
        assert!(whole.len() > 2, "{before:?}");
        for one in whole {
            ann.clicks(&format!("[data-index=\"{}\"] .more", one.index)).await;
            browser.is("the menu", "!!document.querySelector('.message-menu')").await;
            let now = seen(browser).await;
            assert_eq!(
                now.messages, before.messages,
                "nothing moves for the menu of {}",
                one.index
            );
            let (top, bottom) = now.menu.unwrap();
            assert!(top >= 0.0 && bottom <= now.height, "{top} to {bottom} of {}", now.height);
            assert!(top >= one.message.1 || bottom <= one.message.0, "{one:?}, {top} to {bottom}");
            ann.clicks(&format!("[data-index=\"{}\"] .more", one.index)).await;
            browser.is("no menu", "!document.querySelector('.message-menu')").await;
        }
    }
}

#[tokio::test]
async fn the_dots_of_a_message_higher_than_the_screen_are_in_sight() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_long_talk(&relay).await;
    let browser = &ann.browser;
    ben.say(&"a line\n".repeat(100)).await;
    browser.is("it", "!!document.querySelector('[data-index=\"302\"]')").await;
    for from_end in [0, 600, 1_500] {
        let script = format!("document.querySelector('.timeline').scrollTop = -{from_end}");
        browser.run(&script, vec![]).await;
        let now = seen(browser).await;
        let [high] = now.messages.as_slice() else { panic!("more than one is seen: {now:?}") };
        assert!(high.dots.0 >= 0.0 && high.dots.1 <= now.height, "{now:?}");
    }
    ann.clicks("[data-index=\"302\"] .more").await;
    browser.is("the menu", "!!document.querySelector('.message-menu')").await;
    let now = seen(browser).await;
    let (top, bottom) = now.menu.unwrap();
    assert!(top >= 0.0 && bottom <= now.height, "{now:?}");
}

#[tokio::test]
async fn behind_the_panel_on_a_phone_one_stays_where_one_reads() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_long_talk(&relay).await;
    let browser = &ann.browser;
    browser.look(Look { width: 360, height: 740, dark: false }).await;
    draws(browser).await;
    browser.run("document.querySelector('.timeline').scrollTop = -9000", vec![]).await;
    browser.is("a way back", "!!document.querySelector('.jump-button')").await;
    let (index, top) = first_in_view(browser).await;
    browser.run("location.hash = '#/with/ben/connection'", vec![]).await;
    browser.is("the panel", "!!document.querySelector('#connection-panel')").await;
    let is_hidden = "!document.querySelector('.timeline').checkVisibility()";
    browser.is("nothing of the conversation", is_hidden).await;
    ben.say("meanwhile").await;
    browser
        .is("what came", "document.querySelector('.sidebar')?.textContent.includes('meanwhile')")
        .await;
    browser.run("dispatchEvent(new Event('resize'))", vec![]).await;
    draws(browser).await;
    ann.clicks("#close-panel").await;
    browser.is("the conversation", "document.querySelector('.timeline').checkVisibility()").await;
    // Where one was is kept in whole pixels.
    let is_there = format!(
        "(top => Math.abs(top - {top}) <= 2)(document.querySelector('[data-index=\"{index}\"]')?.getBoundingClientRect().top)"
    );
    browser.is("the same message at the same place", &is_there).await;
}

//! Pictures of what people do all day, for people to look at, below `target/gallery`.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::pictures::{beside, gallery, pictures};
use duologue_e2e::{Key, Person, Relay};

#[tokio::test]
async fn what_people_do_all_day_has_its_pictures_in_both_languages() {
    let relay = Relay::start(&[]).await;
    let url = relay.url();
    let ann = Person::join(&format!("{url}/#/with/ben"), "ann").await;
    let ben = Person::join(&format!("{url}/#/with/ann"), "ben").await;
    let browser = &ann.browser;
    ben.say_all(&(1..=60).map(|n| format!("Line {n} of a long story")).collect::<Vec<_>>()).await;
    ben.say("Some *bold* words, _soft_ ones, ~none~ and `code`:\n```\nfn main() {}\n```").await;
    ben.say("🎉").await;
    browser.sees("Some bold words").await;
    ann.say("What a story! Tea at five?").await;
    ann.sees_state("read").await;
    let cleo = Person::join(&format!("{url}/#/with/ann"), "小秋").await;
    cleo.say("你好！明天一起喝茶吗？").await;
    browser.until("cleo", "return document.querySelectorAll('.row').length === 2").await;
    for language in ["en", "zh"] {
        let speak = "localStorage.setItem('duologue.language', arguments[0])";
        browser.run(speak, vec![language.into()]).await;
        browser.reload().await;
        let state = |name: &str| format!("{name}-{language}");
        let is_there =
            "return !!document.querySelector('.link.good') && !!document.querySelector('.message')";
        browser.until("the page again", is_there).await;
        pictures(browser, &state("22-day")).await;
        browser.run("document.querySelector('.timeline').scrollTop = -1500", vec![]).await;
        browser.until("a way back", "return !!document.querySelector('.jump-button')").await;
        pictures(browser, &state("23-above")).await;
        // A phone shows the list alone.
        browser.run("location.hash = '#/'", vec![]).await;
        ann.types(".new input", "story").await;
        browser.until("what was found", "return !!document.querySelector('.found')").await;
        pictures(browser, &state("24-found")).await;
        ann.types(".new input", "a story that nobody told").await;
        browser.until("nothing", "return !!document.querySelector('.list .empty')").await;
        pictures(browser, &state("37-nothing-found")).await;
        ann.types(".new input", "").await;
        browser.run("location.hash = '#/with/ben'", vec![]).await;
        browser.until("the talk again", "return !!document.querySelector('.message')").await;
        ann.clicks(".composer .icon-button").await;
        browser.until("emoji", "return !!document.querySelector('.emoji-panel')").await;
        pictures(browser, &state("25-emoji")).await;
        browser.presses(Key::Escape).await;
        ann.clicks(".trust").await;
        browser.until("the card", "return !!document.querySelector('#peer-card')").await;
        pictures(browser, &state("26-card")).await;
        ann.clicks(".trust").await;
        browser.run("document.querySelector('#shortcuts').showModal()", vec![]).await;
        pictures(browser, &state("27-shortcuts")).await;
        browser.run("document.querySelector('#shortcuts').close()", vec![]).await;
        ann.clicks("#settings").await;
        browser.until("settings", "return !!document.querySelector('#settings-title')").await;
        pictures(browser, &state("28-settings")).await;
        ann.clicks("#close-settings").await;
        browser.run("location.hash = '#/'", vec![]).await;
        pictures(browser, &state("29-list")).await;
        browser.run("location.hash = '#/with/ben'", vec![]).await;
    }
}

#[tokio::test]
async fn what_is_done_to_messages_has_its_pictures_in_both_languages() {
    let relay = Relay::start(&[]).await;
    let url = relay.url();
    let ann = Person::join(&format!("{url}/#/with/ben"), "ann").await;
    let ben = Person::join(&format!("{url}/#/with/ann"), "ben").await;
    let browser = &ann.browser;
    ann.say("Tea at fife?").await;
    ann.say(
        "Or at the harbour, where the old boats are, and the wind, and what is left of the light?",
    )
    .await;
    ben.say("Gladly! I’ll bring the map that you gave me.").await;
    browser.sees("the map").await;
    let menu = |index: usize| format!("[data-index=\"{index}\"] .more");
    ann.does(0, "Edit").await;
    ann.say("Tea at five?").await;
    ben.does(0, "👍").await;
    ann.does(2, "❤️").await;
    ben.does(2, "❤️").await;
    ben.does(1, "Reply").await;
    ben.say("The harbour. At this time of the year there is nobody, and one can hear the masts.")
        .await;
    ben.say("I didn’t want to say this").await;
    ben.does(4, "Delete for both…").await;
    ben.presses("Really delete it?").await;
    browser
        .until("it to be gone", "return !!document.querySelector('[data-index=\"4\"] .deleted')")
        .await;
    for language in ["en", "zh"] {
        let speak = "localStorage.setItem('duologue.language', arguments[0])";
        browser.run(speak, vec![language.into()]).await;
        browser.reload().await;
        ann.browser.until("the page again", "return !!document.querySelector('.link.good')").await;
        let state = |name: &str| format!("{name}-{language}");
        ben.types(".composer textarea", "And").await;
        browser.until("that he types", "return !!document.querySelector('.head .typing')").await;
        pictures(browser, &state("30-acts")).await;
        ann.clicks(&menu(0)).await;
        browser.until("the menu", "return !!document.querySelector('.message-menu')").await;
        pictures(browser, &state("31-menu")).await;
        // After the six reactions.
        ann.clicks(".message-menu button:nth-child(7)").await;
        browser.until("the answer", "return !!document.querySelector('.about')").await;
        pictures(browser, &state("32-answer")).await;
        browser.presses(Key::Escape).await;
        browser.run("location.hash = '#/'", vec![]).await;
        ann.clicks(".nothing-actions [aria-haspopup]").await;
        browser.until("the code", "return !!document.querySelector('.qr')").await;
        pictures(browser, &state("33-code")).await;
        ann.clicks("#close-invite").await;
        browser.run("location.hash = '#/with/ben'", vec![]).await;
        ben.types(".composer textarea", "").await;
    }
    // The README's phones.
    let files = ["31-menu-en-360-light", "30-acts-en-360-dark", "30-acts-zh-360-light"]
        .map(|file| gallery().join(format!("{file}.png")));
    beside(&files, "phones.png").await;
}

//! What readers set in their system and their browser: colours of their own, large text, wide text, less motion.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::pictures::{DESKTOP, gallery};
use duologue_e2e::{Browser, Look, Person, Relay};
use serde_json::json;

/// A talk with all that a message can have: a reaction, a quote, code, and one that was taken back.
async fn a_talk(relay: &Relay) -> (Person, Person) {
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("Shall we meet at the harbour, where the boats are, and walk along the shore?").await;
    ben.reads(&[(
        "theirs",
        "Shall we meet at the harbour, where the boats are, and walk along the shore?",
    )])
    .await;
    ben.does(0, "❤️").await;
    ben.does(0, "Reply").await;
    ben.say("Gladly! `cargo xtask serve`, and https://example.org").await;
    ann.browser.sees("Gladly!").await;
    ann.browser.until("the reaction", "return !!document.querySelector('.reaction')").await;
    (ann, ben)
}

/// Everything that one needs to talk is within the window, and nothing makes it scroll sideways.
async fn can_talk(browser: &Browser, state: &str) {
    let fits = "document.documentElement.scrollWidth <= innerWidth";
    browser.is(&format!("{state}: nothing beyond the window"), fits).await;
    let field = "(box => box.top >= 0 && box.bottom <= innerHeight && box.height > 0)
        (document.querySelector('.composer textarea').getBoundingClientRect())";
    browser.is(&format!("{state}: the field"), field).await;
    let timeline = "document.querySelector('.timeline').clientHeight >= 48";
    browser.is(&format!("{state}: a line of what was said"), timeline).await;
    browser.screenshot(&gallery().join(format!("{state}.png"))).await;
}

#[tokio::test]
async fn in_forced_colours_bubbles_states_and_the_focus_can_be_seen() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    browser.prefers("forced-colors", "active").await;
    browser.is("forced colours", "matchMedia('(forced-colors: active)').matches").await;
    browser.comes_to_the_front().await;
    // Backgrounds are gone: lines have to say what belongs together.
    let lines = "[...document.querySelectorAll('.message, .button.primary')]
        .every(one => getComputedStyle(one).borderTopStyle === 'solid' && parseFloat(getComputedStyle(one).borderTopWidth) >= 1)";
    browser.is("lines around bubbles", lines).await;
    let outline =
        "(() => { const field = document.querySelector('.composer textarea'); field.focus();
        const {outlineStyle, outlineWidth} = getComputedStyle(field);
        return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 })()";
    browser.is("the focus", outline).await;
    can_talk(browser, "40-forced-colours").await;
}

#[tokio::test]
async fn at_200_and_400_percent_one_can_talk() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    // A window of 1280 by 800 at 200 %, and one of 1280 by 1024 at 400 % (WCAG 2.2, 1.4.4 and 1.4.10).
    for (state, width, height) in [("41-zoom-200", 640, 400), ("42-zoom-400", 320, 256)] {
        browser.look(Look { width, height, dark: false }).await;
        can_talk(browser, state).await;
        browser.run("location.hash = '#/'", vec![]).await;
        browser.is("the list", "document.querySelector('.row').checkVisibility()").await;
        let fits = "document.documentElement.scrollWidth <= innerWidth";
        browser.is("nothing beyond the window", fits).await;
        browser.run("location.hash = '#/with/ben'", vec![]).await;
        browser.is("the talk", "!!document.querySelector('.composer')").await;
    }
    browser.look(DESKTOP).await;
}

#[tokio::test]
async fn wide_text_is_nowhere_cut_off() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    // As WCAG 2.2 has it (1.4.12).
    let spacing = "const sheet = new CSSStyleSheet();
        sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
            word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
        document.adoptedStyleSheets = [sheet];";
    browser.run(spacing, vec![]).await;
    for (state, width) in [("43-wide-text-360", 360), ("44-wide-text-1280", 1280)] {
        browser.look(Look { width, height: 740, dark: false }).await;
        can_talk(browser, state).await;
        let cut = "return [...document.querySelectorAll('button, .text, .meta, .presence, .trust')]
            .filter(one => one.checkVisibility() && one.clientWidth > 0
                && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
            .map(one => one.outerHTML.slice(0, 120))";
        assert_eq!(browser.run(cut, vec![]).await, json!([]), "{state}: cut off");
    }
    browser.look(DESKTOP).await;
}

#[tokio::test]
async fn nothing_moves_but_what_the_person_moves() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    // Nobody has to ask for it: there is no motion.
    ben.types(".composer textarea", "And").await;
    ann.browser.is("that he types", "!!document.querySelector('.head .typing')").await;
    let still = "return document.getAnimations().length";
    assert_eq!(ann.browser.run(still, vec![]).await, json!(0));
}

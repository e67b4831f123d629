//! What calls for the attention of somebody who looks elsewhere, and what doesn't.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Browser, Person, Relay};
use serde_json::json;

/// In the place of what the system shows and plays: it is noted down.
const NOTED: &str = "window.shown = []; window.asked = 0; window.notes = 0;
    Object.defineProperty(navigator, 'userActivation', {value: {hasBeenActive: true}});
    window.Notification = class {
        static permission = 'default';
        static async requestPermission() { window.asked++; return this.permission = 'granted' }
        constructor(title, {body}) { window.shown.push(`${title}: ${body}`); window.latest = this }
        close() {}
    };
    window.AudioContext = class {
        currentTime = 0;
        createOscillator() { window.notes++; return {frequency: {}, connect: to => to, start() {}, stop() {}} }
        createGain() { return {gain: {setValueAtTime() {}, exponentialRampToValueAtTime() {}}, connect: to => to} }
    };";

/// The person looks at another tab, or at this one again.
async fn looks(browser: &Browser, is_here: bool) {
    let state = if is_here { "visible" } else { "hidden" };
    let look = format!(
        "Object.defineProperty(document, 'visibilityState', {{value: '{state}', configurable: true}});
        document.dispatchEvent(new Event('visibilitychange'))"
    );
    browser.run(&look, vec![]).await;
}

/// What was shown and played so far: sounds have two notes.
async fn noted(browser: &Browser) -> (serde_json::Value, serde_json::Value) {
    let noted = browser.run("return [window.shown, window.notes / 2]", vec![]).await;
    (noted[0].clone(), noted[1].clone())
}

#[tokio::test]
async fn who_looks_elsewhere_is_told_and_who_looks_or_has_muted_it_is_not() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    ann.browser.run(NOTED, vec![]).await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    let browser = &ann.browser;
    ann.say("hello").await;
    ben.reads(&[("theirs", "hello")]).await;

    // Nobody is asked before they press the switch.
    assert_eq!(browser.run("return window.asked", vec![]).await, json!(0));
    ann.clicks("#settings").await;
    ann.clicks("#settings-notifications").await;
    browser.is("the browser's question", "window.asked === 1").await;
    ann.clicks("#close-settings").await;

    looks(browser, false).await;
    ben.say("psst").await;
    browser.is("it to be counted", "document.title === '(1) Duologue'").await;
    let mark = "document.querySelector('link[rel=icon]').href.endsWith('icon-unread.svg')";
    browser.is("a mark on the icon", mark).await;
    assert_eq!(noted(browser).await, (json!(["ben: psst"]), json!(1)));

    looks(browser, true).await;
    browser.is("nothing to count", "document.title === 'Duologue'").await;
    browser.is("the plain icon", &format!("!{mark}")).await;
    ben.say("you are here").await;
    browser.sees("you are here").await;
    assert_eq!(noted(browser).await, (json!(["ben: psst"]), json!(1)), "she sees it anyway");

    browser.run("location.hash = '#/'", vec![]).await;
    looks(browser, false).await;
    ben.say("come").await;
    browser.is("the next one", "window.shown.length === 2").await;
    looks(browser, true).await;
    browser.run("window.latest.onclick()", vec![]).await;
    browser.is("what it tells of", "location.hash === '#/with/ben'").await;

    ann.clicks(".trust").await;
    ann.presses("Mute").await;
    looks(browser, false).await;
    ben.say("not a sound").await;
    browser.sees("not a sound").await;
    browser.is("no count", "document.title === 'Duologue'").await;
    assert_eq!(noted(browser).await, (json!(["ben: psst", "ben: come"]), json!(2)));
}

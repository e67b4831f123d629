//! Pictures of the page for people to look at, below `target/gallery`.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::pictures::{DESKTOP, gallery, pictures};
use duologue_e2e::{Browser, Key, Look, Person, Relay, StaticServer};

/// Ann's dark and Ben's light window side by side: the README's picture.
async fn two_windows(ann: &Browser, ben: &Browser) {
    let folder = tempfile::tempdir().unwrap();
    for (file, browser, dark) in [("ann.png", ann, true), ("ben.png", ben, false)] {
        browser.look(Look { width: 760, height: 620, dark }).await;
        browser.screenshot(&folder.path().join(file)).await;
    }
    let page = "<!DOCTYPE html><style>body { display: flex; gap: 24px; margin: 0; padding: 24px;
        background: #8d93a5 } img { border-radius: 10px; box-shadow: 0 6px 24px #0006 }</style>
        <img src=ann.png><img src=ben.png>";
    std::fs::write(folder.path().join("index.html"), page).unwrap();
    let host = StaticServer::start(folder.path(), "/").await;
    let window = Browser::open().await;
    window.look(Look { width: 1592, height: 668, dark: false }).await;
    window.goto(host.url()).await;
    let loaded = "return [...document.images].every(image => image.complete && image.naturalWidth)";
    window.until("both pictures", loaded).await;
    window.screenshot(&gallery().join("two-windows.png")).await;
    ann.look(DESKTOP).await;
}

/// The open panel after a comparison, from its heading on and from its table on.
async fn compared(person: &Person) {
    let browser = &person.browser;
    if browser.run("return !document.querySelector('#compare-rate')", vec![]).await == true {
        person.clicks("#part-compare summary").await;
    }
    person.types("#compare-messages", "30").await;
    person.types("#compare-rate", "10").await;
    person.clicks("[data-compare=start]").await;
    let done =
        "return document.querySelector('[data-compare=comparison]').dataset.state === 'done'";
    browser.until("the comparison to be done", done).await;
    for (state, at) in [("10-compared", "#part-compare"), ("11-table", ".compare-table")] {
        let there = format!("document.querySelector('{at}').scrollIntoView()");
        browser.run(&there, vec![]).await;
        pictures(browser, state).await;
    }
}

#[tokio::test]
async fn every_state_has_its_picture() {
    let mut relay = Relay::start(&[]).await;
    let url = relay.url();
    let newcomer = Browser::open().await;
    newcomer.goto(&format!("{url}/#/as/ben/with/ann")).await;
    newcomer.sees("Your name").await;
    pictures(&newcomer, "1-welcome").await;

    let ann = Person::join(&url, "ann").await;
    pictures(&ann.browser, "2-nobody-yet").await;

    let ben = Person { browser: newcomer, name: "ben".into() };
    ben.say_name().await;
    ben.is_connected().await;
    ben.say("Hi Ann! Is this the thing you told me about?").await;
    ann.browser.sees("Is this the thing").await;
    ann.browser.run("location.hash = '#/with/ben'", vec![]).await;
    ann.browser.sees("wants to talk to you").await;
    pictures(&ann.browser, "12-request").await;
    ann.accepts().await;
    ann.say("It is. One binary on my old laptop, and a link.").await;
    ann.say("你好 👋 — it doesn’t mind what you write:\nمرحبا بك\nand line breaks\n\n  indented")
        .await;
    ben.reads(&[
        ("sent", "Hi Ann! Is this the thing you told me about?"),
        ("theirs", "It is. One binary on my old laptop, and a link."),
        (
            "theirs",
            "你好 👋 — it doesn’t mind what you write:\nمرحبا بك\nand line breaks\n\n  indented",
        ),
    ])
    .await;
    ben.say("And nobody in between?").await;
    ben.say("Only the relay. And it’s yours.").await;
    ann.browser.sees("And it’s yours.").await;
    ann.say("Exactly.").await;
    ben.browser.sees("Exactly.").await;
    ann.sees_state("read").await;
    two_windows(&ann.browser, &ben.browser).await;
    ann.clicks(".link").await;
    let panel = "return !!document.querySelector('[data-figure=transport]')";
    ann.browser.until("the panel", panel).await;
    for part in ["frames", "handshake"] {
        ann.clicks(&format!("#part-{part} summary")).await;
    }
    let accept = "return !!document.querySelector('[data-figure=accept-verdict]')";
    ann.browser.until("the accept value", accept).await;
    pictures(&ann.browser, "9-connection-panel").await;
    compared(&ann).await;
    ann.clicks("#close-panel").await;
    ben.say(&"https://example.org/a/very/long/address/without/any/break/".repeat(4)).await;
    ann.browser.sees("without/any/break").await;
    pictures(&ann.browser, "3-conversation").await;

    let cleo = Person::join(&format!("{url}/#/with/ann"), &"W".repeat(64)).await;
    cleo.say("Hello from somebody with a long name").await;
    ann.browser.sees("somebody with a long name").await;
    ann.browser.run("location.hash = '#/'", vec![]).await;
    pictures(&ann.browser, "4-list-unread").await;

    ann.browser.run("location.hash = '#/with/ben'", vec![]).await;
    relay.kill().await;
    ann.browser.sees("Reconnecting in").await;
    ann.say("Does this arrive?").await;
    ann.browser.sees("1 message is waiting").await;
    ann.browser.sees("If it is somewhere else").await;
    pictures(&ann.browser, "5-relay-gone").await;
}

#[tokio::test]
async fn an_absence_and_a_text_that_is_too_long_have_their_pictures() {
    let relay = Relay::start(&[]).await;
    let url = relay.url();
    let ann = Person::join(&format!("{url}/#/with/ben"), "ann").await;
    let ben = Person::join(&format!("{url}/#/with/ann"), "ben").await;
    ben.say("See you tomorrow").await;
    ann.reads(&[("theirs", "See you tomorrow")]).await;
    ben.sees_state("read").await;
    ann.browser.goto("about:blank").await;
    ben.say("I am at the station").await;
    ben.say("Where are you?").await;
    ben.sees_state("sent").await;
    ann.browser.goto(&format!("{url}/#/with/ben")).await;
    ann.browser.sees("New messages").await;
    pictures(&ann.browser, "6-after-an-absence").await;

    ann.say(&"x".repeat(16_385)).await;
    ann.browser.sees("at most 16384 bytes").await;
    pictures(&ann.browser, "7-too-long").await;
}

#[tokio::test]
async fn what_is_known_of_a_key_has_its_pictures() {
    let mut relay = Relay::start(&[]).await;
    let url = relay.url();
    let ann = Person::join(&format!("{url}/#/with/ben"), "ann").await;
    let ben = Person::join(&format!("{url}/#/with/ann"), "ben").await;
    ben.say("See https://example.org or write to me@example.org.").await;
    ann.browser.sees("write to me").await;
    ann.browser.sees("Not verified").await;
    ann.clicks(".trust").await;
    ann.browser.sees("The digits match").await;
    pictures(&ann.browser, "13-key-to-compare").await;
    ann.presses("The digits match").await;
    ann.browser.sees("You have compared this key").await;
    ann.clicks(".trust").await;
    ann.browser.run("location.hash += '/key/AAAAAAAAAAAAAAAAAAAAAA'", vec![]).await;
    ann.browser.sees("names another key").await;
    pictures(&ann.browser, "20-another-key-in-the-link").await;
    ann.presses("Keep the known key").await;
    relay.kill().await;
    ben.browser.goto("about:blank").await;
    relay.restart_without_its_data().await;
    let mallory = Person::join(&format!("{url}/#/with/ann"), "ben").await;
    mallory.say("Hi Ann, I have a new phone.").await;
    ann.browser.sees("Nothing is sent until you decide").await;
    ann.browser.sees("new phone").await;
    ann.say("Who is this?").await;
    ann.sees_state("queued").await;
    pictures(&ann.browser, "14-key-changed").await;
    let cleo = Person::join(&format!("{url}/#/with/ann"), "cleo").await;
    cleo.say("Buy this!").await;
    ann.browser.sees("Buy this!").await;
    ann.browser.run("location.hash = '#/with/cleo'", vec![]).await;
    ann.presses("Block").await;
    ann.clicks(".out-of-sight summary").await;
    ann.browser.sees("is blocked").await;
    pictures(&ann.browser, "15-blocked").await;
}

#[tokio::test]
async fn a_browser_that_stores_nothing_has_its_picture() {
    let relay = Relay::start(&[]).await;
    let browser = Browser::open().await;
    let refuse =
        "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError') }";
    browser.before_every_page(refuse).await;
    browser.goto(&format!("{}/#/with/ben", relay.url())).await;
    let ann = Person { browser, name: "ann".into() };
    ann.say_name().await;
    ann.is_connected().await;
    ann.say("anybody there?").await;
    ann.browser.sees("until you close this tab").await;
    pictures(&ann.browser, "8-nothing-stored").await;
}

#[tokio::test]
async fn a_browser_that_does_not_say_what_it_stored_has_its_picture() {
    let relay = Relay::start(&[]).await;
    let _ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    let browser = Browser::open().await;
    let fail = "IDBFactory.prototype.open = () => { throw new DOMException('', 'UnknownError') }";
    browser.before_every_page(fail).await;
    browser.goto(&format!("{}/#/with/ben", relay.url())).await;
    let ann = Person { browser, name: "ann".into() };
    ann.say_name().await;
    ann.is_connected().await;
    ann.say("Is that you?").await;
    ann.browser.sees("had another key before").await;
    pictures(&ann.browser, "21-not-sure").await;
}

/// As it opens, with something wrong, saved, and before forgetting; and for somebody who brings a file.
#[tokio::test]
async fn the_dialog_about_the_key_has_its_pictures() {
    let relay = Relay::start(&[]).await;
    let person = Person::join(&relay.url(), "ann").await;
    let browser = &person.browser;
    browser.downloads().await;
    person.clicks("#your-key").await;
    browser.sees("Save it to a file").await;
    pictures(browser, "16-your-key").await;
    person.types("#new-passphrase", "short").await;
    person.clicks("#save-key").await;
    browser.sees("at least 8 characters").await;
    pictures(browser, "17-key-short").await;
    for field in ["#new-passphrase", "#same-passphrase"] {
        person.types(field, "lantern orbit walnut ferry").await;
    }
    person.clicks("#save-key").await;
    browser.sees("Your browser has").await;
    person.clicks("#ask-to-forget").await;
    browser.sees("lost for good").await;
    pictures(browser, "18-key-saved-and-forget").await;
    person.clicks("#close-key").await;

    let newcomer = Browser::open().await;
    newcomer.goto(&relay.url()).await;
    let newcomer = Person { browser: newcomer, name: "ann".into() };
    newcomer.clicks("#have-key").await;
    newcomer.browser.sees("Its passphrase").await;
    newcomer.clicks("#use-key").await;
    newcomer.browser.sees("Choose your key file first").await;
    pictures(&newcomer.browser, "19-use-key-file").await;
}

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
        ann.types(".new input", "story").await;
        browser.until("what was found", "return !!document.querySelector('.found')").await;
        pictures(browser, &state("24-found")).await;
        ann.types(".new input", "").await;
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
    let does = async |person: &Person, index: usize, label: &str| {
        person.clicks(&menu(index)).await;
        person.presses(label).await;
    };
    does(&ann, 0, "Edit").await;
    ann.say("Tea at five?").await;
    does(&ben, 0, "👍").await;
    does(&ann, 2, "❤️").await;
    does(&ben, 2, "❤️").await;
    does(&ben, 1, "Reply").await;
    ben.say("The harbour. At this time of the year there is nobody, and one can hear the masts.")
        .await;
    ben.say("I didn’t want to say this").await;
    does(&ben, 4, "Delete for both…").await;
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
}

//! Pictures of the page for people to look at, below `target/gallery`.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::pictures::{DESKTOP, beside, pictures_in_both, unchanged};
use duologue_e2e::{Browser, Look, Person, Relay};

/// Ann's dark and Ben's light window side by side: the README's picture.
async fn two_windows(ann: &Browser, ben: &Browser) {
    let folder = tempfile::tempdir().unwrap();
    for (file, browser, dark) in [("ann.png", ann, true), ("ben.png", ben, false)] {
        browser.look(Look { width: 760, height: 620, dark }).await;
        browser.screenshot(&folder.path().join(file)).await;
    }
    let files = ["ann.png", "ben.png"].map(|file| folder.path().join(file));
    beside(&files, "two-windows.png").await;
    ann.look(DESKTOP).await;
}

async fn shows(browser: &Browser, selector: &str) {
    browser.until(selector, &format!("return !!document.querySelector('{selector}')")).await;
}

/// The open panel with its parts unfolded.
async fn unfolded(ann: &Person) {
    shows(&ann.browser, "[data-figure=transport]").await;
    for part in ["frames", "handshake"] {
        ann.clicks(&format!("#part-{part} summary")).await;
    }
    shows(&ann.browser, "[data-figure=accept-verdict]").await;
}

/// The open panel after a comparison.
async fn compared(person: &Person) {
    let browser = &person.browser;
    shows(browser, "[data-figure=transport]").await;
    if browser.run("return !document.querySelector('#compare-rate')", vec![]).await == true {
        person.clicks("#part-compare summary").await;
    }
    person.types("#compare-messages", "30").await;
    person.types("#compare-rate", "10").await;
    person.clicks("[data-compare=start]").await;
    let done =
        "return document.querySelector('[data-compare=comparison]').dataset.state === 'done'";
    browser.until("the comparison to be done", done).await;
}

/// Brings a part of the panel into view.
async fn at(browser: &Browser, part: &str) {
    browser.run(&format!("document.querySelector('{part}').scrollIntoView()"), vec![]).await;
}

#[tokio::test]
async fn every_state_has_its_picture() {
    let mut relay = Relay::start(&[]).await;
    let url = relay.url();
    let newcomer = Browser::open().await;
    newcomer.goto(&format!("{url}/#/as/ben/with/ann")).await;
    newcomer.sees("Your name").await;
    pictures_in_both(&newcomer, "1-welcome", unchanged).await;

    let ann = Person::join(&url, "ann").await;
    pictures_in_both(&ann.browser, "2-nobody-yet", unchanged).await;

    let ben = Person { browser: newcomer, name: "ben".into() };
    ben.say_name().await;
    ben.is_connected().await;
    ben.say("Hi Ann! Is this the thing you told me about?").await;
    ann.browser.sees("Is this the thing").await;
    ann.browser.run("location.hash = '#/with/ben'", vec![]).await;
    ann.browser.sees("wants to talk to you").await;
    pictures_in_both(&ann.browser, "12-request", unchanged).await;
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
    unfolded(&ann).await;
    pictures_in_both(&ann.browser, "9-connection-panel", async || unfolded(&ann).await).await;
    for (state, part) in [("10-compared", "#part-compare"), ("11-table", ".compare-table")] {
        let compare = async || {
            compared(&ann).await;
            at(&ann.browser, part).await;
        };
        compare().await;
        pictures_in_both(&ann.browser, state, compare).await;
    }
    ann.clicks("#close-panel").await;
    ben.say(&"https://example.org/a/very/long/address/without/any/break/".repeat(4)).await;
    ann.browser.sees("without/any/break").await;
    pictures_in_both(&ann.browser, "3-conversation", unchanged).await;

    let cleo = Person::join(&format!("{url}/#/with/ann"), &"W".repeat(64)).await;
    cleo.say("Hello from somebody with a long name").await;
    ann.browser.sees("somebody with a long name").await;
    ann.browser.run("location.hash = '#/'", vec![]).await;
    pictures_in_both(&ann.browser, "4-list-unread", unchanged).await;

    ann.browser.run("location.hash = '#/with/ben'", vec![]).await;
    relay.kill().await;
    ann.browser.sees("Reconnecting in").await;
    ann.say("Does this arrive?").await;
    ann.browser.sees("1 message is waiting").await;
    ann.browser.sees("If it is somewhere else").await;
    pictures_in_both(&ann.browser, "5-relay-gone", unchanged).await;
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
    pictures_in_both(&ann.browser, "6-after-an-absence", unchanged).await;

    let too_long = async || {
        ann.say(&"x".repeat(16_385)).await;
        shows(&ann.browser, "#composer-problem:not(:empty)").await;
    };
    too_long().await;
    ann.browser.sees("at most 16\u{202f}384 bytes").await;
    pictures_in_both(&ann.browser, "7-too-long", too_long).await;
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
    ann.browser.sees("They match: mark as verified").await;
    let card = async || {
        ann.clicks(".trust").await;
        shows(&ann.browser, "#peer-card").await;
    };
    pictures_in_both(&ann.browser, "13-key-to-compare", card).await;
    ann.presses("They match: mark as verified").await;
    ann.browser.sees("You have compared this key").await;
    ann.clicks(".trust").await;
    ann.browser.run("location.hash += '/key/AAAAAAAAAAAAAAAAAAAAAA'", vec![]).await;
    ann.browser.sees("names another key").await;
    pictures_in_both(&ann.browser, "20-another-key-in-the-link", unchanged).await;
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
    pictures_in_both(&ann.browser, "14-key-changed", unchanged).await;
    let cleo = Person::join(&format!("{url}/#/with/ann"), "cleo").await;
    cleo.say("Buy this!").await;
    ann.browser.sees("Buy this!").await;
    ann.browser.run("location.hash = '#/with/cleo'", vec![]).await;
    ann.presses("Block").await;
    ann.clicks(".out-of-sight summary").await;
    ann.browser.sees("is blocked").await;
    let unfold = async || ann.clicks(".out-of-sight summary").await;
    pictures_in_both(&ann.browser, "15-blocked", unfold).await;
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
    pictures_in_both(&ann.browser, "8-nothing-stored", unchanged).await;
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
    pictures_in_both(&ann.browser, "21-not-sure", unchanged).await;
}

/// As it opens, with something wrong, saved, and before forgetting; and for somebody who brings a file.
#[tokio::test]
async fn the_dialog_about_the_key_has_its_pictures() {
    let relay = Relay::start(&[]).await;
    let person = Person::join(&relay.url(), "ann").await;
    let browser = &person.browser;
    browser.downloads().await;
    // Its words are those of the language in which it was opened.
    let anew = async || {
        if browser.run("return !!document.querySelector('#close-key')", vec![]).await == true {
            person.clicks("#close-key").await;
            // Not only closed: what it tells of that comes a moment later.
            browser.is("no dialog", "!document.querySelector('#key-dialog')").await;
        }
        person.clicks("#your-key").await;
        shows(browser, "#save-key").await;
    };
    let saves = async |passphrase: &str, then: &str| {
        for field in ["#new-passphrase", "#same-passphrase"] {
            person.types(field, passphrase).await;
        }
        person.clicks("#save-key").await;
        shows(browser, then).await;
    };
    let is_short = async || {
        anew().await;
        saves("short", ".key-form .problem:not(:empty)").await;
    };
    let is_saved = async || {
        anew().await;
        saves("lantern orbit walnut ferry", "#key-saved:not(:empty)").await;
        browser.until("the file", "return !!document.querySelector('.key-form').hidden").await;
        person.clicks("#ask-to-forget").await;
        shows(browser, "#forget-name").await;
    };
    anew().await;
    browser.sees("Save it to a file").await;
    pictures_in_both(browser, "16-your-key", anew).await;
    is_short().await;
    browser.sees("at least 8 characters").await;
    pictures_in_both(browser, "17-key-short", is_short).await;
    is_saved().await;
    browser.sees("Saved as").await;
    browser.sees("lost for good").await;
    pictures_in_both(browser, "18-key-saved-and-forget", is_saved).await;
    person.clicks("#close-key").await;

    let newcomer = Browser::open().await;
    newcomer.goto(&relay.url()).await;
    let newcomer = Person { browser: newcomer, name: "ann".into() };
    let browser = &newcomer.browser;
    let brings = async || {
        if browser.run("return !!document.querySelector('#close-key')", vec![]).await == true {
            newcomer.clicks("#close-key").await;
            // Not only closed: what it tells of that comes a moment later.
            browser.is("no dialog", "!document.querySelector('#key-dialog')").await;
        }
        newcomer.clicks("#have-key").await;
        newcomer.clicks("#use-key").await;
        shows(browser, ".key-form .problem:not(:empty)").await;
    };
    brings().await;
    browser.sees("Choose your key file first").await;
    pictures_in_both(browser, "19-use-key-file", brings).await;
}

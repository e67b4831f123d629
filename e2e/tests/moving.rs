//! A name that moves: saved to a file in one browser, brought to another, and forgotten.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use duologue_e2e::{Browser, Key, Person, Relay, eventually};
use serde_json::json;

const PASSPHRASE: &str = "lantern orbit walnut ferry";

/// Opens the dialog and says the passphrase twice; comes back with the file.
async fn saves_the_key(person: &Person) -> PathBuf {
    let folder = person.browser.downloads().await;
    person.clicks("#your-key").await;
    say_passphrases(person, PASSPHRASE, PASSPHRASE).await;
    person.browser.sees("Saved as duologue-key-").await;
    let file = folder.join(format!("duologue-key-{}.json", person.name));
    eventually("the file", async || {
        let found = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let found: Vec<_> = found.map(|entry| entry.file_name()).collect();
        if file.exists() { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
    file
}

async fn say_passphrases(person: &Person, first: &str, second: &str) {
    person.browser.until("the form", "return !!document.querySelector('#new-passphrase')").await;
    person.types("#new-passphrase", first).await;
    person.types("#same-passphrase", second).await;
    person.clicks("#save-key").await;
}

/// Somebody in front of a page that doesn't know them.
async fn newcomer(url: &str, name: &str) -> Person {
    let person = Person { browser: Browser::open().await, name: name.into() };
    person.browser.goto(url).await;
    person.browser.sees("Your name").await;
    person
}

async fn brings(person: &Person, file: &Path, passphrase: &str) {
    if person.browser.run("return !document.querySelector('#key-dialog')", vec![]).await == true {
        person.clicks("#have-key").await;
    }
    person.browser.until("the form", "return !!document.querySelector('#key-file')").await;
    person.browser.chooses("#key-file", file).await;
    person.types("#passphrase", passphrase).await;
    person.clicks("#use-key").await;
}

/// What the browser has stored by the page, as texts in one line: databases and whose keys.
async fn stored(browser: &Browser) -> String {
    let ask = "
        window.stored = undefined;
        const keys = () => new Promise((resolve, reject) => {
            const opening = indexedDB.open('duologue-keys', 1);
            opening.onerror = reject;
            opening.onsuccess = () => {
                const asked = opening.result.transaction('identities')
                    .objectStore('identities').getAllKeys();
                asked.onsuccess = () => { opening.result.close(); resolve(asked.result) };
            };
        });
        Promise.all([indexedDB.databases(), keys()]).then(([all, keys]) =>
            window.stored = [...all.map(one => one.name), ...keys.map(key => 'key of ' + key),
                ...Object.values(localStorage)].join('; '));
        return 0";
    browser.run(ask, vec![]).await;
    let stored = browser.until("what is stored", "return window.stored ?? null").await;
    stored.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_key_that_was_saved_is_the_same_person_in_another_browser() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("I am moving").await;
    ben.reads(&[("theirs", "I am moving")]).await;

    ann.clicks("#your-key").await;
    for (first, second, rule) in [
        ("", "", "Type a passphrase"),
        ("seven77", "seven77", "at least 8 characters"),
        ("lantern orbit", "lantern orbits", "not the same"),
    ] {
        say_passphrases(&ann, first, second).await;
        ann.browser.sees(rule).await;
    }
    // Closed and opened again at once: what the closing still has to say must not close the next one.
    for _ in 0..10 {
        ann.clicks("#close-key").await;
        ann.clicks("#your-key").await;
        ann.browser.until("the form", "return !!document.querySelector('#new-passphrase')").await;
    }
    ann.clicks("#close-key").await;
    let file = saves_the_key(&ann).await;
    ann.clicks("#close-key").await;

    let url = format!("{}/#/with/ben", relay.url());
    let moved = newcomer(&url, "ann").await;
    brings(&moved, &file, "lantern orbit walnut fairy").await;
    moved.browser.sees("not the passphrase").await;
    let text = std::fs::read_to_string(&file).unwrap();
    let beside = |name: &str, text: &str| {
        let path = file.with_file_name(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let half = beside("half.json", &text[..text.len() / 2]);
    brings(&moved, &half, PASSPHRASE).await;
    moved.browser.sees("key file is damaged").await;
    brings(&moved, &beside("shopping.json", "{\"milk\": 2}"), PASSPHRASE).await;
    moved.browser.sees("not a key file").await;
    let newer = text.replace("\"version\": 1", "\"version\": 2");
    brings(&moved, &beside("newer.json", &newer), PASSPHRASE).await;
    moved.browser.sees("newer version of this page").await;

    brings(&moved, &file, PASSPHRASE).await;
    moved.is_connected().await;
    moved.is_called("ann").await;
    moved
        .browser
        .until("the dialog to be gone", "return !document.querySelector('#key-dialog')")
        .await;
    moved.say("I have moved").await;
    ben.reads(&[("theirs", "I am moving"), ("theirs", "I have moved")]).await;
    // The old house is still there, and the key outlives the page in the new one.
    ann.reads(&[("sent", "I am moving"), ("sent", "I have moved")]).await;
    moved.browser.reload().await;
    moved.is_connected().await;
    ben.say("Welcome").await;
    moved.browser.sees("Welcome").await;
}

#[tokio::test]
async fn a_name_that_is_forgotten_is_gone_until_its_file_brings_it_back() {
    let relay = Relay::start(&[]).await;
    let url = relay.url();
    let ann = Person::join(&format!("{url}/#/with/ben"), "ann").await;
    ann.say("Nobody will remember this").await;
    ann.sees_state("sent").await;
    let file = saves_the_key(&ann).await;
    ann.clicks("#close-key").await;
    // The same person in a second tab, and another one in a third.
    ann.browser.new_tab().await;
    ann.browser.goto(&url).await;
    ann.say_name().await;
    ann.is_connected().await;
    ann.browser.new_tab().await;
    ann.browser.goto(&format!("{url}/#/with/ben")).await;
    let cleo = Person { name: "cleo".into(), ..ann.clone() };
    cleo.say_name().await;
    cleo.is_connected().await;
    cleo.say("This stays").await;
    cleo.sees_state("sent").await;
    let before = stored(&ann.browser).await;
    for there in [" ann; ", " cleo; ", "key of ann", "key of cleo"] {
        assert!(before.contains(there), "{there}: {before}");
    }

    ann.browser.switch_to_tab(0).await;
    ann.clicks("#your-key").await;
    ann.clicks("#ask-to-forget").await;
    ann.browser.sees("the name is lost for good").await;
    ann.clicks("#keep-name").await;
    ann.is_called("ann").await;
    ann.clicks("#ask-to-forget").await;
    ann.clicks("#forget-name").await;
    ann.browser.sees("This browser has forgotten ann").await;
    ann.clicks("#close-key").await;
    ann.browser.sees("Your name").await;
    let suggested = ann.browser.run("return document.querySelector('#name').value", vec![]).await;
    assert_ne!(suggested, "ann");
    eventually("only the other name to be left", async || {
        let after = stored(&ann.browser).await;
        let has_only_cleo = !after.contains("ann") && after.contains("key of cleo");
        if has_only_cleo && after.contains(" cleo; ") { Ok(()) } else { Err(after) }
    })
    .await;
    ann.browser.switch_to_tab(1).await;
    ann.browser.sees("Your name").await;
    ann.browser.switch_to_tab(2).await;
    ann.browser.reload().await;
    cleo.reads(&[("sent", "This stays")]).await;

    // Under a fresh key the name is taken, in the browser where it was as in every other.
    ann.browser.switch_to_tab(0).await;
    ann.browser.reload().await;
    ann.say_name().await;
    ann.browser.sees("this name belongs to another key").await;
    ann.clicks("#leave").await;
    brings(&ann, &file, PASSPHRASE).await;
    ann.browser.sees("already has another key").await;
    ann.clicks("#keep-key").await;
    ann.browser
        .until("no question", "return !document.body.innerText.includes('already has')")
        .await;
    brings(&ann, &file, PASSPHRASE).await;
    ann.clicks("#replace-key").await;
    ann.is_connected().await;
    ann.is_called("ann").await;
}

#[tokio::test]
async fn where_a_key_lasts_as_long_as_the_tab_it_moves_from_tab_to_tab() {
    // Another address than loopback's, so no secure context and no vault.
    let relay = Relay::start_on("0.0.0.0", &[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let file = saves_the_key(&ann).await;
    let moved = newcomer(&relay.url(), "ann").await;
    brings(&moved, &file, PASSPHRASE).await;
    moved.is_connected().await;
    moved.browser.sees("came over plain http").await;
    moved.browser.reload().await;
    moved.is_connected().await;
    moved.is_called("ann").await;
    moved.clicks("#your-key").await;
    moved.clicks("#ask-to-forget").await;
    moved.clicks("#forget-name").await;
    moved.browser.sees("This browser has forgotten ann").await;
    let kept = moved.browser.run("return Object.keys(sessionStorage)", vec![]).await;
    assert_eq!(kept, json!([]));
}

#[tokio::test]
async fn the_dialog_is_opened_and_left_by_keyboard_and_gives_the_focus_back() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let focus = async |expected: &str| {
        eventually(&format!("the focus on {expected}"), async || {
            let seen = ann.browser.run("return document.activeElement?.id", vec![]).await;
            if seen == expected { Ok(()) } else { Err(seen.to_string()) }
        })
        .await;
    };
    ann.browser.run("document.querySelector('#your-key').focus()", vec![]).await;
    ann.browser.presses(Key::Enter).await;
    focus("key-title").await;
    ann.browser.until("the form", "return !!document.querySelector('#new-passphrase')").await;
    for next in ["close-key", "new-passphrase", "same-passphrase", "save-key"] {
        ann.browser.presses(Key::Tab).await;
        focus(next).await;
    }
    ann.browser.run("document.querySelector('#ask-to-forget').focus()", vec![]).await;
    ann.browser.presses(Key::Enter).await;
    focus("keep-name").await;
    ann.browser.presses(Key::Enter).await;
    focus("ask-to-forget").await;
    ann.browser.presses(Key::Escape).await;
    focus("your-key").await;
    let is_gone = "return !document.querySelector('#key-dialog')";
    ann.browser.until("the dialog to be gone", is_gone).await;
    // It opens again.
    ann.browser.presses(Key::Enter).await;
    focus("key-title").await;
}

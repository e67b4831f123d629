//! The page as an application that is there without a network, and how a newer version takes its place: kept whole,
//! offered, never forced.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use duologue_e2e::pictures::{pictures_in_both, unchanged};
use duologue_e2e::{Browser, Person, Relay, copy_folder, dist};
use duologue_packing::list;
use serde_json::json;

/// Whether the page's worker has everything and serves this page.
const KEPT: &str =
    "return navigator.serviceWorker.ready.then(({active}) => active.state === 'activated'
    && !!navigator.serviceWorker.controller)";

/// Ends once a worker that the browser finds by looking for it now was installed or given up.
const LOOK: &str = "return navigator.serviceWorker.getRegistration().then(async found => {
    await found.update();
    const worker = found.installing;
    if (!worker) return 'none';
    return new Promise(then => worker.onstatechange = () => then(worker.state));
})";

const MARKER: &str = "/* another version */";

const OFFER: &str = ".new-version";

/// Somebody whose browser has kept the page.
async fn keeps(url: &str, name: &str) -> Person {
    let person = Person::join(url, name).await;
    person.browser.until("the page to be kept", KEPT).await;
    person
}

/// Another version of the page in the same folder: a file that doesn't have its hash in its name is another one.
fn another_version(folder: &Path) {
    let style = folder.join("panel.css");
    let text = fs::read_to_string(&style).unwrap();
    fs::write(&style, format!("{text}\n{MARKER}\n")).unwrap();
    list::write(folder).unwrap();
}

async fn has_another_version(browser: &Browser) -> bool {
    let script = format!(
        "return fetch('panel.css').then(answer => answer.text()).then(text => text.includes('{MARKER}'))"
    );
    browser.run(&script, vec![]).await == json!(true)
}

async fn offers(browser: &Browser, is_there: bool) {
    let script = format!("return !!document.querySelector('{OFFER}') === {is_there}");
    browser.until("the offer of a new version to be there or not", &script).await;
}

#[tokio::test]
async fn the_page_opens_without_a_network_with_all_that_was_said() {
    let mut relay = Relay::start(&[]).await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    let ann = keeps(&format!("{}/#/with/ben", relay.url()), "ann").await;
    ann.say("before").await;
    ben.reads(&[("theirs", "before")]).await;
    relay.kill().await;
    // Not from where it was, but as somebody who presses its icon.
    ann.browser.goto("about:blank").await;
    ann.browser.goto(&format!("{}/", relay.url())).await;
    ann.browser.sees("before").await;
    ann.clicks(".row a, a.row").await;
    ann.say("written without a network").await;
    ann.reads(&[("sent", "before"), ("queued", "written without a network")]).await;
    // What is loaded when it is asked for is there as well.
    ann.clicks(".link").await;
    let panel = "return !!document.querySelector('[data-figure=transport]')";
    ann.browser.until("the panel", panel).await;
    let policy = "return document.querySelector('script').src.startsWith(location.origin)
        && new Promise(then => {
            addEventListener('securitypolicyviolation', event => then(event.blockedURI));
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:1/';
            document.body.append(image);
        })";
    let blocked = ann.browser.until("the policy of the page to be kept as well", policy).await;
    assert_eq!(blocked, "http://127.0.0.1:1/");
    relay.restart().await;
    ann.is_connected().await;
    ben.reads(&[("theirs", "before"), ("theirs", "written without a network")]).await;
}

#[tokio::test]
async fn a_new_version_is_offered_and_never_forced() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy_folder(&dist(), folder);
    let mut relay = Relay::start(&["--web", folder.to_str().unwrap()]).await;
    let ann = keeps(&format!("{}/#/with/ben", relay.url()), "ann").await;
    ann.browser.new_tab().await;
    ann.browser.goto(&format!("{}/#/with/ben", relay.url())).await;
    let amy = Person { name: "amy".to_owned(), ..ann.clone() };
    amy.say_name().await;
    amy.is_connected().await;
    offers(&ann.browser, false).await;
    ann.browser.switch_to_tab(0).await;
    ann.browser.run("window.isTheSame = true", vec![]).await;

    // The page comes with the relay, and so does its next version.
    relay.kill().await;
    another_version(folder);
    relay.restart().await;
    ann.browser.sees("A new version of this page is ready.").await;
    assert_eq!(ann.browser.run("return window.isTheSame", vec![]).await, json!(true));
    assert!(!has_another_version(&ann.browser).await, "the page's files are those of one version");
    pictures_in_both(&ann.browser, "36-new-version", unchanged).await;
    // A reload alone changes nothing: the other tab is of this version as well.
    ann.browser.reload().await;
    offers(&ann.browser, true).await;
    assert!(!has_another_version(&ann.browser).await, "still the version that was not put off");
    ann.clicks(&format!("{OFFER} .button:last-of-type")).await;
    offers(&ann.browser, false).await;

    ann.browser.switch_to_tab(1).await;
    offers(&ann.browser, true).await;
    ann.types(".composer textarea", "half a thought").await;
    ann.browser.run("window.isTheSame = true", vec![]).await;
    ann.clicks(&format!("{OFFER} .button")).await;
    let is_other = "return !window.isTheSame && !!document.querySelector('.composer')";
    ann.browser.until("the other version", is_other).await;
    assert!(has_another_version(&ann.browser).await, "the version that was asked for");
    offers(&ann.browser, false).await;
    let draft = "return document.querySelector('.composer textarea').value === 'half a thought'";
    ann.browser.until("what was typed", draft).await;
    // The first tab is of the version before, and is told so.
    ann.browser.switch_to_tab(0).await;
    offers(&ann.browser, true).await;
}

#[tokio::test]
async fn a_version_that_is_not_whole_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy_folder(&dist(), folder);
    let mut relay = Relay::start(&["--web", folder.to_str().unwrap()]).await;
    let ann = keeps(&format!("{}/#/with/ben", relay.url()), "ann").await;
    another_version(folder);
    // As a deployment that was cut off leaves it: the worker is there, a file is not the one of its list.
    fs::copy(dist().join("panel.css"), folder.join("panel.css")).unwrap();
    assert_eq!(ann.browser.run(LOOK, vec![]).await, "redundant");
    offers(&ann.browser, false).await;
    // And one whose files all are new, in place of which a network's own page stands.
    fs::write(folder.join("index.html"), "<h1>Log in</h1>").unwrap();
    ann.browser.reload().await;
    ann.is_connected().await;
    relay.kill().await;
    ann.browser.reload().await;
    ann.browser
        .until("the page as it was kept", "return !!document.querySelector('.composer')")
        .await;
    // Once it is whole it is taken.
    fs::copy(dist().join("index.html"), folder.join("index.html")).unwrap();
    another_version(folder);
    relay.restart().await;
    offers(&ann.browser, true).await;
}

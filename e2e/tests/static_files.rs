//! The built page on an ordinary static file server, below some path; the relay is elsewhere.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::pictures::pictures;
use duologue_e2e::{Browser, Person, Relay, StaticServer, copy_folder, dist};

#[tokio::test]
async fn the_person_types_where_the_relay_is() {
    let relay = Relay::start(&[]).await;
    let host = StaticServer::start(&dist(), "/some/where").await;
    let ann = Person::arrive(&format!("{}/#/with/ben", host.url()), "ann").await;
    ann.browser.sees("If it is somewhere else, say where").await;
    let styles = "document.querySelector('link[rel=stylesheet]').sheet?.cssRules.length > 0";
    ann.browser.is("the style", styles).await;
    ann.types("#relay", "not an address").await;
    ann.clicks(".help-form .button").await;
    ann.browser.sees("That is no address").await;
    ann.types("#relay", relay.address()).await;
    ann.clicks(".help-form .button").await;
    ann.is_connected().await;

    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("from a static host").await;
    ben.reads(&[("theirs", "from a static host")]).await;
    ben.say("from the relay's own page").await;
    ann.reads(&[("sent", "from a static host"), ("theirs", "from the relay's own page")]).await;

    ann.browser.reload().await;
    ann.is_connected().await;
}

#[tokio::test]
async fn what_waits_goes_to_the_same_key_on_another_relay() {
    let (mut relay, other) = (Relay::start(&[]).await, Relay::start(&[]).await);
    let host = StaticServer::start(&dist(), "/").await;
    let ann = Person::arrive(&format!("{}#/with/ben", host.url()), "ann").await;
    ann.browser.sees("If it is somewhere else, say where").await;
    ann.types("#relay", relay.address()).await;
    ann.clicks(".help-form .button").await;
    ann.is_connected().await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ben.say("hi").await;
    ann.browser.sees("Not verified").await;
    let mallory = Person::join(&format!("{}/#/with/ann", other.url()), "ben").await;
    relay.kill().await;
    ann.say("for ben alone").await;
    // Where the relay is can be said once it was not reached a few times.
    let asked = "if (document.querySelector('#relay')) return true;
        document.querySelector('.connection .button')?.click()";
    ann.browser.until("the relay's address to be asked for", asked).await;
    ann.types("#relay", other.address()).await;
    ann.clicks(".help-form .button").await;
    ann.is_connected().await;
    ann.browser.sees("Key changed").await;
    mallory.say("it is me").await;
    ann.reads(&[("queued", "for ben alone"), ("theirs", "it is me")]).await;
    mallory.reads(&[("sent", "it is me")]).await;
}

#[tokio::test]
async fn whoever_deploys_it_writes_where_the_relay_is() {
    let relay = Relay::start(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy_folder(&dist(), folder);
    let index = std::fs::read_to_string(dist().join("index.html")).unwrap();
    let empty = "<meta name=\"duologue-relay\" content=\"\"";
    assert!(index.contains(empty));
    let configured = format!("<meta name=\"duologue-relay\" content=\"ws://{}\"", relay.address());
    std::fs::write(folder.join("index.html"), index.replace(empty, &configured)).unwrap();

    let host = StaticServer::start(folder, "/").await;
    let (to_ann, to_ben) =
        (format!("{}#/with/ann", host.url()), format!("{}#/with/ben", host.url()));
    let (ann, ben) = tokio::join!(Person::join(&to_ben, "ann"), Person::join(&to_ann, "ben"));
    ann.say("both from a static host").await;
    ben.reads(&[("theirs", "both from a static host")]).await;
    ann.clicks(".link").await;
    let panel = "return !!document.querySelector('[data-figure=transport]')";
    ann.browser.until("the panel, which is loaded now", panel).await;
}

#[tokio::test]
async fn a_page_that_is_not_all_there_says_so() {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&dist(), folder.path());
    let is_code = |name: &str| name.starts_with("duologue-") && name.ends_with("_bg.wasm");
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        if is_code(&file.file_name().to_string_lossy()) {
            std::fs::remove_file(file.path()).unwrap();
        }
    }
    let host = StaticServer::start(folder.path(), "/").await;
    let browser = Browser::open().await;
    browser.goto(host.url()).await;
    browser.sees("The page could not be loaded").await;
    pictures(&browser, "0-not-loaded-en").await;
    browser.run("localStorage.setItem('duologue.language', 'zh')", vec![]).await;
    browser.reload().await;
    browser.sees("页面没有加载成功").await;
    pictures(&browser, "0-not-loaded-zh").await;
}

//! Who the other one is: pinned keys, requests, and what can be pressed in a message.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Browser, Person, Relay, eventually};
use serde_json::{Value, json};

/// Waits until a script's answer is this one.
async fn is(browser: &Browser, what: &str, script: &str, expected: Value) {
    eventually(what, async || {
        let seen = browser.run(script, vec![]).await;
        if seen == expected { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

/// Waits until the open conversation says this of the other one.
async fn trusts(person: &Person, word: &str) {
    let script = "return document.querySelector('.trust')?.childNodes[1]?.textContent";
    is(&person.browser, "how sure it is", script, json!(word)).await;
}

/// What the card says are the digits of the other one's key and of one's own.
async fn digits(person: &Person) -> (String, String) {
    let script = "return [...document.querySelectorAll('.peer-card code')].map(c => c.textContent)";
    let open = "return !!document.querySelector('.peer-card')";
    if person.browser.run(open, vec![]).await == false {
        person.clicks(".trust").await;
    }
    eventually("two keys", async || {
        let seen = person.browser.run(script, vec![]).await;
        serde_json::from_value::<(String, String)>(seen.clone()).map_err(|_| seen.to_string())
    })
    .await
}

/// The link that somebody would send to others.
async fn invitation(person: &Person) -> String {
    let script = "const link = document.querySelector('.link-box')?.textContent ?? '';
        return link.includes('/key/') && link";
    let link = person.browser.until("an invitation with a key", script).await;
    link.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_pins_the_key_and_two_people_compare_it() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let ben = Person::join(&invitation(&ann).await, "ben").await;
    trusts(&ben, "Not verified").await;
    ben.say("hello").await;
    ben.sees_state("delivered").await;
    ann.clicks(".list .row").await;
    ann.accepts().await;
    trusts(&ann, "Not verified").await;
    let (anns, bens) = digits(&ben).await;
    assert_eq!(digits(&ann).await, (bens, anns.clone()));
    assert_eq!(anns.split(' ').count(), 8);
    ben.presses("They match: mark as verified").await;
    trusts(&ben, "Verified").await;
    ben.browser.reload().await;
    trusts(&ben, "Verified").await;
    trusts(&ann, "Not verified").await;
}

#[tokio::test]
async fn another_key_is_shown_plainly_and_gets_nothing_until_it_is_trusted() {
    let mut relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ben.say("it is me").await;
    ann.reads(&[("theirs", "it is me")]).await;
    trusts(&ann, "Not verified").await;
    let (before, _) = digits(&ann).await;

    relay.kill().await;
    // Ben is away when the relay comes back without its data.
    ben.browser.goto("about:blank").await;
    relay.restart_without_its_data().await;
    trusts(&ann, "Key missing").await;
    ann.say("for ben alone").await;
    ann.browser.sees("Your messages wait").await;
    let mallory = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    trusts(&ann, "Key changed").await;
    ann.browser.is("a mark in the list", "!!document.querySelector('.row .mark.doubted')").await;
    ann.browser.sees("Nothing is sent until you decide").await;
    let (after, _) = digits(&ann).await;
    assert_ne!(before, after);
    // What mallory says does come; what ann said doesn't go.
    mallory.say("trust me").await;
    ann.reads(&[("theirs", "it is me"), ("queued", "for ben alone"), ("theirs", "trust me")]).await;
    mallory.reads(&[("sent", "trust me")]).await;

    ann.presses("Trust the new key").await;
    trusts(&ann, "Not verified").await;
    ann.sees_state("read").await;
    mallory.reads(&[("sent", "trust me"), ("theirs", "for ben alone")]).await;
}

#[tokio::test]
async fn messages_wait_for_a_key_that_is_missing_until_it_is_back() {
    let mut relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    trusts(&ben, "Not verified").await;
    ben.say("hi").await;
    ann.reads(&[("theirs", "hi")]).await;
    trusts(&ann, "Not verified").await;
    relay.kill().await;
    ben.browser.goto("about:blank").await;
    relay.restart_without_its_data().await;
    trusts(&ann, "Key missing").await;
    ann.say("are you there?").await;
    ann.sees_state("queued").await;
    ben.browser.goto(&format!("{}/#/with/ann", relay.url())).await;
    ann.sees_state("read").await;
    trusts(&ann, "Not verified").await;
}

#[tokio::test]
async fn an_invitation_with_another_key_is_not_followed_blindly() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let good = invitation(&ann).await;
    let mut bad = good.clone();
    bad.truncate(good.len() - 22);
    bad.push_str("AAAAAAAAAAAAAAAAAAAAAA");
    // Somebody new pins what the link says, and the relay says otherwise.
    let ben = Person::join(&bad, "ben").await;
    trusts(&ben, "Key changed").await;
    ben.say("hello").await;
    ben.sees_state("queued").await;
    // The good link is another key than the pinned one: the person decides.
    ben.browser.goto("about:blank").await;
    ben.browser.goto(&good).await;
    ben.presses("Trust the link’s key").await;
    trusts(&ben, "Not verified").await;
    ben.sees_state("delivered").await;
    // And who knows the right one is not led astray by a wrong link.
    ben.browser.goto("about:blank").await;
    ben.browser.goto(&bad).await;
    trusts(&ben, "Not verified").await;
    ben.say("which one?").await;
    ben.sees_state("queued").await;
    ben.presses("Keep the known key").await;
    ben.sees_state("delivered").await;
    trusts(&ben, "Not verified").await;
}

#[tokio::test]
async fn a_strangers_message_is_a_request_and_they_learn_nothing_until_it_is_taken_up() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let cleo = Person::join(&format!("{}/#/with/ann", relay.url()), "cleo").await;
    cleo.say("hi, I am new here").await;
    is(
        &ann.browser,
        "the request",
        "return document.querySelector('.list .tag')?.textContent",
        json!("Request"),
    )
    .await;
    ann.clicks(".list .row").await;
    ann.browser.sees("wants to talk to you").await;
    cleo.sees_state("delivered").await;
    // Over a reload it is still one.
    ann.browser.reload().await;
    ann.browser.sees("wants to talk to you").await;
    ann.is_connected().await;
    // What cleo says next is acknowledged after all that ann's page said before.
    cleo.say("are you there?").await;
    ann.reads(&[("theirs", "hi, I am new here"), ("theirs", "are you there?")]).await;
    cleo.sees_state("delivered").await;
    assert!(cleo.timeline().await.iter().all(|(state, _)| state == "delivered"));
    ann.accepts().await;
    cleo.sees_state("read").await;
    ann.say("hello cleo").await;
    cleo.reads(&[
        ("sent", "hi, I am new here"),
        ("sent", "are you there?"),
        ("theirs", "hello cleo"),
    ])
    .await;
}

#[tokio::test]
async fn who_is_blocked_isnt_told_and_isnt_heard() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let mallory = Person::join(&format!("{}/#/with/ann", relay.url()), "mallory").await;
    mallory.say("buy this").await;
    ann.clicks(".list .row").await;
    ann.presses("Block").await;
    ann.browser.sees("is blocked").await;
    let listed = "return document.querySelectorAll('.list > ul .row').length";
    is(&ann.browser, "an empty list", listed, json!(0)).await;
    mallory.say("buy that").await;
    mallory.sees_state("delivered").await;
    ann.browser.reload().await;
    ann.is_connected().await;
    ann.browser.sees("Ignored and blocked (1)").await;
    mallory.say("buy it all").await;
    mallory.sees_state("delivered").await;
    ann.reads(&[("theirs", "buy this")]).await;
    is(&ann.browser, "an empty list", listed, json!(0)).await;
    ann.presses("Unblock").await;
    mallory.say("sorry").await;
    ann.reads(&[("theirs", "buy this"), ("theirs", "sorry")]).await;
    mallory.sees_state("read").await;
}

/// The same person in a second tab of theirs.
async fn in_a_second_tab(person: &Person, url: &str) -> Person {
    person.browser.new_tab().await;
    let again = Person { browser: person.browser.clone(), name: person.name.clone() };
    again.browser.goto(url).await;
    again.say_name().await;
    again.is_connected().await;
    again
}

#[tokio::test]
async fn what_is_decided_in_one_tab_is_decided_in_all() {
    let relay = Relay::start(&[]).await;
    let url = format!("{}/#/with/mallory", relay.url());
    let ann = Person::join(&url, "ann").await;
    let mallory = Person::join(&format!("{}/#/with/ann", relay.url()), "mallory").await;
    mallory.say("buy this").await;
    ann.reads(&[("theirs", "buy this")]).await;
    mallory.sees_state("read").await;
    let ann_again = in_a_second_tab(&ann, &url).await;
    ann_again.reads(&[("theirs", "buy this")]).await;
    trusts(&ann_again, "Not verified").await;
    digits(&ann_again).await;
    ann_again.presses("They match: mark as verified").await;
    trusts(&ann_again, "Verified").await;
    ann_again.presses("Block").await;
    ann_again.browser.sees("is blocked").await;
    ann.browser.switch_to_tab(0).await;
    ann.browser.sees("is blocked").await;
    mallory.say("buy that").await;
    mallory.sees_state("delivered").await;
    mallory.say("buy it all").await;
    mallory.sees_state("delivered").await;
    ann.reads(&[("theirs", "buy this")]).await;
    ann.presses("Unblock").await;
    trusts(&ann, "Verified").await;
    ann.browser.switch_to_tab(1).await;
    mallory.say("sorry").await;
    ann_again.reads(&[("theirs", "buy this"), ("theirs", "sorry")]).await;
}

#[tokio::test]
async fn a_key_is_not_taken_for_the_first_one_while_the_browser_does_not_answer() {
    let mut relay = Relay::start(&[]).await;
    let url = format!("{}/#/with/ben", relay.url());
    let ann = Person::join(&url, "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ben.say("hi").await;
    trusts(&ann, "Not verified").await;
    digits(&ann).await;
    ann.presses("They match: mark as verified").await;
    trusts(&ann, "Verified").await;

    // The browser is asked for what ann knows, and fails, while somebody else has the name.
    ann.browser.before_every_page(
        "const open = IDBFactory.prototype.open;
         IDBFactory.prototype.open = function (name, version) {
             if (name.startsWith('duologue ') && !window.mended) throw new DOMException('damaged', 'UnknownError');
             return open.call(this, name, version);
         }",
    ).await;
    ann.browser.goto("about:blank").await;
    ben.browser.goto("about:blank").await;
    relay.kill().await;
    relay.restart_without_its_data().await;
    let mallory = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.browser.goto(&url).await;
    ann.is_connected().await;
    trusts(&ann, "Not sure").await;
    ann.browser.sees("Nothing is sent until it can").await;
    ann.say("for ben alone").await;
    ann.sees_state("queued").await;
    ann.browser.run("window.mended = true", vec![]).await;
    trusts(&ann, "Key changed").await;
    mallory.say("trust me").await;
    ann.reads(&[("queued", "for ben alone"), ("theirs", "trust me")]).await;
    mallory.reads(&[("sent", "trust me")]).await;
    ann.browser.sees("Reload to see your history").await;
    ann.browser.before_every_page("window.mended = true").await;
    ann.browser.reload().await;
    ann.reads(&[("theirs", "hi"), ("queued", "for ben alone"), ("theirs", "trust me")]).await;
    trusts(&ann, "Key changed").await;
}

#[tokio::test]
async fn whoever_sends_without_a_key_sends_to_no_other_key() {
    let mut relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ben.say("hi").await;
    trusts(&ann, "Not verified").await;
    relay.kill().await;
    ben.browser.goto("about:blank").await;
    relay.restart_without_its_data().await;
    trusts(&ann, "Key missing").await;
    ann.say("whoever you are").await;
    ann.sees_state("queued").await;
    ann.presses("Send anyway").await;
    ann.sees_state("sent").await;
    let mallory = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    mallory.say("I am ben").await;
    trusts(&ann, "Key changed").await;
    ann.say("for ben alone").await;
    ann.sees_state("queued").await;
}

#[tokio::test]
async fn only_web_and_mail_links_can_be_pressed_and_they_leave_nothing_behind() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    let text = "https://a.example/x?<script> javascript:alert(1) javascript://a/%0aalert(1) \
                data:text/html,x me@b.example \"><a href=https://c.example onclick=alert(1)>c</a>";
    ben.say(text).await;
    ann.reads(&[("theirs", text)]).await;
    let script = "return [...document.querySelectorAll('.text a')].map(a =>
        [a.getAttribute('href'), a.target, a.rel, a.dir, a.attributes.length])";
    let link = |href: &str| json!([href, "_blank", "noopener noreferrer", "ltr", 4]);
    let expected =
        [link("https://a.example/x"), link("mailto:me@b.example"), link("https://c.example")];
    is(&ann.browser, "the links", script, json!(expected)).await;
}

#[tokio::test]
async fn markup_in_a_name_is_text_wherever_the_name_stands() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let name = "<img src=x onerror=window.hacked=1>";
    let mallory = Person::join(&format!("{}/#/with/ann", relay.url()), name).await;
    mallory.is_called(name).await;
    mallory.say("hi").await;
    ann.clicks(".list .row").await;
    ann.browser.sees("wants to talk to you").await;
    ann.accepts().await;
    ann.clicks(".trust").await;
    ann.browser.sees("since you first met").await;
    for browser in [&ann.browser, &mallory.browser] {
        let script = "return [window.hacked ?? null, document.querySelectorAll('img').length]";
        assert_eq!(browser.run(script, vec![]).await, json!([null, 0]));
    }
    let shown = "return [...document.querySelectorAll('.row-name, .main .head h2')].map(e => e.textContent)";
    assert_eq!(ann.browser.run(shown, vec![]).await, json!([name, name]));
}

//! Odd and hostile input, and much of it: the page stays in shape and can be used.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::pictures::{pictures_in_both, unchanged};
use duologue_e2e::{Browser, Other, Person, Relay};
use serde_json::json;

/// A letter under a tower of marks.
fn zalgo(text: &str) -> String {
    let marks: String = ('\u{300}'..='\u{315}').collect();
    text.chars().flat_map(|letter| [letter.to_string(), marks.clone()]).collect()
}

#[tokio::test]
async fn words_of_any_length_and_script_stay_in_their_bubbles() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    // As wide a name as there is, and one that would turn the rest of its line around.
    let mut wide = Other::connect(&relay, &"w".repeat(64)).await;
    wide.send(&json!({"toUserId": "ann", "content": "I have no break either"})).await;
    let mut ben = Other::connect(&relay, "ben").await;
    let texts = [
        "x".repeat(16 * 1024),
        "好".repeat(5_000),
        zalgo("nothing above or below is covered by this"),
        "abc \u{202e}txt.exe\u{202c} def, and مرحبا with 3 قطط in it".to_owned(),
        "😀".repeat(200),
        format!("```\n{}\n```", "no break in the code ".repeat(40)),
        format!("{}deep", "> ".repeat(2_000)),
        "*_~".repeat(2_000),
    ];
    for content in &texts {
        ben.send(&json!({"toUserId": "ann", "content": content})).await;
    }
    ben.last_is_stored().await;
    ann.browser.until("both", "return document.querySelectorAll('.row').length === 2").await;
    ann.browser.run("location.hash = '#/with/ben'", vec![]).await;
    ann.accepts().await;
    // Nothing is drawn over what is beside it.
    let overlaps = "return [...document.querySelectorAll('.message')].some((message, n, all) => {
        const text = message.querySelector('.text')?.getBoundingClientRect();
        const box = message.getBoundingClientRect();
        const next = all[n + 1]?.getBoundingClientRect();
        return text.right > box.right + 1 || text.left < box.left - 1 || next && text.bottom > next.top + 1;
    })";
    assert_eq!(ann.browser.run(overlaps, vec![]).await, json!(false));
    // The last four, and from the third on: the long ones fill the view by themselves.
    pictures_in_both(&ann.browser, "34-odd-texts", unchanged).await;
    let to_marks = async || {
        let there = "document.querySelector('[data-index=\"2\"]').scrollIntoView()";
        ann.browser.run(there, vec![]).await;
    };
    to_marks().await;
    pictures_in_both(&ann.browser, "35-odd-marks", to_marks).await;
}

#[tokio::test]
async fn a_thousand_conversations_are_a_list_that_can_be_used() {
    let relay = Relay::start(&["--message-rate", "0"]).await;
    for n in 1..=1_000 {
        let mut other = Other::connect(&relay, &format!("peer{n}")).await;
        other.send(&json!({"toUserId": "ann", "content": format!("I am number {n}")})).await;
        other.last_is_stored().await;
    }
    let ann = Person::join(&relay.url(), "ann").await;
    let rows = "document.querySelectorAll('.row').length";
    ann.browser.is("all of them", &format!("{rows} === 1000")).await;
    let latest = "document.querySelector('.row-name').textContent === 'peer1000'";
    ann.browser.is("the latest first", latest).await;
    ann.types(".new input", "number 777").await;
    ann.browser
        .is("the one that is looked for", "document.querySelectorAll('.found').length === 1")
        .await;
    ann.clicks(".found").await;
    ann.accepts().await;
    ann.say("Hello 777").await;
    ann.sees_state("sent").await;
    ann.types(".new input", "").await;
    let moved = "document.querySelector('.row-name').textContent === 'peer777'";
    ann.browser.is("the one with the latest message first", moved).await;
    ann.browser.reload().await;
    ann.browser.is("all of them again", &format!("{rows} === 1000")).await;
}

#[tokio::test]
async fn five_hundred_reactions_are_one() {
    let relay = Relay::start(&["--message-rate", "0"]).await;
    let mut ben = Other::connect(&relay, "ben").await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    ben.send(&json!({"toUserId": "ann", "content": "Look at this"})).await;
    ann.browser.sees("Look at this").await;
    for n in 0..500 {
        let emoji = if n % 2 == 0 { "👍" } else { "🎉" };
        let relation = json!({"kind": "reaction", "fromUserId": "ben", "id": "0"});
        ben.send(&json!({"toUserId": "ann", "content": emoji, "relation": relation})).await;
    }
    // What no page would send: a reaction to nothing, and one that is no emoji. That is read as what it is, a text.
    for (id, emoji) in [("0", "<img src=x onerror=alert(1)>"), ("nothing", "👍")] {
        let relation = json!({"kind": "reaction", "fromUserId": "ben", "id": id});
        ben.send(&json!({"toUserId": "ann", "content": emoji, "relation": relation})).await;
    }
    ben.send(&json!({"toUserId": "ann", "content": "Did you?"})).await;
    ann.browser.sees("Did you?").await;
    for is_loaded_anew in [false, true] {
        if is_loaded_anew {
            ann.browser.reload().await;
            ann.is_connected().await;
        }
        let reactions = "[...document.querySelectorAll('.reaction')].map(one => one.textContent.trim()).join() === '🎉'";
        ann.browser.is("the last of them", reactions).await;
        let texts =
            "[...document.querySelectorAll('.message .text')].map(text => text.textContent)";
        let all =
            format!("{texts}.join('|') === 'Look at this|<img src=x onerror=alert(1)>|Did you?'");
        ann.browser.is("the messages", &all).await;
    }
}

#[tokio::test]
async fn a_clock_that_is_a_day_off_changes_nothing_but_words() {
    let relay = Relay::start(&[]).await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    for (name, days) in [("ann", -1), ("amy", 1)] {
        let browser = Browser::open().await;
        let shift = format!(
            "const real = Date, by = {days} * 86400000;
            window.Date = new Proxy(real, {{
                construct: (target, args) => args.length ? new target(...args) : new target(real.now() + by),
                get: (target, key) => key === 'now' ? () => real.now() + by : Reflect.get(target, key),
            }})"
        );
        browser.before_every_page(&shift).await;
        browser.goto(&format!("{}/#/with/ben", relay.url())).await;
        let person = Person { browser, name: name.to_owned() };
        person.say_name().await;
        person.is_connected().await;
        person.say("first").await;
        // Whoever opens a conversation before anything comes in it wants to talk: nobody has to ask them.
        let row = format!(
            "[...document.querySelectorAll('.row-name')].some(name => name.textContent === '{name}')"
        );
        ben.browser
            .is(
                "the message in the list",
                &format!("{row} && document.body.innerText.includes('first')"),
            )
            .await;
        ben.browser.run(&format!("location.hash = '#/with/{name}'"), vec![]).await;
        ben.browser.sees("first").await;
        if name == "amy" {
            ben.accepts().await;
        }
        ben.say("second").await;
        person.reads(&[("sent", "first"), ("theirs", "second")]).await;
        person.say("third").await;
        let expected = [("sent", "first"), ("theirs", "second"), ("sent", "third")];
        person.reads(&expected).await;
        person.browser.reload().await;
        person.reads(&expected).await;
        person.sees_state("read").await;
    }
}

//! Two people with a browser each, and the relay between them.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Person, Relay};

/// Ann follows her own way in, Ben opens the link that she sent him; each is in the conversation.
async fn two_people(relay: &Relay) -> (Person, Person) {
    let url = relay.url();
    let (to_ann, to_ben) = (format!("{url}/#/with/ann"), format!("{url}/#/with/ben"));
    tokio::join!(Person::join(&to_ben, "ann"), Person::join(&to_ann, "ben"))
}

fn rows(state: &str, texts: &[String]) -> Vec<(String, String)> {
    texts.iter().map(|text| (state.to_owned(), text.clone())).collect()
}

#[tokio::test]
async fn they_talk_in_both_directions_and_text_is_text() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = two_people(&relay).await;
    ann.say("Hello Ben").await;
    ben.reads(&[("theirs", "Hello Ben")]).await;
    ben.say("Hello Ann").await;
    ann.reads(&[("sent", "Hello Ben"), ("theirs", "Hello Ann")]).await;

    let long = "0123456789".repeat(1_000);
    let texts = [
        "👩‍👩‍👧‍👦 🎉 emoji",
        "你好，世界",
        "مرحبا بالعالم",
        "<img src=x onerror=\"document.title='broken in'\"><b>bold</b>",
        "two\nlines  and   spaces",
        "{\"type\":\"open\",\"fromUserId\":\"ben\"}",
        long.as_str(),
    ]
    .map(str::to_owned);
    ann.say_all(&texts).await;
    let mut expected = rows("theirs", &["Hello Ben".into()]);
    expected.push(("sent".into(), "Hello Ann".into()));
    expected.extend(rows("theirs", &texts));
    ben.reads_all(&expected).await;
    let title = ben.browser.run("return document.title", vec![]).await;
    assert_eq!(title, "Duologue", "markup from a peer ran");
    let bold = ben
        .browser
        .run("return document.querySelectorAll('.timeline b, .timeline img').length", vec![]);
    assert_eq!(bold.await, 0, "markup from a peer became elements");
}

#[tokio::test]
async fn a_burst_arrives_once_and_in_order() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = two_people(&relay).await;
    let texts: Vec<String> = (1..=200).map(|n| format!("message {n}")).collect();
    ann.say_all(&texts).await;
    ben.reads_all(&rows("theirs", &texts)).await;
    ann.reads_all(&rows("sent", &texts)).await;
}

#[tokio::test]
async fn a_relay_that_dies_and_comes_back_is_said_in_words_and_the_talk_goes_on() {
    let mut relay = Relay::start(&[]).await;
    let (ann, ben) = two_people(&relay).await;
    ann.say("before").await;
    ben.reads(&[("theirs", "before")]).await;

    relay.kill().await;
    ann.browser.sees("Reconnecting in").await;
    ben.browser.sees("Reconnect now").await;
    ann.browser.sees("cargo xtask serve").await;
    ben.say("written while it was gone").await;
    ben.browser.sees("1 message is waiting").await;
    ben.reads(&[("theirs", "before"), ("queued", "written while it was gone")]).await;

    // The button connects at once: within its click a new socket is made.
    let click = "const button = document.querySelector('.connection .button');
        if (!button) return null;
        const Native = window.WebSocket;
        let made = 0;
        window.WebSocket = class extends Native { constructor(url) { super(url); made += 1; } };
        button.click();
        window.WebSocket = Native;
        return made === 1";
    ben.browser.until("a new attempt", click).await;

    relay.restart().await;
    ann.is_connected().await;
    ben.is_connected().await;
    ann.reads(&[("sent", "before"), ("theirs", "written while it was gone")]).await;
    ann.say("after").await;
    ben.reads(&[("theirs", "before"), ("sent", "written while it was gone"), ("theirs", "after")])
        .await;
}

#[tokio::test]
async fn without_a_click_the_page_comes_back_by_itself() {
    let mut relay = Relay::start(&[]).await;
    let (ann, ben) = two_people(&relay).await;
    relay.kill().await;
    ann.browser.sees("Reconnecting in").await;
    ben.browser.sees("Reconnecting in").await;
    relay.restart().await;
    ann.is_connected().await;
    ben.is_connected().await;
    ann.say("again").await;
    ben.reads(&[("theirs", "again")]).await;
}

#[tokio::test]
async fn a_message_to_somebody_who_is_away_is_there_when_they_come_and_its_state_says_so() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    ann.say("anybody there?").await;
    ann.sees_state("sent").await;
    let ben = Person::join(&format!("{}/#/", relay.url()), "ben").await;
    ann.sees_state("delivered").await;
    ben.browser.run("location.hash = '#/with/ann'", vec![]).await;
    ben.reads(&[("theirs", "anybody there?")]).await;
    ben.accepts().await;
    ann.sees_state("read").await;
}

#[tokio::test]
async fn two_tabs_of_one_browser_are_two_people_and_a_reload_keeps_the_name() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    ann.browser.new_tab().await;
    let ben = Person { browser: ann.browser.clone(), name: "ben".into() };
    ben.browser.goto(&format!("{}/#/as/ben/with/ann", relay.url())).await;
    let suggested = "return document.querySelector('#name')?.value === 'ben'";
    ben.browser.until("the suggested name", suggested).await;
    ben.say_name().await;
    ben.is_connected().await;
    ben.say("from the second tab").await;
    ben.reads(&[("sent", "from the second tab")]).await;
    ben.browser.reload().await;
    ben.is_connected().await;
    ben.is_called("ben").await;
    ann.browser.switch_to_tab(0).await;
    ann.reads(&[("theirs", "from the second tab")]).await;
    ann.is_called("ann").await;
}

#[tokio::test]
async fn one_person_in_two_browsers_sees_the_same_conversation_in_both() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = two_people(&relay).await;
    let ann_elsewhere = ann.joins_elsewhere(&format!("{}/#/with/ben", relay.url())).await;
    ann.say("from here").await;
    ann_elsewhere.reads(&[("sent", "from here")]).await;
    ben.say("to both").await;
    for ann in [&ann, &ann_elsewhere] {
        ann.reads(&[("sent", "from here"), ("theirs", "to both")]).await;
    }
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_and_stays() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    ann.say(&"x".repeat(16_385)).await;
    ann.browser.sees("at most 16\u{202f}384 bytes, this one has 16\u{202f}385").await;
    let kept =
        ann.browser.run("return document.querySelector('textarea').value.length", vec![]).await;
    assert_eq!(kept, 16_385);
    ann.reads(&[]).await;
}

#[tokio::test]
async fn names_that_cannot_be_are_refused_with_the_rule() {
    let relay = Relay::start(&[]).await;
    let ann = Person::arrive(&relay.url(), "ann").await;
    ann.types(".new .field", &"x".repeat(65)).await;
    ann.clicks(".new .button").await;
    ann.browser.sees("1 to 64 characters, this one has 65").await;
    ann.types(".new .field", "ann").await;
    ann.clicks(".new .button").await;
    ann.browser.sees("That’s you").await;
    ann.types(".new .field", "小秋").await;
    ann.clicks(".new .button").await;
    let title = "return document.querySelector('.head h2')?.textContent === '小秋'";
    ann.browser.until("the conversation", title).await;
}

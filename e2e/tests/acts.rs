//! What people do to messages, and what they see of each other meanwhile.
#![allow(clippy::unwrap_used, clippy::panic)]

use duologue_e2e::{Key, Person, Relay};
use serde_json::json;

/// Two who talk: each has said something.
async fn a_talk(relay: &Relay) -> (Person, Person) {
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("Tea at five?").await;
    ben.reads(&[("theirs", "Tea at five?")]).await;
    ben.say("Gladly").await;
    ann.reads(&[("sent", "Tea at five?"), ("theirs", "Gladly")]).await;
    (ann, ben)
}

#[tokio::test]
async fn a_reaction_is_seen_by_both_replaced_and_taken_back() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ann.does(1, "👍").await;
    ben.shows(1, ".reaction", "👍").await;
    ann.does(1, "❤️").await;
    ben.shows(1, ".reactions", "❤️").await;
    ben.clicks("[data-index=\"1\"] .reaction").await;
    for person in [&ann, &ben] {
        person.shows(1, ".reactions", "❤️ 2").await;
    }
    ben.browser.is("nothing unread", "document.title === 'Duologue'").await;
    ann.browser.reload().await;
    ann.is_connected().await;
    ann.shows(1, ".reactions", "❤️ 2").await;
    ann.clicks("[data-index=\"1\"] .reaction").await;
    ben.shows(1, ".reactions", "❤️").await;
    ben.clicks("[data-index=\"1\"] .reaction").await;
    ann.browser.is("none left", "!document.querySelector('.reaction')").await;
    ann.reads(&[("sent", "Tea at five?"), ("theirs", "Gladly")]).await;
}

#[tokio::test]
async fn an_answer_shows_what_it_answers_and_leads_there() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ben.say_all(&(0..200).map(|n| format!("line {n}")).collect::<Vec<_>>()).await;
    ann.browser.is("all of it", "!!document.querySelector('[data-index=\"201\"]')").await;
    ann.browser.run("document.querySelector('.timeline').scrollTop = -1e6", vec![]).await;
    ann.browser.is("the beginning", "!!document.querySelector('[data-index=\"1\"]')").await;
    ann.does(1, "Reply").await;
    ann.browser.sees("Reply to").await;
    ann.browser
        .is("the focus to write", "document.activeElement.matches('.composer textarea')")
        .await;
    ann.say("Wonderful").await;
    ben.shows(202, ".quote-words", "Gladly").await;
    ben.shows(202, ".quote bdi", "You").await;
    ben.browser.is("the first out of sight", "!document.querySelector('[data-index=\"1\"]')").await;
    ben.clicks(".quote").await;
    let in_view = "(() => { const seen = document.querySelector('[data-index=\"1\"] .message')
        ?.getBoundingClientRect(); const box = document.querySelector('.timeline')
        .getBoundingClientRect(); return !!seen && seen.top > box.top && seen.bottom < box.bottom })()";
    ben.browser.is("what was answered", in_view).await;
}

#[tokio::test]
async fn an_edit_and_a_deletion_are_seen_and_said() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ann.types(".composer textarea", "a draft meanwhile").await;
    ann.does(0, "Edit").await;
    let field = "document.querySelector('.composer textarea').value";
    ann.browser.is("the words to change", &format!("{field} === 'Tea at five?'")).await;
    ann.say("Tea at six?").await;
    for person in [&ann, &ben] {
        person.shows(0, ".text", "Tea at six?").await;
        person.shows(0, ".meta > span:first-child", "edited").await;
    }
    ann.browser.is("the draft again", &format!("{field} === 'a draft meanwhile'")).await;
    ben.browser.is("only one's own to change", "!document.querySelector('.menu')").await;
    ben.clicks("[data-index=\"0\"] .more").await;
    let labels = "[...document.querySelectorAll('.message-menu button')].map(b => b.textContent)";
    ben.browser.is("no way to change it", &format!("!{labels}.join().includes('Edit')")).await;
    ben.browser.is("ways to answer it", &format!("{labels}.join().includes('Reply')")).await;

    ann.does(0, "Delete for both…").await;
    ann.presses("Really delete it?").await;
    for person in [&ann, &ben] {
        person.shows(0, ".deleted", "This message was deleted").await;
        person.browser.reload().await;
        person.is_connected().await;
        person.shows(0, ".deleted", "This message was deleted").await;
        let page = person.browser.page_text().await;
        assert!(!page.contains("Tea at"), "{page}");
    }
    ann.types(".new input", "Tea").await;
    ann.browser.sees("Found in no message").await;
}

#[tokio::test]
async fn what_is_done_without_a_link_is_done_later() {
    let mut relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    relay.kill().await;
    ann.browser.sees("Reconnecting in").await;
    ann.does(1, "🙏").await;
    ann.does(0, "Edit").await;
    ann.say("Tea at seven?").await;
    ann.browser.sees("2 messages are waiting").await;
    ann.browser.reload().await;
    ann.browser.sees("2 messages are waiting").await;
    ann.shows(1, ".reaction", "🙏").await;
    relay.restart().await;
    ann.is_connected().await;
    ben.is_connected().await;
    ben.shows(1, ".reaction", "🙏").await;
    ben.shows(0, ".text", "Tea at seven?").await;
    ann.reads(&[("sent", "Tea at seven?"), ("theirs", "Gladly")]).await;
}

#[tokio::test]
async fn who_is_there_and_who_types_is_seen_by_both() {
    let mut relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    let line = "document.querySelector('.head .presence')?.textContent";
    for person in [&ann, &ben] {
        person.browser.is("the other one online", &format!("{line} === 'online'")).await;
        person.browser.is("a sign in the list", "!!document.querySelector('.row .online')").await;
    }
    ann.types(".composer textarea", "Shall I br").await;
    ben.browser.is("that she types", &format!("{line} === 'typing…'")).await;
    ben.browser.is("it in the list", "!!document.querySelector('.row .typing')").await;
    ann.say("Shall I bring cake?").await;
    ben.browser.sees("Shall I bring cake?").await;
    ben.browser.is("that she is there", &format!("{line} === 'online'")).await;
    // Nobody else sees either of them.
    let cleo = Person::join(&format!("{}/#/with/ann", relay.url()), "cleo").await;
    cleo.say("Hello?").await;
    cleo.sees_state("delivered").await;
    cleo.browser.is("nothing of her", "!document.querySelector('.presence')").await;
    relay.kill().await;
    ben.browser.is("nothing without a link", "!document.querySelector('.presence')").await;
}

#[tokio::test]
async fn whoever_hides_what_they_read_sees_nothing_of_others() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ann.sees_state("read").await;
    ben.clicks("#settings").await;
    ben.browser.is("the switch", "!!document.querySelector('#settings-reads')").await;
    ben.clicks("#settings-reads").await;
    ben.clicks("#close-settings").await;
    ann.say("Did you see this?").await;
    ben.browser.sees("Did you see this?").await;
    ann.sees_state("delivered").await;
    ben.say("Perhaps").await;
    ann.browser.sees("Perhaps").await;
    ben.sees_state("delivered").await;
    ben.browser.reload().await;
    ben.is_connected().await;
    ben.say("Now?").await;
    ann.browser.sees("Now?").await;
    ben.sees_state("delivered").await;
    ann.sees_state("delivered").await;
    ben.clicks("#settings").await;
    ben.browser.is("the switch", "!!document.querySelector('#settings-reads')").await;
    ben.clicks("#settings-reads").await;
    ann.sees_state("read").await;
    ben.sees_state("read").await;
}

#[tokio::test]
async fn all_of_it_can_be_done_by_the_keyboard() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    browser.run("document.querySelector('.composer textarea').focus()", vec![]).await;
    browser.presses(Key::Up).await;
    browser.sees("Edit your message").await;
    browser.presses(Key::Escape).await;
    browser.is("no edit", "!document.querySelector('.about')").await;
    browser.is("still here", "location.hash === '#/with/ben'").await;
    browser.run("document.querySelector('[data-index=\"1\"] .more').focus()", vec![]).await;
    browser.presses(Key::Enter).await;
    browser.is("the first one in focus", "document.activeElement.textContent === '👍'").await;
    browser.presses(Key::Right).await;
    browser.presses(Key::Enter).await;
    ben.shows(1, ".reaction", "❤️").await;
    let back = "document.activeElement.matches('[data-index=\"1\"] .more')";
    browser.is("the focus where it came from", back).await;
    browser.presses(Key::Enter).await;
    browser.presses(Key::Escape).await;
    browser.is("it closed", "!document.querySelector('.message-menu')").await;
    browser.is("the focus back", back).await;
    browser.presses(Key::Enter).await;
    browser.is("the menu again", "document.activeElement.textContent === '👍'").await;
    // Beyond its last choice.
    for _ in 0..7 {
        browser.presses(Key::Right).await;
    }
    browser.is("the last one in focus", "document.activeElement.textContent === 'Copy'").await;
    browser.presses(Key::Tab).await;
    browser.is("it closed again", "!document.querySelector('.message-menu')").await;
    let beside = "document.activeElement.matches('[data-index=\"1\"] .reaction')";
    browser.is("the focus on what comes next", beside).await;
    assert_eq!(browser.run("return location.hash", vec![]).await, json!("#/with/ben"));
}

#[tokio::test]
async fn an_emoji_more_in_what_is_too_long_is_counted() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    ann.types(".composer textarea", &"a".repeat(20_000)).await;
    browser.is("how much it is too long", "!!document.querySelector('.counter.over')").await;
    browser.run("document.querySelector('.composer').requestSubmit()", vec![]).await;
    browser
        .is("why it isn't sent", "!!document.querySelector('#composer-problem').textContent")
        .await;
    browser.is("it said once", "!document.querySelector('.counter')").await;
    ann.clicks(".emoji-place > button").await;
    ann.clicks(".emoji-panel button").await;
    browser.is("how much it is too long now", "!!document.querySelector('.counter.over')").await;
    browser
        .is("no more than that", "!document.querySelector('#composer-problem').textContent")
        .await;
}

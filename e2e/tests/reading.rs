//! Where the view goes, and what counts as read: what was in view, and nothing else.
#![allow(clippy::unwrap_used)]

use duologue_e2e::pictures::speaks;
use duologue_e2e::{Browser, Key, Look, Person, Relay};

/// More than a view has room for.
const MANY: usize = 60;

/// Ann and Ben, who talk, each with the other in front of them.
async fn a_talk(relay: &Relay) -> (Person, Person) {
    let ann = Person::join(&format!("{}/#/with/ben", relay.url()), "ann").await;
    let ben = Person::join(&format!("{}/#/with/ann", relay.url()), "ben").await;
    ann.say("hello").await;
    ben.reads(&[("theirs", "hello")]).await;
    (ann, ben)
}

fn hay() -> Vec<String> {
    (1..=MANY).map(|n| format!("hay {n}")).collect()
}

/// Whether what a selector finds is in view.
async fn sees(browser: &Browser, selector: &str) {
    let is_seen = format!(
        "(() => {{ const found = document.querySelector({selector:?})?.getBoundingClientRect();
        const box = document.querySelector('.timeline')?.getBoundingClientRect();
        return !!found && !!box && found.top >= box.top - 1 && found.bottom <= box.bottom + 1 }})()"
    );
    browser.is(selector, &is_seen).await;
}

async fn scrolls_up(browser: &Browser) {
    browser.run("document.querySelector('.timeline').scrollTop = -1500", vec![]).await;
    browser.is("the way back", "!!document.querySelector('.jump-button')").await;
}

#[tokio::test]
async fn what_comes_while_somebody_reads_above_is_read_once_they_are_back() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ben.say_all(&hay()).await;
    sees(&ann.browser, &format!("[data-index='{MANY}']")).await;
    ben.sees_state("read").await;
    scrolls_up(&ann.browser).await;
    ben.say("unseen").await;
    ann.browser
        .is("it came", "document.querySelector('.jump-button')?.textContent.trim() === '1'")
        .await;
    ann.browser.is("a badge", "document.querySelector('.badge')?.textContent.includes('1')").await;
    ben.sees_state("delivered").await;
    ann.clicks(".jump-button").await;
    sees(&ann.browser, &format!("[data-index='{}']", MANY + 1)).await;
    ben.sees_state("read").await;
    ann.browser.is("no badge", "!document.querySelector('.badge')").await;
}

#[tokio::test]
async fn whoever_comes_back_goes_on_at_the_first_new_message() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ann.browser.run("location.hash = '#/'", vec![]).await;
    ben.say_all(&hay()).await;
    let all = format!("document.querySelector('.badge')?.textContent.includes('{MANY}')");
    ann.browser.is("all of them", &all).await;
    ann.clicks(".row").await;
    sees(&ann.browser, ".new-divider").await;
    sees(&ann.browser, "[data-index='1']").await;
    let more = format!("document.querySelector('.jump-button')?.textContent.trim() === '{MANY}'");
    ann.browser.is("so many more", &more).await;
    ben.sees_state("delivered").await;
    ann.browser.run("document.querySelector('.timeline').scrollTop = 0", vec![]).await;
    ben.sees_state("read").await;
    // Drawn anew in another language, the line leads nobody back.
    speaks(&ann.browser, "zh").await;
    sees(&ann.browser, &format!("[data-index='{MANY}']")).await;
    let frames =
        "return new Promise(then => requestAnimationFrame(() => requestAnimationFrame(() =>
        requestAnimationFrame(() => then(!document.querySelector('.jump-button'))))))";
    assert_eq!(ann.browser.run(frames, vec![]).await, true, "the end");

    // Where all of it fits, nobody has to go anywhere.
    ann.browser.run("location.hash = '#/'", vec![]).await;
    ben.say("one more").await;
    ann.browser.is("it came", "!!document.querySelector('.badge')").await;
    ann.clicks(".row").await;
    sees(&ann.browser, ".new-divider").await;
    ben.sees_state("read").await;
    ann.browser.is("the end", "!document.querySelector('.jump-button')").await;
}

#[tokio::test]
async fn what_one_says_oneself_one_sees() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ben.say_all(&hay()).await;
    sees(&ann.browser, &format!("[data-index='{MANY}']")).await;
    scrolls_up(&ann.browser).await;
    ann.browser.run("document.querySelector('.composer textarea').focus()", vec![]).await;
    ann.browser.types("from above").await;
    ann.browser.presses(Key::Enter).await;
    sees(&ann.browser, &format!("[data-index='{}']", MANY + 1)).await;
    ann.browser.is("the end", "!document.querySelector('.jump-button')").await;

    // What was said long ago is changed where it is.
    ann.types(".new input", "hello").await;
    ann.clicks(".found").await;
    sees(&ann.browser, "[data-index='0'].shown").await;
    ann.does(0, "Edit").await;
    ann.say("hello, Ben").await;
    ann.shows(0, ".text", "hello, Ben").await;
    ann.browser.is("no mark", "!document.querySelector('.shown')").await;
    sees(&ann.browser, "[data-index='0']").await;
}

#[tokio::test]
async fn what_was_looked_for_is_marked_for_a_while() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ben.does(0, "Reply").await;
    ben.say("an answer").await;
    ben.say_all(&hay()).await;
    sees(&ann.browser, &format!("[data-index='{}']", MANY + 1)).await;
    ann.types(".new input", "answer").await;
    ann.clicks(".found").await;
    sees(&ann.browser, "[data-index='1'].shown").await;
    ann.browser.is("no mark", "!document.querySelector('.shown')").await;
    ann.clicks(".quote").await;
    sees(&ann.browser, "[data-index='0'].shown").await;
    ann.browser.is("the focus", "document.activeElement.matches('.timeline')").await;
}

#[tokio::test]
async fn enter_opens_what_was_found_and_somebody_new_where_nothing_was() {
    let relay = Relay::start(&[]).await;
    let (ann, ben) = a_talk(&relay).await;
    ben.say("The needle is in here").await;
    ben.say_all(&hay()).await;
    let browser = &ann.browser;
    sees(browser, &format!("[data-index='{}']", MANY + 1)).await;
    browser.run("location.hash = '#/'", vec![]).await;
    let head = |name: &str| format!("document.querySelector('.head h2')?.textContent === '{name}'");
    for (typed, leads_to) in [("needle", "ben"), ("be", "ben"), ("carl", "carl")] {
        browser.presses_with_control('k').await;
        browser.is("the field", "document.activeElement.matches('.new input')").await;
        browser.run("document.activeElement.select()", vec![]).await;
        browser.types(typed).await;
        let is_typed = format!("document.querySelector('.new input').value === '{typed}'");
        browser.is("the words", &is_typed).await;
        browser.presses(Key::Enter).await;
        browser.is(leads_to, &head(leads_to)).await;
        if typed == "needle" {
            sees(browser, "[data-index='1'].shown").await;
        }
    }
    let known = "[...document.querySelectorAll('.row-name')].map(name => name.textContent).join()";
    browser.is("nobody else", &format!("{known} === 'carl,ben' || {known} === 'ben,carl'")).await;
}

#[tokio::test]
async fn the_list_follows_whoever_goes_through_it_and_has_the_focus_where_they_leave() {
    let relay = Relay::start(&[]).await;
    let ann = Person::join(&relay.url(), "ann").await;
    let browser = &ann.browser;
    for n in 0..20 {
        browser.run(&format!("location.hash = '#/with/peer{n:02}'"), vec![]).await;
        ann.say("hello").await;
    }
    let is_seen = "(() => { const row = document.querySelector('.row[aria-current=page]');
        const [inner, outer] = [row, row?.closest('.list')].map(one => one?.getBoundingClientRect());
        return !!row && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 })()";
    browser.is("the last one", is_seen).await;
    browser.run("location.hash = '#/with/peer00'", vec![]).await;
    browser
        .is("the first one", "document.querySelector('.head h2')?.textContent === 'peer00'")
        .await;
    browser.is("its row", is_seen).await;
    browser.run("document.querySelector('.composer textarea').focus()", vec![]).await;
    browser.presses(Key::Escape).await;
    browser.is("home", "location.hash === '#/'").await;
    let row = "document.activeElement.matches('.row') && document.activeElement.textContent.includes('peer00')";
    browser.is("the focus on its row", row).await;
}

#[tokio::test]
async fn an_emoji_that_was_picked_can_be_taken_back() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    browser.run("document.querySelector('.composer textarea').focus()", vec![]).await;
    browser.types("well").await;
    ann.clicks(".emoji-place > button").await;
    ann.clicks(".emoji-panel button").await;
    let text = "document.querySelector('.composer textarea').value";
    browser.is("the emoji", &format!("{text}.length > 4 && {text}.startsWith('well')")).await;
    browser.presses_with_control('z').await;
    browser.is("the text without it", &format!("{text} === 'well'")).await;
    browser.presses(Key::Enter).await;
    ann.reads(&[("sent", "hello"), ("sent", "well")]).await;
}

#[tokio::test]
async fn whoever_types_among_the_messages_writes_and_esc_ends_a_search_from_anywhere_in_it() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    browser.run("document.querySelector('.timeline').focus()", vec![]).await;
    browser.types("Hi").await;
    browser.is("the text", "document.querySelector('.composer textarea').value === 'Hi'").await;
    browser.presses(Key::Enter).await;
    ann.reads(&[("sent", "hello"), ("sent", "Hi")]).await;

    browser.presses_with_control('k').await;
    browser.types("hell").await;
    browser.is("the hit", "!!document.querySelector('.found')").await;
    browser.presses(Key::Down).await;
    browser.is("the focus on it", "document.activeElement.matches('.found')").await;
    browser.presses(Key::Escape).await;
    let is_over = "document.querySelector('.new input').value === '' && document.activeElement.matches('.new input')";
    browser.is("no search", is_over).await;
    browser.is("still here", "!!document.querySelector('.composer')").await;
}

#[tokio::test]
async fn on_a_phone_the_list_leads_to_the_code() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    browser.look(Look { width: 360, height: 740, dark: false }).await;
    browser.run("location.hash = '#/'", vec![]).await;
    ann.presses("Show QR code").await;
    browser.is("the code", "!!document.querySelector('#invite-dialog[open] svg')").await;
    browser.presses(Key::Escape).await;
    browser.is("no code", "!document.querySelector('#invite-dialog')").await;
}

/// Whether this browser has stored the draft, in whatever place: a letter more is not stored at once.
const STORED: &str = "return (async () => {
    for (const {name} of await indexedDB.databases()) {
        const database = await new Promise(then => {
            const request = indexedDB.open(name);
            request.onsuccess = () => then(request.result);
        });
        for (const table of database.objectStoreNames) {
            const all = await new Promise(then => {
                const request = database.transaction(table).objectStore(table).getAll();
                request.onsuccess = () => then(request.result);
            });
            if (JSON.stringify(all).includes('I was about to')) {
                database.close();
                return true;
            }
        }
        database.close();
    }
    return false;
})()";

#[tokio::test]
async fn what_was_begun_and_not_sent_is_in_the_list() {
    let relay = Relay::start(&[]).await;
    let (ann, _ben) = a_talk(&relay).await;
    let browser = &ann.browser;
    ann.types(".composer textarea", "I was about to").await;
    let last =
        |text: &str| format!("document.querySelector('.row-last')?.textContent === '{text}'");
    browser.is("what was said", &last("You: hello")).await;
    for is_loaded_anew in [false, true] {
        if is_loaded_anew {
            browser.until("the draft to be stored", STORED).await;
            browser.reload().await;
        } else {
            browser.run("location.hash = '#/'", vec![]).await;
        }
        browser.is("the draft", &last("Draft: I was about to")).await;
    }
    ann.clicks(".row").await;
    browser.is("what was said", &last("You: hello")).await;
    let text = "document.querySelector('.composer textarea').value === 'I was about to'";
    browser.is("the draft in its place", text).await;
}

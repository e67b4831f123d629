//! The whole page in a real browser, with a relay that does what the test says: a stand-in for the
//! browser's `WebSocket`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::open::{Open, RELAY, js};
use common::{
    Stub, appears, click, eventually, find, name, reads, say, script, type_into, vanishes,
};
use duologue::platform;
use duologue::store::Store;
use js_sys::Reflect;
use serde_json::{Value, json};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn timeline() -> Vec<(String, String)> {
    let rows = js("JSON.stringify([...document.querySelectorAll('.message')].map(m =>
        [m.className.replace('message', '').replace('mine', '').trim(),
         m.querySelector('.text').textContent]))");
    serde_json::from_str(&rows.as_string().unwrap()).unwrap()
}

async fn shows(expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> =
        expected.iter().map(|(state, text)| ((*state).into(), (*text).into())).collect();
    let mut last = Vec::new();
    let look = std::cell::RefCell::new(&mut last);
    let found = common::soon(|| {
        **look.borrow_mut() = timeline();
        (**look.borrow() == expected).then_some(())
    })
    .await;
    assert!(found.is_some(), "{last:?} instead of {expected:?}");
}

/// Makes the tab look hidden or visible.
fn set_visible(visible: bool) {
    let state = if visible { "visible" } else { "hidden" };
    js(&format!(
        "Object.defineProperty(document, 'visibilityState', {{ value: '{state}', configurable: true }});
         document.dispatchEvent(new Event('visibilitychange'))"
    ));
}

#[wasm_bindgen_test]
async fn a_message_goes_from_waiting_to_read_in_its_place() {
    let ann = name("ann");
    let page = Open::page(&ann, "ben").await;
    say("hello").await;
    shows(&[("queued", "hello")]).await;
    reads(".delivery", "Waiting").await;
    reads(".row .mark.queued", "Waiting").await;
    let element = find(".message").unwrap();
    page.welcomes(&ann).await;
    page.stores(5).await;
    reads(".delivery", "Sent").await;
    page.says(&json!({"type": "delivered", "peer": "ben", "upTo": 5, "version": 1}));
    reads(".delivery", "Delivered").await;
    page.says(&json!({"type": "read", "peer": "ben", "upTo": 5, "version": 2}));
    reads(".delivery", "Read").await;
    reads(".row .mark.read", "Read").await;
    shows(&[("read", "hello")]).await;
    assert!(element.is_connected(), "the message was drawn anew");
}

#[wasm_bindgen_test]
async fn after_a_reload_history_is_there_before_the_network_and_the_outbox_is_sent() {
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    say("first").await;
    let first = page.stores(5).await;
    page.brings("ben", 0, 6, "answer");
    say("second").await;
    shows(&[("sent", "first"), ("theirs", "answer"), ("queued", "second")]).await;
    let second = eventually("the second", || {
        page.hears_last("message").filter(|message| message["id"] != first["id"])
    })
    .await;
    drop(page);

    let page = Open::page(&ann, "ben").await;
    shows(&[("sent", "first"), ("theirs", "answer"), ("queued", "second")]).await;
    page.welcomes(&ann).await;
    assert_eq!(page.hears("open").await["cursor"], 6);
    assert_eq!(page.stores(7).await, second, "the same message under the same name");
    shows(&[("sent", "first"), ("theirs", "answer"), ("sent", "second")]).await;
    assert_eq!(page.heard("message").len(), 1);
    drop(page);
    let _page = Open::page(&ann, "ben").await;
    shows(&[("sent", "first"), ("theirs", "answer"), ("sent", "second")]).await;
}

#[wasm_bindgen_test]
async fn a_refused_message_says_why_and_can_be_tried_again_after_a_reload_too() {
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    say("hello").await;
    let message = page.hears("message").await;
    page.says(&json!({
        "type": "error", "code": "idReused", "message": "too fast", "id": message["id"]
    }));
    reads(".failure", "Not sent: too fast").await;
    reads(".row .mark.failed", "Not sent").await;
    drop(page);
    let page = Open::connected(&ann, "ben").await;
    shows(&[("failed", "hello")]).await;
    click(".failure .link-button");
    assert_eq!(page.stores(3).await, message);
    shows(&[("sent", "hello")]).await;
}

#[wasm_bindgen_test]
async fn a_draft_is_kept_for_each_conversation_and_over_a_reload() {
    let ann = name("ann");
    let page = Open::page(&ann, "ben").await;
    // With the session comes its first attempt.
    page.socket("onopen").await;
    type_into(".composer textarea", "to ben");
    platform::set_hash("/with/cleo");
    reads(".head h2", "cleo").await;
    let value = || js("document.querySelector('.composer textarea').value").as_string().unwrap();
    assert_eq!(value(), "");
    type_into(".composer textarea", "to cleo");
    // The page is left before the pause in typing is over.
    js("window.dispatchEvent(new Event('pagehide'))");
    drop(page);
    // What a page that goes has handed to the browser is written by and by.
    while Store::open(RELAY, &ann, |_| {}).await.1.drafts.len() < 2 {}

    let _page = Open::page(&ann, "cleo").await;
    let kept = |text: &'static str| move || (value() == text).then_some(());
    eventually("the draft", kept("to cleo")).await;
    platform::set_hash("/with/ben");
    eventually("the other draft", kept("to ben")).await;
    appears(".composer [type=submit]:not(:disabled)").await;
    click(".composer [type=submit]");
    shows(&[("queued", "to ben")]).await;
    assert_eq!(value(), "");
}

#[wasm_bindgen_test]
async fn a_file_that_is_dropped_or_pasted_is_answered_and_text_is_left_to_the_browser() {
    let _page = Open::connected(&name("ann"), "ben").await;
    appears(".composer").await;
    // Whether the browser is kept from doing with it what it would.
    let is_taken = |event: &str, content: &str| {
        let offer = format!(
            "(() => {{ const data = new DataTransfer(); {content};
                const how = {{ dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true }};
                return !document.querySelector('.composer textarea').dispatchEvent(new {event}) }})()"
        );
        js(&offer).as_bool().unwrap()
    };
    let file = "data.items.add(new File(['x'], 'x.png', { type: 'image/png' }))";
    let text = "data.setData('text/plain', 'hello')";
    let with_a_picture = &format!("{file}; {text}; data.setData('text/html', '<b>hello</b>')");
    let by_name = &format!("{file}; {text}");
    let (over, drop, paste) =
        ("DragEvent('dragover', how)", "DragEvent('drop', how)", "ClipboardEvent('paste', how)");
    for (event, content) in [(over, text), (drop, text), (paste, text), (paste, with_a_picture)] {
        assert!(!is_taken(event, content), "{event} {content}");
    }
    assert!(is_taken(over, file));
    // Some file managers put a file's name beside it.
    assert!(is_taken(drop, by_name) && is_taken(paste, by_name));
    for event in [drop, paste] {
        assert!(is_taken(event, file), "{event}");
        reads("#composer-problem", "a message is text").await;
        type_into(".composer textarea", "so be it");
        eventually("no more of it", || find("#composer-problem:empty")).await;
    }
    assert!(is_taken(paste, file));
    reads("#composer-problem", "a message is text").await;
    click(".composer [type=submit]");
    eventually("no more of it once it was sent", || find("#composer-problem:empty")).await;
}

#[wasm_bindgen_test]
async fn in_another_conversation_nothing_of_the_first_one_is_shown() {
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    page.brings("ben", 0, 1, "from ben");
    page.brings("ben", 1, 2, "from ben again");
    let of_ben = [("theirs", "from ben"), ("theirs", "from ben again")];
    shows(&of_ben).await;
    page.brings("cleo", 2, 3, "from cleo");
    platform::set_hash("/with/cleo");
    reads(".head h2", "cleo").await;
    shows(&[("theirs", "from cleo")]).await;
    platform::set_hash("/with/ben");
    shows(&of_ben).await;
}

#[wasm_bindgen_test]
async fn pressing_a_name_opens_the_card_and_escape_leads_back_to_the_name() {
    let ann = name("ann");
    let _page = Open::connected(&ann, "ben").await;
    // Not `:focus`, which nothing is in a window that is in the background.
    let focus = || js("document.activeElement.id").as_string().unwrap_or_default();
    let is_at = |id: &'static str| move || (focus() == id).then_some(());
    click("#peer-name");
    eventually("the focus in the card", is_at("peer-card")).await;
    js("document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }))");
    vanishes("#peer-card").await;
    eventually("the focus on the name", is_at("peer-name")).await;
    assert_eq!(platform::hash(), "/with/ben", "the conversation is still open");
    click("#peer-name");
    appears("#peer-card").await;
    click(".peer-card-head button");
    vanishes("#peer-card").await;
    eventually("the focus on the name again", is_at("peer-name")).await;
}

#[wasm_bindgen_test]
async fn what_was_missed_has_a_line_above_it_until_one_answers() {
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    page.brings("ben", 0, 1, "seen");
    eventually("it to be read", || page.hears_last("read")).await;
    assert!(find(".new-divider").is_none());
    drop(page);

    let page = Open::page(&ann, "ben").await;
    page.welcomes(&ann).await;
    page.brings("ben", 1, 2, "missed");
    page.brings("ben", 2, 3, "missed too");
    shows(&[("theirs", "seen"), ("theirs", "missed"), ("theirs", "missed too")]).await;
    assert!(find(".new-divider").is_none(), "all of them have one line");
    page.says(&json!({"type": "caughtUp", "prev": 3, "cursor": 3}));
    reads(".new-divider + .message .text", "missed").await;
    eventually("them to be read", || page.hears_last("read").filter(|read| read["upTo"] == 3))
        .await;
    page.brings("ben", 3, 4, "live");
    shows(&[
        ("theirs", "seen"),
        ("theirs", "missed"),
        ("theirs", "missed too"),
        ("theirs", "live"),
    ])
    .await;
    reads(".new-divider + .message .text", "missed").await;
    say("here I am").await;
    vanishes(".new-divider").await;
}

#[wasm_bindgen_test]
async fn nothing_is_read_while_nobody_can_see_it() {
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    set_visible(false);
    page.brings("ben", 0, 1, "anybody there?");
    reads(".badge", "1").await;
    page.hears("received").await;
    assert_eq!(page.heard("read"), Vec::<Value>::new());
    set_visible(true);
    assert_eq!(page.hears("read").await["upTo"], 1);
    vanishes(".badge").await;
    reads(".new-divider + .message .text", "anybody there?").await;
}

#[wasm_bindgen_test]
async fn a_relay_that_cannot_store_is_said_and_the_messages_wait() {
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    say("one").await;
    let message = page.hears("message").await;
    page.says(&json!({
        "type": "error", "code": "storageUnavailable", "message": "the disk is full",
        "id": message["id"]
    }));
    reads(".connection-bar", "its storage doesn’t work").await;
    reads(".connection-bar", "1 message is waiting.").await;
    shows(&[("queued", "one")]).await;
}

#[wasm_bindgen_test]
async fn a_browser_that_stores_nothing_is_said_in_words_and_one_can_talk() {
    let _blocked = Stub::new(
        "window.realOpen = IDBFactory.prototype.open;
         IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }",
        "IDBFactory.prototype.open = window.realOpen",
    );
    let page = Open::connected(&name("ann"), "ben").await;
    reads(".connection.store", "doesn’t let the page store anything").await;
    say("hello").await;
    page.stores(1).await;
    page.brings("ben", 0, 2, "hi");
    shows(&[("sent", "hello"), ("theirs", "hi")]).await;
    click(".connection.store button");
    vanishes(".connection.store").await;
}

#[wasm_bindgen_test]
async fn what_waits_goes_to_another_relay_and_leaves_the_first() {
    let ann = name("ann");
    let page = Open::connected(&ann, "ben").await;
    say("said there").await;
    page.stores(5).await;
    shows(&[("sent", "said there")]).await;
    page.fails().await;
    say("one").await;
    shows(&[("sent", "said there"), ("queued", "one")]).await;
    appears(".connection .button:enabled").await;
    click(".connection .button");
    for _ in 0..2 {
        // Where the relay could be is asked for once it was not reached twice.
        page.fails().await;
        appears(".connection .button:enabled").await;
        click(".connection .button");
    }
    appears("#relay").await;
    type_into("#relay", "ws://other.test");
    click(".help-form .button");
    let other = || Reflect::get(&page.sockets.at(-1), &"url".into()).ok()?.as_string();
    eventually("the other relay", || other().filter(|url| url.contains("other.test"))).await;
    page.welcomes(&ann).await;
    page.stores(1).await;
    shows(&[("sent", "one")]).await;
    drop(page);
    let left = format!(
        "const open = indexedDB.open('duologue {RELAY} {ann}');
         await new Promise((done) => {{ open.onsuccess = done }});
         const all = open.result.transaction('messages').objectStore('messages').getAll();
         await new Promise((done) => {{ all.onsuccess = done }});
         open.result.close();
         return all.result.length"
    );
    assert_eq!(script(&left).await.as_f64(), Some(1.0), "it would be sent to both");
    let _page = Open::page(&ann, "ben").await;
    shows(&[("sent", "said there")]).await;
}

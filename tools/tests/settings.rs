//! The settings in a real browser, with a page that is made up: what is shown, what is asked for, in which language.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../tests/common/mod.rs"]
mod common;

use common::{Stub, appears, click, eventually, find, reads, text_of, type_into, vanishes};
use duologue::app::settings::{Notifications, Settings, Theme};
use duologue::platform::Page;
use duologue_tools::language::speak_as_the_page;
use duologue_tools::settings::settings;
use leptos::mount::mount_to;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What the page answers, until this is dropped.
fn page_says(settings: &Settings) {
    let text = js_sys::JSON::stringify(&settings.to_text().into()).unwrap();
    js_sys::eval(&format!("window.settings_text = {text}")).unwrap();
}

/// What was asked last.
fn asked() -> String {
    js_sys::eval("window.asked").unwrap().as_string().unwrap_or_default()
}

/// The dialog's content in the document, until it is dropped.
fn mounted(with: &Settings) -> impl Sized + use<> {
    page_says(with);
    let bridge = "window.asked = ''; \
        ({ read: () => window.settings_text, ask: what => { window.asked = what } })";
    let page = Page::new(js_sys::eval(bridge).unwrap());
    speak_as_the_page();
    let body = web_sys::window().unwrap().document().unwrap().body().unwrap();
    mount_to(body.unchecked_into(), move || settings(page))
}

fn ann() -> Settings {
    Settings {
        name: "ann".into(),
        fingerprint: "12345 67890".into(),
        notifications: Notifications::Off,
        tells_reads: Some(true),
        transport: "long-polling".into(),
        relay: "wss://relay.test".into(),
        ..Settings::default()
    }
}

async fn is_chosen(group: &str, key: &str) {
    appears(&format!("#settings-{group} input[value='{key}']:checked")).await;
}

#[wasm_bindgen_test]
async fn everything_is_shown_as_it_is_set_and_asked_for_in_words() {
    let _open = mounted(&ann());
    reads("code", "12345 67890").await;
    is_chosen("language", "system").await;
    is_chosen("theme", "system").await;
    is_chosen("preferred", "long-polling").await;
    assert!(find("#settings-reads:checked").is_some() && find("#settings-sound:checked").is_none());
    for (pressed, wanted) in [
        ("#settings-language input[value=zh]", "language zh"),
        ("#settings-theme input[value=dark]", "theme dark"),
        ("#settings-preferred input[value=websocket]", "transport websocket"),
        ("#settings-notifications", "notifications on"),
        ("#settings-sound", "sound on"),
        ("#settings-reads", "reads off"),
        ("#open-key", "key"),
        ("#export-everything", "export"),
        ("#close-settings", "close"),
    ] {
        click(pressed);
        assert_eq!(asked(), wanted, "{pressed}");
    }
    // A page that does none of it shows what it has.
    appears("#settings-reads:checked").await;
    page_says(&Settings { theme: Theme::Dark, ..ann() });
    is_chosen("theme", "dark").await;
}

#[wasm_bindgen_test]
async fn nothing_is_deleted_by_one_press() {
    let _open = mounted(&ann());
    click("#ask-to-delete");
    appears("#delete-everything").await;
    // Not `:focus`, which nothing is in a window that is in the background.
    let focus = || js_sys::eval("document.activeElement.id").unwrap().as_string();
    let is_kept = || focus().filter(|id| id == "keep-everything");
    eventually("the focus on what keeps", is_kept).await;
    assert_eq!(asked(), "");
    click("#keep-everything");
    vanishes("#delete-everything").await;
    click("#ask-to-delete");
    appears("#delete-everything").await;
    click("#delete-everything");
    assert_eq!(asked(), "delete");
    vanishes("#delete-everything").await;
}

#[wasm_bindgen_test]
async fn an_address_is_looked_at_before_it_is_used() {
    let _open = mounted(&ann());
    type_into("#settings-relay", "no such thing");
    click("#use-relay");
    reads("#relay-problem", "That is no address").await;
    assert_eq!(asked(), "");
    type_into("#settings-relay", "localhost:9000");
    click("#use-relay");
    assert_eq!(asked(), "relay ws://localhost:9000");
    type_into("#settings-relay", "");
    click("#use-relay");
    assert_eq!(asked(), "relay ");
}

#[wasm_bindgen_test]
async fn what_a_browser_forbids_cannot_be_switched() {
    let _open = mounted(&Settings { notifications: Notifications::Denied, ..ann() });
    appears("#settings-notifications:disabled").await;
    reads("#about-notifications", "browser’s settings").await;
    page_says(&ann());
    appears("#settings-notifications:enabled").await;
}

#[wasm_bindgen_test]
async fn the_language_changes_while_it_is_open() {
    let _open = mounted(&ann());
    reads("#settings-title", "Settings").await;
    let is_english = text_of("#settings-theme legend").unwrap();
    assert_eq!(is_english, "Appearance");
    {
        let undo = "document.documentElement.removeAttribute('lang')";
        let _chinese = Stub::new("document.documentElement.lang = 'zh'", undo);
        reads("#settings-title", "设置").await;
        reads("#settings-theme legend", "外观").await;
    }
    reads("#settings-title", "Settings").await;
}

//! The settings in a real browser, with a page that is made up: what is shown, what is asked for, in which language.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use common::{appears, click, eventually, find, reads, text_of, type_into, vanishes};
use duologue::app::language::Language;
use duologue::app::settings::{Notifications, Request, Settings, Theme};
use duologue::ui::parts::SettingsBridge;
use duologue_session::{Preference, Transport};
use leptos::mount::mount_to;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A page that is made up, and the dialog's content in it until it is dropped.
struct Open {
    settings: Rc<RefCell<Settings>>,
    asked: Rc<RefCell<Vec<Request>>>,
    _mounted: Box<dyn Any>,
}

impl Open {
    fn new(with: Settings) -> Self {
        let settings = Rc::new(RefCell::new(with));
        let asked = Rc::new(RefCell::new(Vec::new()));
        let (seen, heard) = (Rc::clone(&settings), Rc::clone(&asked));
        let see = move || seen.borrow().clone();
        let bridge = SettingsBridge::new(see, move |request| heard.borrow_mut().push(request));
        let body = web_sys::window().unwrap().document().unwrap().body().unwrap();
        let mounted =
            mount_to(body.unchecked_into(), move || duologue_tools::settings::settings(bridge));
        Self { settings, asked, _mounted: Box::new(mounted) }
    }

    /// From now on the page says so.
    fn says(&self, settings: Settings) {
        *self.settings.borrow_mut() = settings;
    }

    /// What was asked last, and nothing was before it.
    fn asked(&self) -> Option<Request> {
        let mut asked = self.asked.take();
        assert!(asked.len() <= 1, "{asked:?}");
        asked.pop()
    }
}

fn ann() -> Settings {
    Settings {
        name: "ann".into(),
        fingerprint: "12345 67890".into(),
        notifications: Notifications::Off,
        tells_reads: true,
        transport: Preference::Only(Transport::LongPolling),
        relay: "wss://relay.test".into(),
        ..Settings::default()
    }
}

async fn is_chosen(group: &str, key: &str) {
    appears(&format!("#settings-{group} input[value='{key}']:checked")).await;
}

#[wasm_bindgen_test]
async fn everything_is_shown_as_it_is_set_and_asked_for_in_words() {
    let open = Open::new(ann());
    reads("code", "12345 67890").await;
    is_chosen("language", "system").await;
    is_chosen("theme", "system").await;
    is_chosen("preferred", "long-polling").await;
    assert!(find("#settings-reads:checked").is_some() && find("#settings-sound:checked").is_none());
    for (pressed, wanted) in [
        ("#settings-language input[value=zh]", Request::Language(Some(Language::Chinese))),
        ("#settings-theme input[value=dark]", Request::Theme(Theme::Dark)),
        (
            "#settings-preferred input[value=websocket]",
            Request::Transport(Preference::Only(Transport::WebSocket)),
        ),
        ("#settings-notifications", Request::Notifications(true)),
        ("#settings-sound", Request::Sound(true)),
        ("#settings-reads", Request::TellsReads(false)),
        ("#open-key", Request::OpenKey),
        ("#export-everything", Request::Export),
        ("#close-settings", Request::Close),
    ] {
        click(pressed);
        assert_eq!(open.asked(), Some(wanted), "{pressed}");
    }
    // A page that does none of it shows what it has.
    appears("#settings-reads:checked").await;
    open.says(Settings { theme: Theme::Dark, ..ann() });
    is_chosen("theme", "dark").await;
}

#[wasm_bindgen_test]
async fn nothing_is_deleted_by_one_press() {
    let open = Open::new(ann());
    click("#ask-to-delete");
    appears("#delete-everything").await;
    // Not `:focus`, which nothing is in a window that is in the background.
    let focus = || js_sys::eval("document.activeElement.id").unwrap().as_string();
    let is_kept = || focus().filter(|id| id == "keep-everything");
    eventually("the focus on what keeps", is_kept).await;
    assert_eq!(open.asked(), None);
    click("#keep-everything");
    vanishes("#delete-everything").await;
    click("#ask-to-delete");
    appears("#delete-everything").await;
    click("#delete-everything");
    assert_eq!(open.asked(), Some(Request::Delete));
    vanishes("#delete-everything").await;
}

#[wasm_bindgen_test]
async fn an_address_is_looked_at_before_it_is_used() {
    let open = Open::new(ann());
    type_into("#settings-relay", "no such thing");
    click("#use-relay");
    reads("#relay-problem", "That is no address").await;
    assert_eq!(open.asked(), None);
    type_into("#settings-relay", "localhost:9000");
    click("#use-relay");
    assert_eq!(open.asked(), Some(Request::Relay("ws://localhost:9000".into())));
    type_into("#settings-relay", "");
    click("#use-relay");
    assert_eq!(open.asked(), Some(Request::Relay(String::new())));
}

#[wasm_bindgen_test]
async fn what_a_browser_forbids_cannot_be_switched() {
    let open = Open::new(Settings { notifications: Notifications::Denied, ..ann() });
    appears("#settings-notifications:disabled").await;
    reads("#about-notifications", "browser’s settings").await;
    open.says(ann());
    appears("#settings-notifications:enabled").await;
}

#[wasm_bindgen_test]
async fn the_language_changes_while_it_is_open() {
    let _open = Open::new(ann());
    reads("#settings-title", "Settings").await;
    let is_english = text_of("#settings-theme legend").unwrap();
    assert_eq!(is_english, "Appearance");
    rust_i18n::set_locale("zh");
    reads("#settings-title", "设置").await;
    reads("#settings-theme legend", "外观").await;
    rust_i18n::set_locale("en");
    reads("#settings-title", "Settings").await;
}

//! What the tests in a browser share: reports that are waited for, names, a document to look at.
#![allow(dead_code, reason = "no file of tests uses all of it")]

pub(crate) mod open;

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::time::Duration;

use duologue::platform::{self, Timer};
use duologue_protocol::UserId;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What was reported so far, and a way to wait for more.
pub(crate) struct Reports<T>(Rc<RefCell<Vec<T>>>);

impl<T: Clone + Debug + 'static> Reports<T> {
    pub(crate) fn new() -> Self {
        Self(Rc::default())
    }

    pub(crate) fn sink(&self) -> impl Fn(T) + 'static {
        let reports = Rc::clone(&self.0);
        move |report| reports.borrow_mut().push(report)
    }

    pub(crate) fn all(&self) -> Vec<T> {
        self.0.borrow().clone()
    }

    pub(crate) async fn until<U>(&self, what: &str, find: impl Fn(&T) -> Option<U>) -> U {
        match soon(|| self.0.borrow().iter().find_map(&find)).await {
            Some(found) => found,
            None => panic!("{what}: never, but {:?}", self.0.borrow()),
        }
    }
}

/// Waits until `look` finds something.
pub(crate) async fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    soon(look).await.unwrap_or_else(|| panic!("{what}: never"))
}

/// The same for a while, without a complaint.
pub(crate) async fn soon<T>(look: impl Fn() -> Option<T>) -> Option<T> {
    for _ in 0..2_000 {
        let found = look();
        if found.is_some() {
            return found;
        }
        // wait: the pause between two looks at the condition.
        JsFuture::from(js_sys::Promise::new(&mut |resolve, _| {
            let resolve = move || drop(resolve.call0(&JsValue::NULL));
            std::mem::forget(Timer::after(Duration::from_millis(10), resolve));
        }))
        .await
        .unwrap();
    }
    None
}

/// A name that no other test of this run has.
pub(crate) fn name(start: &str) -> UserId {
    let random = platform::message_id().to_string().to_ascii_lowercase();
    UserId::parse(format!("{start}-{random}")).unwrap()
}

pub(crate) fn find(selector: &str) -> Option<web_sys::Element> {
    web_sys::window().unwrap().document().unwrap().query_selector(selector).unwrap()
}

pub(crate) fn text_of(selector: &str) -> Option<String> {
    find(selector).and_then(|element| element.text_content())
}

/// Waits until what the selector finds says this.
pub(crate) async fn reads(selector: &str, wanted: &str) {
    let what = format!("{selector} to say {wanted:?}");
    eventually(&what, || text_of(selector).filter(|text| text.contains(wanted))).await;
}

/// Waits until the selector finds something.
pub(crate) async fn appears(selector: &str) -> web_sys::Element {
    eventually(selector, || find(selector)).await
}

/// Waits until the selector finds nothing any more.
pub(crate) async fn vanishes(selector: &str) {
    eventually(&format!("the end of {selector}"), || find(selector).is_none().then_some(())).await;
}

pub(crate) fn type_into(selector: &str, text: &str) {
    let field = find(selector).unwrap();
    js_sys::Reflect::set(&field, &"value".into(), &text.into()).unwrap();
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    let event = web_sys::Event::new_with_event_init_dict("input", &options).unwrap();
    field.dispatch_event(&event).unwrap();
}

pub(crate) fn click(selector: &str) {
    find(selector).unwrap().unchecked_into::<web_sys::HtmlElement>().click();
}

/// Writes and sends a message in the open conversation.
pub(crate) async fn say(text: &str) {
    appears(".composer textarea").await;
    type_into(".composer textarea", text);
    appears(".composer [type=submit]:not(:disabled)").await;
    click(".composer [type=submit]");
}

/// Runs a script; what it comes to is waited for.
pub(crate) async fn script(text: &str) -> JsValue {
    let promise = js_sys::eval(&format!("(async () => {{ {text} }})()")).unwrap();
    JsFuture::from(js_sys::Promise::from(promise)).await.unwrap()
}

/// Changes the browser until it is dropped. A test that fails leaves it changed: wasm doesn't unwind.
pub(crate) struct Stub(&'static str);

impl Stub {
    /// `make` changes something, `undo` changes it back.
    pub(crate) fn new(make: &str, undo: &'static str) -> Self {
        js_sys::eval(make).unwrap();
        Self(undo)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        js_sys::eval(self.0).unwrap();
    }
}

//! Files that a person hands to the page.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Element, Event, HtmlInputElement};

use super::Listener;

/// What somebody has chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Nothing yet.
    Nothing,
    /// More than is read.
    TooLarge,
    /// The browser can't read it any more: it was moved, or may not be.
    Unreadable,
    /// A file's text. What is no UTF-8 in it is replaced.
    Text(String),
}

/// Reads the file that was chosen in a field, if it has at most `limit` bytes.
pub async fn read_chosen(field: &HtmlInputElement, limit: u32) -> Chosen {
    let Some(file) = field.files().and_then(|files| files.get(0)) else {
        return Chosen::Nothing;
    };
    if file.size() > f64::from(limit) {
        return Chosen::TooLarge;
    }
    let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
    text.map_or(Chosen::Unreadable, Chosen::Text)
}

/// Calls back when somebody drops a file on the page or pastes one, until the listener is dropped. Left to itself a browser
/// opens a file that is dropped, be it in the page's place. What is dropped on a field for files is that field's.
pub fn on_files_offered(callback: impl Fn() + Clone + 'static) -> Listener {
    let listener = |name: &'static str| {
        let callback = callback.clone();
        let window = web_sys::window()?;
        let options = EventListenerOptions::enable_prevent_default();
        Some(EventListener::new_with_options(&window, name, options, move |event| {
            if !offers_files(event) {
                return;
            }
            event.prevent_default();
            // It is over the page only, so far.
            if event.type_() != "dragover" {
                callback();
            }
        }))
    };
    Listener {
        _listeners: ["dragover", "drop", "paste"].into_iter().filter_map(listener).collect(),
    }
}

/// Whether what is dropped or pasted is files. Word processors put a picture of the text beside the text: that is none.
fn offers_files(event: &Event) -> bool {
    let field = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_for_files =
        field.is_some_and(|field| field.matches("input[type=file]").unwrap_or_default());
    let has = |data: &DataTransfer, kind: &str| data.types().includes(&JsValue::from(kind), 0);
    let dropped = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    let pasted = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
    let data = dropped.or(pasted.filter(|data| !has(data, "text/html")));
    !is_for_files && data.is_some_and(|data| has(&data, "Files"))
}

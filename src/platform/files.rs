//! Files that a person hands to the page.

use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;

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

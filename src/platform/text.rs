//! What the browser knows about writing.

use js_sys::JsString;

/// A name in the form in which the relay compares names (RFC 8265, `UsernameCaseMapped`), as nearly as the
/// browser has it: lower case, composed, and no wide or narrow variants. The relay has the last word.
pub fn one_form(name: &str) -> String {
    let name = JsString::from(name.trim());
    name.to_lower_case().normalize("NFKC").into()
}

/// A text in the form that is the same whichever keyboard it was typed on (Unicode's NFC).
pub fn composed(text: &str) -> String {
    JsString::from(text).normalize("NFC").into()
}

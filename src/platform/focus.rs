//! Which part of a widget has the focus, and where a text field's caret is.

use wasm_bindgen::JsCast as _;
use web_sys::{
    Element, Event, FocusEvent, HtmlDocument, HtmlElement, HtmlTextAreaElement, Node,
    ScrollIntoViewOptions, ScrollLogicalPosition,
};

/// Gives the focus to a child by its number; beyond the last there is none to give it to.
pub fn focus_child(parent: &Element, number: usize) {
    let child = u32::try_from(number).ok().and_then(|number| parent.children().item(number));
    if let Some(child) = child.and_then(|child| child.dyn_into::<HtmlElement>().ok()) {
        // Fails for what can't have it; then it stays where it is.
        let _ = child.focus();
    }
}

/// Which child has the focus; the first, if none has.
pub fn focused_child(parent: &Element) -> usize {
    let Some(document) = parent.owner_document() else { return 0 };
    let focused = document.active_element();
    let children = parent.children();
    let is_focused = |number: &u32| children.item(*number) == focused;
    let found = (0..children.length()).find(is_focused).unwrap_or_default();
    usize::try_from(found).unwrap_or_default()
}

/// Moves the focus from the element of this selector that has it to the next one that can be seen, or with -1 to the
/// one before. False if there is none.
pub fn focus_next(selector: &str, by: i32) -> bool {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return false;
    };
    let Ok(found) = document.query_selector_all(selector) else { return false };
    let shown = (0..found.length()).filter_map(|n| found.get(n)?.dyn_into::<HtmlElement>().ok());
    let shown: Vec<HtmlElement> =
        shown.filter(|element| element.offset_parent().is_some()).collect();
    let focused = document.active_element();
    let at = shown.iter().position(|element| focused.as_deref() == Some(element.as_ref()));
    let to = match (at, usize::try_from(by.unsigned_abs()).unwrap_or_default()) {
        (None, _) => Some(0),
        (Some(at), by_many) if by < 0 => at.checked_sub(by_many),
        (Some(at), by_many) => at.checked_add(by_many),
    };
    to.and_then(|to| shown.get(to)).is_some_and(|element| element.focus().is_ok())
}

/// Presses the first element of this selector that can be seen. False if there is none.
pub fn press_first(selector: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector_all(selector).ok());
    let found = found.into_iter().flat_map(|all| (0..all.length()).filter_map(move |n| all.get(n)));
    let mut elements = found.filter_map(|one| one.dyn_into::<HtmlElement>().ok());
    let first = elements.find(|element| element.offset_parent().is_some());
    first.inspect(HtmlElement::click).is_some()
}

/// Scrolls what is around the element of this selector so far that it can be seen.
pub fn reveal(selector: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(found) = found {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        found.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Whether what has the focus is of this selector.
pub fn has_focus(selector: &str) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let focused = document.and_then(|document| document.active_element());
    focused.is_some_and(|focused| focused.matches(selector).unwrap_or_default())
}

/// Gives the focus to what has this selector.
pub fn focus_on(selector: &str) {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        focus_beside(&root, ":root", selector);
    }
}

/// Gives the focus to what has this selector in the same `container` as an element.
pub fn focus_beside(element: &Element, container: &str, selector: &str) {
    let container = element.closest(container).ok().flatten();
    let beside = container.and_then(|container| container.query_selector(selector).ok().flatten());
    if let Some(beside) = beside.and_then(|beside| beside.dyn_into::<HtmlElement>().ok()) {
        // Fails for what can't have it; then it stays where it is.
        let _ = beside.focus();
    }
}

/// Whether the focus leaves the element of this selector that it was in, with all that is in it.
pub fn leaves(event: &FocusEvent, selector: &str) -> bool {
    let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
    closest(event, selector).is_none_or(|place| !place.contains(to.as_ref()))
}

/// The number, under `data-index`, of what an event is about, if that is in an element of this selector.
pub fn index_at(event: &Event, selector: &str) -> Option<usize> {
    let numbered = closest(event, selector)?.closest("[data-index]").ok().flatten()?;
    numbered.get_attribute("data-index")?.parse().ok()
}

fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}

/// Puts `text` where the caret is, in the place of what is selected, and leaves the caret behind it. Returns the
/// whole text.
pub fn insert_at_caret(field: &HtmlTextAreaElement, text: &str) -> String {
    let _ = field.focus();
    let document = field.owner_document().and_then(|one| one.dyn_into::<HtmlDocument>().ok());
    // Deprecated, and the only way by which the browser can take it back: Ctrl+Z.
    let inserted =
        document.map(|one| one.exec_command_with_show_ui_and_value("insertText", false, text));
    if inserted != Some(Ok(true)) {
        insert_for_good(field, text);
    }
    field.value()
}

fn insert_for_good(field: &HtmlTextAreaElement, text: &str) {
    let length = u32::try_from(field.value().encode_utf16().count()).unwrap_or(u32::MAX);
    let at = |place: Option<u32>| place.unwrap_or(length);
    let (start, end) =
        (at(field.selection_start().ok().flatten()), at(field.selection_end().ok().flatten()));
    // Fails only for a field that has no selection, which a text area has.
    let _ = field.set_range_text_with_start_and_end(text, start, end);
    let caret = start + u32::try_from(text.encode_utf16().count()).unwrap_or_default();
    let _ = field.set_selection_range(caret, caret);
}

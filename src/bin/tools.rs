//! The page's second module: the page loads it into a part of itself, which it opens and closes.

#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the browser reaches what is exported")]
mod tools {
    use std::any::Any;
    use std::cell::RefCell;

    use duologue::platform::{self, Page};
    use duologue::tools::panel::connection_panel;
    use leptos::mount::mount_to;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::HtmlElement;

    thread_local! {
        /// What is open. Dropping it removes it from the document.
        static OPEN: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    }

    /// Opens the connection panel in `element`, in the place of what was open before.
    #[wasm_bindgen]
    pub fn open(element: HtmlElement, bridge: JsValue) {
        platform::log_panics();
        close();
        let page = Page::new(bridge);
        let handle = mount_to(element, move || connection_panel(page));
        OPEN.set(Some(Box::new(handle)));
    }

    /// Closes what is open.
    #[wasm_bindgen]
    pub fn close() {
        drop(OPEN.take());
    }
}

fn main() {}

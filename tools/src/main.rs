//! The page's second module: the page loads it into a part of itself, which it opens and closes.

#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "the browser reaches what is exported")]
mod tools {
    use std::any::Any;
    use std::cell::RefCell;

    use duologue::platform::{self, Page};
    use duologue_tools::invite::invitation;
    use duologue_tools::language::speak_as_the_page;
    use duologue_tools::moving::your_key;
    use duologue_tools::panel::connection_panel;
    use duologue_tools::settings::settings;
    use leptos::mount::mount_to;
    use leptos::prelude::AnyView;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::wasm_bindgen;
    use web_sys::HtmlElement;

    /// What is open. Dropping it removes it from the document.
    type Open = RefCell<Option<Box<dyn Any>>>;

    thread_local! {
        static PANEL: Open = const { RefCell::new(None) };
        static KEY: Open = const { RefCell::new(None) };
        static SETTINGS: Open = const { RefCell::new(None) };
        static INVITE: Open = const { RefCell::new(None) };
    }

    /// Opens the connection panel in `element`, in the place of one that was open before.
    #[wasm_bindgen]
    pub fn open(element: HtmlElement, bridge: JsValue) {
        close();
        PANEL.set(Some(mounted(element, bridge, connection_panel)));
    }

    /// Closes the connection panel.
    #[wasm_bindgen]
    pub fn close() {
        drop(PANEL.take());
    }

    /// Opens what is done with the person's key in `element`, in the place of what was open before.
    #[wasm_bindgen]
    pub fn open_key(element: HtmlElement, bridge: JsValue) {
        close_key();
        KEY.set(Some(mounted(element, bridge, your_key)));
    }

    /// Closes that.
    #[wasm_bindgen]
    pub fn close_key() {
        drop(KEY.take());
    }

    /// Opens what can be set in `element`, in the place of what was open before.
    #[wasm_bindgen]
    pub fn open_settings(element: HtmlElement, bridge: JsValue) {
        close_settings();
        SETTINGS.set(Some(mounted(element, bridge, settings)));
    }

    /// Closes that.
    #[wasm_bindgen]
    pub fn close_settings() {
        drop(SETTINGS.take());
    }

    /// Opens the invitation as a code in `element`, in the place of what was open before.
    #[wasm_bindgen]
    pub fn open_invite(element: HtmlElement, bridge: JsValue) {
        close_invite();
        INVITE.set(Some(mounted(element, bridge, invitation)));
    }

    /// Closes that.
    #[wasm_bindgen]
    pub fn close_invite() {
        drop(INVITE.take());
    }

    fn mounted(element: HtmlElement, bridge: JsValue, tool: fn(Page) -> AnyView) -> Box<dyn Any> {
        platform::log_panics();
        speak_as_the_page();
        let page = Page::new(bridge);
        Box::new(mount_to(element, move || tool(page)))
    }
}

fn main() {}

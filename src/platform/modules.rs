//! The page's other module: loaded when it is wanted, and what the two say to each other. Each has a memory of
//! its own, so only texts and numbers pass.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::HtmlElement;

#[wasm_bindgen(inline_js = "export async function load(url) {
    const module = await import(url);
    await module.default();
    return module;
}")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn load(url: &str) -> Result<JsValue, JsValue>;
}

/// What the page answers and does for its other module. What it serves lives as long as this.
pub struct Bridge {
    object: Object,
    _read: Closure<dyn Fn(f64) -> String>,
    _ask: Closure<dyn Fn(String)>,
}

/// The other module's side of a [`Bridge`].
#[derive(Clone)]
pub struct Page(JsValue);

/// A module that runs in the page.
pub struct Module(JsValue);

/// What the module can open. Each is opened and closed by functions of its own: a module of another version
/// than the page opens nothing in the place of what it doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The connection panel.
    Panel,
    /// What is done with the person's key.
    Key,
    /// What can be set.
    Settings,
    /// The invitation as a code to scan.
    Invite,
}

impl Tool {
    fn opens(self) -> &'static str {
        match self {
            Self::Panel => "open",
            Self::Key => "open_key",
            Self::Settings => "open_settings",
            Self::Invite => "open_invite",
        }
    }

    fn closes(self) -> &'static str {
        match self {
            Self::Panel => "close",
            Self::Key => "close_key",
            Self::Settings => "close_settings",
            Self::Invite => "close_invite",
        }
    }
}

impl Bridge {
    /// `read` says what was noted from a number on; `ask` does what the person wants.
    pub fn new(read: impl Fn(u64) -> String + 'static, ask: impl Fn(&str) + 'static) -> Self {
        let read = Closure::<dyn Fn(f64) -> String>::new(move |from: f64| read(to_number(from)));
        let ask = Closure::<dyn Fn(String)>::new(move |what: String| ask(&what));
        let object = Object::new();
        for (name, function) in [("read", read.as_ref()), ("ask", ask.as_ref())] {
            // Setting a property of a fresh object can't fail.
            let _ = Reflect::set(&object, &name.into(), function);
        }
        Self { object, _read: read, _ask: ask }
    }
}

impl Page {
    /// What a page hands over as its bridge.
    pub fn new(bridge: JsValue) -> Self {
        Self(bridge)
    }

    /// What was noted from a number on. Nothing, if the page doesn't answer.
    pub fn read(&self, from: u64) -> Option<String> {
        self.call("read", &JsValue::from_f64(to_js(from)))?.as_string()
    }

    /// Has the page do something.
    pub fn ask(&self, what: &str) {
        self.call("ask", &what.into());
    }

    fn call(&self, name: &str, argument: &JsValue) -> Option<JsValue> {
        let function: Function = Reflect::get(&self.0, &name.into()).ok()?.dyn_into().ok()?;
        function.call1(&self.0, argument).ok()
    }
}

impl Module {
    /// Loads the module `name` from beside the page, or has it from before; `None` where it can't be had.
    pub async fn load(name: &str) -> Option<Self> {
        let base = super::base_url();
        let url = web_sys::Url::new_with_base(name, &base).ok()?.href();
        load(&url).await.ok().map(Self)
    }

    /// Has the module open something in `element`; false where it doesn't.
    pub fn open(&self, tool: Tool, element: &HtmlElement, bridge: &Bridge) -> bool {
        let open = Reflect::get(&self.0, &tool.opens().into()).ok();
        let open = open.and_then(|open| open.dyn_into::<Function>().ok());
        open.is_some_and(|open| open.call2(&self.0, element, &bridge.object).is_ok())
    }

    /// Has the module close what it opened.
    pub fn close(&self, tool: Tool) {
        let close = Reflect::get(&self.0, &tool.closes().into()).ok();
        if let Some(close) = close.and_then(|close| close.dyn_into::<Function>().ok()) {
            let _ = close.call0(&self.0);
        }
    }
}

/// In which language the page speaks, as its document says (BCP 47); empty if it doesn't.
pub fn page_language() -> String {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    root.and_then(|root| root.get_attribute("lang")).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
fn to_number(number: f64) -> u64 {
    number as u64
}

#[expect(clippy::cast_precision_loss, reason = "a small count")]
fn to_js(number: u64) -> f64 {
    number as f64
}

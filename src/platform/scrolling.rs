//! Boxes that scroll: where they are, how high what they show is, and when the next frame is drawn.

use gloo_events::EventListener;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement};

use super::Listener;

/// A box that is turned upside down by its style (`column-reverse`): it is measured from its end.
#[derive(Clone, Debug)]
pub struct ReversedBox(HtmlElement);

/// Where the rows of a box are, in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The number of the first one.
    pub first: usize,
    /// How far its upper edge is below the box's.
    pub top: f64,
    /// How high each is, with the space to the next.
    pub heights: Vec<f64>,
    /// How high the box is.
    pub view: f64,
}

impl ReversedBox {
    /// This element is such a box.
    pub fn new(element: &HtmlElement) -> Self {
        Self(element.clone())
    }

    /// How far what can be seen is above the end, in CSS pixels.
    pub fn from_end(&self) -> f64 {
        // Zero at the end, and negative above it.
        f64::from(-self.0.scroll_top()).max(0.0)
    }

    /// How high the box itself is.
    pub fn height(&self) -> f64 {
        f64::from(self.0.client_height())
    }

    /// How wide it is.
    pub fn width(&self) -> f64 {
        f64::from(self.0.client_width())
    }

    /// While it is held, only this moves what can be seen: the browser doesn't make up for what becomes higher.
    pub fn hold(&self, is_held: bool) {
        // An attribute of this name can always be set. The style knows it.
        let _ = self.0.toggle_attribute_with_force("data-held", is_held);
    }

    /// Goes to the end.
    pub fn to_end(&self) {
        self.0.set_scroll_top(0);
    }

    /// Where the rows are that it shows: what its only child has between its own first and last child. They carry
    /// numbers under `data-index`, one after the other. `None` while there is none.
    pub fn rows(&self) -> Option<Rows> {
        let all = self.0.first_element_child()?.children();
        let rows = 1..all.length().checked_sub(1)?;
        let first = all.item(rows.start).filter(|_| !rows.is_empty())?;
        let index = first.get_attribute("data-index")?.parse().ok()?;
        let place = self.0.get_bounding_client_rect();
        let top = first.get_bounding_client_rect().top() - place.top();
        let height = |n| Some(all.item(n)?.get_bounding_client_rect().height());
        let heights = rows.filter_map(height).collect();
        Some(Rows { first: index, top, heights, view: place.height() })
    }

    /// Scrolls so that the element of this number, if it is there, is in the middle or as far below it.
    pub fn show(&self, index: usize, below_middle: i32) {
        let item = self.0.query_selector(&format!("[data-index='{index}']")).ok().flatten();
        if let Some(item) = item {
            self.0.scroll_by_with_x_and_y(0.0, self.below_middle(&item) - f64::from(below_middle));
        }
    }

    /// How far an element is below the middle. One that is higher than the box is in the middle with its beginning at
    /// the box's.
    fn below_middle(&self, item: &Element) -> f64 {
        let (outer, inner) = (self.0.get_bounding_client_rect(), item.get_bounding_client_rect());
        inner.top() - outer.top() - ((outer.height() - inner.height()) / 2.0).max(0.0)
    }

    /// Calls back when it was scrolled or became another size, until the listener is dropped.
    pub fn on_move(&self, callback: impl Fn() + Clone + 'static) -> Listener {
        let resized = callback.clone();
        let scroll = EventListener::new(&self.0, "scroll", move |_| callback());
        let resize = web_sys::window()
            .map(|window| EventListener::new(&window, "resize", move |_| resized()));
        Listener { _listeners: resize.into_iter().chain([scroll]).collect() }
    }
}

/// Calls back before the next frame is drawn. In a hidden tab that is when it is seen again.
pub fn next_frame(callback: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(callback);
    if let Some(window) = web_sys::window() {
        // Fails only where the document is being torn down: then nothing is drawn any more.
        let _ = window.request_animation_frame(callback.unchecked_ref());
    }
}

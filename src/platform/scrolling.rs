//! Boxes that scroll: where they are, how high what they show is, and when the next frame is drawn.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement};

use super::Listener;

/// A box that is turned upside down by its style (`column-reverse`): it is measured from its end.
#[derive(Clone, Debug)]
pub struct ReversedBox(HtmlElement);

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

    /// While it is held, only this moves what can be seen: the browser doesn't make up for what becomes higher.
    pub fn hold(&self, is_held: bool) {
        // An attribute of this name can always be set. The style knows it.
        let _ = self.0.toggle_attribute_with_force("data-held", is_held);
    }

    /// Goes to the end.
    pub fn to_end(&self) {
        self.0.set_scroll_top(0);
    }

    /// The elements that carry a number under `data-index`, and how high each is, with the space to the next.
    pub fn measure(&self) -> Vec<(usize, f64)> {
        let items = self.indexed();
        let height =
            |(index, item): (usize, Element)| (index, item.get_bounding_client_rect().height());
        items.into_iter().map(height).collect()
    }

    /// Scrolls so that the element of this number, if it is there, is in the middle or as far below it.
    pub fn show(&self, index: usize, below_middle: i32) {
        let item = self.0.query_selector(&format!("[data-index='{index}']")).ok().flatten();
        if let Some(item) = item {
            self.0.scroll_by_with_x_and_y(0.0, self.below_middle(&item) - f64::from(below_middle));
        }
    }

    /// The number of the element that is nearest to the middle, and how far below it is.
    pub fn nearest(&self) -> Option<(usize, i32)> {
        let far = |(index, item): (usize, Element)| (index, self.below_middle(&item));
        let nearest = self
            .indexed()
            .into_iter()
            .map(far)
            .min_by(|one, other| one.1.abs().total_cmp(&other.1.abs()));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is drawn is at most some screens away"
        )]
        nearest.map(|(index, below)| (index, below as i32))
    }

    /// How far an element is below the middle. One that is higher than the box is in the middle with its beginning at
    /// the box's.
    fn below_middle(&self, item: &Element) -> f64 {
        let (outer, inner) = (self.0.get_bounding_client_rect(), item.get_bounding_client_rect());
        inner.top() - outer.top() - ((outer.height() - inner.height()) / 2.0).max(0.0)
    }

    /// Calls back when it was scrolled or became another size, at most once a frame, until the listener is
    /// dropped.
    pub fn on_move(&self, callback: impl Fn() + 'static) -> Listener {
        let callback = Rc::new(callback);
        let is_due = Rc::new(Cell::new(false));
        let moved = move || {
            if !is_due.replace(true) {
                let (callback, is_due) = (Rc::clone(&callback), Rc::clone(&is_due));
                next_frame(move || {
                    is_due.set(false);
                    callback();
                });
            }
        };
        let resized = moved.clone();
        let scroll = EventListener::new(&self.0, "scroll", move |_| moved());
        let resize = web_sys::window()
            .map(|window| EventListener::new(&window, "resize", move |_| resized()));
        Listener { _listeners: resize.into_iter().chain([scroll]).collect() }
    }

    fn indexed(&self) -> Vec<(usize, Element)> {
        let Ok(found) = self.0.query_selector_all("[data-index]") else { return Vec::new() };
        let item = |n| {
            let item: Element = found.get(n)?.dyn_into().ok()?;
            Some((item.get_attribute("data-index")?.parse().ok()?, item))
        };
        (0..found.length()).filter_map(item).collect()
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

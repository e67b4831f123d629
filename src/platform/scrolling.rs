//! Boxes that scroll: where they are, how high what they show is, what lies over that, and when the next frame is drawn.

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

    /// How wide it is, in CSS pixels. What a style takes out of the page has no width.
    pub fn width(&self) -> usize {
        usize::try_from(self.0.client_width()).unwrap_or_default()
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
    /// numbers under `data-index`, one after the other. `None` while there is none, or none has a size.
    pub fn rows(&self) -> Option<Rows> {
        if self.width() == 0 {
            return None;
        }
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

    /// Marks the element of this number, and no other one.
    pub fn mark(&self, index: Option<usize>) {
        const MARKED: &str = "shown";
        if let Ok(Some(before)) = self.0.query_selector(&format!(".{MARKED}")) {
            // Fails for a name that is none.
            let _ = before.class_list().remove_1(MARKED);
        }
        let marked = index.map(|index| self.0.query_selector(&format!("[data-index='{index}']")));
        if let Some(Ok(Some(item))) = marked {
            let _ = item.class_list().add_1(MARKED);
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

/// How far a panel is from what it is about, and from the edges of what is seen, in CSS pixels.
const PANEL_GAP: f64 = 6.0;

/// Puts a panel, which has a place of its own by its style, below its parent. Where there is no room for that in the box
/// `view`, which scrolls, above what the panel is about: the element of the selector `about` in the parent. And where there
/// is none at all, over that; and it is no higher than the box.
pub fn put_beside(panel: &HtmlElement, about: &str, view: &str) {
    let beside = || {
        let parent = panel.parent_element()?;
        let about = parent.query_selector(about).ok().flatten()?.get_bounding_client_rect();
        let view = panel.closest(view).ok().flatten()?.get_bounding_client_rect();
        // Fails for what is no style; this is one.
        let _ = panel.style().set_property("max-height", &pixels(view.height() - 2.0 * PANEL_GAP));
        let height = panel.get_bounding_client_rect().height();
        let parent = parent.get_bounding_client_rect();
        let about = (about.top(), parent.bottom());
        let top = panel_top(about, height, (view.top(), view.bottom()));
        Some(if top > about.1 {
            // It stays there when the parent becomes another size.
            format!("calc(100% + {})", pixels(PANEL_GAP))
        } else {
            pixels(top - parent.top())
        })
    };
    if let Some(top) = beside() {
        let _ = panel.style().set_property("top", &top);
    }
}

/// Where a panel of this height begins, from where what it is about begins and ends, and what is seen.
fn panel_top(about: (f64, f64), height: f64, view: (f64, f64)) -> f64 {
    let (below, above) = (about.1 + PANEL_GAP, about.0 - PANEL_GAP - height);
    let lowest = view.1 - PANEL_GAP - height;
    if below <= lowest {
        below
    } else if above >= view.0 + PANEL_GAP {
        above
    } else {
        lowest.max(view.0 + PANEL_GAP)
    }
}

/// A length for a style. In whole pixels: writing a fraction would add 4 KB to the page.
#[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
pub fn pixels(length: f64) -> String {
    format!("{}px", length as i64)
}

/// Calls back before the next frame is drawn. In a hidden tab that is when it is seen again.
pub fn next_frame(callback: impl FnOnce() + 'static) {
    let callback = Closure::once_into_js(callback);
    if let Some(window) = web_sys::window() {
        // Fails only where the document is being torn down: then nothing is drawn any more.
        let _ = window.request_animation_frame(callback.unchecked_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_below_or_above_or_over_what_it_is_about() {
        let top = |about| pixels(panel_top(about, 80.0, (100.0, 500.0)));
        assert_eq!(top((200.0, 300.0)), "306px");
        assert_eq!(top((50.0, 120.0)), "126px", "its end alone is in sight");
        assert_eq!(top((390.0, 460.0)), "304px");
        assert_eq!(top((390.0, 900.0)), "304px", "its beginning alone is");
        assert_eq!(top((0.0, 900.0)), "414px", "neither is");
        let higher = pixels(panel_top((0.0, 900.0), 600.0, (100.0, 500.0)));
        assert_eq!(higher, "106px", "its beginning is seen");
    }
}

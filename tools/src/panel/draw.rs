//! Elements without types of their own. `view!` makes code for each shape of element that it meets, and the
//! panel has many shapes and no need to be fast. So nearly all of its elements are one type here, and all
//! that changes is one closure's: less to download.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::html::attribute::custom::custom_attribute;
use leptos::tachys::html::element::custom;
use leptos::tachys::html::event::on;

use super::Panel;

/// An element.
pub(super) fn element(
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
    children: Vec<AnyView>,
) -> AnyView {
    custom(tag).add_any_attr(attributes).child(children).into_any()
}

/// An element with a class and a text.
pub(super) fn words(tag: &'static str, class: &'static str, text: impl Into<String>) -> AnyView {
    element(tag, vec![attribute("class", class)], vec![plain(text)])
}

/// A text.
pub(super) fn plain(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    text.into_any()
}

/// An attribute.
pub(super) fn attribute(name: &'static str, value: impl Into<String>) -> AnyAttribute {
    let value: String = value.into();
    custom_attribute(name, value).into_any_attr()
}

/// An attribute that changes with the signals that it reads; `None` takes it away.
pub(super) fn live_attribute(
    name: &'static str,
    value: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
) -> AnyAttribute {
    let value: Box<dyn Fn() -> Option<&'static str> + Send + Sync> = Box::new(value);
    custom_attribute(name, value).into_any_attr()
}

/// What is done when it is pressed.
pub(super) fn pressed(press: impl FnMut(MouseEvent) + 'static) -> AnyAttribute {
    let press: Box<dyn FnMut(MouseEvent)> = Box::new(press);
    on(leptos::ev::click, press).into_any_attr()
}

/// Something that is drawn again when a signal that it reads changes: what is the same stays in its place.
pub(super) fn live(draw: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let draw: Box<dyn Fn() -> AnyView + Send + Sync> = Box::new(draw);
    draw.into_any()
}

/// The same for a plain function of the panel.
pub(super) fn live_part(panel: Panel, draw: fn(Panel) -> AnyView) -> AnyView {
    live(move || draw(panel))
}

/// A label and what it is about.
pub(super) fn figure(
    label: impl Into<String>,
    key: &'static str,
    value: impl Into<String>,
) -> AnyView {
    let value = element("dd", vec![attribute("data-figure", key)], vec![plain(value)]);
    let class = vec![attribute("class", "figure")];
    element("div", class, vec![element("dt", vec![], vec![plain(label)]), value])
}

//! A part of the page that is there now and then.

use leptos::prelude::*;

/// Shows what is in it while `when` is true.
///
/// In the place of Leptos' own `Show`, which is compiled anew for each of its uses: this one is there once.
#[component]
pub fn Show(
    /// Whether it is there.
    #[prop(into)]
    when: Signal<bool>,
    /// What is there.
    children: ChildrenFn,
) -> impl IntoView {
    // What is read may change without a change of this.
    let is_there = Memo::new(move |_| when.get());
    move || is_there.get().then(|| children())
}

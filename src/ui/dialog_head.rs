//! The head of a dialog of the page's own: what it is about, and a button that closes it by the browser's own means.

use std::borrow::Cow;

use leptos::prelude::*;
use rust_i18n::t;

/// The head, for inside of a dialog.
#[component]
pub fn DialogHead(
    /// The heading's name in the document.
    id: &'static str,
    /// What it says.
    title: Cow<'static, str>,
) -> impl IntoView {
    view! {
        <form method="dialog" class="head dialog-head">
            // With the focus, so that reading begins here.
            <h2 id=id class="grow" tabindex="-1" autofocus>{title}</h2>
            <button class="button small">{t!("close")}</button>
        </form>
    }
}

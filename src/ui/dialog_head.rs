//! The head of a dialog of the page's own: what it is about, and a button that closes it by the browser's own means.

use std::borrow::Cow;

use leptos::prelude::*;
use rust_i18n::t;

/// The head, for inside of a dialog. `id`: the heading's name in the document.
pub fn dialog_head(id: &'static str, title: Cow<'static, str>) -> AnyView {
    view! {
        <form method="dialog" class="head dialog-head">
            // Where a dialog opens with it, reading begins here.
            <h2 id=id class="grow" tabindex="-1" autofocus>{title}</h2>
            <button class="button small">{t!("close")}</button>
        </form>
    }
    .into_any()
}

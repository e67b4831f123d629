//! A page with a field to type into, made with Leptos like Duologue's. Nothing is less.

use leptos::prelude::*;

fn main() {
    leptos::mount::mount_to_body(|| view! { <label>"Name " <input id="name" /></label> });
}

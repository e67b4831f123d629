//! A round sign for a person.

use leptos::prelude::*;

/// A round sign with a name's first letter.
#[component]
pub fn Avatar(
    /// Whose sign it is.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let letter = move || {
        name.with(|name| name.chars().next().map(|c| c.to_uppercase().to_string()))
            .unwrap_or_default()
    };
    // One of six tints, the same for the same name everywhere.
    let tint =
        move || format!("avatar tint-{}", name.with(|n| n.bytes().map(u32::from).sum::<u32>() % 6));
    view! { <span class=tint aria-hidden="true">{letter}</span> }
}

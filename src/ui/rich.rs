//! A sentence with code in it.

use leptos::prelude::*;

/// The sentence, with each `%{name}` replaced by its text, set as code.
pub(super) fn rich(sentence: &str, parts: &[(&str, &str)]) -> AnyView {
    let mut rest = sentence;
    let mut views = Vec::new();
    while let Some((before, (name, after))) =
        rest.split_once("%{").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        views.push(before.to_owned().into_any());
        let found = parts.iter().find(|(known, _)| *known == name);
        let text = found.map_or(name, |(_, text)| text).to_owned();
        views.push(view! { <code>{text}</code> }.into_any());
        rest = after;
    }
    views.push(rest.to_owned().into_any());
    views.into_any()
}

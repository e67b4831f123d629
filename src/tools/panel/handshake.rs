//! How a WebSocket is opened: the headers, and the one computation worked out.

use duologue_protocol::handshake::{GUID, Handshake, accept_value, digest};
use leptos::prelude::*;

use super::Panel;
use crate::tools::trace::words;

pub(super) fn handshake(panel: Panel) -> AnyView {
    let handshake = Memo::new(move |_| panel.read(|trace| trace.handshake.clone()));
    (move || match handshake.get() {
        Some(handshake) => shown(&handshake),
        None => view! { <p>{words::NO_HANDSHAKE}</p> }.into_any(),
    })
    .into_any()
}

fn shown(handshake: &Handshake) -> AnyView {
    let find = |headers: &[(String, String)], name: &str| {
        let found = headers.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let key = find(&handshake.request, "sec-websocket-key");
    let answered = find(&handshake.response, "sec-websocket-accept");
    let expected = accept_value(&key);
    let hex = digest(&key).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let verdict = if expected == answered { words::ACCEPT_FITS } else { words::ACCEPT_DIFFERS };
    view! {
        {headers(words::REQUEST, "request", &handshake.request)}
        {headers(words::RESPONSE, "response", &handshake.response)}
        <h4>{words::ACCEPT}</h4>
        <p class="fine muted">{words::ABOUT_ACCEPT}</p>
        <dl class="steps">
            {step("The key, as the browser sent it", "key", key.clone())}
            {step("With RFC 6455’s fixed text behind it", "key-guid", key + GUID)}
            {step("SHA-1 of that, in hex", "sha1", hex)}
            {step("The same 20 bytes in base64", "accept", expected)}
            {step("What the relay answered", "accept-answered", answered)}
        </dl>
        <p data-figure="accept-verdict">{verdict}</p>
    }
    .into_any()
}

fn headers(title: &'static str, key: &'static str, headers: &[(String, String)]) -> AnyView {
    let rows = headers.iter().map(|(name, value)| {
        view! { <tr><th scope="row">{name.clone()}</th><td>{value.clone()}</td></tr> }
    });
    view! {
        <table class="headers" data-figure=format!("handshake-{key}")>
            <caption>{title}</caption>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn step(label: &'static str, key: &'static str, value: String) -> AnyView {
    view! {
        <dt>{label}</dt>
        <dd data-figure=key>{value}</dd>
    }
    .into_any()
}

//! How a WebSocket is opened: the headers, and the one computation worked out.

use duologue_protocol::handshake::{GUID, Handshake, accept_value, digest};
use leptos::prelude::*;

use super::Panel;
use super::draw::{attribute, element, live_part, plain, words as said};
use crate::trace::words;

pub(super) fn handshake(panel: Panel) -> AnyView {
    live_part(panel, |panel| {
        panel.read(|trace| match &trace.handshake {
            Some(handshake) => shown(handshake),
            None => said("p", "", words::NO_HANDSHAKE),
        })
    })
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
    let steps = [
        (words::STEP_KEY, "key", key.clone()),
        (words::STEP_GUID, "key-guid", key + GUID),
        (words::STEP_SHA1, "sha1", hex),
        (words::STEP_BASE64, "accept", expected),
        (words::STEP_ANSWER, "accept-answered", answered),
    ];
    let steps = steps.into_iter().flat_map(|(label, key, value)| {
        let value = element("dd", vec![attribute("data-figure", key)], vec![plain(value)]);
        [element("dt", vec![], vec![plain(label)]), value]
    });
    let verdict =
        element("p", vec![attribute("data-figure", "accept-verdict")], vec![plain(verdict)]);
    vec![
        headers(words::REQUEST, "handshake-request", &handshake.request),
        headers(words::RESPONSE, "handshake-response", &handshake.response),
        said("h4", "", words::ACCEPT),
        said("p", "fine muted", words::ABOUT_ACCEPT),
        element("dl", vec![attribute("class", "steps")], steps.collect()),
        verdict,
    ]
    .into_any()
}

fn headers(title: &'static str, key: &'static str, headers: &[(String, String)]) -> AnyView {
    let rows = headers.iter().map(|(name, value)| {
        let name = element("th", vec![attribute("scope", "row")], vec![plain(name)]);
        element("tr", vec![], vec![name, element("td", vec![], vec![plain(value)])])
    });
    let rows = element("tbody", vec![], rows.collect());
    let table = vec![attribute("class", "headers"), attribute("data-figure", key)];
    element("table", table, vec![element("caption", vec![], vec![plain(title)]), rows])
}

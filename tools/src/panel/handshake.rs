//! How a WebSocket is opened: the headers, and the one computation worked out.

use duologue_protocol::handshake::{GUID, Handshake, accept_value, digest};
use leptos::prelude::*;
use rust_i18n::t;

use super::Panel;
use super::draw::{attribute, element, live_part, plain, words as said};
use crate::language::Words;

pub(super) fn handshake(panel: Panel) -> AnyView {
    live_part(panel, |panel| {
        panel.read(|trace| match &trace.handshake {
            Some(handshake) => shown(handshake),
            None => said("p", "", t!("handshake.none")),
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
    let verdict = if expected == answered { t!("handshake.fits") } else { t!("handshake.differs") };
    let steps = [
        (t!("handshake.step_key"), "key", key.clone()),
        (t!("handshake.step_guid"), "key-guid", key + GUID),
        (t!("handshake.step_sha1"), "sha1", hex),
        (t!("handshake.step_base64"), "accept", expected),
        (t!("handshake.step_answer"), "accept-answered", answered),
    ];
    let steps = steps.into_iter().flat_map(|(label, key, value)| {
        let value = element("dd", vec![attribute("data-figure", key)], vec![plain(value)]);
        [element("dt", vec![], vec![plain(label)]), value]
    });
    let verdict =
        element("p", vec![attribute("data-figure", "accept-verdict")], vec![plain(verdict)]);
    vec![
        headers(t!("handshake.request"), "handshake-request", &handshake.request),
        headers(t!("handshake.response"), "handshake-response", &handshake.response),
        said("h4", "", t!("handshake.accept")),
        said("p", "fine muted", t!("handshake.about_accept")),
        element("dl", vec![attribute("class", "steps")], steps.collect()),
        verdict,
    ]
    .into_any()
}

fn headers(title: Words, key: &'static str, headers: &[(String, String)]) -> AnyView {
    let rows = headers.iter().map(|(name, value)| {
        let name = element("th", vec![attribute("scope", "row")], vec![plain(name)]);
        element("tr", vec![], vec![name, element("td", vec![], vec![plain(value)])])
    });
    let rows = element("tbody", vec![], rows.collect());
    let table = vec![attribute("class", "headers"), attribute("data-figure", key)];
    element("table", table, vec![element("caption", vec![], vec![plain(title)]), rows])
}

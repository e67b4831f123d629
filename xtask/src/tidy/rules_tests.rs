//! Sources that break the rules, and ones that come close without breaking them.

use super::*;

/// The lines that are wrong in a file with a header, which is its line 1.
fn wrong(path: &str, body: &str) -> Vec<usize> {
    check(path, &format!("//! Header.\n{body}")).iter().map(|violation| violation.line).collect()
}

/// A word that this file may not spell out where it is checked itself.
fn nap(arguments: &str) -> String {
    ["sle", "ep(", arguments, ");"].concat()
}

#[test]
fn a_violation_is_path_line_rule() {
    let text = check("src/ui.rs", "//! Header.\nuse web_sys::Window;")[0].to_string();
    assert!(text.starts_with("src/ui.rs:2: only src/transport, "), "{text}");
}

#[test]
fn sans_io_crates_depend_on_no_runtime() {
    let manifest = |lines: &str| check("session/Cargo.toml", lines).len();
    assert_eq!(manifest("[dependencies]\nserde = \"1\"\ntokio = \"1\"\n"), 1);
    assert_eq!(manifest("[dependencies]\ngloo-timers.workspace = true\n"), 1);
    assert_eq!(manifest("[dependencies.rand]\nversion = \"1\"\n"), 1);
    assert_eq!(manifest("[target.'cfg(unix)'.dependencies]\naxum = \"1\"\n"), 1);
    assert_eq!(manifest("[dependencies]\nr = { package = \"reqwest\", version = \"1\" }\n"), 1);
    assert_eq!(manifest("[dependencies]\nserde = \"1\"\n[dev-dependencies]\ntokio = \"1\"\n"), 0);
    assert_eq!(manifest("[dependencies]\nrandomness-none = \"1\"\n"), 0);
    assert!(check("server/Cargo.toml", "[dependencies]\ntokio = \"1\"\n").is_empty());
}

#[test]
fn sans_io_sources_name_no_clock_and_no_io() {
    assert_eq!(wrong("session/src/a.rs", "let now = std::time::Instant::now();"), [2, 2]);
    assert_eq!(wrong("session/src/a.rs", "use std::time::{Duration, Instant};"), [2]);
    assert_eq!(wrong("protocol/src/a.rs", "use std::{\n    fmt,\n    net::IpAddr,\n};"), [2]);
    assert_eq!(wrong("protocol/src/a.rs", "std::thread::spawn(f);"), [2]);
    assert!(wrong("session/src/a.rs", "use std::time::Duration;\n// std::fs, no.").is_empty());
    assert!(wrong("server/src/a.rs", "use std::fs;").is_empty());
}

#[test]
fn only_the_page_s_edge_names_the_browser() {
    for body in ["use leptos::web_sys;", "js_sys::Date::now()", "use gloo_net::http::Request;"] {
        assert_eq!(wrong("src/ui/timeline.rs", body), [2], "{body}");
        assert_eq!(wrong("src/transporter.rs", body), [2], "{body}");
        assert!(wrong("src/transport/socket.rs", body).is_empty(), "{body}");
        assert!(wrong("src/store.rs", body).is_empty(), "{body}");
        assert!(wrong("tests/page.rs", body).is_empty(), "{body}");
    }
    assert_eq!(wrong("tools/src/panel/mod.rs", "use wasm_bindgen::JsValue;"), [2]);
    assert_eq!(wrong("entry/src/main.rs", "use wasm_bindgen::JsValue;"), [2]);
    assert!(wrong("tools/tests/compare.rs", "use wasm_bindgen::JsValue;").is_empty());
    assert!(wrong("src/ui/timeline.rs", "use wasm_bindgen_test::wasm_bindgen_test;").is_empty());
}

#[test]
fn only_the_relay_s_transports_name_sockets() {
    for body in [
        "use tokio_tungstenite::{WebSocketStream, tungstenite::Message};",
        "use axum::extract::{Query, ws::Message};",
        "fn f(upgrade: WebSocketUpgrade) {}",
    ] {
        assert_eq!(wrong("server/src/hub.rs", body), [2], "{body}");
        assert!(wrong("server/src/transport/ws.rs", body).is_empty(), "{body}");
        assert!(wrong("server/tests/ws.rs", body).is_empty(), "{body}");
    }
}

#[test]
fn files_are_short_and_start_with_a_header() {
    let lines = |count: usize| "\n".repeat(count - 1);
    assert!(wrong("server/src/a.rs", &lines(LONGEST)).is_empty());
    assert_eq!(wrong("server/src/a.rs", &lines(LONGEST + 1)), [LONGEST + 1]);
    assert_eq!(check("a.rs", "fn main() {}").len(), 1);
    assert_eq!(check("a.rs", "").len(), 1);
    assert_eq!(check("a.rs", "// Not a header.\n//! Too late.").len(), 1);
    assert!(check("a.rs", "\n#![cfg(test)]\n//! Header.").is_empty());
    assert!(check("a.md", &"\n".repeat(2 * LONGEST)).is_empty(), "not code");
}

#[test]
fn tests_don_t_wait_for_time() {
    let pause = format!("std::thread::{}", nap("TICK"));
    assert_eq!(wrong("e2e/src/lib.rs", &pause), [2]);
    assert_eq!(wrong("server/tests/a.rs", &pause), [2]);
    assert!(wrong("e2e/src/lib.rs", &format!("{pause} // wait: for the port")).is_empty());
    assert!(wrong("e2e/src/lib.rs", &format!("// wait: for the port\n{pause}")).is_empty());
    assert_eq!(wrong("e2e/src/lib.rs", &format!("// wait: for it\n{pause}\n{pause}")), [4]);
    assert!(wrong("server/src/a.rs", &pause).is_empty(), "the product may");
    assert_eq!(wrong("server/src/a.rs", &format!("#[cfg(test)]\nmod tests {{\n{pause}\n}}")), [4]);
    assert!(wrong("e2e/src/lib.rs", "no_sleeping(1); // sleep is no call").is_empty());
}

#[test]
fn no_file_names_somebody_s_machine() {
    let somewhere = format!("/{}/me/duologue", "home");
    assert_eq!(check("README.md", &format!("Put it in {somewhere}.")).len(), 1);
    assert_eq!(check("a.toml", &format!("path = \"{somewhere}\"")).len(), 1);
    assert!(check("README.md", &format!("See https://example.org{somewhere}.")).is_empty());
    assert!(check("README.md", "dist/work of art").is_empty());
}

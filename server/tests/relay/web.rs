//! The page, from a folder and from the binary.

use std::fs;
#[cfg(page_built)]
use std::net::SocketAddr;

use duologue_server::Relay;
use tempfile::TempDir;

use crate::common::{TestRelay, http};

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// What Trunk makes, in small.
fn dist() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html><title>小秋</title>"),
        ("app-0123456789abcdef.js", "export {}"),
        ("app-0123456789abcdef.js.br", "pretend brotli"),
        ("app-0123456789abcdef.js.gz", "pretend gzip"),
        ("app-0123456789abcdef_bg.wasm", "\0asm"),
        ("style-fedcba9876543210.css", "body {}"),
        ("icon.svg", "<svg/>"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

async fn relay_of(folder: &TempDir) -> TestRelay {
    TestRelay::with(|config| config.web = Some(folder.path().to_owned())).await
}

#[tokio::test]
async fn a_folder_is_served_with_types_and_lifetimes() {
    let folder = dist();
    let relay = relay_of(&folder).await;
    for (path, kind, cache) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/icon.svg", "image/svg+xml", "no-cache"),
        ("/app-0123456789abcdef.js", "text/javascript; charset=utf-8", IMMUTABLE),
        ("/app-0123456789abcdef_bg.wasm", "application/wasm", IMMUTABLE),
        ("/style-fedcba9876543210.css", "text/css; charset=utf-8", IMMUTABLE),
    ] {
        let response = http(relay.address, &format!("GET {path}"), &[]).await;
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.header("content-type"), Some(kind), "{path}");
        assert_eq!(response.header("cache-control"), Some(cache), "{path}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(!response.body.is_empty(), "{path}");
        let policy = response.header("content-security-policy").unwrap();
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "connect-src 'self'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(response.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert!(response.header("permissions-policy").is_some(), "{path}");

        let head = http(relay.address, &format!("HEAD {path}"), &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("content-type"), Some(kind), "{path}");
    }
}

#[tokio::test]
async fn a_folders_compressed_files_are_used() {
    let folder = dist();
    let relay = relay_of(&folder).await;
    for (accepted, encoding, body) in [
        ("br, gzip", Some("br"), "pretend brotli"),
        ("gzip", Some("gzip"), "pretend gzip"),
        ("identity", None, "export {}"),
    ] {
        let accepted = format!("Accept-Encoding: {accepted}");
        let request = "GET /app-0123456789abcdef.js";
        let response = http(relay.address, request, &[&accepted]).await;
        assert_eq!(response.header("content-encoding"), encoding);
        assert_eq!(response.text(), body);
        assert_eq!(response.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert!(response.header("vary").is_some());
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_in_words() {
    let folder = dist();
    fs::write(folder.path().parent().unwrap().join("outside.txt"), "outside").unwrap();
    let (with_folder, without) = (relay_of(&folder).await, TestRelay::start().await);
    for relay in [&with_folder, &without] {
        for path in [
            "/nothing-0123456789abcdef.js",
            "/v1/nothing",
            "/../outside.txt",
            "/%2e%2e/outside.txt",
        ] {
            let response = http(relay.address, &format!("GET {path}"), &[]).await;
            assert_eq!(response.status, 404, "{path}");
            assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
            assert_eq!(response.header("cache-control"), Some("no-cache"), "{path}");
            assert_eq!(response.text().lines().count(), 1);
        }
    }
    with_folder.works().await;
}

#[tokio::test]
async fn a_folder_without_a_page_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut config = <duologue_server::Config as clap::Parser>::parse_from(["duologue-server"]);
    config.web = Some(folder.path().to_owned());
    let error = Relay::bind(config).await.unwrap_err().to_string();
    assert!(error.contains("index.html") && error.lines().count() == 1, "{error}");
}

#[cfg(not(page_built))]
#[tokio::test]
async fn a_relay_without_a_page_says_how_to_build_it() {
    let relay = TestRelay::start().await;
    let response = http(relay.address, "GET /", &[]).await;
    assert_eq!(response.status, 503);
    assert!(response.text().contains("trunk build --release"));
    assert!(response.text().contains("cargo xtask serve"));
    assert_eq!(response.text().lines().count(), 1);
    relay.works().await;
}

#[cfg(page_built)]
#[tokio::test]
async fn the_page_in_the_binary_is_compressed_and_cached() {
    let relay = TestRelay::start().await;
    let index = get(relay.address, "/", "identity").await;
    assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(index.header("cache-control"), Some("no-cache"));

    // Whatever the page is called today, its own index names it.
    let (before, _) = index.text().split_once("_bg.wasm").unwrap();
    let name = before.rsplit(['"', '\'', '/']).next().unwrap();
    let (script, wasm) = (format!("/{name}.js"), format!("/{name}_bg.wasm"));
    for (path, kind) in [(&script, "text/javascript; charset=utf-8"), (&wasm, "application/wasm")] {
        let plain = get(relay.address, path, "identity").await;
        assert_eq!(plain.header("content-type"), Some(kind), "{path}");
        assert_eq!(plain.header("cache-control"), Some(IMMUTABLE), "{path}");
        for encoding in ["br", "gzip"] {
            let small = get(relay.address, path, encoding).await;
            assert_eq!(small.header("content-encoding"), Some(encoding), "{path}");
            assert!(small.body.len() < plain.body.len(), "{path}");
        }
    }
}

#[cfg(page_built)]
async fn get(address: SocketAddr, path: &str, encoding: &str) -> crate::common::Response {
    let encoding = format!("Accept-Encoding: {encoding}");
    let response = http(address, &format!("GET {path}"), &[&encoding]).await;
    assert_eq!(response.status, 200, "{path}");
    response
}

//! What every file of the page says to the browser beside its content: what the page may do, and who may do
//! what to it.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
};

/// - Scripts, styles and pictures come from here and stand in files; `wasm-unsafe-eval` allows compiling
///   WebAssembly and nothing else. So text that got into the page as HTML could run nothing.
/// - The page talks to the relay that served it (`'self'` is its WebSocket as well, CSP level 3) and to
///   nobody else, so that text could tell nobody anything either.
/// - No other site may show the page inside its own, and have its buttons pressed.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// None of what a browser could give a page is needed, but the clipboard, to copy the invitation.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), \
    gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()";

const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    // A link in a message tells nobody where it was found: the address has names in it.
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    // What opened this page, or is opened by it, gets no hold of its window.
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) fn insert(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

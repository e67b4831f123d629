//! A text as HTTP requests, so that what the fuzzer found can be read, and written by hand:
//!
//! ```text
//! POST /v1/poll
//! ====
//! GET /v1/poll?after=1&wait=20
//! authorization: Bearer TOKEN0
//! ====
//! POST /v1/poll/frames
//! authorization: Bearer TOKEN0
//!
//! {"from":1,"frames":[]}
//! ```
//!
//! `TOKEN0` is the token of the connection that was opened first. A request has the host `localhost` unless it names
//! another.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderValue, Method};

/// How many requests one script has at most: a run is to be short.
const REQUESTS_MAX: usize = 48;

/// A request of a script, with its head taken apart.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    /// The number of the connection whose token it has.
    pub(super) of: Option<usize>,
    pub(super) body: String,
    pub(super) request: Request,
}

/// The requests' texts.
pub(super) fn requests(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n====\n").take(REQUESTS_MAX)
}

/// Reads one of them. Nothing, if HTTP itself has no such request: hyper would not hand it on.
pub(super) fn read(text: &str, tokens: &[String]) -> Option<Asked> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut head = head.lines();
    let (method, target) = head.next()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for line in head {
        let (name, value) = line.split_once(": ")?;
        let mut value = value.to_owned();
        for (n, token) in tokens.iter().enumerate() {
            value = value.replace(&format!("TOKEN{n}"), token);
        }
        request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    let mut request = request.body(Body::from(body.to_owned())).ok()?;
    request.headers_mut().entry(HOST).or_insert(HeaderValue::from_static("localhost"));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let by = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let of = by.and_then(|by| tokens.iter().position(|token| by.contains(token)));
    Some(Asked { method, path, of, body: body.to_owned(), request })
}

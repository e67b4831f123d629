//! How long the heads of requests and answers are on the wire, and which of their headers make a
//! WebSocket handshake.

use axum::http::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderName};
use axum::http::{Method, StatusCode, Uri};
use duologue_protocol::handshake::Handshake;

/// What hyper adds to every answer: `date: Mon, 23 Nov 2026 10:00:00 GMT`.
const DATE_BYTES: usize = line("date", 29);

/// A value longer than this is cut: it is for people to look at.
const VALUE_MAX_BYTES: usize = 256;

/// The length of `NAME: VALUE` and a line's end.
const fn line(name: &str, value: usize) -> usize {
    name.len() + 2 + value + 2
}

/// The length of a request's head as HTTP/1.1 has it (RFC 9112 section 2.1).
pub(super) fn request_bytes(method: &Method, uri: &Uri, headers: &HeaderMap) -> usize {
    let target = uri.path_and_query().map_or(1, |target| target.as_str().len());
    let start = method.as_str().len() + 1 + target + 1 + "HTTP/1.1\r\n".len();
    start + headers_bytes(headers) + 2
}

/// The length of an answer's head, with the headers that hyper adds: `date`, and `content-length` where
/// there is a `body` of known length.
pub(super) fn response_bytes(status: StatusCode, headers: &HeaderMap, body: Option<u64>) -> usize {
    let reason = status.canonical_reason().unwrap_or_default().len();
    let start = "HTTP/1.1 200 ".len() + reason + 2;
    let date = if headers.contains_key(DATE) { 0 } else { DATE_BYTES };
    let length = body.filter(|_| !headers.contains_key(CONTENT_LENGTH));
    let length = length.map_or(0, |length| line("content-length", length.to_string().len()));
    start + headers_bytes(headers) + date + length + 2
}

fn headers_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| line(name.as_str(), value.len())).sum()
}

/// What of a handshake is worth a look. No cookie and no password is among it.
pub(super) fn handshake(
    (method, uri, request): (&Method, &Uri, &HeaderMap),
    (status, response): (StatusCode, &HeaderMap),
) -> Handshake {
    const OF_REQUEST: [&str; 8] = [
        "host",
        "origin",
        "upgrade",
        "connection",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-extensions",
        "sec-websocket-protocol",
    ];
    const OF_RESPONSE: [&str; 3] = ["upgrade", "connection", "sec-websocket-accept"];
    let bytes = |bytes| u32::try_from(bytes).unwrap_or(u32::MAX);
    Handshake {
        request: select(request, &OF_REQUEST),
        request_bytes: bytes(request_bytes(method, uri, request)),
        response: select(response, &OF_RESPONSE),
        response_bytes: bytes(response_bytes(status, response, None)),
    }
}

fn select(headers: &HeaderMap, names: &[&'static str]) -> Vec<(String, String)> {
    let mut selected = Vec::new();
    for name in names {
        for value in headers.get_all(HeaderName::from_static(name)) {
            let value = String::from_utf8_lossy(value.as_bytes());
            let end = value.floor_char_boundary(VALUE_MAX_BYTES);
            selected.push(((*name).to_owned(), value[..end].to_owned()));
        }
    }
    selected
}

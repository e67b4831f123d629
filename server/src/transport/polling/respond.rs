//! What answers over HTTP have in common: JSON, never to be kept, and how long they are on the wire.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use duologue_protocol::polling::BYTES_HEADER;
use duologue_protocol::{ErrorCode, Rejection, RelayFrame, codec};
use hyper::body::Body as _;
use serde::Serialize;

use super::connection::Counts;
use super::registry::Entry;
use crate::edge::TooMany;
use crate::shared::Shared;
use crate::transport::{gate, head};

/// A request that gets no 200.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Option<String>,
    retry_after: Option<Duration>,
    /// The rule, where nobody has counted that it was broken.
    uncounted: Option<ErrorCode>,
    /// Whose connection it was, if that is known.
    counts: Option<Arc<Counts>>,
}

impl Refusal {
    /// The same, of a connection that lives on.
    pub(super) fn of(self, entry: &Entry) -> Self {
        Self { counts: Some(Arc::clone(&entry.counts)), ..self }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let status = match rejection.code {
            ErrorCode::BadToken => StatusCode::UNAUTHORIZED,
            ErrorCode::OutOfOrder | ErrorCode::Replaced => StatusCode::CONFLICT,
            ErrorCode::PostTooLarge | ErrorCode::FrameTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        };
        let (retry_after, uncounted) = (rejection.retry_after, Some(rejection.code));
        let body = Some(codec::encode(&RelayFrame::from(rejection)));
        Self { status, body, retry_after, uncounted, counts: None }
    }
}

impl From<TooMany> for Refusal {
    fn from(refusal: TooMany) -> Self {
        // The gate has counted it.
        Self { uncounted: None, ..Rejection::from(refusal).into() }
    }
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self { status, body: None, retry_after: None, uncounted: None, counts: None }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = match self.body {
            Some(body) => (self.status, [(CONTENT_TYPE, "application/json")], body).into_response(),
            None => self.status.into_response(),
        };
        response.extensions_mut().extend(self.counts.map(extension).unwrap_or_default());
        if let Some(code) = self.uncounted {
            response.extensions_mut().insert(code);
        }
        match self.retry_after {
            Some(retry_after) => gate::come_back(response, retry_after),
            None => response,
        }
    }
}

/// The 200 of a connection.
pub(super) fn json(body: &impl Serialize, entry: &Entry) -> Response {
    // Structs of numbers, strings and JSON that was checked: serde_json can't fail on them.
    let body = serde_json::to_string(body).unwrap_or_default();
    let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
    response.extensions_mut().extend(extension(Arc::clone(&entry.counts)));
    response
}

fn extension(counts: Arc<Counts>) -> axum::http::Extensions {
    let mut extensions = axum::http::Extensions::new();
    extensions.insert(counts);
    extensions
}

/// Says in a header how many bytes the request and its answer have, and counts them for the connection; and counts
/// what was refused.
pub(super) async fn measure(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let body: u64 = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    let head = head::request_bytes(request.method(), request.uri(), request.headers()) as u64;
    // What it says of its body need not be true.
    let bytes_in = head.saturating_add(body);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let bytes_out = answer_bytes(&mut response, bytes_in);
    if let Some(counts) = response.extensions().get::<Arc<Counts>>() {
        counts.answered(bytes_in, bytes_out);
    }
    if let Some(code) = response.extensions().get::<ErrorCode>() {
        shared.metrics.refusals.input(true, *code);
    }
    response
}

/// Writes the header, which counts itself, and returns the answer's length.
fn answer_bytes(response: &mut Response, bytes_in: u64) -> u64 {
    const NAME: HeaderName = HeaderName::from_static(BYTES_HEADER);
    let body = response.body().size_hint().exact().unwrap_or(0);
    // An answer without content has no length either (RFC 9110 section 8.6).
    let named = (response.status() != StatusCode::NO_CONTENT).then_some(body);
    let mut total = 0;
    // Its own length grows with the number in it: at first by the digits of a total that had one, then by the one
    // digit that these may add. The fourth time it says what it is.
    for _ in 0..4 {
        let value = HeaderValue::try_from(format!("{bytes_in} {total}"));
        let Ok(value) = value else { break };
        response.headers_mut().insert(NAME, value);
        total = head::response_bytes(response.status(), response.headers(), named) as u64 + body;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_any_length_says_its_length() {
        for length in 0..11_000 {
            let mut response = "x".repeat(length).into_response();
            let counted = answer_bytes(&mut response, 1);
            let said = response.headers().get(BYTES_HEADER).map(|value| value.to_str().unwrap());
            assert_eq!(said, Some(format!("1 {counted}").as_str()), "a body of {length}");
        }
    }
}

//! Whom a request may come from, and to which host: the same for every way to speak to the relay.

use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tracing::info;

use crate::shared::Shared;

/// Lets a request in, or answers it: 421 (RFC 9110 section 15.5.20) for another host than this relay, 403 for a
/// page that may not connect. Without this, any page that a person visits could have the relay do work.
pub(super) fn check(shared: &Shared, headers: &HeaderMap) -> Result<(), Box<Response>> {
    if !headers.contains_key(HOST) {
        let rule = "a request says its `Host` (RFC 9112 section 3.2)\n";
        return Err(Box::new((StatusCode::BAD_REQUEST, rule).into_response()));
    }
    if let Err(wrong) = shared.hosts.check(headers) {
        info!(rule = %wrong, "request refused");
        return Err(Box::new(
            (StatusCode::MISDIRECTED_REQUEST, format!("{wrong}\n")).into_response(),
        ));
    }
    if let Err(forbidden) = shared.origins.check(headers) {
        info!(rule = %forbidden, "request refused");
        return Err(Box::new((StatusCode::FORBIDDEN, format!("{forbidden}\n")).into_response()));
    }
    Ok(())
}

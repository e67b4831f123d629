//! Whom a request may come from, to which host, and how many of them: the same for every way to speak to the relay.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::header::{HOST, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::edge::{Place, TooMany};
use crate::metrics::RequestRule;
use crate::shared::{Client, Shared};

/// Somebody who opens a connection. The connection counts against the share of its address while this lives.
#[derive(Debug)]
pub(super) struct Guest {
    /// Who it is, as far as the relay can tell: for the log.
    pub(super) address: IpAddr,
    _place: Option<Place>,
}

/// Lets a request in, or answers it: 421 (RFC 9110 section 15.5.20) for another host than this relay, 403 for a
/// page that may not connect. Without this, any page that a person visits could have the relay do work.
pub(super) fn check(
    shared: &Shared,
    client: &Client,
    headers: &HeaderMap,
) -> Result<(), Box<Response>> {
    let count = |rule| shared.metrics.refusals.request(rule);
    if !headers.contains_key(HOST) {
        count(RequestRule::NoHost);
        let rule = "a request says its `Host` (RFC 9112 section 3.2)\n";
        return Err(Box::new((StatusCode::BAD_REQUEST, rule).into_response()));
    }
    if let Err(wrong) = shared.hosts.check(headers, client.came_to) {
        count(RequestRule::WrongHost);
        shared.edge.refused(&wrong);
        let answer = (StatusCode::MISDIRECTED_REQUEST, format!("{wrong}\n"));
        return Err(Box::new(answer.into_response()));
    }
    if let Err(forbidden) = shared.origins.check(headers) {
        count(RequestRule::ForbiddenOrigin);
        shared.edge.refused(&forbidden);
        return Err(Box::new((StatusCode::FORBIDDEN, format!("{forbidden}\n")).into_response()));
    }
    Ok(())
}

/// Lets somebody open a connection whose request was [let in](check).
pub(super) fn enter(
    shared: &Shared,
    client: &Client,
    headers: &HeaderMap,
) -> Result<Guest, TooMany> {
    let address = shared.edge.client(client.address.ip(), headers);
    let place = shared.edge.open(address).inspect_err(|refusal| {
        refusal.of_requests().into_iter().for_each(|rule| shared.metrics.refusals.request(rule));
    })?;
    Ok(Guest { address, _place: place })
}

/// Says when to come back, as RFC 9110 section 10.2.3 has it: in seconds, never too early.
pub(super) fn come_back(mut response: Response, retry_after: Duration) -> Response {
    let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

/// What a WebSocket's handshake gets instead (RFC 6585 section 4).
pub(super) fn too_many(refusal: TooMany) -> Response {
    let response = (StatusCode::TOO_MANY_REQUESTS, format!("{refusal}\n")).into_response();
    come_back(response, refusal.retry_after)
}

//! The two paths of the relay that speak WebSocket: who may come in, in which dialect, and the start of
//! the connection's task. The handshake itself is [`opening`]'s.

use std::error::Error;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{HeaderValue, UPGRADE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use duologue_protocol::frame::Heartbeat;
use duologue_protocol::handshake::Handshake;
use duologue_protocol::limits::FRAME_MAX_BYTES;
use tracing::{info, info_span, instrument::Instrument as _};

use super::opening::{self, upgrade_headers};
use super::{gate, head, pump};
use crate::dialect::Dialect;
use crate::dialect::classic::Classic;
use crate::dialect::v1::V1;
use crate::identity::Door;
use crate::outgoing::{self, Outgoing};
use crate::random;
use crate::shared::{Client, Shared};
use crate::stall::Written;

/// Whether a request asks for a WebSocket, well or badly.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers a handshake on the classic path.
pub fn classic(shared: &Arc<Shared>, request: Request) -> Response {
    upgrade(shared, request, |outgoing, door, _| {
        Ok(Classic::new(Arc::clone(&shared.hub), outgoing, door))
    })
}

/// Answers a handshake on the path of v1.
pub fn v1(shared: &Arc<Shared>, request: Request) -> Response {
    if !is_upgrade(request.headers()) {
        let rule = "this path speaks WebSocket: send a request with `Upgrade: websocket`\n";
        return (StatusCode::UPGRADE_REQUIRED, upgrade_headers(), rule).into_response();
    }
    let timings = &shared.timings;
    let heartbeat = Heartbeat::new(timings.heartbeat_interval, timings.heartbeat_timeout);
    upgrade(shared, request, |outgoing, door, handshake| {
        let (hub, nonce) = (Arc::clone(&shared.hub), random::nonce()?);
        Ok(V1::new(hub, outgoing, nonce, door, heartbeat, Some(Box::new(handshake))))
    })
}

fn upgrade<D: Dialect>(
    shared: &Arc<Shared>,
    mut request: Request,
    dialect: impl FnOnce(Outgoing, Door, Handshake) -> Result<D, Box<dyn Error>>,
) -> Response {
    let Some(client) = request.extensions_mut().remove::<Client>() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if let Err(refusal) = gate::check(shared, &client, request.headers()) {
        return *refusal;
    }
    let guest = match gate::enter(shared, &client, request.headers()) {
        Ok(guest) => guest,
        Err(refusal) => return gate::too_many(refusal),
    };
    let (mut response, opening) = match opening::accept(&mut request, FRAME_MAX_BYTES) {
        Ok(accepted) => accepted,
        Err(refusal) => return refusal,
    };
    // What every answer gets, already here, so that it is counted.
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let handshake = head::handshake(
        (request.method(), request.uri(), request.headers()),
        (response.status(), response.headers()),
    );
    let (outgoing, queue) = outgoing::queue_of(&shared.waiting);
    let door = shared.door(request.headers(), guest.address);
    let dialect = match dialect(outgoing.clone(), door, handshake) {
        Ok(dialect) => dialect,
        Err(error) => {
            info!(%error, "connection refused");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };

    let span = info_span!(
        "connection",
        dialect = D::NAME,
        peer = %client.address,
        client = %guest.address,
        user = tracing::field::Empty
    );
    let connection = pump::Connection {
        counted: (client, guest),
        dialect,
        outgoing,
        queue,
        metrics: Arc::clone(&shared.metrics),
        written: request.extensions_mut().remove::<Arc<Written>>().unwrap_or_default(),
        timings: shared.timings,
        shutdown: shared.shutdown.clone(),
    };
    let tasks = shared.tasks.clone();
    shared.tasks.spawn(async move {
        // A client that left between its request and the answer: there is nothing to speak over.
        let Some(socket) = opening.socket().await else { return };
        // A task of its own, so that it holds nothing of how it came to be.
        tasks.spawn(pump::run(socket, connection).instrument(span));
    });
    response
}

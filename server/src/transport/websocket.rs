//! From an HTTP request to a WebSocket: the handshake, and the start of the connection's task.

use std::error::Error;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_VERSION, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use duologue_protocol::frame::Heartbeat;
use duologue_protocol::handshake::Handshake;
use duologue_protocol::limits::FRAME_MAX_BYTES;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tracing::{info, info_span, instrument::Instrument as _};

use super::{head, pump};
use crate::dialect::Dialect;
use crate::dialect::classic::Classic;
use crate::dialect::v1::V1;
use crate::outgoing::{self, Outgoing};
use crate::random;
use crate::shared::{Client, Shared};

/// tungstenite's own 128 KiB a connection, twice, would be 2.5 GiB for ten thousand people, most of
/// whom are silent. Nearly every frame of a chat fits into this; a larger one grows the buffer.
const BUFFER_BYTES: usize = 4 * 1024;

/// One largest frame, the buffer before it, and room for control frames: what can wait for a socket
/// that takes nothing, since nothing more is written then.
const WRITE_BUFFER_MAX_BYTES: usize = BUFFER_BYTES + FRAME_MAX_BYTES + 1024;

/// Whether a request asks for a WebSocket, well or badly.
pub fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers a handshake on the classic path.
pub fn classic(shared: &Arc<Shared>, request: Request) -> Response {
    let door = shared.door(request.headers());
    upgrade(shared, request, |outgoing, _| {
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
    let door = shared.door(request.headers());
    upgrade(shared, request, |outgoing, handshake| {
        let (hub, nonce) = (Arc::clone(&shared.hub), random::nonce()?);
        Ok(V1::new(hub, outgoing, nonce, door, heartbeat, Some(Box::new(handshake))))
    })
}

fn upgrade<D: Dialect>(
    shared: &Arc<Shared>,
    mut request: Request,
    dialect: impl FnOnce(Outgoing, Handshake) -> Result<D, Box<dyn Error>>,
) -> Response {
    if let Err(forbidden) = shared.origins.check(request.headers()) {
        info!(origin = ?forbidden.origin, "page refused: --allow-origin would let it in");
        return (StatusCode::FORBIDDEN, format!("{forbidden}\n")).into_response();
    }
    let mut response = match create_response_with_body(&request, Body::empty) {
        Ok(response) => response,
        Err(broken) => {
            let rule = format!("not a WebSocket handshake: {broken}\n");
            return (StatusCode::BAD_REQUEST, upgrade_headers(), rule).into_response();
        }
    };
    // What every answer gets, already here, so that it is counted.
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let handshake = head::handshake(
        (request.method(), request.uri(), request.headers()),
        (response.status(), response.headers()),
    );
    let extensions = request.extensions_mut();
    let (Some(on_upgrade), Some(client)) =
        (extensions.remove::<OnUpgrade>(), extensions.remove::<Client>())
    else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let (outgoing, queue) = outgoing::queue();
    let dialect = match dialect(outgoing.clone(), handshake) {
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
        user = tracing::field::Empty
    );
    let connection = pump::Connection {
        dialect,
        outgoing,
        queue,
        timings: shared.timings,
        shutdown: shared.shutdown.clone(),
    };
    let task = async move {
        // The connection counts against the relay's limit until its task ends.
        let _client = client;
        // A client that left between its request and the answer: there is nothing to speak over.
        let Ok(upgraded) = on_upgrade.await else { return };
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config()))
                .await;
        pump::run(socket, connection).await;
    };
    shared.tasks.spawn(task.instrument(span));
    response
}

fn config() -> WebSocketConfig {
    tungstenite::protocol::WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_MAX_BYTES)
        .max_message_size(Some(FRAME_MAX_BYTES))
        .max_frame_size(Some(FRAME_MAX_BYTES))
}

/// What a client would have to say (RFC 9110 section 7.8, RFC 6455 section 4.4).
fn upgrade_headers() -> [(HeaderName, &'static str); 3] {
    [(UPGRADE, "websocket"), (CONNECTION, "upgrade"), (SEC_WEBSOCKET_VERSION, "13")]
}

//! The opening handshake, from the server's side (RFC 6455 section 4.2), and the settings of the
//! WebSocket that comes of it.
//!
//! What a connection is for, and which pages may have one, is for others to know: the conformance
//! tests run this same code under an echo (`examples/echo.rs`).

use std::fmt;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ALLOW, CONNECTION, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use duologue_protocol::handshake::is_key;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::burst::Burst;

/// tungstenite's own 128 KiB a connection, twice, would be 2.5 GiB for ten thousand people, most of
/// whom are silent. Nearly every frame of a chat fits into this; a larger one grows the buffer. More than one
/// is [read](Burst) at a time all the same.
const READ_BUFFER_BYTES: usize = 512;

/// How much is gathered before it is written. Nothing is kept for it before there is something to write.
const WRITE_BUFFER_BYTES: usize = 4 * 1024;

/// The one version there is (RFC 6455 section 4.1).
const VERSION: &str = "13";

/// A WebSocket as the server has it.
pub type Socket = WebSocketStream<Burst<TokioIo<Upgraded>>>;

/// A handshake that is answered, and whose socket is not there yet.
#[derive(Debug)]
pub struct Opening {
    on_upgrade: OnUpgrade,
    config: WebSocketConfig,
}

impl Opening {
    /// The socket, once the answer is sent; nothing if the client left before it.
    pub async fn socket(self) -> Option<Socket> {
        let upgraded = self.on_upgrade.await.ok()?;
        let (stream, role) = (Burst::new(TokioIo::new(upgraded)), Role::Server);
        Some(WebSocketStream::from_raw_socket(stream, role, Some(self.config)).await)
    }
}

/// Answers a request for a WebSocket whose frames, and messages of many frames, may be this large.
///
/// # Errors
/// What a request gets instead that is no good handshake.
#[expect(clippy::result_large_err, reason = "both are responses, and neither is kept")]
pub fn accept(
    request: &mut Request,
    frame_max_bytes: usize,
) -> Result<(Response, Opening), Response> {
    check(request).map_err(|(status, rule)| refusal(status, rule))?;
    let response = create_response_with_body(request, Body::empty)
        .map_err(|broken| refusal(StatusCode::BAD_REQUEST, broken))?;
    let Some(on_upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return Err(StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    Ok((response, Opening { on_upgrade, config: config(frame_max_bytes) }))
}

/// What a client would have to say (RFC 9110 section 7.8, RFC 6455 section 4.4).
pub(super) fn upgrade_headers() -> [(HeaderName, &'static str); 3] {
    [(UPGRADE, "websocket"), (CONNECTION, "upgrade"), (SEC_WEBSOCKET_VERSION, VERSION)]
}

/// What tungstenite doesn't look at, or has no status of its own for.
fn check(request: &Request) -> Result<(), (StatusCode, &'static str)> {
    let headers = request.headers();
    if request.method() != Method::GET {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "the method has to be GET"));
    }
    // RFC 9112 section 3.2 wants the same of every request.
    if only(headers, &HOST).is_none() {
        return Err((StatusCode::BAD_REQUEST, "there has to be one Host header"));
    }
    match only(headers, &SEC_WEBSOCKET_VERSION) {
        Some(version) if version == VERSION => {}
        // Section 4.4: the client may come back with the version that it reads in the answer.
        Some(_) => return Err((StatusCode::UPGRADE_REQUIRED, "the version has to be 13")),
        None => {
            let rule = "there has to be one Sec-WebSocket-Version header";
            return Err((StatusCode::BAD_REQUEST, rule));
        }
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY).and_then(|key| key.to_str().ok());
    if !key.is_some_and(is_key) {
        let rule = "there has to be one Sec-WebSocket-Key header, of 16 bytes in base64";
        return Err((StatusCode::BAD_REQUEST, rule));
    }
    Ok(())
}

/// A header's value, unless it is missing or comes twice.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn refusal(status: StatusCode, rule: impl fmt::Display) -> Response {
    let text = format!("not a WebSocket handshake: {rule}\n");
    let mut response = (status, upgrade_headers(), text).into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    }
    response
}

fn config(frame_max_bytes: usize) -> WebSocketConfig {
    // One largest frame, the buffer before it, and room for control frames: what can wait for a socket
    // that takes nothing, since nothing more is written then.
    let write_buffer_max_bytes = WRITE_BUFFER_BYTES + frame_max_bytes + 1024;
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(write_buffer_max_bytes)
        .max_message_size(Some(frame_max_bytes))
        .max_frame_size(Some(frame_max_bytes))
}

//! v1 over HTTP: requests in, answers out. What a request asks goes to its connection's task; which frames
//! that has to send and took is its desk's business. `docs/protocol.md` says how each is answered.

mod connection;
pub mod desk;
mod registry;
mod respond;

pub use registry::Registry;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName};
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytestring::ByteString;
use duologue_protocol::frame::Heartbeat;
use duologue_protocol::limits::{POLL_WAIT_MAX, POST_MAX_BYTES};
use duologue_protocol::polling::{BYTES_HEADER, FRAMES_PATH, Opened, PATH, Polled, Taken, Token};
use duologue_protocol::{ErrorCode, Rejection};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::{info_span, instrument::Instrument as _};

use self::connection::{Answer, Command, Connection, Counts};
use self::desk::Desk;
use self::registry::Entry;
use self::respond::{Refusal, json};
use super::gate;
use crate::dialect::Dialect as _;
use crate::dialect::v1::V1;
use crate::metrics::Transport;
use crate::outgoing;
use crate::random;
use crate::shared::{Client, Shared};

/// How long a browser may remember that a page may ask: what Chromium takes at the most.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_hours(2);

/// The routes of v1 over HTTP.
pub fn router(shared: &Arc<Shared>) -> Router {
    let rule = Arc::clone(shared);
    let may_ask =
        AllowOrigin::predicate(move |_, request| rule.origins.check(&request.headers).is_ok());
    let cors = CorsLayer::new()
        .allow_origin(may_ask)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([HeaderName::from_static(BYTES_HEADER)])
        .max_age(PREFLIGHT_MAX_AGE);
    Router::new()
        // A poll without its answer's body would be frames that nobody sees.
        .route(PATH, post(open).get(poll).delete(close).head(not_allowed))
        .route(FRAMES_PATH, post(take))
        .with_state(Arc::clone(shared))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), only_from_allowed_pages))
        .layer(cors)
        .layer(middleware::from_fn_with_state(Arc::clone(shared), respond::measure))
}

/// The same rule as for a `WebSocket`. Without it, any page could have the relay do work.
async fn only_from_allowed_pages(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: middleware::Next,
) -> Response {
    let Some(client) = request.extensions().get::<Client>() else {
        return Refusal::from(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    };
    match gate::check(&shared, client, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => *refusal,
    }
}

async fn open(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Refusal> {
    let client = request.extensions().get::<Client>();
    let client = client.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    let guest = gate::enter(&shared, client, request.headers())?;
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let (token, nonce) = (random::token().map_err(failed)?, random::nonce().map_err(failed)?);
    let (commands, asked) = connection::commands();
    let traffic = shared.metrics.connections.traffic(Transport::Polling, V1::NAME);
    let entry = Entry { commands, counts: Arc::new(Counts::new(traffic)) };
    let registered = shared.polling.add(token.clone(), entry.clone());
    let registered = registered.ok_or_else(|| {
        let rule = "the relay has as many connections as it takes (--connections), come back later";
        Rejection::new(ErrorCode::Busy, rule)
    })?;

    let door = shared.door(request.headers(), guest.address);
    let timings = shared.timings;
    let heartbeat = Heartbeat::new(timings.heartbeat_interval, timings.heartbeat_timeout);
    let (outgoing, queue) = outgoing::queue_of(&shared.waiting);
    let span = info_span!(
        "connection",
        dialect = "v1",
        transport = "polling",
        peer = %client.address,
        client = %guest.address,
        user = tracing::field::Empty
    );
    let dialect = V1::new(Arc::clone(&shared.hub), outgoing, nonce, door, heartbeat, None);
    let mut desk = Desk::new(dialect, queue);
    let frames = desk.poll(0)?;
    let connection = Connection {
        desk,
        sent: frames.len() as u64,
        commands: asked,
        counts: Arc::clone(&entry.counts),
        counted: shared.metrics.connections.start(Transport::Polling, V1::NAME),
        timings,
        shutdown: shared.shutdown.clone(),
    };
    let task = async move {
        connection::run(connection).await;
        drop((registered, guest));
    };
    shared.tasks.spawn(task.instrument(span));
    Ok(json(&Opened { token, frames: raw(frames) }, &entry))
}

async fn not_allowed() -> Response {
    let methods = [(ALLOW, "GET,POST,DELETE")];
    (StatusCode::METHOD_NOT_ALLOWED, methods).into_response()
}

#[derive(Deserialize)]
struct What {
    after: u64,
    #[serde(default)]
    wait: u64,
}

async fn poll(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    what: Result<Query<What>, QueryRejection>,
) -> Result<Response, Refusal> {
    let entry = find(&shared, &headers)?;
    let Query(What { after, wait }) = what.map_err(|_| {
        let rule = "a poll is /v1/poll?after=NUMBER, and &wait=SECONDS to have it held";
        Refusal::from(Rejection::new(ErrorCode::InvalidField, rule)).of(&entry)
    })?;
    let wait = Duration::from_secs(wait).min(POLL_WAIT_MAX);
    let (reply, answered) = oneshot::channel();
    let answer = ask(&entry, Command::Poll { after, wait, reply }, answered).await?;
    let Answer { after, frames, close } = answer.map_err(|no| Refusal::from(no).of(&entry))?;
    let polled = Polled { after, frames: raw(frames), close: close.map(Into::into) };
    Ok(json(&polled, &entry))
}

async fn take(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let entry = find(&shared, &headers)?;
    let of_this = |no| Refusal::from(no).of(&entry);
    let body = timeout(shared.timings.open, to_bytes(body, POST_MAX_BYTES));
    let body = body.await.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    // The other errors are of a client that has gone.
    let body = body.map_err(|_| of_this(desk::too_large()))?;
    let post = desk::parse(&body).map_err(of_this)?;
    let (reply, answered) = oneshot::channel();
    let taken = ask(&entry, Command::Post { post, reply }, answered).await?.map_err(of_this)?;
    Ok(json(&Taken { taken }, &entry))
}

async fn close(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let entry = find(&shared, &headers)?;
    // One that has ended by itself is closed, too.
    let _ = entry.commands.send(Command::Close).await;
    entry.commands.closed().await;
    Ok(StatusCode::NO_CONTENT)
}

fn find(shared: &Shared, headers: &HeaderMap) -> Result<Entry, Rejection> {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| Token::from_header(value).ok());
    token.and_then(|token| shared.polling.find(&token)).ok_or_else(no_connection)
}

async fn ask<T>(
    entry: &Entry,
    command: Command,
    answer: oneshot::Receiver<T>,
) -> Result<T, Rejection> {
    entry.commands.send(command).await.map_err(|_| no_connection())?;
    answer.await.map_err(|_| no_connection())
}

fn no_connection() -> Rejection {
    let rule = "no open connection has this token (Authorization: Bearer TOKEN): open another one";
    Rejection::new(ErrorCode::BadToken, rule)
}

/// The frames are this relay's own, so they are JSON.
fn raw(frames: Vec<ByteString>) -> Vec<Box<RawValue>> {
    let frames = frames.into_iter().map(|frame| RawValue::from_string(frame.to_string()));
    frames.filter_map(Result::ok).collect()
}

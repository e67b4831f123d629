//! Takes connections: a bounded number, each with bounds for its request's header and deadlines for that and for
//! the answer.
//!
//! hyper is driven by hand because axum's own loop has none of these. What a
//! request gets is the router's.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::warn;

use crate::config::Timings;
use crate::edge::Edge;
use crate::files;
use crate::metrics::RequestRule;
use crate::shared::{Client, Shared};
use crate::stall::{Watched, Written};

/// How many headers a request may have: twice what browsers and a few proxies send.
const HEADERS_MAX: usize = 64;

/// How long a request's head may be in any case, in bytes: room for the cookies of whatever else was served from the
/// same host. hyper looks before each read, so it takes up to twice as much; that would be 640 MB if ten thousand
/// connections, as many as there may be by default, did their worst at once.
const HEAD_MAX_BYTES: usize = 32 * 1024;

/// How much the system keeps for a client that reads slowly, beside the relay's own [queue](crate::outgoing): by itself it
/// would take up to some megabytes for each. Enough to be fast on long ways too: 2.5 MB a second at 100 ms.
const SEND_BUFFER_BYTES: usize = 256 * 1024;

/// How long to wait after a failed accept. It fails when files or memory have run out, which takes
/// other connections' ends to get better; without a pause the loop would spin.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bounds what the system keeps for each connection that this listener will take: they inherit it.
pub(crate) fn bound_send_buffers(listener: &TcpListener) {
    // Where the system doesn't let it be set, it has its own bound.
    let _ = SockRef::from(listener).set_send_buffer_size(SEND_BUFFER_BYTES);
}

/// Takes connections until the relay stops, as many at a time as it may have and as there are files for.
pub(crate) async fn run(listener: TcpListener, router: Router, shared: Arc<Shared>) {
    let free = Arc::new(Semaphore::new(files::connections_max(shared.connections)));
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &free, &shared.edge) => accepted,
            () = shared.shutdown.cancelled() => return,
        };
        match accepted {
            // Closed without a word: to say one, its request would have to be read.
            Ok(None) => shared.metrics.refusals.request(RequestRule::AddressSockets),
            Ok(Some((stream, client))) => {
                shared.tasks.spawn(serve(stream, client, router.clone(), Arc::clone(&shared)));
            }
            Err(error) => {
                warn!(%error, "can't take a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The next connection; `None` for one of an address that has as many as it may.
async fn next(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
    edge: &Edge,
) -> Result<Option<(TcpStream, Client)>, Box<dyn std::error::Error + Send + Sync>> {
    let permit = Arc::clone(free).acquire_owned().await?;
    let (stream, address) = listener.accept().await?;
    let came_to = stream.local_addr()?.ip();
    let Ok(place) = edge.socket(address.ip()) else { return Ok(None) };
    Ok(Some((stream, Client::new(address, came_to, permit, place))))
}

async fn serve(stream: TcpStream, client: Client, router: Router, shared: Arc<Shared>) {
    let known = move |request: &mut Request<Body>, written: &Arc<Written>| {
        request.extensions_mut().insert(client.clone());
        request.extensions_mut().insert(Arc::clone(written));
    };
    answer(stream, router, &shared.timings, &shared.shutdown, known).await;
}

/// Has hyper and a router answer what comes over a connection, within the bounds, until that is over or `stopping` is
/// cancelled. `known`: puts what is known of the connection beside each request.
pub(crate) async fn answer(
    stream: TcpStream,
    router: Router,
    timings: &Timings,
    stopping: &CancellationToken,
    known: impl Fn(&mut Request<Body>, &Arc<Written>),
) {
    // A chat is small frames that somebody waits for. It only fails on a link that is gone already.
    let _ = stream.set_nodelay(true);
    let stream = Watched::new(stream);
    let written = stream.written();
    let of_requests = Arc::clone(&written);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        known(&mut request, &of_requests);
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timings.open)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_MAX_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // Clients that leave or time out in the middle of a request are everyday.
        _ = connection.as_mut() => return,
        // Once it is a WebSocket, this is over, and whoever speaks over it watches the same.
        () = written.stalled(timings.write) => return,
        () = stopping.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

//! Where the metrics are asked for: a listener of their own, so that they can be kept from everybody who chats. A few
//! connections at a time, each within the bounds that the relay's own have. What is told is `exposition`'s business.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Metrics;
use super::exposition::{CONTENT_TYPE as TEXT, Exposition, Live};
use crate::accept::{self, ACCEPT_PAUSE};
use crate::config::Timings;

/// How many connections there may be at once; more wait in the system's queue. Two Prometheus, a load balancer and a
/// person with a browser have less.
pub(super) const CONNECTIONS_MAX: usize = 16;

/// An address that is taken, so that scrapes wait from now on.
#[derive(Debug)]
pub(crate) struct MetricsListener {
    listener: TcpListener,
    address: SocketAddr,
}

/// What a question is answered from.
#[derive(Debug)]
struct Known {
    exposition: Exposition,
    metrics: Arc<Metrics>,
    /// Cancelled when the relay stops.
    stopping: CancellationToken,
}

impl MetricsListener {
    /// Takes an address.
    pub(crate) async fn bind(listen: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `ended` is cancelled, which is later than `stopping`: while the relay stops, it says so here.
    pub(crate) async fn run(
        self,
        live: Live,
        timings: Timings,
        stopping: CancellationToken,
        ended: CancellationToken,
    ) {
        info!(url = %format_args!("http://{}/metrics", self.address), "metrics are served");
        let metrics = Arc::clone(&live.metrics);
        let known = Known { exposition: Exposition::new(live), metrics, stopping };
        let router = router(Arc::new(known));
        // Those that are open when this is dropped are cut: nobody waits for a scrape to end.
        let mut serving = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept(), if serving.len() < CONNECTIONS_MAX => accepted,
                Some(_) = serving.join_next() => continue,
                () = ended.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (router, ended) = (router.clone(), ended.clone());
                    serving.spawn(async move {
                        accept::answer(stream, router, &timings, &ended, |_, _| ()).await;
                    });
                }
                Err(error) => {
                    warn!(%error, "can't take a connection for the metrics");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

fn router(known: Arc<Known>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(known)
}

async fn metrics(State(known): State<Arc<Known>>) -> Response {
    match known.exposition.text() {
        Ok(text) => ([(CONTENT_TYPE, TEXT)], text).into_response(),
        Err(error) => {
            warn!(%error, "the metrics can't be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The process runs, and has a thread to answer with.
async fn healthz() -> Response {
    line(StatusCode::OK, "ok")
}

/// Whether the relay does what it is for.
async fn readyz(State(known): State<Arc<Known>>) -> Response {
    if known.stopping.is_cancelled() {
        let why = "the relay is stopping: its connections are told to come back later";
        return line(StatusCode::SERVICE_UNAVAILABLE, why);
    }
    match known.metrics.storage.failure() {
        Some(error) => {
            line(StatusCode::SERVICE_UNAVAILABLE, &format!("nothing can be stored: {error}"))
        }
        None => line(StatusCode::OK, "ready"),
    }
}

/// An answer for the moment.
fn line(status: StatusCode, text: &str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], format!("{text}\n")).into_response()
}

//! A relay from its binding to its end: the routes, and the shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tracing::{info, warn};

use crate::config::Config;
use crate::origin::OriginRule;
use crate::shared::Shared;
use crate::transport::websocket;
use crate::{accept, web};

/// How long connections have to end when the relay stops; then it ends without them.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

/// A relay that is bound and not running yet.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    shared: Arc<Shared>,
}

/// Why a relay could not start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address can't be had.
    #[error("can't listen on {listen}: {source} (choose another address with --listen HOST:PORT)")]
    Listen {
        /// What was asked for.
        listen: String,
        /// What the system said.
        source: io::Error,
    },
    /// The page can't be served.
    #[error(transparent)]
    Web(#[from] web::NoPage),
}

impl Relay {
    /// Takes the address, so that connections wait from now on.
    ///
    /// # Errors
    /// [`BindError`].
    pub async fn bind(config: Config) -> Result<Self, BindError> {
        let page = web::page(config.web.as_deref())?;
        let cannot = |source| BindError::Listen { listen: config.listen.clone(), source };
        let listener = TcpListener::bind(&config.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let shared = Arc::new(Shared {
            hub: Arc::default(),
            timings: config.timings,
            origins: OriginRule::new(
                config.allow_origin,
                address.ip().to_canonical().is_loopback(),
            ),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let router = router(page, Arc::clone(&shared));
        Ok(Self { listener, address, router, shared })
    }

    /// Where the relay listens; with the port that the system chose, where the configuration said 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Runs the relay until `stop` ends, then tells every connection to come back later and waits for
    /// their ends, for a bounded time.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, address, router, shared } = self;
        info!(url = %format_args!("http://{address}"), "listening");
        let accepting = tokio::spawn(accept::run(listener, router, Arc::clone(&shared)));
        stop.await;

        info!(connections = shared.tasks.len(), "stopping");
        shared.shutdown.cancel();
        // Nothing may start any more once the tasks are waited for.
        if let Err(error) = accepting.await {
            warn!(%error, "accepting connections had failed");
        }
        shared.tasks.close();
        if timeout(SHUTDOWN_TIMEOUT, shared.tasks.wait()).await.is_err() {
            warn!(connections = shared.tasks.len(), "connections did not end in time");
        }
        info!("stopped");
    }
}

fn router(page: Router, shared: Arc<Shared>) -> Router {
    let root = Router::new()
        .route("/", get(classic_or_page))
        .with_state((Arc::clone(&shared), page.clone()));
    Router::new()
        .route("/v1/ws", get(v1))
        .with_state(shared)
        .merge(root)
        .fallback_service(page)
        .layer(axum::middleware::map_response(nosniff))
}

async fn v1(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    websocket::v1(&shared, request)
}

/// The classic dialect and the page share a path: the tutorial's client connects to the bare host.
async fn classic_or_page(
    State((shared, page)): State<(Arc<Shared>, Router)>,
    request: Request,
) -> Response {
    if websocket::is_upgrade(request.headers()) {
        websocket::classic(&shared, request)
    } else {
        page.oneshot(request).await.into_response()
    }
}

/// Every answer says what it is, and browsers shall believe it.
async fn nosniff(mut response: Response) -> Response {
    use axum::http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

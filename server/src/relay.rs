//! A relay from its binding to its end: the routes, and the shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use directories::ProjectDirs;
use futures_util::future::OptionFuture;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tracing::{info, warn};

use crate::config::Config;
use crate::dialect::v1::unix_millis;
use crate::edge::Edge;
use crate::host::HostRule;
use crate::hub::{Hub, SWEEP_EVERY};
use crate::mailbox::{Mailbox, MemoryMailbox, SqliteMailbox};
use crate::metrics::{Live, Measured, Metrics, MetricsListener};
use crate::origin::OriginRule;
use crate::pace::Pace;
use crate::post::{Office, Threads, Turns};
use crate::shared::Shared;
use crate::transport::polling::{self, Registry};
use crate::transport::websocket;
use crate::{accept, web};

/// How long connections have to end when the relay stops; then it ends without them.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

/// How often expired messages are looked for.
const EXPIRE_EVERY: Duration = Duration::from_mins(10);

/// A relay that is bound and not running yet.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    shared: Arc<Shared>,
    office: Office,
    is_in_memory: bool,
    retention: Duration,
    metrics: Option<MetricsListener>,
}

/// Who does the office's work.
enum Clerks {
    OnThreads(Threads),
    InTurns(Turns),
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
    /// The address of the metrics can't be had.
    #[error(
        "can't listen on {listen} for the metrics: {source} (choose another address with \
         --metrics HOST:PORT)"
    )]
    Metrics {
        /// What was asked for.
        listen: String,
        /// What the system said.
        source: io::Error,
    },
    /// The mailboxes can't be opened.
    #[error(transparent)]
    Mailbox(#[from] crate::mailbox::OpenError),
    /// The mailboxes can't be read.
    #[error("the mailboxes can't be read: {0}")]
    Storage(#[from] crate::mailbox::StorageError),
    /// There is no folder for the mailboxes.
    #[error("this system names no folder for data (choose one with --data DIR, or --ephemeral)")]
    NoDataFolder,
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
        accept::bound_send_buffers(&listener);
        let metrics_listener = match &config.metrics {
            Some(listen) => Some(
                MetricsListener::bind(listen)
                    .await
                    .map_err(|source| BindError::Metrics { listen: listen.clone(), source })?,
            ),
            None => None,
        };
        let metrics = Arc::<Metrics>::default();
        let mailbox = Box::new(Measured::new(mailbox(&config)?, Arc::clone(&metrics)));
        let now = unix_millis(SystemTime::now());
        let rule = Pace::new(config.message_rate);
        let office = Office::paced(mailbox, now, rule, Arc::clone(&metrics))?;
        let hosts = HostRule::new(config.host);
        let is_private = address.ip().to_canonical().is_loopback()
            && !hosts.has_names()
            && config.trusted_proxy.is_empty();
        let shared = Arc::new(Shared {
            hub: Arc::clone(&office.hub),
            polling: Arc::new(Registry::new(config.connections)),
            connections: config.connections,
            timings: config.timings,
            origins: OriginRule::new(config.allow_origin, is_private),
            hosts,
            edge: Arc::new(Edge::new(
                config.trusted_proxy,
                config.address_connections,
                config.address_opens,
                config.address_names,
            )),
            metrics,
            waiting: Arc::default(),
            is_private,
            allows_keyless: config.allow_keyless,
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let router = router(page, Arc::clone(&shared));
        let (is_in_memory, retention, metrics) =
            (config.ephemeral, config.retention, metrics_listener);
        Ok(Self { listener, address, router, shared, office, is_in_memory, retention, metrics })
    }

    /// Where the relay listens; with the port that the system chose, where the configuration said 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics are asked for, where they are.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(MetricsListener::local_addr)
    }

    /// Runs the relay until `stop` ends, then tells every connection to come back later and waits for
    /// their ends, for a bounded time.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, address, router, shared, office, is_in_memory, retention, metrics } =
            self;
        let metrics_ended = CancellationToken::new();
        let telling = metrics.map(|listener| {
            let live = Live {
                hub: Arc::clone(&office.hub),
                queue: Arc::clone(&office.queue),
                waiting: Arc::clone(&shared.waiting),
                metrics: Arc::clone(&shared.metrics),
            };
            let (stopping, ended) = (shared.shutdown.clone(), metrics_ended.clone());
            tokio::spawn(listener.run(live, shared.timings, stopping, ended))
        });
        let clerks = Clerks::start(office, is_in_memory);
        info!(url = %format_args!("http://{address}"), "listening");
        let accepting = tokio::spawn(accept::run(listener, router, Arc::clone(&shared)));
        tokio::select! {
            () = stop => {}
            () = expire(&shared.hub, retention) => {}
            () = sweep(&shared.hub) => {}
        }

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
        // What was taken is written, so that it is not sent again to the next relay.
        clerks.finish().await;
        metrics_ended.cancel();
        if let Some(Err(error)) = OptionFuture::from(telling).await {
            warn!(%error, "telling the metrics had failed");
        }
        info!("stopped");
    }
}

impl Clerks {
    fn start(office: Office, is_in_memory: bool) -> Self {
        if is_in_memory {
            Self::InTurns(Turns::start(office))
        } else {
            Self::OnThreads(Threads::start(office))
        }
    }

    async fn finish(self) {
        match self {
            Self::InTurns(turns) => turns.finish().await,
            Self::OnThreads(threads) => threads.finish().await,
        }
    }
}

/// The mailboxes that the configuration asks for.
fn mailbox(config: &Config) -> Result<Box<dyn Mailbox>, BindError> {
    if config.ephemeral {
        return Ok(Box::new(MemoryMailbox::default()));
    }
    let folder = config.data.clone().or_else(|| {
        let folders = ProjectDirs::from("", "", "duologue")?;
        Some(folders.data_dir().to_owned())
    });
    let folder = folder.ok_or(BindError::NoDataFolder)?;
    info!(folder = %folder.display(), "messages are kept");
    Ok(Box::new(SqliteMailbox::open(&folder)?))
}

/// Has the hub remove what is older than `retention`, now and then, for as long as it is polled.
async fn expire(hub: &Hub, retention: Duration) {
    let mut due = tokio::time::interval(EXPIRE_EVERY);
    loop {
        due.tick().await;
        hub.expire(unix_millis(SystemTime::now().checked_sub(retention).unwrap_or(UNIX_EPOCH)));
    }
}

/// Has the hub tell, now and then, who is gone, for as long as it is polled.
async fn sweep(hub: &Hub) {
    let mut due = tokio::time::interval(SWEEP_EVERY);
    loop {
        due.tick().await;
        hub.sweep(unix_millis(SystemTime::now()));
    }
}

fn router(page: Router, shared: Arc<Shared>) -> Router {
    let root = Router::new()
        .route("/", get(classic_or_page))
        .with_state((Arc::clone(&shared), page.clone()));
    let polling = polling::router(&shared);
    Router::new()
        .route("/v1/ws", get(v1))
        .with_state(shared)
        .merge(polling)
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

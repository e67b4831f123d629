//! What a relay's connections have in common, and what is known of each from its beginning.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::http::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Timings;
use crate::edge::{Edge, Place};
use crate::host::HostRule;
use crate::hub::Hub;
use crate::identity::Door;
use crate::metrics::Metrics;
use crate::origin::OriginRule;
use crate::outgoing::Waiting;
use crate::transport::polling::Registry;

/// What every connection of a relay shares.
#[derive(Debug)]
pub struct Shared {
    /// Who is here.
    pub hub: Arc<Hub>,
    /// The connections over HTTP.
    pub polling: Arc<Registry>,
    /// How many connections there may be at once.
    pub connections: usize,
    /// The deadlines.
    pub timings: Timings,
    /// Which pages may connect.
    pub origins: OriginRule,
    /// Under which hosts the relay answers.
    pub hosts: HostRule,
    /// What one address may take.
    pub edge: Arc<Edge>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What waits to be sent, over all connections.
    pub waiting: Arc<Waiting>,
    /// Whether the relay is for its own machine alone: only that can reach it, and no proxy passes others on.
    pub is_private: bool,
    /// Whether clients without keys are taken from everywhere.
    pub allows_keyless: bool,
    /// Cancelled when the relay stops.
    pub shutdown: CancellationToken,
    /// Every connection's task, so that the relay can wait for their ends.
    pub tasks: TaskTracker,
}

impl Shared {
    /// What a connection of `client` is let in by, whose request has these headers.
    pub(crate) fn door(&self, headers: &HeaderMap, client: IpAddr) -> Door {
        let door = Door::new(headers, self.is_private, self.allows_keyless);
        door.counting_names(Arc::clone(&self.edge), client)
    }
}

/// Who is at the other end of a socket; counts against the relay's bounds while any clone lives.
#[derive(Clone, Debug)]
pub struct Client {
    /// The other end.
    pub address: SocketAddr,
    /// The relay's own address at this end.
    pub came_to: IpAddr,
    _counted: Arc<(Option<OwnedSemaphorePermit>, Option<Place>)>,
}

impl Client {
    /// The client at `address`, which came to this one of the relay, holds this permit, and its place among those of its address.
    pub(crate) fn new(
        address: SocketAddr,
        came_to: IpAddr,
        permit: OwnedSemaphorePermit,
        place: Option<Place>,
    ) -> Self {
        Self { address, came_to, _counted: Arc::new((Some(permit), place)) }
    }

    /// One of the relay's own machine that counts against nothing, for whoever hands requests in without sockets.
    pub fn uncounted(address: SocketAddr) -> Self {
        Self { address, came_to: Ipv4Addr::LOCALHOST.into(), _counted: Arc::default() }
    }
}
